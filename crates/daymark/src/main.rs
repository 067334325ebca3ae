//! The roof: reads the settings, wires the rooms together, starts and stops them.

mod account;
mod clock;
mod config;
mod demo;
mod doctor;
mod expand;
mod house;
mod integrations;
mod keys;
mod open_id;
mod outside;
mod post;
mod serve;
mod set_up;
mod turning;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use config::{Flags, Layers, Settings};
use tracing_subscriber::EnvFilter;

/// Daymark knows when people are really free: it connects the calendars they live by, and keeps
/// the copies true.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything in one process for a first look: server, sandbox, a sample account.
    Demo,
    /// The server.
    Serve,
    /// The sandbox of the providers alone, for people who write programs against them.
    Sandbox,
    /// Accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Prints as JSON the occurrences within FROM and TO of the iCalendar text on standard input.
    Expand {
        /// The first instant, like 2027-01-01T00:00:00Z.
        from: String,
        /// The instant after the last.
        to: String,
    },
    /// Checks settings, database, clock, keys, the reach of each provider.
    Doctor {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum AccountCommand {
    /// A new account with its first administrator; prints one JSON object.
    Create(account::Create),
    /// Takes away a user's second step of signing in, for who has lost phone and recovery codes.
    ForgetSecondStep(account::Whose),
    /// A link to choose a new password, for who has forgotten theirs.
    SignInLink(account::Whose),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => code,
        Err(failure) => {
            complain(&format!("daymark: {failure:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    if let Command::Expand { from, to } = &cli.command {
        return expand::run(from, to);
    }
    rustls::crypto::ring::default_provider().install_default().ok();
    let settings = Settings::read(&Layers::of(&cli.flags)?)?;
    log_to_stderr(&settings.log)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match &cli.command {
            Command::Demo => demo::run(settings, &cli.flags).await?,
            Command::Serve => serve::run(&settings).await?,
            Command::Sandbox => outside::run(&cli.flags).await?,
            Command::Account(AccountCommand::Create(wanted)) => {
                account::create(&settings, wanted).await?;
            }
            Command::Account(AccountCommand::ForgetSecondStep(whose)) => {
                account::forget_second_step(&settings, whose).await?;
            }
            Command::Account(AccountCommand::SignInLink(whose)) => {
                account::sign_in_link(&settings, whose).await?;
            }
            Command::Doctor { json } => return doctor::run(&settings, *json).await,
            Command::Expand { .. } => unreachable!("handled before the settings are read"),
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn log_to_stderr(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|wrong| {
        anyhow::anyhow!("`log` must be a filter like info or daymark=debug: {wrong}")
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    Ok(())
}

/// Prints for a person or a script, on standard output.
fn say(text: &str) {
    // Whoever closed the pipe does not want to read it.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says on standard error what went wrong.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
