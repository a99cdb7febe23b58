//! A file that is not what the store wrote.

use jarvis_core::{ErrorKind, ports::Store, types::MessageQuery};
use std::{
    fs::OpenOptions,
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use crate::support::{Place, append, message, open, raw, someone, try_open};

fn overwrite(path: &Path, offset: u64, length: usize) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(&vec![0xa5; length]).unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_in_words() {
    let place = Place::new();
    place.open().close().await.unwrap();
    overwrite(&place.database(), 0, 4096);
    let error = try_open(place.options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(
        error.to_string(),
        "the database is damaged; restore a backup, or run `jarvis doctor` to see what can be read"
    );
}

#[tokio::test]
async fn a_damaged_table_is_an_error_and_never_an_answer() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    for number in 0..50 {
        append(&*store, scope, message(conversation, &number.to_string())).await.unwrap();
    }
    store.close().await.unwrap();
    let root: u64 = raw(&place.database())
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'", [], |row| row.get::<_, i64>(0))
        .unwrap() as u64;
    overwrite(&place.database(), (root - 1) * 4096, 4096);

    let store = open(place.options());
    let query = MessageQuery { before: None, since: None, limit: 10 };
    let read = store.messages().page(&scope, conversation, &query).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Corrupt);
    let written = append(&*store, scope, message(conversation, "x")).await;
    assert_eq!(written.unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(store.conversations().get(&scope, conversation).await.unwrap().is_some(), "the rest is still read");
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_named_as_the_trouble() {
    let place = Place::new();
    let error = try_open(crate::support::options(place.path().join("missing/jarvis.db"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("check that its directory exists"), "{error}");
    assert!(!error.to_string().contains("missing"), "paths are for the log");
}
