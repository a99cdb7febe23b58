//! One file per noun: its statements, its rows, and core's traits over them.

mod accounts;
mod activity;
mod api_keys;
mod append;
pub(crate) mod audit;
mod conversations;
mod erasures;
mod foreign_ids;
mod generations;
mod idempotency;
mod invites;
mod latest_page;
mod logins;
mod memories;
mod messages;
mod nodes;
pub(crate) mod outbox;
mod owned;
mod restore;
mod sealing;
mod sessions;
mod stats;
pub(crate) mod users;

use jarvis_core::{
    Error, ErrorKind, Result,
    types::{Cursor, Page},
};

/// Rows a list answers at most, whatever is asked.
pub(crate) const MAX_LIST: u32 = 1000;

/// Ids a lookup takes at most.
const MAX_IDS: usize = 1000;

/// Something was to be added under an id that is in use.
fn taken() -> Error {
    ErrorKind::Conflict.error("this already exists; use another id or name")
}

fn check_ids(count: usize) -> Result<()> {
    if count > MAX_IDS {
        return Err(Error::invalid("ids", format!("ask for at most {MAX_IDS} at once")));
    }
    Ok(())
}

/// The rows to read so that the last tells whether there are more.
fn one_more(limit: u32) -> i64 {
    i64::from(limit.min(MAX_LIST)) + 1
}

/// Makes a page of rows read with [`one_more`].
fn page<T>(mut items: Vec<T>, limit: u32, total: u64, cursor: impl FnOnce(&T) -> Cursor) -> Page<T> {
    let limit = limit.min(MAX_LIST) as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next, total }
}
