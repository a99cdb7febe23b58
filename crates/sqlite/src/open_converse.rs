//! Databases of OpenConverse. They come from outside, so nothing in them is run: only plain tables are read, with the
//! columns that are there, and a database that makes SQLite work without end is given up.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, NaiveDateTime};
use jarvis_core::{
    ErrorKind, Result, Timestamp,
    ports::{OpenConverseReader, OpenConverseRow, RowKey},
};
use rusqlite::{Connection, OpenFlags, Row, config::DbConfig, limits::Limit, types::ValueRef};

use crate::error::Attempt;

/// Bytes of one value at most.
const MAX_VALUE: i32 = 16 << 20;
/// Steps of SQLite's machine without a row, in thousands: sorting some million messages takes a twentieth of it.
const MAX_KILOSTEPS: u64 = 2_000_000;

/// Reads them as files.
#[derive(Clone, Copy, Debug)]
pub struct OpenConverseFiles;

impl OpenConverseReader for OpenConverseFiles {
    fn read(&self, path: &Path, tell: &mut dyn FnMut(OpenConverseRow) -> bool) -> Result<()> {
        let damaged = "the database cannot be read; it is damaged, or a part of it is missing";
        let source = open(path).map_err(|failure| ErrorKind::Malformed.error(damaged).with_source(known(failure)))?;
        if source.plans.is_empty() {
            let message = "the database is none of OpenConverse; its tables are not there";
            return Err(jarvis_core::Error::invalid("body", message).with_code("not_an_export"));
        }
        for plan in &source.plans {
            let wanted = source.rows(plan, tell);
            if !wanted.map_err(|failure| ErrorKind::Malformed.error(damaged).with_source(known(failure)))? {
                break;
            }
        }
        Ok(())
    }
}

fn known(failure: crate::error::Failure) -> jarvis_core::Error {
    failure.into()
}

struct Source {
    connection: Connection,
    plans: Vec<Plan>,
    /// Thousands of steps since the last row.
    steps: Arc<AtomicU64>,
}

/// A statement, and what its rows are.
struct Plan {
    sql: String,
    read: fn(&Row<'_>) -> Option<OpenConverseRow>,
    table: &'static str,
}

fn open(path: &Path) -> Attempt<Source> {
    // immutable: no lock, no journal and no shared memory beside a file that nobody writes
    let uri = format!("file:{}?immutable=1", escaped(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "query_only", true)?;
    let steps = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&steps);
    connection.progress_handler(1_000, Some(move || counted.fetch_add(1, Ordering::Relaxed) > MAX_KILOSTEPS))?;
    let plans = plans(&Tables(&connection))?;
    Ok(Source { connection, plans, steps })
}

/// A path as a URI takes it.
fn escaped(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What the database has.
struct Tables<'c>(&'c Connection);

impl Tables<'_> {
    /// The columns of a plain table, none when there is no such.
    fn columns(&self, table: &str) -> Attempt<Vec<String>> {
        let plain = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND rootpage > 0";
        let count: i64 = self.0.query_row(plain, [table], |row| row.get(0))?;
        if count != 1 {
            return Ok(Vec::new());
        }
        let mut statement = self.0.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let names = statement.query_map([table], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }
}

/// What is read, for the tables that are there.
fn plans(tables: &Tables<'_>) -> Attempt<Vec<Plan>> {
    let mut plans = Vec::new();
    let message = tables.columns("message")?;
    for (name, table) in [("session", "session"), ("persona", "persona")] {
        let columns = tables.columns(name)?;
        if has(&columns, &["id", "name"]) {
            let (at, role) = (column(&columns, "", "created_at"), column(&columns, "", "role"));
            let goals = column(&columns, "", "goals");
            let sql = format!("SELECT id, {at}, name, {role}, {goals} FROM {name} ORDER BY id");
            plans.push(Plan { sql, read: session, table });
            if has(&message, &["id", "session_id", "role", "content"]) {
                plans.extend(of_sessions(name, &columns, &message));
            }
        }
    }
    let conversation = tables.columns("conversation")?;
    if has(&conversation, &["id"]) && has(&message, &["id", "conversation_id", "role", "content"]) {
        plans.extend(of_conversations(tables, &conversation, &message)?);
    }
    for table in ["long_term_memory", "short_term_memory", OpenConverseRow::DOCUMENTS] {
        let columns = tables.columns(table)?;
        if has(&columns, &["id", "content"]) {
            let (at, until) = (column(&columns, "", "created_at"), column(&columns, "", "expires_at"));
            let sql = format!("SELECT id, {at}, content, {until} FROM {table} ORDER BY id");
            let read = match table {
                "long_term_memory" => |row: &Row<'_>| memory(row, "long_term_memory"),
                "short_term_memory" => |row: &Row<'_>| memory(row, "short_term_memory"),
                _ => |row: &Row<'_>| memory(row, OpenConverseRow::DOCUMENTS),
            };
            plans.push(Plan { sql, read, table });
        }
    }
    Ok(plans)
}

/// The form in which a session is one conversation.
fn of_sessions(session: &str, columns: &[String], message: &[String]) -> [Plan; 2] {
    let (at, status) = (column(columns, "s.", "created_at"), column(columns, "s.", "status"));
    let model = column(columns, "s.", "model_id");
    let ts = column(message, "m.", "ts");
    [
        Plan {
            sql: format!("SELECT s.id, {at}, s.id, {at}, s.name, {status} FROM {session} s ORDER BY s.id"),
            read: conversation,
            table: "session",
        },
        Plan {
            sql: format!(
                "SELECT m.id, m.session_id, s.id, {at}, m.role, m.content, {ts}, {model} FROM message m \
                 LEFT JOIN {session} s ON s.id = m.session_id ORDER BY m.session_id, {ts}, m.id"
            ),
            read: message_row,
            table: "message",
        },
    ]
}

/// The forms in which a session, or a persona, has conversations.
fn of_conversations(tables: &Tables<'_>, columns: &[String], message: &[String]) -> Attempt<[Plan; 2]> {
    let (at, status) = (column(columns, "c.", "created_at"), column(columns, "c.", "status"));
    let ts = column(message, "m.", "ts");
    let mut owner = ("NULL".to_owned(), "NULL".to_owned(), String::new());
    for (table, link) in [("session", "session_id"), ("persona", "persona_id")] {
        let owners = tables.columns(table)?;
        if has(columns, &[link]) && has(&owners, &["id"]) {
            let join = format!("LEFT JOIN {table} o ON o.id = c.{link}");
            owner = ("o.id".to_owned(), column(&owners, "o.", "created_at"), join);
        }
    }
    let (owner_id, owner_at, join) = owner;
    Ok([
        Plan {
            sql: format!(
                "SELECT c.id, {at}, {owner_id}, {owner_at}, NULL, {status} FROM conversation c {join} ORDER BY c.id"
            ),
            read: conversation,
            table: "conversation",
        },
        Plan {
            sql: format!(
                "SELECT m.id, m.conversation_id, c.id, {at}, m.role, m.content, {ts}, NULL FROM message m \
                 LEFT JOIN conversation c ON c.id = m.conversation_id ORDER BY m.conversation_id, {ts}, m.id"
            ),
            read: message_row,
            table: "message",
        },
    ])
}

fn has(columns: &[String], names: &[&str]) -> bool {
    names.iter().all(|name| columns.iter().any(|column| column == name))
}

/// A column, or nothing where there is none.
fn column(columns: &[String], of: &str, name: &str) -> String {
    if has(columns, &[name]) { format!("{of}{name}") } else { "NULL".to_owned() }
}

impl Source {
    /// Tells the rows of a statement; answers whether more is wanted.
    fn rows(&self, plan: &Plan, tell: &mut dyn FnMut(OpenConverseRow) -> bool) -> Attempt<bool> {
        let mut statement = self.connection.prepare(&plan.sql)?;
        let mut rows = statement.query([])?;
        loop {
            self.steps.store(0, Ordering::Relaxed);
            let Some(row) = rows.next()? else { return Ok(true) };
            let id = integer(row, 0).unwrap_or(0);
            let read = (plan.read)(row).unwrap_or(OpenConverseRow::Unreadable { table: plan.table, id });
            if !tell(read) {
                return Ok(false);
            }
        }
    }
}

fn session(row: &Row<'_>) -> Option<OpenConverseRow> {
    let (name, role, goals) = (text(row, 2)?, text(row, 3), text(row, 4));
    Some(OpenConverseRow::Session { key: key(row, 0)?, name, role, goals })
}

fn conversation(row: &Row<'_>) -> Option<OpenConverseRow> {
    let is_archived = text(row, 5).is_some_and(|status| status != "open");
    Some(OpenConverseRow::Conversation { key: key(row, 0)?, session: key(row, 2), title: text(row, 4), is_archived })
}

fn message_row(row: &Row<'_>) -> Option<OpenConverseRow> {
    Some(OpenConverseRow::Message {
        id: integer(row, 0)?,
        conversation: key(row, 2),
        role: text(row, 4)?,
        content: text(row, 5)?,
        at: time(row, 6),
        model: text(row, 7),
    })
}

fn memory(row: &Row<'_>, table: &'static str) -> Option<OpenConverseRow> {
    Some(OpenConverseRow::Memory { table, key: key(row, 0)?, content: text(row, 2)?, expires_at: time(row, 3) })
}

/// A number, and the moment beside it.
fn key(row: &Row<'_>, at: usize) -> Option<RowKey> {
    Some(RowKey { id: integer(row, at)?, created_at: time(row, at + 1) })
}

fn integer(row: &Row<'_>, at: usize) -> Option<i64> {
    row.get_ref(at).ok()?.as_i64().ok()
}

fn text(row: &Row<'_>, at: usize) -> Option<String> {
    match row.get_ref(at).ok()? {
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

/// Seconds since 1970, RFC 3339, or SQLite's own form in UTC.
fn time(row: &Row<'_>, at: usize) -> Option<Timestamp> {
    match row.get_ref(at).ok()? {
        ValueRef::Integer(seconds) => Some(Timestamp::from_micros(seconds.checked_mul(1_000_000)?)),
        ValueRef::Real(seconds) => Some(Timestamp::from_micros((seconds * 1e6) as i64)),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).ok()?;
            let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_micros());
            let plain = || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f");
            let micros = zoned.or_else(|_| plain().map(|at| at.and_utc().timestamp_micros()));
            micros.ok().map(Timestamp::from_micros)
        }
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}
