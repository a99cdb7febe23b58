use jarvis_core::ports::MigrationProblem;
use rusqlite::Connection;
use std::collections::BTreeMap;

use super::{Applied, MIGRATIONS, applied};
use crate::error::Attempt;

/// What does not agree between the store and this build.
pub(super) fn problems(connection: &Connection) -> Attempt<Vec<MigrationProblem>> {
    let applied = applied(connection)?;
    let mut problems = disagreements(&applied);
    if problems.is_empty() {
        problems.extend(differences(connection, applied.len())?);
    }
    Ok(problems)
}

fn disagreements(applied: &[Applied]) -> Vec<MigrationProblem> {
    let mut problems = Vec::new();
    let mut note = |number: u32, message: &str| {
        problems.push(MigrationProblem { number: Some(number), message: message.to_owned() });
    };
    let newest = applied.last().map_or(0, |one| one.number);
    for one in applied {
        match MIGRATIONS.iter().find(|migration| migration.number == one.number) {
            None => note(one.number, "applied, but this program does not know it; use the newer program that wrote it"),
            Some(known) if known.checksum() != one.checksum => {
                note(
                    one.number,
                    "its text changed after it was applied; use the program that applied it, or restore a backup",
                );
            }
            Some(_) => {}
        }
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.number < newest) {
        if applied.iter().all(|one| one.number != migration.number) {
            note(migration.number, "was skipped, though a later one is applied; restore a backup");
        }
    }
    problems
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
