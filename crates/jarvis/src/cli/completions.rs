use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::Cli;
use crate::output;

/// Print a script that completes this command line
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis completions bash > ~/.local/share/bash-completion/completions/jarvis\n  jarvis completions zsh > ~/.zfunc/_jarvis"
)]
pub(super) struct Options {
    /// The shell that reads it
    shell: SupportedShell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SupportedShell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let shell = match self.shell {
            SupportedShell::Bash => Shell::Bash,
            SupportedShell::Zsh => Shell::Zsh,
            SupportedShell::Fish => Shell::Fish,
            SupportedShell::Powershell => Shell::PowerShell,
        };
        // clap_complete panics when it cannot write, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "jarvis", &mut script);
        output::print(|out| out.write_all(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}
