//! Starting cargo the same way everywhere.

use std::env;
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::tally::{Runner, Tally};

/// The directory of the workspace's `Cargo.toml`.
pub(crate) fn root() -> Result<PathBuf> {
    // `cargo run` sets the variable; the value baked in at compile time serves a binary started by hand
    let xtask = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let root = xtask.parent().context("xtask does not lie inside a workspace; run it as `cargo xtask`")?;
    Ok(root.to_path_buf())
}

/// `cargo` with these arguments, of the toolchain that runs us, in the workspace's root.
pub(crate) fn cargo<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Command> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()?).stdin(Stdio::null());
    // what `cargo run` tells us about xtask is not for others: build scripts that look at it would run again each time
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// The platform that the toolchain runs on, as cargo names it.
pub(crate) fn host() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(rustc).arg("-vV").output().context("cannot start rustc")?;
    let told = String::from_utf8_lossy(&told.stdout);
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not tell its host")
}

/// Whether a cargo subcommand such as `nextest` is installed.
pub(crate) fn has_subcommand(name: &str) -> bool {
    cargo([name, "--version"]).is_ok_and(|mut command| {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs the command with our own output, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a test command, shows its output as it comes, and counts the tests that it reports.
pub(crate) fn run_tests(command: &mut Command, runner: Runner) -> Result<Tally> {
    let what = shown(command);
    println!("$ {what}");
    match runner {
        Runner::Libtest => command.stdout(Stdio::piped()),
        Runner::Nextest => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().with_context(|| format!("cannot start `{what}`"))?;
    let mut tally = Tally::default();
    let mut read = |line: &str| tally.read(runner, line);
    match runner {
        Runner::Libtest => copy_lines(child.stdout.take(), &mut io::stdout(), &mut read),
        Runner::Nextest => copy_lines(child.stderr.take(), &mut io::stderr(), &mut read),
    }
    .with_context(|| format!("cannot read the output of `{what}`"))?;
    let status = child.wait().with_context(|| format!("cannot wait for `{what}`"))?;
    if !status.success() && tally.failed == 0 {
        bail!("`{what}` failed before all tests had run ({status})");
    }
    Ok(tally)
}

fn copy_lines(from: Option<impl io::Read>, to: &mut impl Write, line: &mut impl FnMut(&str)) -> io::Result<()> {
    let Some(from) = from else { return Ok(()) };
    let mut from = BufReader::new(from);
    let mut bytes = Vec::new();
    while from.read_until(b'\n', &mut bytes)? > 0 {
        // a closed terminal must not stop the count
        let _ = to.write_all(&bytes).and_then(|()| to.flush());
        line(String::from_utf8_lossy(&bytes).trim_end());
        bytes.clear();
    }
    Ok(())
}
