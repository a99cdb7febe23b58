//! The page in a real browser: `crates/jarvis/tests/browser`, whose packages are installed under `target/`.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::cargo::{self, cargo, root};
use crate::prepare;
use crate::tally::{Runner, Tally};

const SOURCES: &str = "crates/jarvis/tests/browser";
/// Packages, pictures of failures and whatever else a run leaves.
const HOME: &str = "target/browser";

/// Test the page in a real browser, take its screenshots, or weigh it.
#[derive(Args)]
pub(crate) struct Options {
    #[arg(value_enum, default_value_t = Job::Test)]
    job: Job,
    /// Run only tests whose name contains one of these
    filters: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Job {
    /// Run the tests; a failing one leaves a picture in target/browser/failures
    Test,
    /// Write docs/screenshots again
    Screenshots,
    /// Print what the page's first view costs: bytes, requests, time to the first paint
    Weigh,
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        prepare::prepare()?;
        cargo::run(&mut cargo(["build", "--workspace", "--bins"])?)?;
        match self.job {
            Job::Test => {
                let tally = tests(&self.filters)?;
                if tally.failed > 0 {
                    bail!("tests failed; their pictures are in {HOME}/failures");
                }
                if tally.ran() == 0 {
                    bail!("no test of the page matches {:?}", self.filters);
                }
                Ok(())
            }
            Job::Screenshots => script("screenshots.js"),
            Job::Weigh => script("weigh.js"),
        }
    }
}

/// Runs the tests against the binary that was built last.
pub(crate) fn tests(filters: &[String]) -> Result<Tally> {
    install()?;
    cargo::run_tests(node("run.js")?.args(filters), Runner::Libtest)
}

fn script(name: &str) -> Result<()> {
    install()?;
    cargo::run(&mut node(name)?)
}

fn node(script: &str) -> Result<Command> {
    let mut command = Command::new("node");
    command.arg(format!("{SOURCES}/{script}")).current_dir(root()?).stdin(Stdio::null());
    Ok(command)
}

/// Puts what the tests import where they look for it, unless exactly that is there already.
fn install() -> Result<()> {
    let (sources, home) = (root()?.join(SOURCES), root()?.join(HOME));
    let done = home.join("node_modules/.installed");
    let wanted = lines(&sources.join("package-lock.json")).context("cannot read the lock file of the browser tests")?;
    if lines(&done).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    fs::create_dir_all(&home)?;
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(sources.join(name), home.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    cargo::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&home).stdin(Stdio::null()))
        .context("the packages of the browser tests were not installed; is the package registry reachable?")?;
    fs::copy(sources.join("package-lock.json"), done)?;
    Ok(())
}

fn lines(path: &Path) -> io::Result<Vec<String>> {
    BufReader::new(File::open(path)?).lines().collect()
}
