//! The repository's own commands: `cargo xtask test`, `check`, `assets`, `browser`, `fuzz`, `fuzz-api`,
//! `servers`, `sqlx`.
//!
//! They exist so that a person, CI and the README run the very same thing. A command here starts cargo and reports;
//! a rule about the code is a lint or a test (`tests/it`), never a script.
#![expect(clippy::print_stdout, reason = "a terminal program: its output is for a person or a CI log")]

mod assets;
mod browser;
mod cargo;
mod check;
mod fuzz;
mod fuzz_api;
mod llama;
mod prepare;
mod python;
mod report;
mod servers;
mod sqlx;
mod tally;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tests, checks and generated files of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Test(test::Options),
    Check(check::Options),
    Assets(assets::Options),
    Browser(browser::Options),
    Fuzz(fuzz::Options),
    FuzzApi(fuzz_api::Options),
    Servers(servers::Options),
    Sqlx(sqlx::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Test(options) => options.run(),
        Command::Check(options) => options.run(),
        Command::Assets(options) => options.run(),
        Command::Browser(options) => options.run(),
        Command::Fuzz(options) => options.run(),
        Command::FuzzApi(options) => options.run(),
        Command::Servers(options) => options.run(),
        Command::Sqlx(options) => options.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
