//! `cargo xtask assets`: rewrites files that are generated and committed.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::cargo::{cargo, root, shown};

/// Where the OpenAPI document is kept: beside the routes it describes.
const OPENAPI: &str = "crates/server/openapi.json";

/// Write the generated files again: the OpenAPI document.
#[derive(Args)]
pub(crate) struct Options {}

impl Options {
    #[expect(clippy::unused_self, reason = "every command is run through its options")]
    pub(crate) fn run(&self) -> Result<()> {
        let mut command = cargo(["run", "--quiet", "--package", "jarvis", "--", "openapi"])?;
        println!("$ {} > {OPENAPI}", shown(&command));
        let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
        if !output.status.success() || output.stdout.is_empty() {
            bail!("`{}` failed ({}); {OPENAPI} is as it was", shown(&command), output.status);
        }
        let target = root()?.join(OPENAPI);
        let fresh = target.with_extension("json.new");
        let written = File::create(&fresh).and_then(|mut file| file.write_all(&output.stdout));
        written.and_then(|()| fs::rename(&fresh, &target)).with_context(|| format!("cannot write {OPENAPI}"))
    }
}
