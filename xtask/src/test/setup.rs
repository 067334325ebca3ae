//! Installs what the tests need and the machine does not have, and says what it does: system
//! packages as root only, Python packages into a virtual environment under the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::house;
use crate::say::say;
use crate::shell;

/// The CalDAV servers that nobody here wrote, in the versions that the tests were made with.
const CALDAV_SERVERS: &[&str] = &["radicale==3.9.0", "xandikos==0.4.10"];

/// A Google Calendar that nobody here wrote.
const GOOGLE_CALENDAR: &[&str] = &["myworld==0.2.1"];

/// A mail server that nobody here wrote.
const MAIL_SERVER: &[&str] = &["aiosmtpd==1.4.6"];

/// The client libraries of Google and of Microsoft, which drive the sandbox. Microsoft's Graph SDK
/// is most of it: half a minute and 200 MB, worth it because it is what people call Graph with.
const CLIENT_LIBRARIES: &[&str] = &[
    "google-api-python-client==2.202.0",
    "google-auth==2.62.2",
    "google-auth-oauthlib==1.5.0",
    // google-auth wants it to check a signature, msgraph-core to start at all; neither says so.
    "PyJWT==2.15.1",
    "Deprecated==1.3.1",
    "msal==1.39.0",
    "msgraph-sdk==1.65.0",
];

/// The sign-in of Google and Microsoft by another maker. Another package took its name later: the
/// version stays. It wants a newer node than most systems have, and so brings its own.
const SIGN_IN: &[&str] = &["emulate@0.12.2", "node@22.23.3"];

/// Where the programs are.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    pub(crate) chromium: Option<PathBuf>,
    pub(crate) chromedriver: Option<PathBuf>,
    /// The folder of `initdb` and `postgres`.
    pub(crate) postgres: Option<PathBuf>,
    /// The folder of `radicale` and `xandikos`.
    pub(crate) caldav: Option<PathBuf>,
    /// The folder of `myworld`.
    pub(crate) google: Option<PathBuf>,
    /// The folder of `aiosmtpd`.
    pub(crate) mail: Option<PathBuf>,
    /// The folder of the packages `emulate` and `node`.
    pub(crate) sign_in: Option<PathBuf>,
    /// The folder of the `python` that has the client libraries.
    pub(crate) libraries: Option<PathBuf>,
}

/// A system package, and how to see that it is there.
struct Package {
    name: &'static str,
    found: fn() -> Option<PathBuf>,
}

const CHROMIUM: Package = Package { name: "chromium", found: chromium };
const CHROMEDRIVER: Package = Package { name: "chromium-driver", found: chromedriver };
const POSTGRES: Package = Package { name: "postgresql", found: postgres };
const NPM: Package = Package { name: "npm", found: npm };

fn chromium() -> Option<PathBuf> {
    house::program(&["chromium", "chromium-browser", "google-chrome"], &[])
}

fn chromedriver() -> Option<PathBuf> {
    let beside = ["/usr/lib/chromium", "/usr/lib/chromium-browser"].map(PathBuf::from);
    house::program(&["chromedriver"], &beside)
}

fn npm() -> Option<PathBuf> {
    house::program(&["npm"], &[])
}

/// Debian keeps the server's programs off the path, in a folder of their version.
fn postgres() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    // Where a link leads, the other programs of the server stand too.
    let server = house::program(&["postgres"], &folders)?.canonicalize().ok()?;
    server.parent().map(Path::to_owned)
}

/// Finds or installs the programs.
pub(crate) fn tools(servers: bool, browser: bool) -> Result<Tools> {
    let mut packages = Vec::new();
    if browser {
        packages.extend([CHROMIUM, CHROMEDRIVER]);
    }
    if servers {
        packages.extend([POSTGRES, NPM]);
    }
    install(&packages)?;
    let python = |name, pins| servers.then(|| virtual_environment(name, pins)).transpose();
    Ok(Tools {
        chromium: chromium().filter(|_| browser),
        chromedriver: chromedriver().filter(|_| browser),
        postgres: postgres().filter(|_| servers),
        caldav: python("servers", CALDAV_SERVERS)?,
        google: python("google", GOOGLE_CALENDAR)?,
        mail: python("mail", MAIL_SERVER)?,
        sign_in: servers.then(|| node_packages("sign-in", SIGN_IN)).transpose()?,
        libraries: python("libraries", CLIENT_LIBRARIES)?,
    })
}

/// The folder of `radicale` and `xandikos`.
pub(crate) fn caldav_servers() -> Result<PathBuf> {
    virtual_environment("servers", CALDAV_SERVERS)
}

/// The C library that the benches stand beside.
pub(crate) fn libical() -> Result<()> {
    let header = || {
        let header = Path::new("/usr/include/libical/ical.h");
        header.is_file().then(|| header.to_owned())
    };
    install(&[Package { name: "libical-dev", found: header }])
}

fn install(packages: &[Package]) -> Result<()> {
    for package in packages {
        if let Some(place) = (package.found)() {
            say(format!("{} is here: {}", package.name, place.display()));
        }
    }
    let missing: Vec<&str> =
        packages.iter().filter(|p| (p.found)().is_none()).map(|p| p.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_root() || house::program(&["apt-get"], &[]).is_none() {
        bail!("missing: {names}. Install them (Debian's names), or run this as root to let it.");
    }
    apt_get(&["update", "--quiet"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends", "--quiet"], &missing[..]].concat())
}

fn apt_get(words: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
    say(format!("running {}", shell::line(&command)));
    shell::output(&mut command).map(drop)
}

/// Are we root? (There is no safe `getuid` in the standard library.)
pub(crate) fn is_root() -> bool {
    shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// A virtual environment with exactly these packages; gives back the folder of its programs.
pub(crate) fn virtual_environment(name: &str, pins: &[&str]) -> Result<PathBuf> {
    let folder = house::workshop().join("python").join(name);
    let programs = folder.join("bin");
    let receipt = folder.join("installed.txt");
    let wanted = pins.join("\n");
    if fs::read_to_string(&receipt).is_ok_and(|installed| installed == wanted) {
        say(format!("{} are here: {}", pins.join(", "), programs.display()));
        return Ok(programs);
    }
    say(format!("installing {} into {}", pins.join(", "), folder.display()));
    make_environment(&folder)?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    // What is never imported is never compiled: that halves time and size of the larger packages.
    shell::output(pip.arg("--no-compile").args(pins))?;
    fs::write(&receipt, wanted).context("noting what was installed")?;
    Ok(programs)
}

/// A folder with exactly these packages of npm's; gives back where they lie.
fn node_packages(name: &str, pins: &[&str]) -> Result<PathBuf> {
    let folder = house::workshop().join("node").join(name);
    let receipt = folder.join("installed.txt");
    let wanted = pins.join("\n");
    let packages = folder.join("node_modules");
    if fs::read_to_string(&receipt).is_ok_and(|installed| installed == wanted) {
        say(format!("{} are here: {}", pins.join(", "), packages.display()));
        return Ok(packages);
    }
    say(format!("installing {} into {}", pins.join(", "), folder.display()));
    fs::create_dir_all(&folder)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&folder);
    shell::output(npm.args(pins))?;
    fs::write(&receipt, wanted).context("noting what was installed")?;
    Ok(packages)
}

fn make_environment(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let make = || shell::output(Command::new("python3").args(["-m", "venv"]).arg(folder));
    let Err(why) = make() else { return Ok(()) };
    // Debian's python3 comes without the part that makes environments.
    if !is_root() || house::program(&["apt-get"], &[]).is_none() {
        return Err(why.context("making a virtual environment (Debian: python3-venv)"));
    }
    apt_get(&["install", "--yes", "--quiet", "python3-venv"])?;
    make().map(drop)
}
