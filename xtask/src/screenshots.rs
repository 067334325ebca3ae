//! `cargo xtask screenshots`: starts the demo, signs in with a real browser, breaks and mends what
//! is connected there, and takes the pictures that the documents show.

mod browser;

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use self::browser::{Browser, call};
use crate::chores::build_program;
use crate::house;
use crate::say::say;
use crate::shell;
use crate::test::{servers, setup};

/// Where the pictures lie.
const FOLDER: &str = "docs/screenshots";
const CONNECTIONS: &str = "/calendars/settings/connections";
const FIX: &str = "/calendars/settings/connections/fix";
/// The window of the picture that shows a whole page.
const WIDTH: u32 = 1280;
const HEIGHT: u32 = 1000;
/// The window of those that show a part.
const NARROW: (u32, u32) = (900, 800);
/// No picture of a part is larger, in bytes.
const PART_MAX: u64 = 80 << 10;
/// Until the first pulls are done and what moves has come to rest.
const SETTLE: Duration = Duration::from_secs(5);
/// Who signs in at Google.
const MARA: &str = "mara.lind@gmail.example";
/// What she takes back there.
const PERMISSIONS: [&str; 2] = [
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
];
/// Who is connected from the start, and a calendar of hers.
const DANA: &str = "dana.reyes@icloud.example";
const DELETED: &str = "Family";

pub(crate) fn command() -> Result<bool> {
    let tools = setup::tools(false, true)?;
    servers::stop_on_signal()?;
    let taken = take(&tools);
    servers::clean_up();
    taken.map(|()| true)
}

fn take(tools: &setup::Tools) -> Result<()> {
    if !shell::run(&mut build_program())? {
        bail!("the program does not build");
    }
    let demo = Demo::start()?;
    let browser = Browser::start(tools)?;
    browser.open(&demo.link)?;
    browser.press("form button[type=submit]")?;
    sleep(SETTLE);
    let studio = Studio { demo, browser };
    fs::create_dir_all(house::root().join(FOLDER))?;
    studio.shows(CONNECTIONS)?;
    studio.takes(None, "connections.png")?;
    studio.browser.resize(NARROW)?;
    studio.takes_repairs()?;
    studio.browser.call("DELETE", "", None).map(drop)
}

/// The demo that runs.
struct Demo {
    base: String,
    /// The link that signs in.
    link: String,
    /// Where the sandbox is told what to do.
    control: String,
}

impl Demo {
    fn start() -> Result<Self> {
        let port = servers::free_port()?;
        let folder = servers::folder("demo")?;
        let log = folder.join("output.log");
        let base = format!("http://127.0.0.1:{port}");
        let mut serve = Command::new(house::target().join("debug/daymark"));
        serve.args(["demo", "--listen", &format!("127.0.0.1:{port}")]);
        let start = format!("{base}/sign-in/");
        let said = |is: &dyn Fn(&str) -> bool| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            said.split_whitespace().find(|word| is(word)).map(str::to_owned)
        };
        let link = || said(&|word| word.starts_with(&start));
        let control = || said(&|word| word.ends_with("/control"));
        servers::start("daymark demo", serve, &folder, || control().is_some())?;
        let link = link().context("the demo prints a link")?;
        let control = control().context("the demo says where its sandbox is")?;
        Ok(Self { base, link, control })
    }

    /// Tells the sandbox what to do.
    fn control(&self, (method, path): (&str, &str), body: &Value) -> Result<Value> {
        let answer = call(method, &format!("{}/api{path}", self.control), Some(body))?;
        match answer["error"].as_str() {
            Some(error) => bail!("the sandbox says to {method} {path}: {error}"),
            None => Ok(answer),
        }
    }

    /// The user name of a person of the sandbox and their password, by how the name begins.
    fn person(&self, name: &str) -> Result<(String, String)> {
        let world = self.control(("GET", ""), &Value::Null)?;
        let mut people = world["people"].as_array().into_iter().flatten();
        let text = |one: &Value, key: &str| one["person"][key].as_str().map(str::to_owned);
        let found = people.find_map(|person| {
            let username = text(person, "username").filter(|it| it.starts_with(name))?;
            Some((username, text(person, "app_password")?))
        });
        found.with_context(|| format!("the sandbox has {name}"))
    }
}

/// The demo with the browser that looks at it.
struct Studio {
    demo: Demo,
    browser: Browser,
}

impl Studio {
    fn shows(&self, path: &str) -> Result<()> {
        self.browser.open(&format!("{}{path}", self.demo.base))?;
        sleep(Duration::from_secs(1));
        Ok(())
    }

    /// Opens a page again and again until it says it.
    fn awaits(&self, path: &str, text: &str) -> Result<()> {
        self.browser.reads_at(&format!("{}{path}", self.demo.base), text)
    }

    fn takes(&self, of: Option<&str>, name: &str) -> Result<()> {
        let place = house::root().join(FOLDER).join(name);
        self.browser.picture(of, &place)?;
        if of.is_some() && fs::metadata(&place)?.len() > PART_MAX {
            bail!("{FOLDER}/{name} is larger than {} kB", PART_MAX >> 10);
        }
        say(format!("took {FOLDER}/{name}"));
        Ok(())
    }

    /// What is broken in each way, and mended.
    fn takes_repairs(&self) -> Result<()> {
        self.connects_google()?;
        self.deletes_a_calendar()?;
        self.withdraws_a_permission()?;
        let page = self.refuses_a_password()?;
        self.offers_another_account(&page)?;
        self.mends(&page)
    }

    fn connects_google(&self) -> Result<()> {
        self.shows("/calendars/settings/connections/add/google")?;
        for said in ["Sign in at Google", MARA, "Continue"] {
            self.browser.press_what_says(said)?;
        }
        self.browser.reads("Check for conflicts")?;
        self.awaits(CONNECTIONS, "push updates")
    }

    fn deletes_a_calendar(&self) -> Result<()> {
        let path = format!("/people/{DANA}/calendars/{DELETED}");
        self.demo.control(("PATCH", &path), &json!({"lost": true}))?;
        self.awaits(CONNECTIONS, "Fix this")?;
        self.awaits(FIX, "Calendars that are gone")?;
        self.takes(Some("main section.card"), "repair-deleted-calendar.png")?;
        self.demo.control(("PATCH", &path), &json!({"lost": false}))?;
        self.awaits(FIX, "Nothing of yours needs you")
    }

    fn withdraws_a_permission(&self) -> Result<()> {
        let path = format!("/google/people/{MARA}/withdraw");
        self.demo.control(("POST", &path), &json!({"scopes": PERMISSIONS}))?;
        self.opens_connection(MARA)?;
        self.browser.press_what_says("Sync now")?;
        self.awaits(FIX, "A permission is missing")?;
        self.takes(Some("main section.card"), "repair-permission.png")?;
        // All is allowed again by signing in once more.
        for said in ["Sign in again", "Continue"] {
            self.browser.press_what_says(said)?;
        }
        self.awaits(FIX, "Nothing of yours needs you")
    }

    /// Answers the page of the connection.
    fn refuses_a_password(&self) -> Result<String> {
        let path = format!("/people/{DANA}/revoke-password");
        self.demo.control(("POST", &path), &Value::Null)?;
        let page = self.opens_connection(DANA)?;
        self.browser.press_what_says("Sync now")?;
        self.awaits(FIX, "Signed out")?;
        self.takes(Some("main section.card"), "repair-password.png")?;
        self.shows(CONNECTIONS)?;
        self.takes(Some(".banner"), "repair-banner.png")?;
        Ok(page)
    }

    fn offers_another_account(&self, page: &str) -> Result<()> {
        let (noor, password) = self.demo.person("noor")?;
        self.browser.open(&format!("{page}/repair"))?;
        self.browser.write("username", &noor)?;
        self.browser.write("password", &password)?;
        self.browser.press_what_says("Sign in again")?;
        self.browser.reads("in the place of")?;
        self.takes(Some("section[aria-labelledby=replace]"), "repair-replace.png")
    }

    fn mends(&self, page: &str) -> Result<()> {
        let world = self.demo.control(("GET", ""), &Value::Null)?;
        let today = &world["now"].as_str().context("the sandbox says the time")?[..10];
        for (hour, summary) in [("10", "Boiler"), ("13", "Lunch with Theo"), ("16", "Kite repair")]
        {
            let start = format!("{today}T{hour}:00:00");
            let event = json!({"summary": summary, "start": start, "minutes": 60});
            let path = format!("/people/{DANA}/calendars/Work/events");
            self.demo.control(("POST", &path), &event)?;
        }
        let path = format!("/people/{DANA}/new-password");
        let password = self.demo.control(("POST", &path), &Value::Null)?;
        let password = password["app_password"].as_str().context("a new password is answered")?;
        self.browser.open(&format!("{page}/repair"))?;
        self.browser.write("password", password)?;
        self.browser.press_what_says("Sign in again")?;
        self.awaits(CONNECTIONS, "changes read since")?;
        self.takes(Some("main li.connection"), "repair-repaired.png")
    }

    /// Opens the page of whoever is called so; answers its address.
    fn opens_connection(&self, name: &str) -> Result<String> {
        self.shows(CONNECTIONS)?;
        self.browser.press(&format!("//li[contains(., '{name}')]//a[contains(., 'Manage')]"))?;
        self.browser.reads("Sync now")?;
        let address = self.browser.call("GET", "/url", None)?;
        let address = address.as_str().context("a page has an address")?;
        Ok(address.split(['#', '?']).next().unwrap_or(address).to_owned())
    }
}
