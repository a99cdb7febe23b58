use jarvis_core::{policy::schema::disagreements, ports::MigrationProblem};
use rusqlite::Connection;
use std::collections::BTreeMap;

use super::{MIGRATIONS, applied, known};
use crate::error::Attempt;

/// What does not agree between the store and this build.
pub(super) fn problems(connection: &Connection) -> Attempt<Vec<MigrationProblem>> {
    let applied = applied(connection)?;
    let mut problems = disagreements(&known(), &applied);
    if problems.is_empty() {
        problems.extend(differences(connection, applied.len())?);
    }
    Ok(problems)
}

/// Tables and indexes that are not as the first `count` migrations make them.
fn differences(connection: &Connection, count: usize) -> Attempt<Vec<MigrationProblem>> {
    let model = Connection::open_in_memory()?;
    for migration in &MIGRATIONS[..count] {
        model.execute_batch(migration.up)?;
    }
    let (meant, found) = (schema(&model)?, schema(connection)?);
    let mut problems = Vec::new();
    let mut note = |message: String| problems.push(MigrationProblem { number: None, message });
    for (name, sql) in &meant {
        match found.get(name) {
            None => note(format!("{name} is missing; restore a backup")),
            Some(other) if other != sql => note(format!("{name} is not as the migrations make it; restore a backup")),
            Some(_) => {}
        }
    }
    for name in found.keys().filter(|name| !meant.contains_key(*name)) {
        note(format!("{name} is not the product's; remove it"));
    }
    Ok(problems)
}

/// Everything in the schema by kind and name, with its SQL.
fn schema(connection: &Connection) -> Attempt<BTreeMap<String, String>> {
    let mut statement = connection.prepare(
        "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'schema_migrations'",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
