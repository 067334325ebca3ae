//! Chores of the repository: `cargo xtask help` lists them.

mod bench;
mod chores;
mod house;
mod say;
mod screenshots;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

use say::say;

const HELP: &str = "\
Chores of the repository.

  cargo xtask test [--fast] [STAGE…]
      Sets up what is missing, then runs everything: format, clippy, tidy, tests, docs, pages.
      --fast leaves out the servers and the browser, and says so.
  cargo xtask servers
      Starts the servers of the tests, prints the variables that lead to them, and waits: for
      running single tests by hand in another terminal.
  cargo xtask tidy
      Holds the repository to its own rules: sizes, walls, words, links.
  cargo xtask simulate [--seeds N] [--from S]
      Tells the stories of sync over N worlds, on all processors. A world that goes wrong tells
      its story.
  cargo xtask bench [NAME…]
      Measures (pull, change, expand, idle, google, ring, push; all take hours), and writes
      docs/benchmarks.md.
  cargo xtask schema
      Writes crates/store/schema.sql anew from the migrations.
  cargo xtask screenshots
      Takes the pictures of docs/screenshots anew.
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
        ["test", rest @ ..] => test::command(rest),
        ["servers"] => test::serve(),
        ["bench", rest @ ..] => bench::command(rest),
        ["schema"] => chores::schema(),
        ["screenshots"] => screenshots::command(),
        ["simulate", rest @ ..] => chores::simulate(rest),
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
