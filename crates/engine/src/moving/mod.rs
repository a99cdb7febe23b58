//! Moving a whole store into another one: copied in the order of keys, which is also where an interrupted copy goes on, then
//! compared by counts and hashes, and only then usable.

mod digest;

use std::{fmt, sync::Arc, time::Duration};

use jarvis_core::{
    Error, ErrorKind, Result, Timestamp,
    ports::{
        Clock,
        transfer::{Cell, MoveMark, OutboxEnds, Portion, Row, TABLES, Table, TransferSource, TransferTarget},
    },
    types::NodeId,
};

pub use digest::Digest;

/// Rows that are in memory at once: some being written, as many being read.
const PORTION: Portion = Portion { rows: 5_000, bytes: 4 << 20 };

/// The move of one store into another.
pub struct Moving {
    source: Arc<dyn TransferSource>,
    target: Arc<dyn TransferTarget>,
    clock: Arc<dyn Clock>,
    /// The source, as people name it, without a secret.
    source_name: String,
    /// The node whose data directory goes with the store, by its names in the source and in the target.
    node: (NodeId, NodeId),
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovePhase {
    /// Rows are copied.
    Copying,
    /// Rows of both stores are compared.
    Comparing,
}

/// Hears how far it is: the phase, the table, the rows done and how many there are.
pub type Watch<'a> = &'a (dyn Fn(MovePhase, &'static str, u64, u64) + Send + Sync);

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveReport {
    /// What was done.
    pub outcome: MoveOutcome,
    /// Every table, in the order of copying.
    pub tables: Vec<TableReport>,
    /// How long it took.
    pub took: Duration,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveOutcome {
    /// Everything was copied and agrees.
    Moved,
    /// The rest of a move that had been interrupted was copied; everything agrees.
    Resumed,
    /// The move had been finished at this time; nothing was done.
    FinishedBefore(Timestamp),
    /// Both stores were only compared; the tables tell whether they agree.
    Compared,
}

/// A table in both stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableReport {
    /// Its name.
    pub table: &'static str,
    /// Rows that were copied now.
    pub copied: u64,
    /// What the source has.
    pub source: Digest,
    /// What the target has.
    pub target: Digest,
}

impl TableReport {
    /// Whether both stores have the same rows.
    pub fn agrees(&self) -> bool {
        self.source == self.target
    }
}

impl Moving {
    /// From one store, which is named so in the other, into that other.
    pub fn new(
        source: Arc<dyn TransferSource>,
        source_name: String,
        target: Arc<dyn TransferTarget>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { source, target, clock, source_name, node: (NodeId::local(), NodeId::local()) }
    }

    /// The same for a node that has another name in the target: its indexes go on there.
    #[must_use]
    pub fn with_node(self, old: NodeId, new: NodeId) -> Self {
        Self { node: (old, new), ..self }
    }

    /// Makes the target equal to the source, going on where an interrupted move of the same source stopped; `restart` empties the
    /// target of an unfinished move first.
    ///
    /// Errors: `Conflict` with code `target_not_empty` when the target holds anything else, `move_of_other_store` or
    /// `source_changed` when its unfinished move cannot go on, `stores_differ` when a table does not agree at the end; those of the
    /// stores.
    pub async fn run(&self, restart: bool, watch: Watch<'_>) -> Result<MoveReport> {
        let began = self.clock.now();
        let counts = self.counts(&*self.source).await?;
        let outbox = self.source.outbox().await?;
        let fingerprint = digest::fingerprint(&counts, outbox);
        let resumed = match self.target.mark().await? {
            Some(MoveMark { finished_at: Some(at), source, fingerprint: known, .. })
                if source == self.source_name && known == fingerprint =>
            {
                return Ok(MoveReport {
                    outcome: MoveOutcome::FinishedBefore(at),
                    tables: Vec::new(),
                    took: Duration::ZERO,
                });
            }
            Some(mark @ MoveMark { finished_at: None, .. }) if !restart => {
                self.refuse_other(&mark, &fingerprint)?;
                true
            }
            mark => {
                if mark.is_none_or(|mark| mark.finished_at.is_some()) {
                    self.refuse_full().await?;
                }
                let source = self.source_name.clone();
                self.target.begin(MoveMark { source, fingerprint, began_at: began, finished_at: None }).await?;
                false
            }
        };
        let mut copied = Vec::with_capacity(TABLES.len());
        for (table, total) in TABLES.iter().zip(&counts) {
            copied.push(self.copy(table, *total, watch).await?);
        }
        let tables = self.compare_all(&copied, watch).await?;
        self.refuse_difference(&tables, outbox).await?;
        let (old, new) = &self.node;
        if old != new {
            self.target.rename_node(old, new, self.clock.now()).await?;
        }
        self.target.finish(outbox, self.clock.now()).await?;
        let outcome = if resumed { MoveOutcome::Resumed } else { MoveOutcome::Moved };
        Ok(MoveReport { outcome, tables, took: self.clock.now().since(began) })
    }

    /// Compares both stores as they are and changes neither. What tells of processes only is left out.
    pub async fn compare(&self, watch: Watch<'_>) -> Result<MoveReport> {
        let began = self.clock.now();
        let tables = self.compare_all(&[0; TABLES.len()], watch).await?;
        Ok(MoveReport { outcome: MoveOutcome::Compared, tables, took: self.clock.now().since(began) })
    }

    async fn counts(&self, store: &dyn TransferSource) -> Result<Vec<u64>> {
        let mut counts = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            counts.push(store.count(table).await?);
        }
        Ok(counts)
    }

    fn refuse_other(&self, mark: &MoveMark, fingerprint: &str) -> Result<()> {
        if mark.source != self.source_name {
            return Err(ErrorKind::Conflict
                .error(format!(
                    "the target holds an unfinished copy of {}; name that one with --from to go on, or empty the target and begin \
                     anew with --restart",
                    mark.source
                ))
                .with_code("move_of_other_store"));
        }
        if mark.fingerprint != fingerprint {
            return Err(ErrorKind::Conflict
                .error(
                    "the source was written to after its move began, so the copy cannot go on; empty the target and begin anew \
                     with --restart",
                )
                .with_code("source_changed"));
        }
        Ok(())
    }

    async fn refuse_full(&self) -> Result<()> {
        let counts = self.counts(&*self.target).await?;
        let full = TABLES.iter().zip(counts).filter(|(table, count)| *count > 0 && !table.passing);
        let held: Vec<String> = full.map(|(table, count)| format!("{count} rows of {}", table.name)).collect();
        if held.is_empty() {
            return Ok(());
        }
        Err(ErrorKind::Conflict
            .error(format!("the target is not empty: it holds {}; name an empty database with --to", held.join(", ")))
            .with_code("target_not_empty"))
    }

    /// Copies what is missing of a table; how many rows. The next rows are read while the last ones are written.
    async fn copy(&self, table: &'static Table, total: u64, watch: Watch<'_>) -> Result<u64> {
        let mut done = self.target.count(table).await?;
        watch(MovePhase::Copying, table.name, done, total);
        let mut copied = 0;
        let after = self.target.last_key(table).await?;
        let mut rows = self.source.read(table, after, PORTION).await?;
        while let Some(after) = key_of_last(table, &rows) {
            let count = rows.len() as u64;
            let (written, next) =
                tokio::join!(self.target.write(table, rows), self.source.read(table, Some(after), PORTION));
            written?;
            rows = next?;
            copied += count;
            done += count;
            watch(MovePhase::Copying, table.name, done, total);
        }
        Ok(copied)
    }

    /// Without what tells of processes only: it may have changed already when a move that was killed at its end goes on.
    async fn compare_all(&self, copied: &[u64], watch: Watch<'_>) -> Result<Vec<TableReport>> {
        let mut reports = Vec::with_capacity(TABLES.len());
        for (table, &copied) in TABLES.iter().zip(copied).filter(|(table, _)| !table.passing) {
            let total = self.source.count(table).await?;
            let silent: Watch<'_> = &|_, _, _, _| {};
            let (source, target) = tokio::join!(
                digest::of(&*self.source, table, total, watch, PORTION),
                digest::of(&*self.target, table, total, silent, PORTION),
            );
            reports.push(TableReport { table: table.name, copied, source: source?, target: target? });
        }
        Ok(reports)
    }

    /// The source was read again to compare, so a difference is also what somebody changed in it meanwhile.
    async fn refuse_difference(&self, tables: &[TableReport], outbox: OutboxEnds) -> Result<()> {
        let differing: Vec<String> = tables
            .iter()
            .filter(|report| !report.agrees())
            .map(|TableReport { table, source, target, .. }| {
                format!("{table} ({} rows in the source, {} in the target)", source.rows, target.rows)
            })
            .collect();
        let refused = |what: &str| -> Error {
            let message = format!(
                "{what}; the target stays closed. Make sure that nothing writes to either database, then begin anew with --restart"
            );
            ErrorKind::Conflict.error(message).with_code("stores_differ")
        };
        if !differing.is_empty() {
            return Err(refused(&format!("after the copy the stores differ in {}", differing.join(", "))));
        }
        if self.source.outbox().await? != outbox {
            return Err(refused("the source was written to during the move"));
        }
        Ok(())
    }
}

impl fmt::Debug for Moving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moving").field("source", &self.source_name).finish_non_exhaustive()
    }
}

/// The key of the last of some rows; none when there are none.
fn key_of_last(table: &Table, rows: &[Row]) -> Option<Vec<Cell>> {
    rows.last().map(|row| row[..table.key.min(row.len())].to_vec())
}
