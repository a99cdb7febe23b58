//! `cargo xtask fuzz`: the targets of `fuzz/`, each a parser of bytes that others send.
//!
//! What `cargo fuzz build --sanitizer none` does, without that program and on the toolchain that builds the rest: safe Rust
//! has little for a sanitizer to find, and whoever wants one runs `cargo +nightly fuzz run TARGET`.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::cargo;
use crate::prepare::{self, Need};
use crate::tally::Tally;

const SOURCES: &str = "fuzz";
const HOME: &str = "target/fuzz";
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
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        let tally = tried(&self.targets, self.seconds)?;
        println!("  {tally}");
        if tally.failed > 0 {
            bail!("an input broke a parser: mend it, and keep the input in {SOURCES}/seeds");
        }
        Ok(())
    }
}

fn tried(only: &[String], seconds: u64) -> Result<Tally> {
    prepare::ensure(NEEDS)?;
    let targets = targets()?;
    if let Some(unknown) = only.iter().find(|name| !targets.contains(name)) {
        bail!("there is no target `{unknown}`; choose among {}", targets.join(", "));
    }
    let programs = build()?;
    let mut waiting: VecDeque<&String> = targets.iter().filter(|name| only.is_empty() || only.contains(name)).collect();
    let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (mut running, mut tally): (VecDeque<Trial>, _) = (VecDeque::new(), Tally::default());
    loop {
        while running.len() < at_once
            && let Some(name) = waiting.pop_front()
        {
            running.push_back(Trial::start(name, &programs.join(name), seconds)?);
        }
        let Some(trial) = running.pop_front() else { return Ok(tally) };
        trial.end(&mut tally)?;
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
    fn start(name: &str, program: &Path, seconds: u64) -> Result<Self> {
        let root = cargo::root()?;
        let home = root.join(HOME);
        let (corpus, artifacts) = (home.join("corpus").join(name), home.join("artifacts").join(name));
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        let log = home.join(format!("{name}.log"));
        let mut command = Command::new(program);
        let seeds = root.join(SOURCES).join("seeds").join(name);
        // what a longer run finds is where the next one begins
        command.arg(corpus);
        command.arg(seeds).args(["-rss_limit_mb=1024", "-timeout=10", "-max_len=8192", "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={seconds}"));
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { name: name.to_owned(), child, log, artifacts })
    }

    fn end(mut self, tally: &mut Tally) -> Result<()> {
        let status = self.child.wait()?;
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
        Ok(())
    }
}
