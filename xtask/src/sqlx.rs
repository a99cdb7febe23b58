//! `cargo xtask sqlx`: checks the SQL of the PostgreSQL store against a real server, and records what a build without one
//! needs to know of it.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::cargo::{cargo, root, run};

/// Where the crate is, from the root.
const CRATE: &str = "crates/postgres";
/// Where a PostgreSQL server is that has pgvector and on which databases may be made; the tests use it too.
const SERVER: &str = "JARVIS_TEST_PGVECTOR";
/// Tables that are made beside the migrations.
const INDEXES: [&str; 2] = ["sql/text/create.sql", "sql/vectors/create.sql"];

/// Check the SQL of the PostgreSQL store against a real server and record it.
#[derive(Args)]
pub(crate) struct Options {
    /// Only say whether what is recorded is what the server says.
    #[arg(long)]
    check: bool,
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        let server = env::var(SERVER)
            .with_context(|| format!("set {SERVER} to the URL of a PostgreSQL server with pgvector"))?;
        let name = format!("jarvis_sqlx_{}", process::id());
        psql(&server, &["-c", &format!("CREATE DATABASE {name}")])?;
        let recorded = record(&database(&server, &name));
        psql(&server, &["-c", &format!("DROP DATABASE {name} WITH (FORCE)")])?;
        let (found, kept) = (recorded?, root()?.join(CRATE).join(".sqlx"));
        if self.check { compare(&files(&found)?, &files(&kept)?) } else { replace(&found, &kept) }
    }
}

/// Builds the crate against a migrated database; answers where the statements are recorded.
fn record(url: &str) -> Result<PathBuf> {
    let root = root()?;
    let mut migrations: Vec<PathBuf> = fs::read_dir(root.join(CRATE).join("migrations"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    migrations.retain(|path| path.to_string_lossy().ends_with(".up.sql"));
    migrations.sort();
    for file in migrations {
        psql(url, &["-f", &file.to_string_lossy()])?;
    }
    psql(url, &["-c", "CREATE EXTENSION vector"])?;
    for file in INDEXES {
        psql(url, &["-f", &root.join(CRATE).join(file).to_string_lossy()])?;
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
    build.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &into).env("JARVIS_POSTGRES_SCHEMA", url);
    run(&mut build)?;
    Ok(into)
}

/// Another database of the same server.
fn database(server: &str, name: &str) -> String {
    let (address, parameters) = server.split_once('?').map_or((server, None), |(a, p)| (a, Some(p)));
    let base = address.rsplit_once('/').map_or(address, |(base, _)| base);
    parameters.map_or_else(|| format!("{base}/{name}"), |parameters| format!("{base}/{name}?{parameters}"))
}

fn psql(url: &str, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("psql");
    command
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1"])
        .args(arguments)
        .arg(url)
        .env("PGOPTIONS", "-c client_min_messages=warning");
    let status = command.status().context("cannot start psql; install PostgreSQL's client")?;
    if !status.success() {
        bail!("psql {} failed ({status})", arguments.join(" "));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::database;

    #[test]
    fn another_database_of_a_server_has_the_same_parameters() {
        assert_eq!(database("postgresql://me@host:1/postgres", "a"), "postgresql://me@host:1/a");
        assert_eq!(
            database("postgresql://me@host:1/x?sslmode=disable", "a"),
            "postgresql://me@host:1/a?sslmode=disable"
        );
    }
}
