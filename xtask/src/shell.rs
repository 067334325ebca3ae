//! Running other programs: seen by the person, or captured for us.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// What a person would type to run `command`.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs it with our own output; did it succeed?
pub(crate) fn run(command: &mut Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("starting `{}`", line(command)))?;
    Ok(status.success())
}

/// Runs it and gives back what it printed; its failure is an error that quotes it.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting `{}`", line(command)))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("`{}` failed: {}", line(command), said.trim());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_quoted() {
        let why = output(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        assert!(why.to_string().contains("broken"), "{why}");
    }
}
