use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use crate::output;

/// Print the manual page, or write one for every command
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis man | man -l -\n  jarvis man --out ~/.local/share/man/man1 && man jarvis-chat"
)]
pub(super) struct Options {
    /// Directory to write jarvis.1, jarvis-chat.1 and so on into; made when it is not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let mut shown = Cli::command().disable_help_subcommand(true);
        shown.build();
        let Some(dir) = self.out else {
            let (_, page) = render(shown)?;
            output::print(|out| out.write_all(&page))?;
            return Ok(ExitCode::SUCCESS);
        };
        fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        let count = write_all(&shown, &dir)?;
        output::tell(&format!("wrote {count} pages into {}", dir.display()));
        Ok(ExitCode::SUCCESS)
    }
}

/// The page of a command, and those of the commands below it. Answers how many.
fn write_all(command: &Command, dir: &Path) -> Result<usize> {
    let (name, page) = render(command.clone())?;
    let path = dir.join(name);
    replace(&path, &page).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut count = 1;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        count += write_all(below, dir)?;
    }
    Ok(count)
}

fn replace(path: &Path, page: &[u8]) -> Result<()> {
    use std::io::Write;
    let mut file = fs::File::create(path)?;
    Ok(file.write_all(page)?)
}

fn render(command: Command) -> Result<(String, Vec<u8>)> {
    let source = format!("jarvis {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command).source(source).manual("Jarvis");
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok((man.get_filename(), page))
}
