//! Making the tables.
//!
//! They are none of the store's migrations: an index can be made again at any time, and may lie in another database.

use super::lexemes::VERSION;
use crate::{db::Db, error::Attempt};

/// Names the lock under which the tables are made among the database's advisory locks.
const LOCK: i64 = i64::from_be_bytes(*b"jrvstext");

/// Makes the tables where there are none, and again where they are of another version. Within a unit.
pub(super) async fn prepare(db: &mut Db) -> Attempt<()> {
    sqlx::query_file!("sql/locks/transaction.sql", LOCK).execute(db.connection()).await?;
    let exists = sqlx::query_file_scalar!("sql/text/exists.sql").fetch_one(db.connection()).await?;
    let version = if exists {
        sqlx::query_file_scalar!("sql/text/version.sql").fetch_optional(db.connection()).await?
    } else {
        None
    };
    if version != Some(VERSION) {
        db.run(include_str!("../../sql/text/drop.sql")).await?;
        db.run(include_str!("../../sql/text/create.sql")).await?;
        sqlx::query_file!("sql/text/begin.sql", VERSION).execute(db.connection()).await?;
    }
    Ok(())
}
