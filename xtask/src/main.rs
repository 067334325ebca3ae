//! Chores of the repository: `cargo xtask help` lists them.

mod house;
mod say;
mod shell;
mod tidy;

use std::process::ExitCode;

use say::say;

const HELP: &str = "\
Chores of the repository.

  cargo xtask tidy
      Holds the repository to its own rules: sizes, walls, words, links.
  cargo xtask help
      Prints this.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] => {
            say(HELP);
            Ok(true)
        }
        ["tidy"] => tidy::command(),
        _ => {
            say(format!("Unknown: {}\n\n{HELP}", words.join(" ")));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            say(format!("xtask: {why:#}"));
            ExitCode::FAILURE
        }
    }
}
