//! A process is killed in the middle of writing: what it acknowledged is there.

use jarvis_core::{
    Scope,
    id::{ConversationId, MessageId},
    ports::Store,
};
use jarvis_sqlite::SqliteOptions;
use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use crate::support::{Place, append, conversation, integrity, message, open, someone};

/// Says to a copy of this test binary that it is the one to be killed, and where to write.
const DATABASE: &str = "JARVIS_SQLITE_TEST_DATABASE";
const WRITERS: usize = 8;
const ROUNDS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_message_survives_a_kill() {
    if let Some(path) = env::var_os(DATABASE) {
        return write_until_killed(SqliteOptions::new(path)).await;
    }
    let place = Place::new();
    let mut acknowledged = BTreeSet::new();
    for round in 1..=ROUNDS {
        acknowledged.extend(kill_after(&place, 23 * round * round));
        assert_eq!(integrity(&place.database()), "ok");
        let store = place.open();
        let everything = Scope::system();
        for id in &acknowledged {
            assert!(store.messages().get(&everything, *id).await.unwrap().is_some(), "{id} was acknowledged");
        }
        let totals = store.stats().totals(&everything).await.unwrap();
        let (oldest, newest) = store.outbox().bounds(&everything).await.unwrap();
        assert!(totals.messages >= acknowledged.len() as u64);
        assert_eq!((oldest, newest), (1, totals.messages), "every message has its change");
        store.close().await.unwrap();
        assert_eq!(rows(&place), totals.messages, "the counter agrees with the rows");
    }
}

fn rows(place: &Place) -> u64 {
    let sql = "SELECT count(*) FROM messages";
    crate::support::raw(&place.database()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as u64
}

/// Starts a copy of this process, kills it after some acknowledgements, and answers all that it still had said.
fn kill_after(place: &Place, lines: usize) -> Vec<MessageId> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "kill::every_acknowledged_message_survives_a_kill", "--nocapture"])
        .env(DATABASE, place.database())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let mut note = |line: std::io::Result<String>| {
        if let Some(id) = line.unwrap().strip_prefix("acknowledged ") {
            acknowledged.push(id.parse().unwrap());
        }
    };
    said.by_ref().take(lines).for_each(&mut note);
    child.kill().unwrap();
    // what it wrote to the pipe before it died was acknowledged as well; the last line may be cut off
    let rest: Vec<String> = said.map_while(Result::ok).collect();
    for line in rest.into_iter().filter(|line| line.len() == "acknowledged ".len() + 36) {
        note(Ok(line));
    }
    child.wait().unwrap();
    assert!(acknowledged.len() + 10 > lines, "the process wrote until it was killed");
    acknowledged
}

async fn write_until_killed(options: SqliteOptions) {
    let store = open(options);
    let (scope, first) = someone(&*store).await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        let conversation: ConversationId = match writer {
            0 => first,
            _ => conversation(&*store, scope, "").await,
        };
        writers.push(tokio::spawn(async move {
            loop {
                let id = append(&*store, scope, message(conversation, "kept")).await.unwrap();
                println!("acknowledged {id}");
            }
        }));
    }
    futures_util::future::join_all(writers).await;
}
