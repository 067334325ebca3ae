//! The servers that the tests talk to, each on a free port of this machine, each with nothing in
//! it, and gone when the tests are: also after a failure, and when the person presses Ctrl-C.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::providers;
use super::setup::{Tools, is_root};
use crate::say::say;
use crate::shell;

/// How long a server may take until it answers.
const START_MAX: Duration = Duration::from_secs(30);
/// How often it is asked meanwhile.
const READY_EVERY: Duration = Duration::from_millis(2);
/// How long a server may take to stop before it is killed.
const STOP_MAX: Duration = Duration::from_secs(5);

/// Who may sign in at Radicale. Xandikos knows no passwords: it lets everybody in.
pub(crate) const USER: &str = "alice";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// What runs now, for whoever has to stop it.
static RUNNING: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// The addresses of the servers of one run; dropping it stops them.
pub(crate) struct Servers {
    pub(crate) postgres: String,
    pub(crate) radicale: String,
    pub(crate) xandikos: String,
    pub(crate) myworld: String,
    pub(crate) mail: Mail,
    pub(crate) emulate_google: String,
    pub(crate) emulate_microsoft: String,
}

/// A mail server, and the folder in which it lays what it takes.
pub(crate) struct Mail {
    pub(crate) url: String,
    pub(crate) letters: String,
}

impl Servers {
    /// Starts all of them and waits until they answer.
    pub(crate) fn start(tools: &Tools) -> Result<Self> {
        stop_on_signal()?;
        let started = Self::start_each(tools);
        if started.is_err() {
            clean_up();
        }
        started
    }

    fn start_each(tools: &Tools) -> Result<Self> {
        let postgres = tools.postgres.as_deref().context("PostgreSQL is not installed")?;
        let caldav = tools.caldav.as_deref().context("Radicale is not installed")?;
        let google = tools.google.as_deref().context("myworld is not installed")?;
        let sign_in = tools.sign_in.as_deref().context("emulate is not installed")?;
        Ok(Self {
            postgres: start_postgres(postgres)?,
            radicale: start_radicale(caldav)?,
            xandikos: start_xandikos(caldav)?,
            myworld: providers::start_myworld(google)?,
            mail: start_mail(tools.mail.as_deref().context("aiosmtpd is not installed")?)?,
            emulate_google: providers::start_emulate(sign_in, "google")?,
            emulate_microsoft: providers::start_emulate(sign_in, "microsoft")?,
        })
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        clean_up();
    }
}

/// Ctrl-C and TERM stop the servers before they stop us. Who else wants to clean up meanwhile
/// waits for the lock, and so does not end the process half-way.
pub(crate) fn stop_on_signal() -> Result<()> {
    ctrlc::set_handler(|| {
        let mut running = running();
        stop(&mut running);
        let _left_behind = fs::remove_dir_all(place());
        std::process::exit(130);
    })
    .context("listening for Ctrl-C")
}

/// Stops everything that was started.
pub(crate) fn stop_all() {
    stop(&mut running());
}

/// Stops everything that was started, and removes what it wrote.
pub(crate) fn clean_up() {
    let mut running = running();
    stop(&mut running);
    let _left_behind = fs::remove_dir_all(place());
}

fn running() -> MutexGuard<'static, Vec<Child>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stop(running: &mut Vec<Child>) {
    for mut child in running.drain(..) {
        // INT, not TERM: PostgreSQL would wait for its clients.
        let asked = shell::run(Command::new("kill").arg("-INT").arg(child.id().to_string()));
        let until = Instant::now() + STOP_MAX;
        while asked.is_ok() && matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
            sleep(Duration::from_millis(20));
        }
        let _already_gone = child.kill();
        let _reaped = child.wait();
    }
}

/// Where this run keeps what its servers write. Not under the target folder: PostgreSQL runs as
/// another user when we are root, and a checkout in root's home is closed to it.
fn place() -> PathBuf {
    std::env::temp_dir().join(format!("daymark-test-{}", std::process::id()))
}

/// A folder of this run, for one server.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let folder = place().join(name);
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    // Whatever the umask says: the user of PostgreSQL must get through.
    fs::set_permissions(place(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("asking for a free port")?;
    Ok(listener.local_addr()?.port())
}

/// Starts the server, with its output in a file, and waits until `ready` says so. Gives back its
/// process id.
pub(crate) fn start(
    name: &str,
    mut command: Command,
    folder: &Path,
    ready: impl Fn() -> bool,
) -> Result<u32> {
    let log = folder.join("output.log");
    let output = fs::File::create(&log)?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let child = command.spawn().with_context(|| format!("starting `{}`", shell::line(&command)))?;
    let id = child.id();
    running().push(child);
    let until = Instant::now() + START_MAX;
    while !ready() {
        if Instant::now() > until {
            let said = fs::read_to_string(&log).unwrap_or_default();
            bail!("{name} does not answer after {} s:\n{said}", START_MAX.as_secs());
        }
        sleep(READY_EVERY);
    }
    Ok(id)
}

fn start_postgres(programs: &Path) -> Result<String> {
    let (folder, port) = (folder("postgres")?, free_port()?);
    let owner = if is_root() { Some(Owner::of("postgres")?) } else { None };
    let as_owner = |program: &str| {
        let mut command = Command::new(programs.join(program));
        command.current_dir(&folder);
        if let Some(Owner { user, group }) = owner {
            command.uid(user).gid(group);
        }
        command
    };
    if let Some(Owner { user, group }) = owner {
        std::os::unix::fs::chown(&folder, Some(user), Some(group))?;
    }
    let database = folder.join("database");
    let mut make = as_owner("initdb");
    make.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
    shell::output(make.args(["--no-sync", "--no-instructions", "--pgdata"]).arg(&database))?;
    let mut serve = as_owner("postgres");
    serve.arg("-D").arg(&database).args(["-p", &port.to_string()]);
    // Nothing in it outlives the run, so nothing needs to reach the disk.
    for setting in [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=300",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
    ] {
        serve.args(["-c", setting]);
    }
    let mut ask = Command::new(programs.join("pg_isready"));
    ask.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]);
    let ask = Mutex::new(ask);
    let ready = || {
        let mut ask = ask.lock().unwrap_or_else(PoisonError::into_inner);
        shell::run(&mut ask).is_ok_and(|yes| yes)
    };
    start("PostgreSQL", serve, &folder, ready)?;
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    say(format!("PostgreSQL started: {url}"));
    Ok(url)
}

#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// PostgreSQL refuses to run as root; its package brings a user of its own.
    fn of(name: &str) -> Result<Self> {
        let id = |which: &str| -> Result<u32> {
            let printed = shell::output(Command::new("id").args([which, name]))?;
            printed.trim().parse().with_context(|| format!("reading the id of user {name}"))
        };
        Ok(Self { user: id("-u")?, group: id("-g")? })
    }
}

fn start_radicale(programs: &Path) -> Result<String> {
    let url = radicale(programs, &folder("radicale")?, &[USER])?;
    say(format!("Radicale started: {url} (user {USER})"));
    Ok(url)
}

/// Radicale over what `folder` holds, for these users, all with the same password.
pub(crate) fn radicale(programs: &Path, folder: &Path, names: &[&str]) -> Result<String> {
    let port = free_port()?;
    let users = folder.join("users");
    let lines: Vec<String> = names.iter().map(|name| format!("{name}:{PASSWORD}\n")).collect();
    fs::write(&users, lines.concat())?;
    let mut serve = Command::new(programs.join("python"));
    serve.args(["-m", "radicale", "--server-hosts", &format!("127.0.0.1:{port}")]);
    serve.args(["--auth-type", "htpasswd", "--auth-htpasswd-encryption", "plain"]);
    serve.arg("--auth-htpasswd-filename").arg(&users);
    serve.arg("--storage-filesystem-folder").arg(folder.join("calendars"));
    serve.args(["--logging-level", "warning"]);
    start("Radicale", serve, folder, || answers(port))?;
    Ok(format!("http://127.0.0.1:{port}/"))
}

fn start_xandikos(programs: &Path) -> Result<String> {
    let (folder, port) = (folder("xandikos")?, free_port()?);
    let mut serve = Command::new(programs.join("xandikos"));
    serve.args(["serve", "--defaults", "--current-user-principal", &format!("/{USER}/")]);
    serve.args(["-l", "127.0.0.1", "-p", &port.to_string()]);
    serve.arg("-d").arg(folder.join("calendars")).arg("--state-dir").arg(folder.join("state"));
    start("Xandikos", serve, &folder, || answers(port))?;
    let url = format!("http://127.0.0.1:{port}/");
    say(format!("Xandikos started: {url} (it has no authentication: any password is right)"));
    Ok(url)
}

fn start_mail(programs: &Path) -> Result<Mail> {
    let (folder, port) = (folder("mail")?, free_port()?);
    let letters = folder.join("letters");
    let mut serve = Command::new(programs.join("aiosmtpd"));
    // Without it, it wants to become another user, which only root may.
    serve.arg("--nosetuid").args(["--listen", &format!("127.0.0.1:{port}")]);
    serve.args(["--class", "aiosmtpd.handlers.Mailbox"]).arg(&letters);
    start("aiosmtpd", serve, &folder, || greets(port))?;
    let url = format!("smtp://127.0.0.1:{port}");
    say(format!("aiosmtpd started: {url}"));
    Ok(Mail { url, letters: letters.display().to_string() })
}

/// Does a mail server answer there? It speaks first (RFC 5321 §3.1).
fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let mut answer = [0; 4];
    let heard = stream.set_read_timeout(Some(Duration::from_secs(2)));
    heard.and_then(|()| stream.read_exact(&mut answer)).is_ok() && &answer == b"220 "
}

/// Does an HTTP server answer there?
pub(crate) fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let request = "OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let asked = stream.write_all(request.as_bytes());
    let mut answer = [0; 5];
    let heard = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let read = heard.and_then(|()| stream.read_exact(&mut answer));
    asked.is_ok() && read.is_ok() && &answer == b"HTTP/"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_http_does_not_answer() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let silent = std::thread::spawn(move || drop(listener.accept()));
        assert!(!answers(port));
        silent.join().unwrap();
        assert!(!answers(free_port().unwrap()));
    }
}
