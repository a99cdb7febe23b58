//! `cargo xtask fuzz`: the targets of `fuzz/`, each a parser of bytes that others send.
//!
//! What `cargo fuzz build --sanitizer none` does, without that program and on the toolchain that builds the rest: safe Rust
//! has little for a sanitizer to find, and whoever wants one runs `cargo +nightly fuzz run TARGET`.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::cargo;
use crate::prepare::{self, Need};
use crate::tally::Tally;

const SOURCES: &str = "fuzz";
const HOME: &str = "target/fuzz";
/// How often it is looked whether a target is done.
const LOOK: Duration = Duration::from_millis(50);
/// The instruments that tell the fuzzer which code an input has reached, and what it compares with.
const INSTRUMENTS: &str = "--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                           -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                           -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

const NEEDS: &[Need] = &[Need {
    name: "a C++ compiler",
    purpose: "build the fuzzer",
    present: || std::env::var_os("CXX").is_some() || prepare::on_path(&["c++", "g++", "clang++"]),
    packages: &["g++"],
}];

/// Try the parsers of foreign bytes with whatever reaches more of their code.
#[derive(Args)]
pub(crate) struct Options {
    /// Only these targets, the files of fuzz/fuzz_targets
    targets: Vec<String>,
    /// How long, each
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// So many inputs each instead, always the same ones and however long it takes: what CI does
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    runs: Option<u64>,
}

/// When a target has tried enough.
#[derive(Clone, Copy)]
enum Until {
    /// After so many seconds, going on from where earlier runs ended.
    Seconds(u64),
    /// After so many inputs, made of nothing but the seeds. No clock and no earlier run has a part in what is tried.
    Runs(u64),
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        let tally = tried(&self.targets, self.runs.map_or(Until::Seconds(self.seconds), Until::Runs))?;
        println!("  {tally}");
        if tally.failed > 0 {
            bail!("an input broke a parser: mend it, and keep the input in {SOURCES}/seeds");
        }
        Ok(())
    }
}

fn tried(only: &[String], until: Until) -> Result<Tally> {
    prepare::ensure(NEEDS)?;
    let targets = targets()?;
    if let Some(unknown) = only.iter().find(|name| !targets.contains(name)) {
        bail!("there is no target `{unknown}`; choose among {}", targets.join(", "));
    }
    let programs = build()?;
    let mut waiting: VecDeque<&String> = targets.iter().filter(|name| only.is_empty() || only.contains(name)).collect();
    let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (mut running, mut tally): (Vec<Trial>, _) = (Vec::new(), Tally::default());
    loop {
        while running.len() < at_once
            && let Some(name) = waiting.pop_front()
        {
            running.push(Trial::start(name, &programs.join(name), until)?);
        }
        if running.is_empty() {
            return Ok(tally);
        }
        for mut trial in std::mem::take(&mut running) {
            match trial.child.try_wait()? {
                Some(status) => trial.tell(status, &mut tally),
                None => running.push(trial),
            }
        }
        std::thread::sleep(LOOK);
    }
}

fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(cargo::root()?.join(SOURCES).join("fuzz_targets"))? {
        names.extend(file?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Where the programs are.
fn build() -> Result<PathBuf> {
    let (root, host) = (cargo::root()?, cargo::host()?);
    let mut command = cargo::cargo(["build", "--locked", "--bins", "--target", &host])?;
    // flags for a named platform are not those of build scripts and macros
    command.current_dir(root.join(SOURCES)).env("RUSTFLAGS", INSTRUMENTS).env("CARGO_TARGET_DIR", root.join(HOME));
    cargo::run(&mut command)?;
    Ok(root.join(HOME).join(host).join("debug"))
}

/// One target at work.
struct Trial {
    name: String,
    child: Child,
    log: PathBuf,
    artifacts: PathBuf,
}

impl Trial {
    fn start(name: &str, program: &Path, until: Until) -> Result<Self> {
        let root = cargo::root()?;
        let home = root.join(HOME);
        let artifacts = home.join("artifacts").join(name);
        fs::create_dir_all(&artifacts)?;
        let log = home.join(format!("{name}.log"));
        let mut command = Command::new(program);
        let seeds = root.join(SOURCES).join("seeds").join(name);
        command.args(["-rss_limit_mb=1024", "-max_len=8192", "-print_final_stats=1"]);
        match until {
            Until::Seconds(seconds) => {
                // what a longer run finds is where the next one begins
                let corpus = home.join("corpus").join(name);
                fs::create_dir_all(&corpus)?;
                command.arg(corpus).arg(seeds).args(["-timeout=10", &format!("-max_total_time={seconds}")]);
            }
            Until::Runs(runs) => {
                // the time is for what never ends; a busy machine must not be taken for it
                command.args(["-seed=1", "-timeout=300", &format!("-runs={runs}")]);
                command.arg(format!("-seed_inputs={}", listed(&seeds)?));
            }
        }
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { name: name.to_owned(), child, log, artifacts })
    }

    fn tell(&self, status: ExitStatus, tally: &mut Tally) {
        let name = format!("fuzz::{}", self.name);
        if status.success() {
            println!("test {name} ... ok");
            tally.passed += 1;
        } else {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            println!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
            println!("test {name} ... FAILED; the input is in {}", self.artifacts.display());
            tally.failed += 1;
            tally.broken.insert(name);
        }
    }
}

/// Files of a directory as the fuzzer takes them, always in the same order.
fn listed(seeds: &Path) -> Result<String> {
    let mut files = Vec::new();
    for file in fs::read_dir(seeds).with_context(|| format!("there are no seeds in {}", seeds.display()))? {
        files.push(file?.path().display().to_string());
    }
    files.sort();
    Ok(files.join(","))
}
