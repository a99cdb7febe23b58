//! A connection with what its statements need: the sealer, the clock, and what a unit has counted.

use jarvis_core::{
    Error, Json, Scope,
    ports::{Clock, Sealer},
    types::AuditEntry,
};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use std::{borrow::Cow, sync::Arc, time::Duration};
use uuid::Uuid;

use crate::{
    counters::{Counters, Pending},
    deadline::Deadline,
    error::{Attempt, Failure, system_only},
    pool::Pooled,
    shelf::Home,
};

pub(crate) use jarvis_core::ports::sealed_columns as column;

/// Added to a unit's time for each message that it erases or restores, some ten times what that takes.
const TIME_PER_ROW: Duration = Duration::from_micros(100);

/// Bytes of a sealed value to be bound; none for an absent one.
pub(crate) type Sealed<'a> = Option<Cow<'a, [u8]>>;

/// What a connection is used for.
#[derive(Clone, Debug)]
enum Use {
    /// Reads, each statement seeing what is committed.
    Reads,
    /// Reads that see the same state.
    Snapshot,
    /// A unit of work.
    Unit(Arc<Deadline>),
}

/// One piece of work's way to the database.
pub(crate) struct Db {
    connection: Pooled,
    /// Where the connection rests between two uses; none goes back to its pool.
    home: Option<Home>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What the unit at hand counted.
    pub(crate) counters: Counters,
    /// What the unit at hand adds to the trail.
    pub(crate) trail: Vec<(Scope, AuditEntry)>,
    sealer: Arc<dyn Sealer>,
    used_for: Use,
}

/// Where [`Db::settle`] returns to.
pub(crate) struct Mark(Pending, usize);

impl Db {
    pub(crate) fn new(connection: Pooled, home: Option<Home>, sealer: Arc<dyn Sealer>, clock: Arc<dyn Clock>) -> Self {
        Self { connection, home, clock, counters: Counters::default(), trail: Vec::new(), sealer, used_for: Use::Reads }
    }

    /// What statements are run on: `query_file!(…).fetch_all(db.connection())`.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// What opens sealed values, for those who read row by row.
    pub(crate) fn sealer(&self) -> Arc<dyn Sealer> {
        Arc::clone(&self.sealer)
    }

    /// Whether a unit's own writes are seen.
    pub(crate) fn in_unit(&self) -> bool {
        matches!(self.used_for, Use::Unit(_))
    }

    /// Runs statements without parameters.
    pub(crate) async fn run(&mut self, sql: &'static str) -> Attempt<()> {
        self.connection.execute(sqlx::raw_sql(sql)).await?;
        Ok(())
    }

    /// Begins a unit that must end by `deadline`.
    pub(crate) async fn begin(&mut self, deadline: Arc<Deadline>) -> Attempt<()> {
        self.run("BEGIN").await?;
        self.used_for = Use::Unit(deadline);
        Ok(())
    }

    /// From now on reads see the same state, until the connection is given back. Within a unit they see what is committed
    /// when each begins, and the unit's own writes.
    pub(crate) async fn snapshot(&mut self) -> Attempt<()> {
        if matches!(self.used_for, Use::Reads) {
            self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            self.used_for = Use::Snapshot;
        }
        Ok(())
    }

    /// Nothing more is read: the connection is as it was.
    pub(crate) async fn end_reads(mut self) {
        if matches!(self.used_for, Use::Snapshot) && self.run("COMMIT").await.is_err() {
            return self.discard();
        }
        self.give_back();
    }

    /// The same, without making who has read all they wanted wait for it.
    pub(crate) fn end_reads_soon(self) {
        if matches!(self.used_for, Use::Snapshot) {
            tokio::spawn(self.end_reads());
        } else {
            self.give_back();
        }
    }

    /// Every answer was read and no transaction is open: the connection serves whoever comes next.
    pub(crate) fn give_back(self) {
        if let Some(home) = self.home {
            home.put(self.connection);
        }
    }

    /// The connection cannot be used again.
    pub(crate) fn discard(mut self) {
        self.connection.close_on_drop();
    }

    /// What is to be done grows with the number of rows, and must be possible however many there are.
    pub(crate) async fn allow_for_rows(&mut self, rows: u64) -> Attempt<()> {
        let more = TIME_PER_ROW.saturating_mul(u32::try_from(rows).unwrap_or(u32::MAX));
        if let Use::Unit(deadline) = &self.used_for
            && more >= Duration::from_secs(1)
        {
            deadline.extend(more);
            let allowed = (Duration::from_secs(10) + more).as_millis();
            let sql = format!("SET LOCAL statement_timeout = {allowed}");
            self.connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
        }
        Ok(())
    }

    /// What follows, up to [`Db::settle`], happens whole or not at all, whatever the unit makes of its error.
    pub(crate) async fn mark(&mut self) -> Attempt<Mark> {
        self.run("SAVEPOINT atomic").await?;
        Ok(Mark(self.counters.mark(), self.trail.len()))
    }

    /// Keeps what was done since `mark`, or undoes it when it was refused; then the unit may go on. After an error that is
    /// more than a refusal it may not.
    pub(crate) async fn settle<T>(&mut self, mark: Mark, outcome: Attempt<T>) -> Attempt<T> {
        match outcome {
            Ok(value) => {
                self.run("RELEASE atomic").await?;
                Ok(value)
            }
            Err(failure) if failure.is_harmless() || failure.refuses_input() => {
                self.counters.return_to(mark.0);
                self.trail.truncate(mark.1);
                self.run("ROLLBACK TO atomic; RELEASE atomic").await?;
                Err(Failure::Known(Error::from(failure)))
            }
            Err(failure) => Err(failure),
        }
    }

    pub(crate) fn seal<'a>(&self, text: &'a str, column: &'static str) -> Attempt<Cow<'a, [u8]>> {
        Ok(self.sealer.seal(text, column)?)
    }

    pub(crate) fn seal_opt<'a>(&self, text: Option<&'a str>, column: &'static str) -> Attempt<Sealed<'a>> {
        text.map(|text| self.seal(text, column)).transpose()
    }

    pub(crate) fn seal_json<'a>(&self, json: Option<&'a Json>, column: &'static str) -> Attempt<Sealed<'a>> {
        self.seal_opt(json.map(Json::as_str), column)
    }

    /// What is stored for a label, which is looked up by what is stored for it.
    pub(crate) fn seal_label<'a>(&self, label: &'a str, column: &'static str) -> Attempt<Cow<'a, str>> {
        Ok(self.sealer.seal_label(label, column)?)
    }

    /// The label that is stored.
    pub(crate) fn open_label(&self, stored: String, column: &'static str) -> Attempt<String> {
        Ok(self.sealer.open_label(stored, column)?)
    }

    /// What is stored for a hash of what people wrote.
    pub(crate) fn blind<const N: usize>(&self, mut hash: [u8; N]) -> Attempt<[u8; N]> {
        self.sealer.blind(&mut hash)?;
        Ok(hash)
    }

    /// The text in a sealed column.
    pub(crate) fn open(&self, stored: Vec<u8>, column: &'static str) -> Attempt<String> {
        Ok(self.sealer.open(stored, column)?)
    }

    pub(crate) fn open_opt(&self, stored: Option<Vec<u8>>, column: &'static str) -> Attempt<Option<String>> {
        stored.map(|stored| self.open(stored, column)).transpose()
    }

    pub(crate) fn open_json(&self, stored: Option<Vec<u8>>, column: &'static str) -> Attempt<Option<Json>> {
        Ok(self.open_opt(stored, column)?.map(Json::from_text).transpose()?)
    }
}

/// What sealed values take together.
pub(crate) fn stored_bytes(values: &[Option<&[u8]>]) -> i64 {
    values.iter().flatten().map(|value| value.len() as i64).sum()
}

/// The owner a row must have; none means any.
pub(crate) fn owner(scope: Scope) -> Option<Uuid> {
    (!scope.is_system()).then(|| *scope.user().as_uuid())
}

/// Refuses everybody but the product itself.
pub(crate) fn require_system(scope: Scope) -> Attempt<()> {
    if scope.is_system() { Ok(()) } else { Err(Failure::Known(system_only())) }
}
