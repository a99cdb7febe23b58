use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::output;

/// Print the OpenAPI document of this build
#[derive(Args, Debug)]
#[command(hide = true)]
pub(super) struct Options;

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let Self = self;
        let document = jarvis_server::openapi_json()?;
        output::print(|out| writeln!(out, "{}", document.trim_end()))?;
        Ok(ExitCode::SUCCESS)
    }
}
