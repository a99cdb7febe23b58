//! Opening databases of other versions.

use jarvis_core::{
    ErrorKind,
    ports::{MigrationState, Migrator},
    testkit::FixedClock,
};
use jarvis_sqlite::{SqliteMigrator, SqliteOptions};
use std::{path::PathBuf, sync::Arc, thread};

use crate::support::{Place, append, contents, integrity, message, raw, someone, try_open};

fn migrator(place: &Place) -> SqliteMigrator {
    SqliteMigrator::new(place.database(), Arc::new(FixedClock::default()))
}

/// Copies of the database beside it, by name.
fn copies(place: &Place) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut copies: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "bak")).collect();
    copies.sort();
    copies
}

#[expect(clippy::disallowed_methods, reason = "a test that cannot read what it wrote fails all the same")]
fn bytes(place: &Place) -> Vec<u8> {
    std::fs::read(place.database()).unwrap()
}

/// A user at schema 1, as an older program left it.
async fn old_database(place: &Place) {
    migrator(place).up(Some(1)).await.unwrap();
    raw(&place.database())
        .execute("INSERT INTO users (id, name, role, created_at) VALUES (zeroblob(16), 'ada', 'user', 1)", [])
        .unwrap();
}

#[tokio::test]
async fn an_older_database_is_migrated_after_a_proven_copy() {
    let place = Place::new();
    old_database(&place).await;
    assert!(copies(&place).is_empty(), "there was nothing to copy when it was made");
    let store = try_open(place.options()).unwrap();
    store.close().await.unwrap();
    let names: Vec<_> = copies(&place).iter().map(|copy| copy.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["jarvis.db.before-2.bak"]);
    let copy = &copies(&place)[0];
    assert_eq!(integrity(copy), "ok");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&copy.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "what people say is for nobody else");
    }
    let kept: (i64, u32) = raw(copy)
        .query_row("SELECT (SELECT count(*) FROM users), (SELECT max(number) FROM schema_migrations)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, (1, 1), "the copy is the database of before");
    assert!(migrator(&place).validate().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_older_database_is_refused_when_migrating_is_off() {
    let place = Place::new();
    old_database(&place).await;
    let options = SqliteOptions { auto_migrate: false, ..place.options() };
    let error = try_open(options.clone()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "migration_pending"));
    assert!(error.to_string().contains("jarvis migrate up"), "{error}");
    assert!(error.to_string().contains("schema 1"), "{error}");
    migrator(&place).up(None).await.unwrap();
    try_open(options).unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_numbers() {
    let place = Place::new();
    place.open().close().await.unwrap();
    raw(&place.database()).execute("INSERT INTO schema_migrations VALUES (99, 'future', 'x', 1)", []).unwrap();
    let known = migrator(&place).status().await.unwrap().len() - 1;
    let errors = [
        try_open(place.options()).unwrap_err(),
        migrator(&place).up(None).await.unwrap_err(),
        migrator(&place).down(0).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "schema_newer"));
        assert!(error.to_string().contains("schema 99"), "{error}");
        assert!(error.to_string().contains(&format!("only {known}")), "{error}");
    }
    let problems = migrator(&place).validate().await.unwrap();
    assert_eq!(problems.iter().map(|problem| problem.number).collect::<Vec<_>>(), [Some(99)]);
    let status = migrator(&place).status().await.unwrap();
    assert!(matches!(status[known].state, MigrationState::Unknown(_)), "{status:?}");
}

#[tokio::test]
async fn the_database_of_another_program_is_refused_and_not_changed() {
    for (table, sql) in [
        ("conversations", "CREATE TABLE conversations (x)"),
        ("mine", "CREATE TABLE mine (x)"),
        ("schema_migrations", "CREATE TABLE schema_migrations (version, dirty)"),
    ] {
        let place = Place::new();
        raw(&place.database()).execute_batch(sql).unwrap();
        let before = bytes(&place);
        for error in [
            try_open(place.options()).unwrap_err(),
            migrator(&place).up(None).await.unwrap_err(),
            migrator(&place).status().await.unwrap_err(),
            migrator(&place).validate().await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "database_foreign"), "{error:?}");
            assert!(error.message().contains(&format!("`{table}`")) && error.message().contains("database.url"));
        }
        assert_eq!(bytes(&place), before);
    }
}

#[tokio::test]
async fn an_edited_migration_is_refused_and_named() {
    let place = Place::new();
    place.open().close().await.unwrap();
    raw(&place.database()).execute("UPDATE schema_migrations SET checksum = 'other' WHERE number = 2", []).unwrap();
    let problems = migrator(&place).validate().await.unwrap();
    assert_eq!(problems.iter().map(|problem| problem.number).collect::<Vec<_>>(), [Some(2)]);
    let error = migrator(&place).down(0).await.unwrap_err();
    assert_eq!(error.code(), "migration_edited");
    assert!(error.to_string().contains("migration 2"), "{error}");
}

#[tokio::test]
async fn a_schema_that_was_changed_by_hand_is_named() {
    let place = Place::new();
    place.open().close().await.unwrap();
    raw(&place.database())
        .execute_batch("DROP INDEX sessions_by_age; CREATE TABLE mine (x); ALTER TABLE users ADD COLUMN y TEXT")
        .unwrap();
    let mut found: Vec<String> =
        migrator(&place).validate().await.unwrap().into_iter().map(|problem| problem.message).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "index sessions_by_age is missing; restore a backup",
            "table mine is not the product's; remove it",
            "table users is not as the migrations make it; restore a backup",
        ]
    );
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_database_as_it_was() {
    let place = Place::new();
    old_database(&place).await;
    raw(&place.database()).execute_batch("CREATE TABLE outbox (in_the_way)").unwrap();
    let error = migrator(&place).up(None).await.unwrap_err();
    assert!(error.to_string().contains("migration 4 (bookkeeping) failed and was undone"), "{error}");
    let status = migrator(&place).status().await.unwrap();
    let applied = status.iter().filter(|one| one.state != MigrationState::Pending).count();
    assert_eq!(applied, 1, "2 and 3 went with 4");
    let tables: i64 = raw(&place.database())
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'memories'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0);
    raw(&place.database()).execute_batch("DROP TABLE outbox").unwrap();
    let all_others: Vec<u32> = (2..=status.len() as u32).collect();
    assert_eq!(migrator(&place).up(None).await.unwrap(), all_others);
}

#[tokio::test]
async fn turns_of_an_older_database_follow_each_other_and_go_back() {
    let place = Place::new();
    migrator(&place).up(Some(5)).await.unwrap();
    let connection = raw(&place.database());
    connection
        .execute_batch(
            "INSERT INTO users (id, name, role, created_at) VALUES (zeroblob(16), 'ada', 'user', 1);
            INSERT INTO conversations (id, user_id, title, status, created_at, updated_at, active_at)
            VALUES (zeroblob(16), zeroblob(16), x'74', 'open', 1, 1, 1);",
        )
        .unwrap();
    let id = |number: u8| [number; 16];
    for (number, role, parent) in [(1, "user", None), (2, "assistant", None), (3, "user", None), (4, "user", Some(1))] {
        let insert = "INSERT INTO messages (id, conversation_id, user_id, position, parent_id, role, content, status, \
                      created_at) VALUES (?1, zeroblob(16), zeroblob(16), ?2, ?3, ?4, x'78', 'complete', 1)";
        connection.execute(insert, (id(number), number, parent.map(id), role)).unwrap();
    }
    let claim = "INSERT INTO idempotency_keys VALUES (zeroblob(16), ?1, zeroblob(32), ?2, ?3, 1)";
    connection.execute(claim, ("done", id(1), 1)).unwrap();
    connection.execute(claim, ("open", id(1), 0)).unwrap();
    connection.execute(claim, ("other", id(9), 1)).unwrap();
    drop(connection);

    migrator(&place).up(None).await.unwrap();
    let list = |sql: &str| -> Vec<Option<[u8; 16]>> {
        let connection = raw(&place.database());
        let mut rows = connection.prepare(sql).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let parents = list("SELECT parent_id FROM messages ORDER BY position");
    assert_eq!(parents, [None, Some(id(1)), Some(id(2)), Some(id(1))]);
    let made = list("SELECT resource_id FROM idempotency_keys ORDER BY key");
    assert_eq!(made, [Some(id(2)), Some(id(1)), Some(id(9))], "a finished chat names its answer");

    raw(&place.database()).execute("UPDATE messages SET status = 'stopped' WHERE position = 2", []).unwrap();
    migrator(&place).down(5).await.unwrap();
    assert_eq!(list("SELECT id FROM messages WHERE status = 'interrupted'"), [Some(id(2))]);
    assert_eq!(list("SELECT resource_id FROM idempotency_keys ORDER BY key"), [Some(id(1)), Some(id(9))]);
}

#[tokio::test]
async fn going_down_keeps_a_copy_of_what_it_drops() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    append(&*store, scope, message(conversation, "precious")).await.unwrap();
    store.close().await.unwrap();
    migrator(&place).down(0).await.unwrap();
    let copy = place.path().join("jarvis.db.before-down-to-0.bak");
    let store = try_open(crate::support::options(copy)).unwrap();
    assert_eq!(contents(&*store, scope, conversation).await, ["precious"]);
}

#[tokio::test]
async fn many_may_open_a_new_database_at_once() {
    let place = Place::new();
    let openers: Vec<_> = (0..4)
        .map(|_| {
            let options = place.options();
            thread::spawn(move || try_open(options).map(drop))
        })
        .collect();
    for opener in openers {
        opener.join().unwrap().unwrap();
    }
    assert!(migrator(&place).validate().await.unwrap().is_empty());
}
