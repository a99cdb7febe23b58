//! PostgreSQL's error codes as the product's error kinds. The only place that reads them.

use jarvis_core::{Error, ErrorKind};
use sqlx::{
    error::DatabaseError,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{borrow::Cow, time::Duration};

use crate::pool;

/// When a caller that met a busy, full or absent database should come back.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a statement or the code around it answers on its way to the boundary of this crate.
#[derive(Debug)]
pub(crate) enum Failure {
    /// PostgreSQL, or the way to it.
    Postgres(sqlx::Error),
    /// Already in the product's terms.
    Known(Error),
}

/// Result of everything inside this crate.
pub(crate) type Attempt<T> = Result<T, Failure>;

impl Failure {
    /// Whether the transaction may go on. After an error of its own the server takes no further statement.
    pub(crate) fn is_harmless(&self) -> bool {
        match self {
            Self::Postgres(_) => false,
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

    /// Whether a constraint of the schema refused a statement's input.
    pub(crate) fn refuses_input(&self) -> bool {
        self.code().is_some_and(|code| code.starts_with("23"))
    }

    /// Whether the connection is gone, or leads to a server that takes no more work: what it was asked may be asked of another.
    pub(crate) fn is_loss(&self) -> bool {
        match self {
            // one that could not be opened in time was waited for already, and need not be
            Self::Postgres(sqlx::Error::Io(cause)) => {
                !matches!(cause.kind(), std::io::ErrorKind::NotConnected | std::io::ErrorKind::WouldBlock)
            }
            Self::Postgres(sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => true,
            Self::Postgres(_) => self.code().is_some_and(|code| is_loss(&code)),
            Self::Known(_) => false,
        }
    }

    fn code(&self) -> Option<String> {
        match self {
            Self::Postgres(sqlx::Error::Database(cause)) => cause.code().map(Into::into),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Postgres(error)
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
            Failure::Postgres(error) => from_postgres(&error),
        }
    }
}

/// The server's code for an error; empty for one that it did not report.
pub(crate) fn code_of(error: &sqlx::Error) -> Cow<'_, str> {
    error.as_database_error().and_then(DatabaseError::code).unwrap_or_default()
}

/// A cause in one line, for the log and for whoever operates the server: without statement, source file and routine, and without
/// saying twice what its own cause is.
pub(crate) fn cause_of(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(cause) => {
            let code = cause.code().unwrap_or_default();
            format!("{} ({code})", cause.message().lines().next().unwrap_or_default())
        }
        sqlx::Error::Io(cause) => cause.to_string(),
        sqlx::Error::Tls(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

fn from_postgres(error: &sqlx::Error) -> Error {
    use sqlx::Error as Sqlx;
    let cause = cause_of(error);
    match error {
        Sqlx::Database(database) => from_code(database.code().as_deref().unwrap_or_default()).with_source(cause),
        Sqlx::PoolTimedOut => overloaded().with_source(cause),
        Sqlx::PoolClosed => closed(),
        Sqlx::Io(_) | Sqlx::Protocol(_) | Sqlx::WorkerCrashed => lost().with_source(cause),
        Sqlx::Tls(_) => no_encryption().with_source(cause),
        // without its cause, which may quote the URL with the password
        Sqlx::Configuration(_) => unreadable_url(),
        // a column holds what its statement never stores
        Sqlx::ColumnDecode { .. } | Sqlx::Decode(_) => corrupt().with_source(cause),
        _ => Error::internal(cause),
    }
}

/// Why there is no connection, for whoever starts the program or migrates: it names what is to be set.
pub(crate) fn unconnected(error: &sqlx::Error, options: &PgConnectOptions) -> Error {
    use std::io::ErrorKind as Io;
    let (host, port, user) = (options.get_host(), options.get_port(), options.get_username());
    let database = pool::database_of(options);
    let message = match error {
        sqlx::Error::Io(cause) if cause.kind() == Io::ConnectionRefused => {
            format!("no database server answers at {host}:{port}; start it, or correct {SETTING}")
        }
        sqlx::Error::Io(_) => {
            format!("the database server {host}:{port} cannot be reached; check the host in {SETTING}")
        }
        sqlx::Error::Database(cause) => match cause.code().as_deref() {
            Some("28P01") => format!("the database refused the password of user `{user}`; check {SETTING}"),
            Some("28000") if matches!(options.get_ssl_mode(), PgSslMode::Disable) => {
                format!(
                    "the database does not let user `{user}` in without encryption; remove sslmode=disable from {SETTING}, \
                     or check its pg_hba.conf"
                )
            }
            Some("28000") => {
                format!("the database does not let user `{user}` in; check {SETTING}, and its pg_hba.conf")
            }
            Some("3D000") => {
                format!("there is no database `{database}`; `jarvis init` makes it, or check the name in {SETTING}")
            }
            _ => return from_postgres(error),
        },
        sqlx::Error::Tls(_) => {
            format!(
                "there is no encrypted connection to {host}:{port}; check its certificate, and sslmode in {SETTING}"
            )
        }
        _ => return from_postgres(error),
    };
    let told = ErrorKind::Unavailable.error(message).with_retry_after(RETRY_AFTER);
    match code_of(error).as_ref() {
        // the server says the same in other words
        "28P01" | "3D000" => told,
        _ => told.with_source(cause_of(error)),
    }
}

/// Where the address of the database is set.
const SETTING: &str = "DATABASE_URL (database.url)";

/// Codes are listed in appendix A of PostgreSQL's manual.
fn from_code(code: &str) -> Error {
    match code {
        "23505" => ErrorKind::Conflict.error("this already exists; use another id or name"),
        "23503" => ErrorKind::NotFound.error("something this refers to does not exist; check its ids"),
        "22021" => Error::invalid("text", "it holds a character that cannot be stored, such as U+0000; remove it"),
        "40001" | "40P01" => unavailable("two changes were in each other's way; try again"),
        "55P03" => unavailable("another change holds what this one needs; try again in a moment"),
        "57014" | "25P03" | "25P04" => deadline(),
        "53100" => storage_full(),
        "53200" => unavailable("the database server is short of memory; try again in a moment"),
        "53300" | "53400" => unavailable("the database takes no more connections; try again in a moment"),
        "25006" => unavailable("the database takes no writes now, as while its primary changes; try again in a moment"),
        // as while its operator keeps everybody out
        "55000" | "55006" => unavailable("the database is not to be used now; try again in a moment"),
        "28000" | "28P01" => unavailable("the database refused the user or the password; check its URL"),
        "3D000" => unavailable("there is no such database; create it, or check the name in its URL"),
        "42501" => unavailable("the database user may not do this; grant it the rights on its schema"),
        "XX001" | "XX002" => corrupt(),
        code if is_loss(code) => lost(),
        code if code.starts_with("23") => Error::internal("a constraint of the schema was violated"),
        _ => Error::internal("the database engine failed"),
    }
}

/// The server ended or refused the connection, or became a copy that takes no writes.
fn is_loss(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "25006")
}

fn unavailable(message: &'static str) -> Error {
    ErrorKind::Unavailable.error(message).with_retry_after(RETRY_AFTER)
}

fn storage_full() -> Error {
    ErrorKind::StorageFull
        .error("the database's disk is full; free some space and try again, reading still works")
        .with_retry_after(RETRY_AFTER)
}

fn corrupt() -> Error {
    ErrorKind::Corrupt
        .error("the database holds what the product never wrote; restore a backup, or run `jarvis doctor`")
}

fn lost() -> Error {
    unavailable("the database does not answer; try again in a moment")
}

/// The connection's URL does not parse.
pub(crate) fn unreadable_url() -> Error {
    ErrorKind::Invalid.error(
        "DATABASE_URL (database.url) is no address of a database; write postgresql://user:password@host:port/name",
    )
}

/// The time allowed to a unit or a read is over.
pub(crate) fn deadline() -> Error {
    ErrorKind::DeadlineExceeded
        .error("the database took too long; ask for less at once or try again")
        .with_retry_after(RETRY_AFTER)
}

/// The store was closed.
pub(crate) fn closed() -> Error {
    unavailable("the store is shutting down; try again in a moment")
}

fn no_encryption() -> Error {
    ErrorKind::Unavailable
        .error("no encrypted connection to the database; check its certificate and sslmode in its URL")
}

/// More work is waiting than may wait.
fn overloaded() -> Error {
    unavailable("the store has more to do than it can; try again in a moment")
}

/// The answer to a method that only the product itself may call.
pub(crate) fn system_only() -> Error {
    ErrorKind::Forbidden.error("only the system may do this")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_says_when_to_come_back() {
        for code in
            ["40001", "40P01", "55P03", "55000", "57014", "53100", "53300", "25006", "57P01", "57P03", "08006", "28P01"]
        {
            let error = from_code(code);
            assert!(error.kind().is_temporary() && error.retry_after() == Some(RETRY_AFTER), "{code}: {error:?}");
        }
        for code in ["23505", "23503", "42601", "XX001"] {
            assert_eq!(from_code(code).retry_after(), None, "{code}");
        }
    }

    #[test]
    fn a_wrong_url_is_not_repeated() {
        let error = from_postgres(&sqlx::Error::Configuration("postgresql://me:secret@".into()));
        assert!(!format!("{error:?}").contains("secret"));
    }
}
