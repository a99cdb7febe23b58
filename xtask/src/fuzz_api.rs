//! `cargo xtask fuzz-api`: schemathesis asks the real server everything that its OpenAPI document allows and forbids.
//! What it asks, and what it may not find, is in `xtask/schemathesis`.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::tally::{Runner, Tally};
use crate::{cargo, prepare, python};

const SOURCES: &str = "xtask/schemathesis";
const HOME: &str = "target/schemathesis";
/// Who administers where people log in; `run.py` knows the password.
const ADMINISTRATOR: (&str, &str) = ("root", "correct horse battery");
/// The same questions each time, for the tests.
const SEED: u64 = 7;

/// Ask the server everything its OpenAPI document allows and forbids, in both modes.
#[derive(Args)]
pub(crate) struct Options {
    /// How long, each time with other questions; a short round of the same ones without
    #[arg(long, value_name = "N")]
    minutes: Option<u64>,
    /// Repeats the questions of a run that told this number
    #[arg(long)]
    seed: Option<u64>,
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        prepare::prepare()?;
        cargo::run(&mut cargo::cargo(["build", "--workspace", "--bins"])?)?;
        let mut words = vec![];
        match (self.seed, self.minutes) {
            (Some(seed), _) => words.extend(["--seed".to_owned(), seed.to_string()]),
            (None, None) => words.extend(["--seed".to_owned(), SEED.to_string()]),
            (None, Some(_)) => {}
        }
        if let Some(minutes) = self.minutes {
            words.extend(["--examples".to_owned(), "1000".to_owned()]);
            words.extend(["--seconds".to_owned(), (minutes * 60 / 2).max(1).to_string()]);
        }
        let tally = both_modes(&words)?;
        println!("  {tally}; what was asked and found is in {HOME}");
        if tally.failed > 0 {
            bail!("the server answered what its document does not tell");
        }
        Ok(())
    }
}

/// The short round, against the binary that was built last.
pub(crate) fn tests() -> Result<Tally> {
    both_modes(&["--seed".to_owned(), SEED.to_string()])
}

fn both_modes(words: &[String]) -> Result<Tally> {
    let mut tally = Tally::default();
    for mode in ["open", "required"] {
        tally += asked(mode, words)?;
    }
    Ok(tally)
}

fn asked(mode: &str, words: &[String]) -> Result<Tally> {
    let (sources, home) = (cargo::root()?.join(SOURCES), cargo::root()?.join(HOME));
    let python = python::environment(&home, &sources.join("requirements.txt"))?.join("bin/python");
    let mut server = Served::start(mode, &home)?;
    let files = home.join(mode);
    fs::create_dir_all(&files)?;
    let mut command = Command::new(python);
    command.arg(sources.join("run.py")).arg(&server.url).arg(&files).arg(mode).args(words).stdin(Stdio::null());
    if mode == "open" {
        command.env("JARVIS_ADMIN_TOKEN", server.local_token()?);
    }
    let mut tally = cargo::run_tests(&mut command, Runner::Libtest)?;
    let name = format!("fuzz_api::{mode}::the_server_is_well_afterwards");
    match server.complaint()? {
        None => tally.passed += 1,
        Some(complaint) => {
            println!("test {name} ... FAILED: {complaint}; its log is {}", server.log.display());
            tally.failed += 1;
            tally.broken.insert(name);
        }
    }
    Ok(tally)
}

/// A server of its own; ended with the value.
struct Served {
    child: Child,
    url: String,
    data: PathBuf,
    log: PathBuf,
}

impl Served {
    fn start(mode: &str, home: &Path) -> Result<Self> {
        let (data, log) = (home.join(format!("{mode}.data")), home.join(format!("{mode}.server.log")));
        if data.try_exists()? {
            fs::remove_dir_all(&data)?;
        }
        fs::create_dir_all(&data)?;
        if mode == "required" {
            administrator(&data)?;
        }
        let mut child = jarvis(&data)?
            .args(["serve", "--port", "0"])
            .env("AUTH_MODE", mode)
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .context("cannot start the server")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("the server has no output")?).read_line(&mut line)?;
        let mut served = Self { child, url: String::new(), data, log };
        let Some(url) = line.trim().strip_prefix("jarvis ready: ") else {
            bail!("the server did not start; see {}", served.log.display());
        };
        url.clone_into(&mut served.url);
        Ok(served)
    }

    /// The token of the data directory, out of `run.json`.
    fn local_token(&self) -> Result<String> {
        let run = fs::read_to_string(self.data.join("run.json")).context("cannot read run.json")?;
        let (_, rest) = run.split_once("\"admin_token\"").context("run.json has no token")?;
        Ok(rest.split('"').nth(1).context("run.json has no token")?.to_owned())
    }

    /// What is wrong with it after all that.
    fn complaint(&mut self) -> Result<Option<String>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(format!("the server ended ({status})")));
        }
        let log = BufReader::new(File::open(&self.log)?).lines().map_while(Result::ok);
        // an erasure that takes longer than a request is told as such, on a busy machine
        let is_bad = |line: &String| {
            line.contains("panicked") || line.contains("\"level\":\"ERROR\"") && !line.contains("erasure_continues")
        };
        let bad = log.into_iter().find(is_bad);
        Ok(bad.map(|line| format!("it logged: {line}")))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// The binary that was built last, in an environment of its own. Nobody is limited: the questions come as fast as they can.
fn jarvis(data: &Path) -> Result<Command> {
    let mut command = Command::new(cargo::root()?.join("target/debug/jarvis"));
    command.env_clear().env("JARVIS_DATA_DIR", data).env("LIMITS_ENABLED", "false").env("REGISTRATION", "open");
    command.env("LOG_FORMAT", "json").current_dir(data).stdin(Stdio::null());
    Ok(command)
}

fn administrator(data: &Path) -> Result<()> {
    let (name, password) = ADMINISTRATOR;
    let mut command = jarvis(data)?;
    command.args(["user", "add", name, "--role", "admin", "--password-stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("cannot start the binary")?;
    child.stdin.take().context("the command has no input")?.write_all(password.as_bytes())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("the administrator's account was not made ({status})");
    }
    Ok(())
}
