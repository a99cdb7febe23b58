//! `cargo xtask test`: prepare the machine, then run every test.

use std::io::{self, IsTerminal as _};
use std::process::Command;

use anyhow::{Result, bail};
use cargo_metadata::MetadataCommand;
use clap::Args;

use crate::llama::{self, Llama};
use crate::report::Report;
use crate::servers::{Kind, Servers};
use crate::tally::{Runner, Tally};
use crate::{browser, cargo, fuzz_api, prepare};

/// How often the crash test kills the server, unless told otherwise.
const CRASH_ROUNDS: u32 = 50;
const QUICK_CRASH_ROUNDS: u32 = 5;
/// Read by the crash test of the `jarvis` crate.
const CRASH_ROUNDS_VARIABLE: &str = "JARVIS_CRASH_ROUNDS";

/// Read by the end-to-end tests: what the server under test stands on.
const BACKEND_VARIABLE: &str = "JARVIS_TEST_BACKEND";
/// Crates whose tests talk to databases, caches and the like.
const USERS_OF_SERVERS: &[&str] =
    &["jarvis", "jarvis-host", "jarvis-postgres", "jarvis-providers", "jarvis-test-servers"];

type Suite = fn(&Options, &Outside) -> Result<Tally>;

/// What runs beside the tests, for them to talk to; ends with the value.
#[derive(Default)]
pub(crate) struct Outside {
    llama: Option<Llama>,
    servers: Servers,
}

impl Outside {
    fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let llama = self.llama.as_ref().map(|llama| (llama::VARIABLE, llama.url()));
        self.servers.variables().chain(llama)
    }
}

/// Install what the tests need and run them all: unit, integration, end-to-end, browser and documentation tests.
///
/// Uses nextest (`cargo install cargo-nextest --locked`) when it is there, plain cargo otherwise.
#[derive(Args)]
pub(crate) struct Options {
    /// Run only tests whose name contains one of these
    filters: Vec<String>,
    /// Only this package of the workspace (may be given several times)
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// How often the crash test kills the server at a random moment
    #[arg(long, value_name = "N", default_value_t = CRASH_ROUNDS, env = CRASH_ROUNDS_VARIABLE)]
    crash_rounds: u32,
    /// A few crash rounds only, for the time between two edits
    #[arg(long)]
    quick: bool,
    /// Do not use nextest even when it is installed
    #[arg(long)]
    plain: bool,
    /// Leave out the tests of these servers; without it a server that cannot be had is a failure
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVERS")]
    without: Vec<Kind>,
}

impl Options {
    /// Every test of one package whose name contains `filter`.
    pub(crate) fn only(package: &str, filter: Option<&str>) -> Self {
        Self {
            filters: filter.into_iter().map(str::to_owned).collect(),
            packages: vec![package.to_owned()],
            crash_rounds: QUICK_CRASH_ROUNDS,
            quick: true,
            plain: false,
            without: Vec::new(),
        }
    }

    pub(crate) fn run(&self) -> Result<()> {
        prepare::prepare()?;
        let mut report = Report::default();
        let outside = report.step("servers", || self.outside(), |outside| outside.servers.to_string())?;
        let mut total = Tally::default();
        let mut unfinished = None;
        // failed tests do not keep the next suite from running, so one run shows all that is broken; but what does not
        // build for one suite does not build for the other
        let suites = [
            ("tests", Self::tests as Suite),
            ("on PostgreSQL", Self::tests_on_postgres),
            ("browser", Self::browser_tests),
            ("OpenAPI document", Self::fuzz_api),
            ("documentation", Self::doc_tests),
        ];
        for (name, suite) in suites {
            match report.step(name, || suite(self, &outside), Tally::to_string) {
                Ok(tally) => total += tally,
                Err(error) => {
                    unfinished = Some(error);
                    break;
                }
            }
        }
        report.print();
        for name in &total.broken {
            println!("  failed: {name}");
        }
        println!("  total: {total}");
        if let Some(error) = unfinished {
            return Err(error);
        }
        if total.failed > 0 {
            bail!("tests failed");
        }
        if total.ran() == 0 {
            bail!("no test matches {:?}; give part of a test's name, such as `crash`", self.filters);
        }
        Ok(())
    }

    fn outside(&self) -> Result<Outside> {
        let llama = llama::start_if_possible()?;
        let are_used = self.packages.is_empty()
            || self.packages.iter().any(|package| USERS_OF_SERVERS.contains(&package.as_str()));
        let servers = if are_used { Servers::start(&self.without)? } else { Servers::default() };
        Ok(Outside { llama, servers })
    }

    /// Unit, integration and end-to-end tests.
    pub(crate) fn tests(&self, outside: &Outside) -> Result<Tally> {
        if self.uses_nextest() {
            let mut command = self.cargo(&["nextest", "run", "--no-fail-fast", "--no-tests=pass"])?;
            command.args(&self.filters).envs(outside.variables());
            if io::stderr().is_terminal() {
                command.env("CARGO_TERM_COLOR", "always");
            }
            return cargo::run_tests(&mut command, Runner::Nextest);
        }
        let mut command = self.cargo(&["test", "--tests", "--no-fail-fast"])?;
        command.envs(outside.variables()).arg("--").args(&self.filters);
        cargo::run_tests(&mut command, Runner::Libtest)
    }

    /// The end-to-end tests again, with a server that stands on PostgreSQL and Redis instead of on itself.
    fn tests_on_postgres(&self, outside: &Outside) -> Result<Tally> {
        let is_left_out = [Kind::Postgres, Kind::Redis].iter().any(|kind| self.without.contains(kind));
        if is_left_out || !self.packages.is_empty() && !self.packages.iter().any(|name| name == "jarvis") {
            return Ok(Tally::default());
        }
        let (mut command, runner) = if self.uses_nextest() {
            let mut command = self.cargo(&["nextest", "run", "--no-fail-fast", "--no-tests=pass"])?;
            // faults are injected into servers of their own, whatever the rest stands on
            command.args(["-E", "package(jarvis) & kind(test) & !test(/^faults::/)"]).args(&self.filters);
            (command, Runner::Nextest)
        } else {
            let mut command = cargo::cargo(["test", "--package", "jarvis", "--test", "it", "--no-fail-fast", "--"])?;
            command.env(CRASH_ROUNDS_VARIABLE, self.rounds()).args(["--skip", "faults::"]).args(&self.filters);
            (command, Runner::Libtest)
        };
        command.envs(outside.variables()).env(BACKEND_VARIABLE, "postgres");
        let mut tally = cargo::run_tests(&mut command, runner)?;
        tally.broken = tally.broken.into_iter().map(|name| format!("{name} (on PostgreSQL)")).collect();
        Ok(tally)
    }

    fn uses_nextest(&self) -> bool {
        !self.plain && cargo::has_subcommand("nextest")
    }

    /// The page in a browser, served by the binary that the tests before have built.
    fn browser_tests(&self, _: &Outside) -> Result<Tally> {
        if !self.packages.is_empty() && !self.packages.iter().any(|name| name == "jarvis") {
            return Ok(Tally::default());
        }
        browser::tests(&self.filters)
    }

    /// Everything that the OpenAPI document allows and forbids, asked of the same binary.
    fn fuzz_api(&self, _: &Outside) -> Result<Tally> {
        let is_meant =
            self.filters.is_empty() || self.filters.iter().any(|filter| "fuzz_api".contains(filter.as_str()));
        let is_chosen = self.packages.is_empty() || self.packages.iter().any(|name| name == "jarvis-server");
        if is_meant && is_chosen { fuzz_api::tests() } else { Ok(Tally::default()) }
    }

    /// Examples in documentation comments, which nextest does not run.
    fn doc_tests(&self, _: &Outside) -> Result<Tally> {
        if !self.packages.is_empty() && !self.any_library()? {
            return Ok(Tally::default());
        }
        let mut command = self.cargo(&["test", "--doc", "--no-fail-fast"])?;
        command.arg("--").args(&self.filters);
        cargo::run_tests(&mut command, Runner::Libtest)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = cargo::cargo(arguments)?;
        if self.packages.is_empty() {
            command.arg("--workspace");
        }
        for package in &self.packages {
            command.args(["--package", package]);
        }
        command.env(CRASH_ROUNDS_VARIABLE, self.rounds());
        Ok(command)
    }

    fn rounds(&self) -> String {
        let rounds = if self.quick { QUICK_CRASH_ROUNDS } else { self.crash_rounds };
        rounds.to_string()
    }

    /// Whether a chosen package has a library: cargo refuses `--doc` when none has.
    fn any_library(&self) -> Result<bool> {
        let metadata = MetadataCommand::new().current_dir(cargo::root()?).no_deps().exec()?;
        Ok(metadata.packages.iter().any(|package| {
            self.packages.iter().any(|name| *name == package.name.as_str())
                && package.targets.iter().any(cargo_metadata::Target::is_lib)
        }))
    }
}
