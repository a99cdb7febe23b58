//! Versions of a schema: what a store says it has against what the program knows. The same for every store.

use crate::{
    Error, ErrorKind, Result, Timestamp,
    ports::{MigrationProblem, MigrationState, MigrationStatus},
};

/// A migration as the program knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMigration {
    /// Its number, from 1 without gaps.
    pub number: u32,
    /// Its name.
    pub name: &'static str,
    /// SHA-256 of its text, lowercase hexadecimal.
    pub checksum: String,
}

/// A migration that the store says it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedMigration {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// SHA-256 of the text that was applied.
    pub checksum: String,
    /// When it was applied.
    pub at: Timestamp,
    /// Whether all of it was. Only a store that cannot do all of it in one transaction says that it was not.
    pub finished: bool,
}

/// Every migration that the program knows or the store has, by number.
pub fn status(known: Vec<KnownMigration>, applied: &[AppliedMigration]) -> Vec<MigrationStatus> {
    let newest = newest(&known);
    let state = |one: &AppliedMigration| match (one.number > newest, one.finished) {
        (true, _) => MigrationState::Unknown(one.at),
        (false, true) => MigrationState::Applied(one.at),
        (false, false) => MigrationState::Pending,
    };
    let mut all: Vec<MigrationStatus> = applied
        .iter()
        .map(|one| MigrationStatus {
            number: one.number,
            name: one.name.clone(),
            state: state(one),
            checksum: one.checksum.clone(),
        })
        .collect();
    let pending = known.into_iter().filter(|migration| applied.iter().all(|one| one.number != migration.number));
    all.extend(pending.map(|KnownMigration { number, name, checksum }| MigrationStatus {
        number,
        name: name.to_owned(),
        state: MigrationState::Pending,
        checksum,
    }));
    all.sort_by_key(|one| one.number);
    all
}

/// The schema's number, unless this program must not touch it. A migration that is not finished does not count.
///
/// Errors: `Conflict` with code `schema_newer` or `migration_edited`.
pub fn refuse_disagreement(known: &[KnownMigration], applied: &[AppliedMigration]) -> Result<u32> {
    let at = applied.last().map_or(0, |one| one.number);
    let newest = newest(known);
    if at > newest {
        return Err(ErrorKind::Conflict
            .error(format!(
                "the database has schema {at} and this program knows only {newest}; use the newer program that wrote it"
            ))
            .with_code("schema_newer"));
    }
    for (migration, one) in known.iter().zip(applied) {
        if migration.number != one.number || migration.checksum != one.checksum {
            return Err(ErrorKind::Conflict
                .error(format!(
                    "migration {} was changed after it had been applied; see `jarvis migrate validate`",
                    one.number
                ))
                .with_code("migration_edited"));
        }
    }
    Ok(applied.iter().filter(|one| one.finished).count() as u32)
}

/// Refuses a schema at number `at` that may not be brought up to date now.
///
/// Errors: `Conflict` with code `migration_pending`.
pub fn refuse_older(known: &[KnownMigration], at: u32) -> Result<()> {
    let newest = newest(known);
    if at == newest {
        return Ok(());
    }
    Err(ErrorKind::Conflict
        .error(format!(
            "the database has schema {at} and this program needs {newest}; run `jarvis migrate up`, or set migrate.auto"
        ))
        .with_code("migration_pending"))
}

/// Migrations that do not agree between the store and the program.
pub fn disagreements(known: &[KnownMigration], applied: &[AppliedMigration]) -> Vec<MigrationProblem> {
    let mut problems = Vec::new();
    let mut note = |number: u32, message: &str| {
        problems.push(MigrationProblem { number: Some(number), message: message.to_owned() });
    };
    let last = applied.last().map_or(0, |one| one.number);
    for one in applied {
        match known.iter().find(|migration| migration.number == one.number) {
            None => note(one.number, "applied, but this program does not know it; use the newer program that wrote it"),
            Some(known) if known.checksum != one.checksum => {
                note(
                    one.number,
                    "its text changed after it was applied; use the program that applied it, or restore a backup",
                );
            }
            Some(_) if !one.finished => note(one.number, "broke off before its end; run `jarvis migrate up` again"),
            Some(_) => {}
        }
    }
    for migration in known.iter().filter(|migration| migration.number < last) {
        if applied.iter().all(|one| one.number != migration.number) {
            note(migration.number, "was skipped, though a later one is applied; restore a backup");
        }
    }
    problems
}

fn newest(known: &[KnownMigration]) -> u32 {
    known.last().map_or(0, |migration| migration.number)
}

/// The database holds a table that the product did not make, where its own would be.
pub fn foreign(table: &str) -> Error {
    let message = format!(
        "this database is not Jarvis's: it holds a table `{table}` that something else made; give Jarvis a database (on \
         PostgreSQL, a schema is enough) of its own, and name it in DATABASE_URL (database.url)"
    );
    Error::invalid("database.url", message).with_code("database_foreign")
}

/// The names after `CREATE TABLE` in the text of a migration.
pub fn tables_made(sql: &str) -> impl Iterator<Item = &str> {
    sql.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split([' ', '(']).next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<KnownMigration> {
        [(1, "one"), (2, "two")]
            .map(|(number, name)| KnownMigration { number, name, checksum: format!("sum {number}") })
            .into()
    }

    fn applied(number: u32, finished: bool) -> AppliedMigration {
        let (name, checksum) = (format!("name {number}"), format!("sum {number}"));
        AppliedMigration { number, name, checksum, at: Timestamp::from_micros(7), finished }
    }

    #[test]
    fn what_is_applied_pending_broken_off_and_unknown_is_told_apart() {
        let states = |applied: &[AppliedMigration]| -> Vec<(u32, MigrationState)> {
            status(known(), applied).into_iter().map(|one| (one.number, one.state)).collect()
        };
        let at = Timestamp::from_micros(7);
        assert_eq!(states(&[]), [(1, MigrationState::Pending), (2, MigrationState::Pending)]);
        assert_eq!(
            states(&[applied(1, true), applied(2, false)]),
            [(1, MigrationState::Applied(at)), (2, MigrationState::Pending)]
        );
        assert_eq!(
            states(&[applied(1, true), applied(2, true), applied(3, true)]).last(),
            Some(&(3, MigrationState::Unknown(at)))
        );
    }

    #[test]
    fn only_what_agrees_has_a_number() {
        assert_eq!(refuse_disagreement(&known(), &[applied(1, true), applied(2, false)]).unwrap(), 1);
        let edited = AppliedMigration { checksum: "other".to_owned(), ..applied(1, true) };
        for (applied, code, problem) in [
            (vec![applied(1, true), applied(2, true), applied(3, true)], "schema_newer", 3),
            (vec![edited], "migration_edited", 1),
            (vec![applied(2, true)], "migration_edited", 1),
        ] {
            let error = refuse_disagreement(&known(), &applied).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, code));
            let problems = disagreements(&known(), &applied);
            assert_eq!(problems.iter().map(|one| one.number).collect::<Vec<_>>(), [Some(problem)]);
        }
        assert_eq!(refuse_older(&known(), 1).unwrap_err().code(), "migration_pending");
        refuse_older(&known(), 2).unwrap();
    }

    #[test]
    fn tables_are_read_from_a_migration() {
        let sql = "-- CREATE TABLE x\nCREATE TABLE nodes (\n node text\n);\nCREATE TABLE moves(id int);";
        assert_eq!(tables_made(sql).collect::<Vec<_>>(), ["nodes", "moves"]);
    }
}
