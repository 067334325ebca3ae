//! Programs by others that play a provider, for adapters whose provider cannot be had here.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::servers::{answers, folder, free_port, start};
use crate::say::say;

/// The accounts and the client of the sign-in. The tests know them.
const SEED: &str = "\
google:
  users:
    - email: ada@gmail.example
      name: Ada Byron
  oauth_clients:
    - client_id: daymark-test
      client_secret: test-secret
      name: Daymark
      redirect_uris:
        - http://127.0.0.1:8080/connect/google/callback
        - http://127.0.0.1:8080/sign-in/oidc/callback
  calendars:
    - id: primary
      user_email: ada@gmail.example
      summary: ada@gmail.example
      primary: true
      time_zone: Europe/Berlin
microsoft:
  users:
    - email: ada@contoso.example
      name: Ada King
      tenant_id: 7a0b1c2d-0000-4000-8000-000000000001
  oauth_clients:
    - client_id: daymark-test
      client_secret: test-secret
      name: Daymark
      redirect_uris: [\"http://127.0.0.1:8080/connect/outlook/callback\"]
";

/// Google Calendar (`myworld`).
pub(super) fn start_myworld(programs: &Path) -> Result<String> {
    let (folder, port) = (folder("myworld")?, free_port()?);
    let mut serve = Command::new(programs.join("myworld"));
    serve.current_dir(&folder);
    serve.args(["serve", "--host", "127.0.0.1", "--port", &port.to_string()]);
    serve.args(["--time", "realtime"]);
    start("myworld", serve, &folder, || answers(port))?;
    let url = format!("http://127.0.0.1:{port}/");
    say(format!("myworld started, a Google Calendar: {url}"));
    Ok(url)
}

/// The sign-in of `google` or `microsoft` (`emulate`), each by a process of its own.
pub(super) fn start_emulate(packages: &Path, provider: &str) -> Result<String> {
    let (folder, port) = (folder(&format!("emulate-{provider}"))?, free_port()?);
    let seed = folder.join("seed.yaml");
    fs::write(&seed, SEED)?;
    let mut serve = Command::new(packages.join(".bin").join("node"));
    serve.current_dir(&folder).arg(packages.join("emulate").join("dist").join("index.js"));
    serve.args(["start", "--service", provider, "--port", &port.to_string()]);
    serve.arg("--seed").arg(&seed);
    start("emulate", serve, &folder, || answers(port))?;
    let url = format!("http://127.0.0.1:{port}/");
    say(format!("emulate started, the sign-in of {provider}: {url}"));
    Ok(url)
}
