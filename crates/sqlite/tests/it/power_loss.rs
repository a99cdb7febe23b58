//! The loss of power, as far as a program can play it: whatever part of the write-ahead log reached the disk, the store
//! opens to exactly the commits that are whole in it. That COMMIT waits for the disk is `synchronous=FULL`, which the
//! unit tests of the connection read back.

use jarvis_core::{Scope, id::ConversationId};
use jarvis_sqlite::SqliteOptions;
use std::{fs::File, io::Write};

use crate::support::{Place, append, bytes, contents, integrity, message, open, someone, wal};

const MESSAGES: usize = 25;

/// A database as the disk may hold it after the power went.
async fn stored(database: &[u8], log: &[u8], scope: Scope, conversation: ConversationId) -> Vec<String> {
    let place = Place::new();
    File::create(place.database()).unwrap().write_all(database).unwrap();
    File::create(wal(&place.database())).unwrap().write_all(log).unwrap();
    let store = place.open();
    let contents = contents(&*store, scope, conversation).await;
    store.close().await.unwrap();
    assert_eq!(integrity(&place.database()), "ok");
    contents
}

#[tokio::test]
async fn any_part_of_the_log_holds_a_prefix_of_the_commits() {
    let place = Place::new();
    // what `someone` writes shall be in the database, not in the log
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    store.close().await.unwrap();

    let store = open(SqliteOptions { group_size: 1, ..place.options() });
    let log = wal(&place.database());
    let mut ends = Vec::new();
    for number in 0..MESSAGES {
        append(&*store, scope, message(conversation, &number.to_string())).await.unwrap();
        ends.push(bytes(&log).len());
    }
    let (database, log) = (bytes(&place.database()), bytes(&log));
    let expected = |length: usize| (0..ends.iter().filter(|end| **end <= length).count()).map(|n| n.to_string());

    // cut at the end of every commit, just before it, and at odd places between
    let mut cuts: Vec<usize> = ends.iter().flat_map(|end| [*end, end - 1]).collect();
    cuts.extend((0..log.len()).step_by(40_009));
    for cut in cuts {
        let found = stored(&database, &log[..cut], scope, conversation).await;
        assert!(found.iter().cloned().eq(expected(cut)), "{cut} bytes of the log held {found:?}");
    }

    // a sector of the last commits was not written: what follows it is gone, what precedes it is not
    for end in &ends[MESSAGES - 3..] {
        let mut torn = log.clone();
        torn[end - 2000..end - 1488].fill(0xa5);
        let found = stored(&database, &torn, scope, conversation).await;
        assert!(found.iter().cloned().eq(expected(end - 1)), "{found:?}");
    }
}
