//! Opening databases of other versions.

use jarvis_core::{
    ErrorKind,
    ports::{MigrationState, Migrator},
};
use jarvis_postgres::{PostgresMigrator, PostgresOptions};

use crate::support::{Place, clock, try_open};

fn migrator(place: &Place) -> PostgresMigrator {
    PostgresMigrator::new(place.url(), clock())
}

/// A user at schema 1, as an older program left it.
async fn old_database() -> Option<Place> {
    let place = Place::empty().await?;
    migrator(&place).up(Some(1)).await.unwrap();
    place.run("INSERT INTO users (id, name, role, created_at) VALUES (gen_random_uuid(), 'ada', 'user', now())").await;
    Some(place)
}

#[tokio::test]
async fn an_older_database_is_migrated_when_it_is_opened() {
    let Some(place) = old_database().await else { return };
    try_open(place.options()).await.unwrap().close().await.unwrap();
    assert!(migrator(&place).validate().await.unwrap().is_empty());
    assert!(migrator(&place).up(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_older_database_is_refused_when_migrating_is_off() {
    let Some(place) = old_database().await else { return };
    let options = PostgresOptions { auto_migrate: false, ..place.options() };
    let error = try_open(options.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "migration_pending"));
    assert!(error.to_string().contains("schema 1") && error.to_string().contains("jarvis migrate up"), "{error}");
    migrator(&place).up(None).await.unwrap();
    try_open(options).await.unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_numbers() {
    let Some(place) = Place::migrated().await else { return };
    place.run("INSERT INTO schema_migrations VALUES (99, 'future', 'x', now(), true)").await;
    let known = migrator(&place).status().await.unwrap().len() - 1;
    let errors = [
        try_open(place.options()).await.unwrap_err(),
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
async fn the_database_of_another_program_is_refused() {
    for table in ["conversations", "schema_migrations"] {
        let Some(place) = Place::empty().await else { return };
        place.run(&format!("CREATE TABLE {table} (version bigint, dirty boolean)")).await;
        for error in [
            try_open(place.options()).await.unwrap_err(),
            migrator(&place).up(None).await.unwrap_err(),
            migrator(&place).status().await.unwrap_err(),
            migrator(&place).validate().await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "database_foreign"), "{error:?}");
            assert!(error.message().contains(&format!("`{table}`")) && error.message().contains("database.url"));
        }
        // beside it there is room
        place.run("CREATE SCHEMA mine").await;
        let options = PostgresOptions::new(format!("{}?options=-csearch_path%3Dmine,public", place.url()));
        try_open(options).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_not_in_the_way_may_be_there() {
    let Some(place) = Place::empty().await else { return };
    place.run("CREATE TABLE spatial_ref_sys (x int)").await;
    try_open(place.options()).await.unwrap();
}

#[tokio::test]
async fn what_was_changed_by_hand_is_named() {
    let Some(place) = Place::migrated().await else { return };
    place
        .run("DROP INDEX sessions_by_age; CREATE TABLE mine (x int); ALTER TABLE users ALTER name DROP NOT NULL")
        .await;
    let mut found: Vec<String> =
        migrator(&place).validate().await.unwrap().into_iter().map(|problem| problem.message).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "column users.name is not as the migrations make it; restore a backup",
            "index sessions_by_age is missing; restore a backup",
        ]
    );
    place.run("UPDATE schema_migrations SET checksum = 'other' WHERE number = 2").await;
    let problems = migrator(&place).validate().await.unwrap();
    assert_eq!(problems.iter().map(|problem| problem.number).collect::<Vec<_>>(), [Some(2)]);
    let error = migrator(&place).down(0).await.unwrap_err();
    assert!(error.code() == "migration_edited" && error.to_string().contains("migration 2"), "{error}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_database_as_it_was() {
    let Some(place) = old_database().await else { return };
    place.run("CREATE TABLE outbox (in_the_way int)").await;
    let error = migrator(&place).up(None).await.unwrap_err();
    assert!(error.to_string().contains("migration 4 (bookkeeping) failed and was undone"), "{error}");
    place.run("DROP TABLE outbox").await;
    assert_eq!(migrator(&place).up(None).await.unwrap().first(), Some(&4), "those before it are kept");
    assert!(migrator(&place).validate().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_broke_off_outside_of_a_transaction_is_gone_on_with() {
    let Some(place) = old_database().await else { return };
    migrator(&place).up(Some(6)).await.unwrap();
    // an index is in the way of the last statement but one of migration 7
    place.run("CREATE TABLE memories_by_successor (x int)").await;
    let error = migrator(&place).up(None).await.unwrap_err();
    assert!(error.to_string().contains("migration 7 (prompt_and_slots) failed and is not finished"), "{error}");
    let problems = migrator(&place).validate().await.unwrap();
    assert_eq!(problems.iter().map(|problem| problem.number).collect::<Vec<_>>(), [Some(7)]);
    assert_eq!(migrator(&place).down(0).await.unwrap_err().kind(), ErrorKind::Conflict);
    place.run("DROP TABLE memories_by_successor").await;
    assert_eq!(migrator(&place).up(None).await.unwrap().first(), Some(&7));
    assert!(migrator(&place).validate().await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_processes_that_migrate_at_once_one_waits() {
    let Some(place) = Place::empty().await else { return };
    let (one, other) = (migrator(&place), migrator(&place));
    let (one, other) = tokio::join!(one.up(None), other.up(None));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.is_empty() != other.is_empty(), "{one:?} {other:?}");
}
