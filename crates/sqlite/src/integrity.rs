use jarvis_core::Result;
use std::path::Path;

use crate::{
    connection,
    error::{Attempt, Failure},
};

/// Problems listed at most; one is enough to act on.
const LISTED: u32 = 20;

/// What is wrong with a database file: damaged pages, indexes that do not fit their tables, references that lead nowhere.
/// Empty when sound. Reads the whole file, changes nothing, and may run beside an open store. Blocks as long as that takes.
pub fn check_integrity(path: &Path) -> Result<Vec<String>> {
    problems(path).map_err(|failure: Failure| failure.into())
}

fn problems(path: &Path) -> Attempt<Vec<String>> {
    let connection = connection::reader(path)?;
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({LISTED})"))?;
    let mut problems: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    problems.retain(|problem| problem != "ok");
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()?
        && problems.len() < LISTED as usize
    {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        problems.push(format!("a row of {table} names a row of {parent} that is not there"));
    }
    Ok(problems)
}
