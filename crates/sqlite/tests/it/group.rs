//! Group commit, and units that misbehave.

use futures_util::poll;
use jarvis_core::{
    ErrorKind, Result, Scope,
    id::ConversationId,
    ports::{PlainSealer, Sealer, Store, Unit},
    testkit::FixedClock,
    types::{ConversationQuery, ConversationStatus},
};
use jarvis_sqlite::{SqliteOptions, SqliteStore};
use std::{
    borrow::Cow,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use crate::support::{Place, append, bytes, contents, message, open, someone, wal};

type Pending<'s> = Pin<Box<dyn Future<Output = Result<()>> + Send + 's>>;

/// Keeps the writer busy until it is released, so that what comes meanwhile waits.
struct Hold<'s> {
    go_on: mpsc::Sender<()>,
    held: Pending<'s>,
}

impl<'s> Hold<'s> {
    async fn of(store: &'s SqliteStore) -> Self {
        let (go_on, wait) = mpsc::channel::<()>();
        let (began, begins) = tokio::sync::oneshot::channel();
        let unit: Unit = Box::new(move |_| {
            Box::pin(async move {
                let _ = began.send(());
                let _ = wait.recv();
                Ok(())
            })
        });
        let mut held: Pending<'s> = Box::pin(store.run(unit));
        assert!(poll!(&mut held).is_pending());
        begins.await.unwrap();
        Self { go_on, held }
    }

    async fn release(self) {
        self.go_on.send(()).unwrap();
        self.held.await.unwrap();
    }
}

/// Queues a unit: the first poll is what hands it to the writer.
async fn queued<'s>(store: &'s SqliteStore, unit: Unit) -> Pending<'s> {
    let mut pending: Pending<'s> = Box::pin(store.run(unit));
    assert!(poll!(&mut pending).is_pending());
    pending
}

fn appending(scope: Scope, conversation: ConversationId, text: &str, outcome: Result<()>) -> Unit {
    let message = message(conversation, text);
    Box::new(move |tx| {
        Box::pin(async move {
            tx.messages().append(&scope, message).await?;
            outcome
        })
    })
}

/// Commits in the write-ahead log. Its format: a header of 32 bytes, then frames of 24 bytes and a page; bytes 4 to 8 of
/// a frame are zero unless it ends a commit (sqlite.org/fileformat2.html#walformat).
fn commits(place: &Place) -> usize {
    let log = bytes(&wal(&place.database()));
    log[32..].chunks_exact(24 + 4096).filter(|frame| frame[4..8] != [0; 4]).count()
}

/// Units may be held up for as long as a slow machine likes.
fn patient(place: &Place) -> SqliteOptions {
    SqliteOptions { unit_time: Duration::from_mins(1), ..place.options() }
}

#[tokio::test]
async fn those_who_wait_share_a_commit_and_a_failed_unit_goes_alone() {
    let place = Place::new();
    let store = open(patient(&place));
    let (scope, conversation) = someone(&*store).await;
    let before = commits(&place);

    let holding = Hold::of(&store).await;
    let mut waiting = Vec::new();
    for number in 1..64 {
        let outcome = if number == 31 { Err(ErrorKind::Invalid.error("no")) } else { Ok(()) };
        waiting.push(queued(&store, appending(scope, conversation, &number.to_string(), outcome)).await);
    }
    holding.release().await;
    for (number, unit) in (1..64).zip(waiting) {
        assert_eq!(unit.await.err().map(|error| error.kind()), (number == 31).then_some(ErrorKind::Invalid));
    }
    let expected: Vec<String> = (1..64).filter(|number| *number != 31).map(|number| number.to_string()).collect();
    assert_eq!(contents(&*store, scope, conversation).await, expected);
    assert_eq!(store.stats().user(&scope).await.unwrap().messages, 62);
    assert_eq!(commits(&place) - before, 1, "64 units with the one that held");
}

#[tokio::test]
async fn a_group_is_no_larger_than_asked() {
    let place = Place::new();
    let store = open(SqliteOptions { group_size: 4, ..patient(&place) });
    let (scope, conversation) = someone(&*store).await;
    let before = commits(&place);
    let holding = Hold::of(&store).await;
    let mut waiting = Vec::new();
    for number in 0..11 {
        waiting.push(queued(&store, appending(scope, conversation, &number.to_string(), Ok(()))).await);
    }
    holding.release().await;
    for unit in waiting {
        unit.await.unwrap();
    }
    assert_eq!(commits(&place) - before, 3, "12 units with the one that held, in fours");
}

#[tokio::test]
async fn a_caller_that_goes_does_not_undo_its_unit() {
    let place = Place::new();
    let store = open(patient(&place));
    let (scope, conversation) = someone(&*store).await;
    let holding = Hold::of(&store).await;
    drop(queued(&store, appending(scope, conversation, "left behind", Ok(()))).await);
    holding.release().await;
    append(&*store, scope, message(conversation, "next")).await.unwrap();
    assert_eq!(contents(&*store, scope, conversation).await, ["left behind", "next"]);
}

#[tokio::test]
async fn closing_finishes_what_was_accepted() {
    let place = Place::new();
    let store = open(patient(&place));
    let (scope, conversation) = someone(&*store).await;
    let holding = Hold::of(&store).await;
    let accepted = queued(&store, appending(scope, conversation, "accepted", Ok(()))).await;
    let mut closing = Box::pin(store.close());
    assert!(poll!(&mut closing).is_pending());
    let refused = append(&*store, scope, message(conversation, "too late")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    holding.release().await;
    accepted.await.unwrap();
    closing.await.unwrap();
    assert!(!wal(&place.database()).try_exists().unwrap(), "the log was copied and removed");
    let store = place.open();
    assert_eq!(contents(&*store, scope, conversation).await, ["accepted"]);
}

#[tokio::test]
async fn a_unit_that_awaits_something_else_is_refused() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    let text = message(conversation, "x");
    let waiter: Unit = Box::new(move |tx| {
        Box::pin(async move {
            tx.messages().append(&scope, text).await?;
            std::future::pending().await
        })
    });
    assert_eq!(store.run(waiter).await.unwrap_err().kind(), ErrorKind::Internal);
    assert!(contents(&*store, scope, conversation).await.is_empty());
    append(&*store, scope, message(conversation, "y")).await.unwrap();
}

#[tokio::test]
async fn a_panic_in_a_unit_undoes_it_and_the_writer_lives_on() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    let text = message(conversation, "x");
    let late: Unit = Box::new(move |tx| {
        Box::pin(async move {
            tx.messages().append(&scope, text).await?;
            panic!("on purpose");
        })
    });
    let early: Unit = Box::new(|_| panic!("on purpose"));
    for unit in [late, early] {
        assert_eq!(store.run(unit).await.unwrap_err().kind(), ErrorKind::Internal);
    }
    assert!(contents(&*store, scope, conversation).await.is_empty());
    append(&*store, scope, message(conversation, "y")).await.unwrap();
    assert_eq!(contents(&*store, scope, conversation).await, ["y"]);
}

#[tokio::test]
async fn a_unit_that_takes_too_long_is_undone_even_if_it_does_not_notice() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    store.close().await.unwrap();
    let short = Duration::from_millis(20);
    let store = open(SqliteOptions { unit_time: short, ..place.options() });

    let sleeper: Unit = Box::new(move |_| {
        Box::pin(async move {
            thread::sleep(2 * short);
            Ok(())
        })
    });
    let text = message(conversation, "x");
    let swallower: Unit = Box::new(move |tx| {
        Box::pin(async move {
            tx.messages().append(&scope, text).await?;
            while tx.conversations().get(&scope, conversation).await.is_ok() {}
            Ok(())
        })
    });
    for unit in [sleeper, swallower] {
        assert_eq!(store.run(unit).await.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    }
    assert!(contents(&*store, scope, conversation).await.is_empty());
}

/// Takes its time to open a text, and counts.
#[derive(Debug, Default)]
struct Slow(AtomicUsize);

impl Sealer for Slow {
    fn seal<'a>(&self, text: &'a str, column: &'static str) -> Result<Cow<'a, [u8]>> {
        PlainSealer.seal(text, column)
    }

    fn open(&self, stored: Vec<u8>, column: &'static str) -> Result<String> {
        self.0.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(5));
        PlainSealer.open(stored, column)
    }
}

#[tokio::test]
async fn a_long_statement_is_interrupted_and_undoes_its_unit_alone() {
    const TALKS: usize = 400;
    let place = Place::new();
    let slow = Arc::new(Slow::default());
    let options = SqliteOptions { unit_time: Duration::from_millis(500), ..place.options() };
    let store = SqliteStore::open(options, slow.clone(), Arc::new(FixedClock::default())).unwrap();
    let (scope, talk) = someone(&*store).await;
    for _ in 0..TALKS {
        crate::support::conversation(&*store, scope, "title").await;
    }
    let searching: Unit = Box::new(move |tx| {
        Box::pin(async move {
            let query = ConversationQuery {
                status: ConversationStatus::Open,
                session_id: None,
                title_contains: Some("nowhere".into()),
                limit: 10,
                after: None,
            };
            tx.conversations().list(&scope, &query).await.map(drop)
        })
    });
    let (before, search, after) = tokio::join!(
        store.run(appending(scope, talk, "before", Ok(()))),
        store.run(searching),
        store.run(appending(scope, talk, "after", Ok(()))),
    );
    assert_eq!(search.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    before.unwrap();
    after.unwrap();
    assert!(slow.0.load(Ordering::Relaxed) < TALKS, "it did not look at them all");
    assert_eq!(contents(&*store, scope, talk).await, ["before", "after"]);
}

#[tokio::test]
async fn a_large_conversation_can_be_erased_however_little_time_a_unit_has() {
    const MESSAGES: usize = 20_000;
    let place = Place::new();
    let store = open(patient(&place));
    let (scope, talk) = someone(&*store).await;
    for _ in 0..2 {
        let batch: Vec<_> = (0..MESSAGES / 2).map(|_| message(talk, "x")).collect();
        let fill: Unit =
            Box::new(move |tx| Box::pin(async move { tx.messages().append_all(&scope, batch).await.map(drop) }));
        store.run(fill).await.unwrap();
    }
    store.close().await.unwrap();

    let store = open(SqliteOptions { unit_time: Duration::from_millis(100), ..place.options() });
    let erase: Unit = Box::new(move |tx| {
        Box::pin(async move {
            let erased = tx.conversations().erase(&scope, talk).await?;
            assert_eq!(erased.map(|erased| erased.messages), Some(MESSAGES as u64));
            Ok(())
        })
    });
    store.run(erase).await.unwrap();
    assert!(store.conversations().get(&scope, talk).await.unwrap().is_none());
}
