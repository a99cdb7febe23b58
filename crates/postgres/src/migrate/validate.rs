use jarvis_core::ports::MigrationProblem;
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use std::collections::BTreeMap;

use super::{Applied, MIGRATIONS, applied};
use crate::error::Attempt;

/// Columns, constraints and indexes of a schema by kind and name, and what each is. The name of the schema does not show.
const PARTS: &str = include_str!("../../sql/migrate/parts.sql");

/// What does not agree between the store and this build.
pub(super) async fn problems(connection: &mut PgConnection) -> Attempt<Vec<MigrationProblem>> {
    let applied = applied(connection).await?;
    let mut problems = disagreements(&applied);
    if problems.is_empty() {
        problems.extend(differences(connection, applied.len()).await?);
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
            Some(_) if !one.finished => note(one.number, "broke off before its end; run `jarvis migrate up` again"),
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

/// Parts of the schema that are not as the first `count` migrations make them. Others may be there: the database can be an
/// operator's own.
async fn differences(connection: &mut PgConnection, count: usize) -> Attempt<Vec<MigrationProblem>> {
    let found = parts(connection).await?;
    // a model of the schema, made in a transaction that is not kept
    connection.execute("BEGIN; CREATE SCHEMA jarvis_model; SET LOCAL search_path = jarvis_model").await?;
    for migration in &MIGRATIONS[..count] {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(migration.whole()))).await?;
    }
    let meant = parts(connection).await;
    connection.execute("ROLLBACK").await?;
    let mut problems = Vec::new();
    let mut note = |message: String| problems.push(MigrationProblem { number: None, message });
    for (name, definition) in meant? {
        match found.get(&name) {
            None => note(format!("{name} is missing; restore a backup")),
            Some(other) if *other != definition => {
                note(format!("{name} is not as the migrations make it; restore a backup"));
            }
            Some(_) => {}
        }
    }
    Ok(problems)
}

async fn parts(connection: &mut PgConnection) -> Attempt<BTreeMap<String, String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(PARTS).fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}
