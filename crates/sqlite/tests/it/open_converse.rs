use std::{fs, path::Path};

use jarvis_core::{
    ErrorKind, Result,
    ports::{OpenConverseReader, OpenConverseRow},
};
use jarvis_sqlite::OpenConverseFiles;
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

const LATEST: &[u8] = include_bytes!("../../../host/tests/data/import/openconverse-g2.db");

fn rows(path: &Path) -> Result<Vec<OpenConverseRow>> {
    let mut rows = Vec::new();
    OpenConverseFiles.read(path, &mut |row| {
        rows.push(row);
        true
    })?;
    Ok(rows)
}

fn made(sql: &str) -> Result<Vec<OpenConverseRow>> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("odd name?#%é.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let rows = rows(&path);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    rows
}

#[test]
fn tables_with_other_columns_and_values_are_read_as_far_as_they_go() {
    let rows = made(
        "CREATE TABLE session (id INTEGER PRIMARY KEY, name);
         INSERT INTO session VALUES (1, 'kept'), (2, NULL), (3, x'ff');
         CREATE TABLE message (id INTEGER PRIMARY KEY, session_id, role, content);
         INSERT INTO message VALUES (1, 1, 'user', 'hello'), (2, 1, 'user', 5), (3, 'x', 'user', 'lost');",
    );
    let rows = rows.unwrap();
    let unreadable: Vec<_> = rows
        .iter()
        .filter_map(|row| match row {
            OpenConverseRow::Unreadable { table, id } => Some((*table, *id)),
            _ => None,
        })
        .collect();
    assert_eq!(unreadable, [("session", 2), ("session", 3), ("message", 2)]);
    let lost = rows
        .iter()
        .any(|row| matches!(row, OpenConverseRow::Message { conversation: None, content, .. } if content == "lost"));
    assert!(lost, "{rows:?}");
}

#[test]
fn what_is_no_plain_table_is_not_run() {
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id, 'a' AS name FROM n";
    for sql in [
        format!("CREATE VIEW session AS {endless}"),
        "CREATE VIRTUAL TABLE session USING fts5(id, name)".to_owned(),
        "CREATE TABLE other (id)".to_owned(),
    ] {
        let error = made(&sql).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "not_an_export"), "{sql}");
    }
}

#[test]
fn reading_ends_when_no_more_is_wanted() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("conv.db");
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../host/tests/data/import/openconverse-g2.db"), &path).unwrap();
    let mut seen = 0;
    let told = OpenConverseFiles.read(&path, &mut |_| {
        seen += 1;
        seen < 3
    });
    assert!(told.is_ok());
    assert_eq!(seen, 3);
    assert_eq!(rows(&path).unwrap().len(), 8);
}

proptest! {
    #[test]
    fn damage_is_an_error_or_other_rows_and_never_more(
        damage in prop::collection::vec((0usize..LATEST.len(), any::<u8>()), 1..20),
        cut in prop::option::of(0usize..LATEST.len()),
    ) {
        let mut bytes = LATEST.to_vec();
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("conv.db");
        std::io::Write::write_all(&mut fs::File::create(&path).unwrap(), &bytes).unwrap();
        let _ = rows(&path);
    }
}
