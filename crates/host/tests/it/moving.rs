//! Moving a whole store into another one, by the use-case over the real stores.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use jarvis_core::{
    ErrorKind, Result, Timestamp,
    ports::{
        Clock,
        transfer::{Cell, MoveMark, OutboxEnds, Portion, Row, TABLES, Table, TransferSource, TransferTarget},
    },
    testkit::{FixedClock, TransferWorld},
    types::NodeId,
};
use jarvis_engine::{MoveOutcome, MovePhase, MoveReport, Moving, TableReport, Watch};
use jarvis_postgres::PostgresTransfer;
use jarvis_sqlite::SqliteTransfer;
use jarvis_test_servers::{Database, POSTGRES, given};
use proptest::prelude::*;
use tempfile::TempDir;

const SILENT: Watch<'static> = &|_, _, _, _| {};
const NAME: &str = "sqlite:old.db";

fn source(path: &Path) -> Arc<dyn TransferSource> {
    SqliteTransfer::source(path, &FixedClock::default()).unwrap()
}

fn target(path: &Path) -> Arc<dyn TransferTarget> {
    SqliteTransfer::target(path, &FixedClock::default()).unwrap()
}

/// A store that holds a world.
async fn store_of(path: &Path, world: &TransferWorld) {
    let target = target(path);
    let mark = MoveMark {
        source: "nothing".into(),
        fingerprint: String::new(),
        began_at: Timestamp::default(),
        finished_at: None,
    };
    target.begin(mark).await.unwrap();
    for (table, rows) in world.tables() {
        target.write(table, rows.to_vec()).await.unwrap();
    }
    target.finish(world.outbox(), Timestamp::default()).await.unwrap();
}

/// Every row of every table.
async fn everything(store: &dyn TransferSource) -> Vec<Vec<Row>> {
    let mut tables = Vec::new();
    for table in TABLES {
        tables.push(store.read(table, None, Portion { rows: 100_000, bytes: 1 << 30 }).await.unwrap());
    }
    tables
}

async fn run(from: &Path, target: Arc<dyn TransferTarget>, restart: bool) -> Result<MoveReport> {
    let clock = Arc::new(FixedClock::default());
    Moving::new(source(from), NAME.to_owned(), target, clock).run(restart, SILENT).await
}

/// A target that fails at one of its writes, before or after it was done, as a process that is killed.
#[derive(Debug)]
struct Dying {
    target: Arc<dyn TransferTarget>,
    /// Calls until it dies; an odd one dies after the call was done.
    left: AtomicU32,
}

impl Dying {
    async fn live<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match self.left.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(ErrorKind::Unavailable.error("killed before")),
            1 => work.await.and_then(|_| Err(ErrorKind::Unavailable.error("killed after"))),
            _ => work.await,
        }
    }
}

#[async_trait]
impl TransferSource for Dying {
    async fn count(&self, table: &'static Table) -> Result<u64> {
        self.target.count(table).await
    }
    async fn read(&self, table: &'static Table, after: Option<Vec<Cell>>, portion: Portion) -> Result<Vec<Row>> {
        self.target.read(table, after, portion).await
    }
    async fn outbox(&self) -> Result<OutboxEnds> {
        self.target.outbox().await
    }
}

#[async_trait]
impl TransferTarget for Dying {
    async fn mark(&self) -> Result<Option<MoveMark>> {
        self.target.mark().await
    }
    async fn begin(&self, mark: MoveMark) -> Result<()> {
        self.live(self.target.begin(mark)).await
    }
    async fn last_key(&self, table: &'static Table) -> Result<Option<Vec<Cell>>> {
        self.target.last_key(table).await
    }
    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        // half of the rows, as when they were too many for one write
        let (first, second) = rows.split_at(rows.len() / 2);
        self.live(self.target.write(table, first.to_vec())).await?;
        self.live(self.target.write(table, second.to_vec())).await
    }
    async fn rename_node(&self, old: &NodeId, new: &NodeId, at: Timestamp) -> Result<()> {
        self.live(self.target.rename_node(old, new, at)).await
    }
    async fn finish(&self, outbox: OutboxEnds, at: Timestamp) -> Result<()> {
        self.live(self.target.finish(outbox, at)).await
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_store_is_moved_as_it_is(seed in any::<u64>(), most in 1_u64..60, dies in prop::collection::vec(0_u32..60, 0..3)) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let dir = TempDir::new().unwrap();
            let (old, new) = (dir.path().join("old.db"), dir.path().join("new.db"));
            let world = TransferWorld::of_seed(seed, most);
            store_of(&old, &world).await;
            let before = everything(&*source(&old)).await;
            for left in dies {
                let dying = Arc::new(Dying { target: target(&new), left: AtomicU32::new(left) });
                let _ = run(&old, dying, false).await;
            }
            let report = run(&old, target(&new), false).await.unwrap();
            let copied = report.tables.iter().all(TableReport::agrees);
            assert!(copied || matches!(report.outcome, MoveOutcome::FinishedBefore(_)), "{report:?}");
            let moved = source(&new);
            assert_eq!(everything(&*moved).await, before);
            assert_eq!(moved.outbox().await.unwrap(), world.outbox());
            assert_eq!(everything(&*source(&old)).await, before, "the source is as it was");
        });
    }
}

async fn move_all(from: Arc<dyn TransferSource>, to: Arc<dyn TransferTarget>) {
    let report =
        Moving::new(from, NAME.to_owned(), to, Arc::new(FixedClock::default())).run(false, SILENT).await.unwrap();
    assert!(report.tables.iter().all(|table| table.agrees() && table.copied == table.source.rows), "{report:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn any_store_comes_back_from_a_server_as_it_went(seed in any::<u64>(), most in 1_u64..60, left in 0_u32..60) {
        let Some(server) = given(POSTGRES) else { return Ok(()) };
        let database = Database::create(&server).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let dir = TempDir::new().unwrap();
            let (old, new) = (dir.path().join("old.db"), dir.path().join("new.db"));
            let (world, clock) = (TransferWorld::of_seed(seed, most), FixedClock::default());
            store_of(&old, &world).await;
            let before = everything(&*source(&old)).await;
            let there = PostgresTransfer::target(database.url(), &clock).await.unwrap();
            let _ = run(&old, Arc::new(Dying { target: there, left: AtomicU32::new(left) }), false).await;
            let there = PostgresTransfer::target(database.url(), &clock).await.unwrap();
            run(&old, there, false).await.unwrap();
            let there = PostgresTransfer::source(database.url(), &clock).await.unwrap();
            assert_eq!(everything(&*there).await, before);
            assert_eq!(there.outbox().await.unwrap(), world.outbox());
            move_all(there, target(&new)).await;
            assert_eq!(everything(&*source(&new)).await, before);
            assert_eq!(source(&new).outbox().await.unwrap(), world.outbox());
        });
    }
}

struct TwoPlaces {
    _dir: TempDir,
    old: std::path::PathBuf,
    new: std::path::PathBuf,
}

async fn two_places() -> TwoPlaces {
    let dir = TempDir::new().unwrap();
    let (old, new) = (dir.path().join("old.db"), dir.path().join("new.db"));
    store_of(&old, &TransferWorld::of_seed(1, 40)).await;
    TwoPlaces { _dir: dir, old, new }
}

#[tokio::test]
async fn an_interrupted_move_goes_on_with_what_is_missing() {
    let TwoPlaces { _dir, old, new } = two_places().await;
    let dying = Arc::new(Dying { target: target(&new), left: AtomicU32::new(10) });
    let killed = run(&old, dying, false).await.unwrap_err();
    assert!(killed.message().starts_with("killed"), "{killed}");
    let report = run(&old, target(&new), false).await.unwrap();
    assert_eq!(report.outcome, MoveOutcome::Resumed);
    assert!(report.tables[0].source.rows > 0 && report.tables[0].copied == 0, "what was there was copied again");
    assert!(report.tables.iter().any(|table| table.copied > 0));
    let again = run(&old, target(&new), false).await.unwrap();
    assert_eq!(again.outcome, MoveOutcome::FinishedBefore(FixedClock::default().now()));
}

#[tokio::test]
async fn a_target_that_holds_anything_else_is_refused() {
    let TwoPlaces { _dir, old, new } = two_places().await;
    store_of(&new, &TransferWorld::of_seed(2, 10)).await;
    for restart in [false, true] {
        let refused = run(&old, target(&new), restart).await.unwrap_err();
        assert_eq!(refused.code(), "target_not_empty");
        assert!(refused.message().contains("rows of users") && refused.message().contains("--to"), "{refused}");
    }
}

#[tokio::test]
async fn a_source_that_changed_or_is_another_begins_anew_only_when_told() {
    let TwoPlaces { _dir, old, new } = two_places().await;
    let dying = Arc::new(Dying { target: target(&new), left: AtomicU32::new(10) });
    run(&old, dying, false).await.unwrap_err();
    let clock = Arc::new(FixedClock::default());
    let other = Moving::new(source(&old), "sqlite:another.db".into(), target(&new), clock);
    let refused = other.run(false, SILENT).await.unwrap_err();
    assert_eq!(refused.code(), "move_of_other_store");
    assert!(refused.message().contains(NAME) && refused.message().contains("--restart"), "{refused}");
    drop(other);

    store_of(&old, &TransferWorld::of_seed(9, 40)).await;
    let refused = run(&old, target(&new), false).await.unwrap_err();
    assert!(refused.code() == "source_changed" && refused.message().contains("--restart"), "{refused}");
    let report = run(&old, target(&new), true).await.unwrap();
    assert_eq!(report.outcome, MoveOutcome::Moved);
    assert_eq!(everything(&*source(&new)).await, everything(&*source(&old)).await);
}

/// A target that loses a row in a hundred.
#[derive(Debug)]
struct Forgetful(Arc<dyn TransferTarget>);

#[async_trait]
impl TransferSource for Forgetful {
    async fn count(&self, table: &'static Table) -> Result<u64> {
        self.0.count(table).await
    }
    async fn read(&self, table: &'static Table, after: Option<Vec<Cell>>, portion: Portion) -> Result<Vec<Row>> {
        let mut rows = self.0.read(table, after, portion).await?;
        if table.name == "audit_log"
            && let Some(row) = rows.first_mut()
        {
            row[3] = Cell::Text("another act".into());
        }
        Ok(rows)
    }
    async fn outbox(&self) -> Result<OutboxEnds> {
        self.0.outbox().await
    }
}

#[async_trait]
impl TransferTarget for Forgetful {
    async fn mark(&self) -> Result<Option<MoveMark>> {
        self.0.mark().await
    }
    async fn begin(&self, mark: MoveMark) -> Result<()> {
        self.0.begin(mark).await
    }
    async fn last_key(&self, table: &'static Table) -> Result<Option<Vec<Cell>>> {
        self.0.last_key(table).await
    }
    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        self.0.write(table, rows).await
    }
    async fn rename_node(&self, old: &NodeId, new: &NodeId, at: Timestamp) -> Result<()> {
        self.0.rename_node(old, new, at).await
    }
    async fn finish(&self, outbox: OutboxEnds, at: Timestamp) -> Result<()> {
        self.0.finish(outbox, at).await
    }
}

#[tokio::test]
async fn a_copy_that_differs_stays_closed() {
    let TwoPlaces { _dir, old, new } = two_places().await;
    let refused = run(&old, Arc::new(Forgetful(target(&new))), false).await.unwrap_err();
    assert_eq!(refused.code(), "stores_differ");
    assert!(refused.message().contains("audit_log") && refused.message().contains("--restart"), "{refused}");
    let opened = SqliteTransfer::source(&new, &FixedClock::default()).unwrap_err();
    assert_eq!(opened.code(), "move_unfinished");
}

#[tokio::test]
async fn how_far_it_is_is_told_of_every_table() {
    let TwoPlaces { _dir, old, new } = two_places().await;
    let told = std::sync::Mutex::new(Vec::new());
    let clock = Arc::new(FixedClock::default());
    let moving = Moving::new(source(&old), NAME.into(), target(&new), clock);
    moving
        .run(false, &|phase, table, done, total| told.lock().unwrap().push((phase, table, done, total)))
        .await
        .unwrap();
    let told = told.into_inner().unwrap();
    for table in TABLES.iter().filter(|table| !table.passing) {
        for phase in [MovePhase::Copying, MovePhase::Comparing] {
            let last = told.iter().rfind(|(at, name, ..)| (*at, *name) == (phase, table.name)).unwrap();
            assert_eq!(last.2, last.3, "{} is not told to the end", table.name);
        }
    }
    let compared = moving.compare(SILENT).await.unwrap();
    assert!(compared.outcome == MoveOutcome::Compared && compared.tables.iter().all(TableReport::agrees));
}
