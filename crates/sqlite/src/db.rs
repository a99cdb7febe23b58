//! A connection with what its statements need: the sealer, the clock, and the deadline of the work at hand.

use jarvis_core::{
    Json, Scope,
    ports::{Clock, SealedCell, Sealer, transfer::Cell},
};
use rusqlite::{CachedStatement, Connection, Params, Row};
use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

use crate::{
    connection,
    counters::Counters,
    deadline::Deadline,
    error::{Attempt, Failure, deadline, system_only},
};

pub(crate) use jarvis_core::ports::sealed_columns as column;

/// Added to a unit's time for each message that it erases or restores, some ten times what that takes.
const TIME_PER_ROW: Duration = Duration::from_micros(100);

/// Bytes of a sealed value to be bound; none for an absent one.
pub(crate) type Sealed<'a> = Option<Cow<'a, [u8]>>;

/// One thread's way to the database.
pub(crate) struct Db {
    pub(crate) connection: Connection,
    pub(crate) clock: Arc<dyn Clock>,
    /// What the group of units at hand counted.
    pub(crate) counters: Counters,
    /// The database file.
    pub(crate) path: PathBuf,
    sealer: Arc<dyn Sealer>,
    deadline: Arc<Deadline>,
}

impl Db {
    pub(crate) fn new(
        mut connection: Connection,
        path: &Path,
        sealer: Arc<dyn Sealer>,
        clock: Arc<dyn Clock>,
    ) -> Attempt<Self> {
        connection::add_functions(&connection, &sealer)?;
        let deadline = Deadline::for_connection(&mut connection)?;
        Ok(Self { connection, clock, counters: Counters::default(), path: path.to_owned(), sealer, deadline })
    }

    /// From now on statements may run this long, all together.
    pub(crate) fn allow(&self, duration: Duration) {
        self.deadline.set(duration);
    }

    /// What is to be done grows with the number of rows, and must be possible however many there are.
    pub(crate) fn allow_for_rows(&self, rows: u64) {
        self.deadline.extend(TIME_PER_ROW.saturating_mul(u32::try_from(rows).unwrap_or(u32::MAX)));
    }

    /// No limit any more: what ends a unit or a group must not be cut short.
    pub(crate) fn allow_all(&self) {
        self.deadline.clear();
    }

    /// Whether the time allowed is over.
    pub(crate) fn is_late(&self) -> bool {
        self.deadline.passed()
    }

    /// A prepared statement.
    pub(crate) fn statement(&self, sql: &'static str) -> Attempt<CachedStatement<'_>> {
        if self.is_late() {
            return Err(deadline().into());
        }
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// Runs a statement that answers no rows; how many it changed.
    pub(crate) fn execute(&self, sql: &'static str, params: impl Params) -> Attempt<usize> {
        Ok(self.statement(sql)?.execute(params)?)
    }

    /// The first row, decoded.
    pub(crate) fn first<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        decode: impl FnOnce(&Row<'_>) -> Attempt<T>,
    ) -> Attempt<Option<T>> {
        let mut statement = self.statement(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(decode).transpose()
    }

    /// Every row, decoded.
    pub(crate) fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut decode: impl FnMut(&Row<'_>) -> Attempt<T>,
    ) -> Attempt<Vec<T>> {
        let mut statement = self.statement(sql)?;
        let mut rows = statement.query(params)?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(decode(row)?);
        }
        Ok(out)
    }

    /// Rows, decoded, until they have more than `bytes` bytes by `size`; at least one when there is one.
    pub(crate) fn all_within<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        bytes: usize,
        size: impl Fn(&T) -> usize,
        mut decode: impl FnMut(&Row<'_>) -> Attempt<T>,
    ) -> Attempt<Vec<T>> {
        let mut statement = self.statement(sql)?;
        let mut rows = statement.query(params)?;
        let (mut out, mut taken) = (Vec::new(), 0);
        while taken < bytes
            && let Some(row) = rows.next()?
        {
            let item = decode(row)?;
            taken += size(&item);
            out.push(item);
        }
        Ok(out)
    }

    /// The one number a statement answers; zero when it answers no row.
    pub(crate) fn number(&self, sql: &'static str, params: impl Params) -> Attempt<u64> {
        Ok(self.first(sql, params, |row| Ok(row.get::<_, Option<i64>>(0)?))?.flatten().unwrap_or(0) as u64)
    }

    /// Runs `work` whole or not at all, whatever its caller makes of the error.
    pub(crate) fn atomic<T>(&self, work: impl FnOnce(&Self) -> Attempt<T>) -> Attempt<T> {
        self.execute("SAVEPOINT atomic", [])?;
        let counted = self.counters.mark();
        match work(self) {
            Ok(value) => {
                self.execute("RELEASE atomic", [])?;
                Ok(value)
            }
            // after a fatal error the whole unit goes, and its savepoint may be gone already
            Err(failure) if !failure.is_harmless() => Err(failure),
            Err(failure) => {
                self.counters.return_to(counted);
                self.execute("ROLLBACK TO atomic", [])?;
                self.execute("RELEASE atomic", [])?;
                Err(failure)
            }
        }
    }

    /// Several reads that see the same state.
    pub(crate) fn snapshot<T>(&self, work: impl FnOnce(&Self) -> Attempt<T>) -> Attempt<T> {
        if !self.connection.is_autocommit() {
            return work(self); // within a unit it is so anyway
        }
        self.execute("BEGIN", [])?;
        let answer = work(self);
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        answer
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

    /// What the sealed values of a row are to be replaced by.
    pub(crate) fn renew(&self, row: &[SealedCell<'_>]) -> Attempt<Option<Vec<Cell>>> {
        Ok(self.sealer.renew(row)?)
    }

    /// What is stored for a label, which is looked up by what is stored for it.
    pub(crate) fn seal_label<'a>(&self, label: &'a str, column: &'static str) -> Attempt<Cow<'a, str>> {
        Ok(self.sealer.seal_label(label, column)?)
    }

    /// The label in a column of `row`.
    pub(crate) fn open_label(&self, row: &Row<'_>, index: usize, column: &'static str) -> Attempt<String> {
        Ok(self.sealer.open_label(row.get(index)?, column)?)
    }

    /// What is stored for a hash of what people wrote.
    pub(crate) fn blind<const N: usize>(&self, mut hash: [u8; N]) -> Attempt<[u8; N]> {
        self.sealer.blind(&mut hash)?;
        Ok(hash)
    }

    /// The text in a sealed column of `row`.
    pub(crate) fn open(&self, row: &Row<'_>, index: usize, column: &'static str) -> Attempt<String> {
        let bytes = row.get_ref(index)?.as_blob().map_err(rusqlite::Error::from)?;
        Ok(self.sealer.open(bytes.to_vec(), column)?)
    }

    pub(crate) fn open_opt(&self, row: &Row<'_>, index: usize, column: &'static str) -> Attempt<Option<String>> {
        let bytes = row.get_ref(index)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        Ok(bytes.map(|bytes| self.sealer.open(bytes.to_vec(), column)).transpose()?)
    }

    pub(crate) fn open_json(&self, row: &Row<'_>, index: usize, column: &'static str) -> Attempt<Option<Json>> {
        Ok(self.open_opt(row, index, column)?.map(Json::from_text).transpose()?)
    }
}

/// The owner a row must have; none means any.
pub(crate) fn owner(scope: &Scope) -> Option<[u8; 16]> {
    (!scope.is_system()).then(|| id(scope.user().as_uuid()))
}

/// What sealed values take together.
pub(crate) fn stored_bytes(values: &[Option<&[u8]>]) -> i64 {
    values.iter().flatten().map(|value| value.len() as i64).sum()
}

/// An id as it is bound.
pub(crate) fn id(uuid: &Uuid) -> [u8; 16] {
    uuid.into_bytes()
}

/// Refuses everybody but the product itself.
pub(crate) fn require_system(scope: &Scope) -> Attempt<()> {
    if scope.is_system() { Ok(()) } else { Err(Failure::Known(system_only())) }
}
