//! What comes as Python wheels only: each in a virtual environment of its own under `target/`, made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A virtual environment `home/environment` that holds what the requirements name. Needs no network when they are there.
pub(crate) fn environment(home: &Path, requirements: &Path) -> Result<PathBuf> {
    let environment = home.join("environment");
    let python = environment.join("bin/python");
    let done = environment.join("installed.txt");
    let wanted = fs::read_to_string(requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    if python.is_file() && fs::read_to_string(&done).is_ok_and(|there| there == wanted) {
        return Ok(environment);
    }
    if !python.is_file() {
        fs::create_dir_all(home)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements))?;
    fs::copy(requirements, done)?;
    Ok(environment)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed ({status})");
    }
    Ok(())
}
