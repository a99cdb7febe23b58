use jarvis_core::{ErrorKind, Result};
use rusqlite::{Connection, OpenFlags, backup::Backup};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::error::{Attempt, Failure};

/// Pages copied at once.
const PAGES: i32 = 4096;

/// Keeps a copy of the database beside it as `<name>.<label>.bak`, proven readable, unless there is nothing to lose.
/// The caller holds the write lock, so the copy is what is about to be changed.
pub(super) fn keep(connection: &Connection, path: &Path, label: &str) -> Result<()> {
    if !has_rows(connection)? {
        return Ok(());
    }
    let copy = beside(path, &format!("{label}.bak"));
    let partial = beside(path, &format!("{label}.partial"));
    write(path, &partial).map_err(|cause| failed("copied before it is migrated", cause))?;
    rename(&partial, &copy).map_err(|cause| failed("copied before it is migrated", cause))?;
    tracing::info!(copy = %copy.display(), "copied the database before migrating it");
    Ok(())
}

/// Whether any table of the product holds a row; a fresh schema's one row of counters does not count.
fn has_rows(connection: &Connection) -> Attempt<bool> {
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('schema_migrations', 'store_state')",
    )?;
    let mut rows = tables.query([])?;
    while let Some(row) = rows.next()? {
        let table: String = row.get(0)?;
        let quoted = table.replace('"', "\"\"");
        if connection.query_row(&format!("SELECT EXISTS (SELECT 1 FROM \"{quoted}\")"), [], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write(from: &Path, to: &Path) -> Attempt<()> {
    if let Err(error) = fs::remove_file(to)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(unwritable(to, &error));
    }
    create_private(to).map_err(|error| unwritable(to, &error))?;
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut target = Connection::open(to)?;
    Backup::new(&source, &mut target)?.run_to_completion(PAGES, Duration::ZERO, None)?;
    // one file, without a log beside it
    target.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    let verdict: String = target.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(ErrorKind::Corrupt
            .error("the database is damaged and was not migrated; restore a backup, or run `jarvis doctor`")
            .with_source(verdict)
            .into());
    }
    Ok(())
}

/// An empty file that nobody else may read: the copy holds what the database does.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Gives the finished copy its name, durably.
fn rename(from: &Path, to: &Path) -> Attempt<()> {
    let durably = || -> std::io::Result<()> {
        File::open(from)?.sync_all()?;
        fs::rename(from, to)?;
        match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    durably().map_err(|error| unwritable(to, &error))
}

/// The copies there are, unfinished ones included.
pub(crate) fn all(path: &Path) -> Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(std::ffi::OsStr::to_str)) else {
        return Ok(Vec::new());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let begins = format!("{name}.");
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        let end = path.extension().and_then(std::ffi::OsStr::to_str);
        name.starts_with(&begins) && matches!(end, Some("bak" | "partial"))
    };
    let listed =
        fs::read_dir(folder).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    let paths: Vec<PathBuf> = listed.map_err(|error| jarvis_core::Error::from(unwritable(folder, &error)))?;
    Ok(paths.into_iter().filter(is_copy).collect())
}

/// `jarvis.db` with a label becomes `jarvis.db.<label>`.
fn beside(path: &Path, label: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(label);
    PathBuf::from(name)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let kind = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorKind::StorageFull,
        _ => ErrorKind::Unavailable,
    };
    kind.error("a copy of the database could not be written beside it; check space and permissions of its directory")
        .with_source(format!("{}: {error}", path.display()))
        .into()
}

fn failed(what: &str, cause: Failure) -> jarvis_core::Error {
    let cause = jarvis_core::Error::from(cause);
    match cause.kind() {
        ErrorKind::Internal => ErrorKind::Internal
            .error(format!("the database could not be {what}, so it was left as it is"))
            .with_source(cause),
        _ => cause,
    }
}
