//! The command line. Each command has its options and a `run` in a file of its own.
//!
//! Data goes to standard output, everything else to standard error; the exit code is 0 only when all went well, 1 when it
//! did not, 2 when the command line itself is wrong, 130 when Ctrl-C ended it.

mod api;
mod audit;
mod catching_up;
mod chat;
mod completions;
mod config;
mod counts;
mod doctor;
mod erase;
mod export;
mod import;
mod init;
mod keys;
mod man;
mod migrate;
mod migrate_store;
mod monitor;
mod openapi;
mod ready;
mod reindex;
mod search;
mod serve;
mod user;

use std::{future::Future, io, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use jarvis_host::{Config, Flags, Sources};

use crate::{logging, output};

/// Exit code when Ctrl-C ended it: 128 and the number of SIGINT, as shells report it.
const INTERRUPTED: u8 = 130;

/// The data backbone of an AI assistant: it keeps conversations, remembers what matters in them and finds it again.
#[derive(Debug, Parser)]
#[command(name = "jarvis", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Examples:\n  jarvis init\n  jarvis chat \"what did I say about Lisbon\"\n  jarvis serve\n  jarvis doctor\n\nExit codes:\n  0 all went well\n  1 something did not; standard error says what, and what to do next\n  2 the command line is wrong\n  130 stopped by Ctrl-C"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    place: Place,
}

/// Where data and configuration are.
#[derive(Args, Clone, Debug, Default)]
struct Place {
    /// Directory that holds everything Jarvis keeps [default: the platform's; variable JARVIS_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Configuration file [default: jarvis.toml or jarvis.json here, else in the data directory; variable JARVIS_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How the result is printed.
#[derive(Args, Clone, Copy, Debug)]
struct Format {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Options),
    Serve(serve::Options),
    Chat(chat::Options),
    Search(search::Options),
    Import(import::Options),
    Export(export::Options),
    Erase(erase::Options),
    Reindex(reindex::Options),
    Keys(keys::Options),
    User(user::Options),
    Audit(audit::Options),
    Migrate(migrate::Options),
    MigrateStore(migrate_store::Options),
    Monitor(monitor::Options),
    Ready(ready::Options),
    Config(config::Options),
    Doctor(doctor::Options),
    Completions(completions::Options),
    Man(man::Options),
    Openapi(openapi::Options),
}

/// Runs the command line of this process.
pub(crate) fn main() -> ExitCode {
    let Cli { command, place } = Cli::parse();
    let result = match command {
        Command::Init(options) => options.run(&place),
        Command::Serve(options) => options.run(place),
        Command::Chat(options) => options.run(place),
        Command::Search(options) => options.run(place),
        Command::Import(options) => options.run(place),
        Command::Export(options) => options.run(place),
        Command::Erase(options) => options.run(place),
        Command::Reindex(options) => options.run(place),
        Command::Keys(options) => options.run(place),
        Command::User(options) => options.run(place),
        Command::Audit(options) => options.run(place),
        Command::Migrate(options) => options.run(place),
        Command::MigrateStore(options) => options.run(place),
        Command::Monitor(options) => options.run(),
        Command::Ready(options) => options.run(place),
        Command::Config(options) => options.run(place),
        Command::Doctor(options) => options.run(place),
        Command::Completions(options) => options.run(),
        Command::Man(options) => options.run(),
        Command::Openapi(options) => options.run(),
    };
    match result {
        Ok(code) => code,
        // The reader had enough, as in `jarvis search x | head -1`: nothing went wrong.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}

impl Place {
    fn flags(self) -> Flags {
        Flags { data_dir: self.data_dir, config: self.config, ..Flags::default() }
    }

    /// The flags that a next command needs to mean the same place, such as ` --data-dir ./data`; empty without any.
    fn flags_again(&self) -> String {
        let flags = [("--data-dir", &self.data_dir), ("--config", &self.config)];
        let given = flags.into_iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?)));
        given.flat_map(|(flag, path)| [format!(" {flag} "), path.display().to_string()]).collect()
    }

    /// The configuration for a command that ends by itself; it logs to people, and no more than warnings.
    fn load(self) -> Result<Config> {
        let config = Config::load(&Sources::of_process(self.flags())?)?;
        logging::for_command(&config.log)?;
        Ok(config)
    }
}

/// Runs the work of a command that ends by itself.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("the threads of the runtime do not start")?.block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_helps_with_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let help = command.clone().render_long_help().to_string();
            assert!(help.contains("Examples:"), "{path} has no example");
            for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
                check(below, &format!("{path} {}", below.get_name()));
            }
        }
        check(&Cli::command(), "jarvis");
    }
}
