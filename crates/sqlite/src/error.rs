//! SQLite's result codes as the product's error kinds. The only place that reads them.

use jarvis_core::{Error, ErrorKind};
use rusqlite::{ErrorCode, ffi};
use std::time::Duration;

/// When a caller that met a busy or full database should come back.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Input and output errors that a full disk, quota or tmpfs causes. Where `write(2)` itself runs out of space SQLite says
/// `SQLITE_FULL`; these are the places where it does not look at the cause.
const NO_ROOM: [i32; 5] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMMAP,
];

/// What a statement or the code around it answers on its way to the boundary of this crate.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite, or the way from its values to ours.
    Sqlite(rusqlite::Error),
    /// Already in the product's terms.
    Known(Error),
}

/// Result of everything inside this crate.
pub(crate) type Attempt<T> = Result<T, Failure>;

impl Failure {
    /// Whether the transaction may go on: the statement refused its own input and changed nothing.
    pub(crate) fn is_harmless(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation),
            Self::Known(error) => !matches!(
                error.kind(),
                ErrorKind::StorageFull
                    | ErrorKind::Unavailable
                    | ErrorKind::DeadlineExceeded
                    | ErrorKind::Corrupt
                    | ErrorKind::Internal
            ),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Known(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Known(error) => error,
            Failure::Sqlite(error) => from_sqlite(error),
        }
    }
}

fn from_sqlite(error: rusqlite::Error) -> Error {
    use rusqlite::Error as Sqlite;
    match &error {
        // without the statement, which can be a whole migration
        Sqlite::SqlInputError { error: cause, msg, .. } => {
            from_code(cause.code, cause.extended_code).with_source(msg.clone())
        }
        Sqlite::SqliteFailure(cause, _) => from_code(cause.code, cause.extended_code).with_source(error),
        // a column holds what its statement never stores
        Sqlite::FromSqlConversionFailure(..) | Sqlite::IntegralValueOutOfRange(..) | Sqlite::InvalidColumnType(..) => {
            corrupt().with_source(error)
        }
        _ => Error::internal(error),
    }
}

fn from_code(code: ErrorCode, extended: i32) -> Error {
    match code {
        ErrorCode::DiskFull => storage_full(),
        ErrorCode::SystemIoFailure if NO_ROOM.contains(&extended) => storage_full(),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => ErrorKind::Unavailable
            .error("another program holds the database; close it or try again in a moment")
            .with_retry_after(RETRY_AFTER),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => corrupt(),
        ErrorCode::OperationInterrupted => deadline(),
        ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied => ErrorKind::Unavailable
            .error("the database file cannot be opened for writing; check that its directory exists and is writable"),
        ErrorCode::ConstraintViolation => match extended {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
                ErrorKind::Conflict.error("this already exists; use another id or name")
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
                ErrorKind::NotFound.error("something this refers to does not exist; check its ids")
            }
            _ => Error::internal("a constraint of the schema was violated"),
        },
        _ => Error::internal("the database engine failed"),
    }
}

fn storage_full() -> Error {
    ErrorKind::StorageFull
        .error("the disk is full; free some space and try again, reading still works")
        .with_retry_after(RETRY_AFTER)
}

fn corrupt() -> Error {
    ErrorKind::Corrupt
        .error("the database is damaged; restore a backup, or run `jarvis doctor` to see what can be read")
}

/// The time allowed to a unit or a read is over.
pub(crate) fn deadline() -> Error {
    ErrorKind::DeadlineExceeded.error("the database took too long; ask for less at once or try again")
}

/// The store was closed, or its threads could not be reached in time.
pub(crate) fn closed() -> Error {
    ErrorKind::Unavailable.error("the store is shutting down; try again in a moment").with_retry_after(RETRY_AFTER)
}

/// More work is waiting than may wait.
pub(crate) fn overloaded() -> Error {
    ErrorKind::Unavailable
        .error("the store has more to do than it can; try again in a moment")
        .with_retry_after(RETRY_AFTER)
}

/// The answer to a method that only the product itself may call.
pub(crate) fn system_only() -> Error {
    ErrorKind::Forbidden.error("only the system may do this")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: i32) -> ErrorKind {
        let cause = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        Error::from(Failure::from(cause)).kind()
    }

    #[test]
    fn codes_become_kinds() {
        assert_eq!(kind(ffi::SQLITE_FULL), ErrorKind::StorageFull);
        assert_eq!(kind(ffi::SQLITE_IOERR_SHMSIZE), ErrorKind::StorageFull);
        assert_eq!(kind(ffi::SQLITE_IOERR_READ), ErrorKind::Internal);
        assert_eq!(kind(ffi::SQLITE_BUSY), ErrorKind::Unavailable);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_UNIQUE), ErrorKind::Conflict);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_PRIMARYKEY), ErrorKind::Conflict);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_FOREIGNKEY), ErrorKind::NotFound);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_NOTNULL), ErrorKind::Internal);
        assert_eq!(kind(ffi::SQLITE_CORRUPT), ErrorKind::Corrupt);
        assert_eq!(kind(ffi::SQLITE_NOTADB), ErrorKind::Corrupt);
        assert_eq!(kind(ffi::SQLITE_INTERRUPT), ErrorKind::DeadlineExceeded);
    }

    #[test]
    fn a_cause_is_kept_for_the_log_and_not_shown() {
        let cause = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), Some("secret.db".into()));
        let error = Error::from(Failure::from(cause));
        assert!(!error.to_string().contains("secret"));
        assert!(format!("{error:?}").contains("secret"));
        assert_eq!(error.retry_after(), Some(RETRY_AFTER));
    }
}
