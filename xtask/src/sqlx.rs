//! `cargo xtask sqlx`: checks the SQL of the PostgreSQL store against a real server, and records what a build without one
//! needs to know of it.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jarvis_test_servers::{Database, PGVECTOR, Postgres, Settings};

use crate::cargo::{cargo, root, run};
use crate::prepare;
use crate::servers::{Kind, pgvector};

/// Where the crate is, from the root.
const CRATE: &str = "crates/postgres";

/// What makes the tables of indexes, which are no part of the migrations: an index can be built anew.
const INDEXES: &[&str] = &["sql/vectors/extension.sql", "sql/vectors/create.sql", "sql/text/create.sql"];

/// Check the SQL of the PostgreSQL store against a real server and record it.
#[derive(Args)]
pub(crate) struct Options {
    /// Only say whether what is recorded is what the server says.
    #[arg(long)]
    check: bool,
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        let (_own, server) = server()?;
        let database = Database::create(&server).context("cannot make a database to check the SQL on")?;
        let recorded = record(&database);
        let (found, kept) = (recorded?, root()?.join(CRATE).join(".sqlx"));
        if self.check { compare(&files(&found)?, &files(&kept)?) } else { replace(&found, &kept) }
    }
}

/// The server with pgvector that the variable names, else one of our own.
fn server() -> Result<(Option<Postgres>, String)> {
    if let Ok(given) = env::var(PGVECTOR) {
        return Ok((None, given));
    }
    prepare::ensure(Kind::Postgres.needs())?;
    let own = Postgres::start(&Settings { programs: Some(pgvector::programs()?), ..Settings::default() })?;
    let url = own.url();
    Ok((Some(own), url))
}

/// Migrates the database and builds the crate against it; answers where the statements are recorded.
fn record(database: &Database) -> Result<PathBuf> {
    let root = root()?;
    let mut migrations: Vec<PathBuf> = fs::read_dir(root.join(CRATE).join("migrations"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    migrations.retain(|path| path.to_string_lossy().ends_with(".up.sql"));
    migrations.sort();
    let indexes = INDEXES.iter().map(|file| root.join(CRATE).join(file));
    for file in migrations.into_iter().chain(indexes) {
        // one statement at a time: some build indexes in the background, which no transaction allows
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file).arg(database.url());
        run(psql.env("PGOPTIONS", "-c client_min_messages=warning"))?;
    }
    let into = root.join("target/sqlx");
    if into.try_exists()? {
        fs::remove_dir_all(&into)?;
    }
    fs::create_dir_all(&into)?;
    // the macros look at the database only when they run, and cargo does not know of it
    let library = root.join(CRATE).join("src/lib.rs");
    #[expect(clippy::disallowed_methods, reason = "a file's time is the machine's")]
    let now = SystemTime::now();
    File::options().append(true).open(&library)?.set_modified(now)?;
    let mut build = cargo(["check", "--workspace", "--lib"])?;
    build.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &into).env("JARVIS_POSTGRES_SCHEMA", database.url());
    run(&mut build)?;
    Ok(into)
}

fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let read = |entry: std::io::Result<fs::DirEntry>| -> Result<(String, Vec<u8>)> {
        let entry = entry?;
        let mut content = Vec::new();
        std::io::copy(&mut File::open(entry.path())?, &mut content)?;
        Ok((entry.file_name().to_string_lossy().into_owned(), content))
    };
    entries.map(read).collect()
}

fn compare(found: &BTreeMap<String, Vec<u8>>, kept: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let mut stale: Vec<&String> =
        found.iter().filter(|(name, text)| kept.get(*name) != Some(text)).map(|(n, _)| n).collect();
    stale.extend(kept.keys().filter(|name| !found.contains_key(*name)));
    if !stale.is_empty() {
        bail!(
            "{CRATE}/.sqlx is not what the server says of {} statements; run `cargo xtask sqlx` and commit it",
            stale.len()
        );
    }
    println!("{} statements are recorded as the server knows them", found.len());
    Ok(())
}

fn replace(found: &Path, kept: &Path) -> Result<()> {
    if kept.try_exists()? {
        fs::remove_dir_all(kept)?;
    }
    fs::rename(found, kept).context("cannot replace what was recorded")?;
    println!("recorded {} statements in {CRATE}/.sqlx", fs::read_dir(kept)?.count());
    Ok(())
}
