use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Result;
use clap::Args;
use jarvis_core::ports::SystemClock;
use jarvis_host::{Config, Sources, config::DEFAULT_FILE, create_database, fs, migrator};
use serde::Serialize;

use super::{Format, Place};
use crate::{
    logging,
    output::{self, FAINT, GOOD, HEADING},
    remote::{Holder, find_holder},
};

/// Name of the configuration in the data directory.
const FILE_NAME: &str = "jarvis.toml";

/// Make everything ready
///
/// Makes the data directory, writes a commented configuration, makes the database, on PostgreSQL too, and brings its schema up
/// to date. What is there already stays as it is, so it may be repeated. `serve` needs none of it: it makes what is missing by itself.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jarvis init\n  jarvis init --data-dir ./data --json")]
pub(super) struct Options {
    #[command(flatten)]
    format: Format,
}

/// What there is now.
#[derive(Debug, Serialize)]
struct Report {
    data_dir: PathBuf,
    /// Whether it was made now.
    data_dir_created: bool,
    config: PathBuf,
    config_created: bool,
    /// Its address, without a password.
    database: String,
    database_created: bool,
    /// Migrations that were applied now.
    migrations_applied: Vec<u32>,
    /// Where the page for people is, or will be.
    address: String,
}

impl Options {
    pub(super) fn run(self, place: &Place) -> Result<ExitCode> {
        let sources = Sources::of_process(place.clone().flags())?;
        let file = sources.file()?;
        // a file that is named must be there before it can be read
        let created = match &file {
            Some(path) => write_config(path)?,
            None => false,
        };
        let config = Config::load(&sources)?;
        logging::for_command(&config.log)?;
        let dir = config.data_dir.path().to_owned();
        let data_dir_created = fs::is_missing_or_empty(&dir)?;
        config.data_dir.create()?;
        let (file, config_created) = if let Some(path) = file {
            (path, created)
        } else {
            let path = dir.join(FILE_NAME);
            let created = write_config(&path)?;
            (path, created)
        };
        let Prepared { database_created, migrations_applied, running, database } = super::block_on(prepare(&config))?;
        let report = Report {
            data_dir: dir,
            data_dir_created,
            config: file,
            config_created,
            database: database.unwrap_or_else(|| config.database.target.to_string()),
            database_created,
            migrations_applied,
            address: running.unwrap_or_else(|| address(&config)),
        };
        if self.format.json {
            output::print_json(&report)?;
        } else {
            report.print(&place.flags_again())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes the commented defaults unless something is there; answers whether it did.
fn write_config(path: &Path) -> Result<bool> {
    if fs::read_text(path)?.is_some() {
        return Ok(false);
    }
    if let Some(dir) = path.parent() {
        fs::create_private_dir(dir)?;
    }
    fs::replace_private(path, DEFAULT_FILE)?;
    Ok(true)
}

/// What was done about the database.
#[derive(Default)]
struct Prepared {
    database_created: bool,
    migrations_applied: Vec<u32>,
    /// Where a server answers that has the data directory: it has done all of it.
    running: Option<String>,
    /// The database it works on, when it tells.
    database: Option<String>,
}

async fn prepare(config: &Config) -> Result<Prepared> {
    match find_holder(config).await? {
        Holder::Server(server) => {
            let running = Some(server.url().to_owned());
            Ok(Prepared { running, database: server.database, ..Prepared::default() })
        }
        Holder::Us(_owner) => {
            let database_created = create_database(config).await?;
            let migrations_applied = migrator(config, Arc::new(SystemClock))?.up(None).await?;
            Ok(Prepared { database_created, migrations_applied, ..Prepared::default() })
        }
    }
}

fn address(config: &Config) -> String {
    format!("http://{}", SocketAddr::new(config.server.host, config.server.port))
}

impl Report {
    fn print(&self, flags: &str) -> Result<()> {
        let Self { data_dir, config, database, migrations_applied, address, .. } = self;
        let made = |made: bool| if made { "made" } else { "was there" };
        let schema = match migrations_applied.as_slice() {
            [] => "up to date".to_owned(),
            [one] => format!("applied migration {one}"),
            [first, .., last] => format!("applied migrations {first} to {last}"),
        };
        output::print(|out| {
            writeln!(
                out,
                "{GOOD}✔{GOOD:#} data directory  {}  {FAINT}{}{FAINT:#}",
                data_dir.display(),
                made(self.data_dir_created)
            )?;
            writeln!(
                out,
                "{GOOD}✔{GOOD:#} configuration   {}  {FAINT}{}{FAINT:#}",
                config.display(),
                made(self.config_created)
            )?;
            writeln!(
                out,
                "{GOOD}✔{GOOD:#} database        {database}  {FAINT}{}{FAINT:#}",
                made(self.database_created)
            )?;
            writeln!(out, "{GOOD}✔{GOOD:#} schema          {schema}")?;
            writeln!(out, "\n{HEADING}Next{HEADING:#}")?;
            writeln!(out, "  jarvis{flags} serve   then open {address}")?;
            writeln!(
                out,
                "  jarvis{flags} chat    talk here; without a language model it quotes what you said earlier"
            )?;
            writeln!(
                out,
                "  [llm] in the configuration names language models; `jarvis{flags} doctor` checks everything"
            )
        })
    }
}
