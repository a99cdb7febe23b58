use jarvis_core::{policy::schema::disagreements, ports::MigrationProblem};
use sqlx::{AssertSqlSafe, Executor, PgConnection, error::DatabaseError};
use std::collections::BTreeMap;

use super::{MIGRATIONS, applied, known};
use crate::error::Attempt;

/// Columns, constraints and indexes of a schema by kind and name, and what each is. The name of the schema does not show.
const PARTS: &str = include_str!("../../sql/migrate/parts.sql");

/// What does not agree between the store and this build.
pub(super) async fn problems(connection: &mut PgConnection) -> Attempt<Vec<MigrationProblem>> {
    let applied = applied(connection).await?;
    let mut problems = disagreements(&known(), &applied);
    if problems.is_empty() {
        problems.extend(differences(connection, applied.len()).await?);
    }
    Ok(problems)
}

/// Parts of the schema that are not as the first `count` migrations make them. Others may be there: the database can be an
/// operator's own.
async fn differences(connection: &mut PgConnection, count: usize) -> Attempt<Vec<MigrationProblem>> {
    let found = parts(connection).await?;
    // a model of the schema, made in a transaction that is not kept
    let modelled = connection.execute("BEGIN; CREATE SCHEMA jarvis_model; SET LOCAL search_path = jarvis_model").await;
    if let Err(error) = modelled {
        connection.execute("ROLLBACK").await?;
        return if is_forbidden(&error) { Ok(not_compared()) } else { Err(error.into()) };
    }
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

/// Whether the role may not make a schema, or the database takes no writes.
fn is_forbidden(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "42501" | "25006"))
}

/// A store works without that right; what is told is told without it.
fn not_compared() -> Vec<MigrationProblem> {
    tracing::warn!(
        "tables and indexes were not compared one by one, for which a schema is made and thrown away: the role may not \
         make one; GRANT CREATE ON DATABASE to it, or ask with a role that may"
    );
    Vec::new()
}

async fn parts(connection: &mut PgConnection) -> Attempt<BTreeMap<String, String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(PARTS).fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}
