//! What every [`TransferTarget`], and with it every [`TransferSource`](crate::ports::transfer::TransferSource), must do.

mod world;

use std::sync::Arc;

use crate::{
    Result, Timestamp,
    ports::transfer::{Cell, MoveMark, OutboxEnds, Portion, Row, TABLES, Table, TransferTarget},
};

pub use world::TransferWorld;

use world::Random;

/// Runs every check, each on a store of its own that `open` makes: migrated and empty.
pub async fn transfer_suite<F, Fut>(open: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn TransferTarget>>,
{
    let outcome = async {
        a_new_store_is_empty(&*open().await).await?;
        rows_come_back_in_the_order_of_keys(&*open().await).await?;
        what_is_there_stays(&*open().await).await?;
        a_move_is_noted_from_its_beginning_to_its_end(&*open().await).await?;
        beginning_empties(&*open().await).await?;
        what_refers_to_nothing_is_refused(&*open().await).await
    };
    let outcome: Result<()> = outcome.await;
    assert!(outcome.is_ok(), "{outcome:?}");
}

fn mark() -> MoveMark {
    MoveMark {
        source: "sqlite:other.db".to_owned(),
        fingerprint: "0123".to_owned(),
        began_at: Timestamp::from_micros(1),
        finished_at: None,
    }
}

/// Puts a world into a store, whole tables or pieces of them.
async fn fill(store: &dyn TransferTarget, world: &TransferWorld, pieces: usize) -> Result<()> {
    store.begin(mark()).await?;
    for (table, rows) in world.tables() {
        for piece in rows.chunks(pieces) {
            store.write(table, piece.to_vec()).await?;
        }
    }
    Ok(())
}

/// All rows of a table, a portion at a time.
async fn all(store: &dyn TransferTarget, table: &'static Table, portion: Portion) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let after = rows.last().map(|row| row[..table.key].to_vec());
        let more = store.read(table, after, portion).await?;
        assert!(more.len() <= portion.rows as usize, "{}: more rows than asked for", table.name);
        if more.is_empty() {
            return Ok(rows);
        }
        rows.extend(more);
    }
}

const MANY: Portion = Portion { rows: 1_000, bytes: 1 << 20 };

async fn a_new_store_is_empty(store: &dyn TransferTarget) -> Result<()> {
    assert_eq!(store.mark().await?, None);
    assert_eq!(store.outbox().await?, OutboxEnds { pruned: 0, newest: 0 });
    for table in TABLES {
        assert_eq!(store.count(table).await?, 0, "{}", table.name);
        assert_eq!(store.last_key(table).await?, None, "{}", table.name);
        assert!(store.read(table, None, MANY).await?.is_empty(), "{}", table.name);
    }
    Ok(())
}

async fn rows_come_back_in_the_order_of_keys(store: &dyn TransferTarget) -> Result<()> {
    let mut random = Random(7);
    for seed in 0..8 {
        let world = TransferWorld::of_seed(seed, 30);
        fill(store, &world, 1 + random.index(40)).await?;
        let few = Portion { rows: 1 + random.below(9) as u32, bytes: 1 << 20 };
        let small = Portion { rows: 1_000, bytes: 1 + random.index(4_000) };
        for (table, rows) in world.tables() {
            assert_eq!(store.count(table).await?, rows.len() as u64, "{}", table.name);
            assert_eq!(store.last_key(table).await?, rows.last().map(|row| row[..table.key].to_vec()));
            for portion in [MANY, few, small] {
                assert_eq!(all(store, table, portion).await?, rows, "{} of seed {seed}, {portion:?}", table.name);
            }
        }
    }
    Ok(())
}

async fn what_is_there_stays(store: &dyn TransferTarget) -> Result<()> {
    let world = TransferWorld::of_seed(3, 30);
    fill(store, &world, 1_000).await?;
    let table = &TABLES[0];
    let mut changed = world.rows_of(table.name).to_vec();
    for row in &mut changed {
        row[2] = Cell::Text("other".to_owned());
    }
    assert!(!changed.is_empty());
    store.write(table, changed).await?;
    for (table, rows) in world.tables() {
        store.write(table, rows.to_vec()).await?;
        assert_eq!(all(store, table, MANY).await?, rows, "{}", table.name);
    }
    Ok(())
}

async fn a_move_is_noted_from_its_beginning_to_its_end(store: &dyn TransferTarget) -> Result<()> {
    let world = TransferWorld::of_seed(4, 10);
    fill(store, &world, 1_000).await?;
    assert_eq!(store.mark().await?, Some(mark()));
    let ends = world.outbox();
    let at = Timestamp::from_micros(2);
    store.finish(ends, at).await?;
    assert_eq!(store.mark().await?, Some(MoveMark { finished_at: Some(at), ..mark() }));
    assert_eq!(store.outbox().await?, ends);
    Ok(())
}

async fn beginning_empties(store: &dyn TransferTarget) -> Result<()> {
    fill(store, &TransferWorld::of_seed(5, 30), 1_000).await?;
    let other = MoveMark { source: "another".to_owned(), ..mark() };
    store.begin(other.clone()).await?;
    assert_eq!(store.mark().await?, Some(other));
    for table in TABLES {
        assert_eq!(store.count(table).await?, 0, "{}", table.name);
    }
    Ok(())
}

/// At once, or when the move is to be finished.
async fn what_refers_to_nothing_is_refused(store: &dyn TransferTarget) -> Result<()> {
    let world = TransferWorld::of_seed(6, 30);
    store.begin(mark()).await?;
    let Some((table, rows)) = world.tables().find(|(table, _)| table.name == "messages") else { return Ok(()) };
    assert!(!rows.is_empty());
    let refused = match store.write(table, rows.to_vec()).await {
        Ok(()) => store.finish(OutboxEnds { pruned: 0, newest: 0 }, Timestamp::from_micros(2)).await,
        refused => refused,
    };
    assert!(refused.is_err(), "messages of no conversation were taken");
    assert!(store.mark().await?.is_some_and(|mark| mark.finished_at.is_none()));
    Ok(())
}
