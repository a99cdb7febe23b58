//! Making a database where there is none yet.

use jarvis_core::{ErrorKind, Result};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};

use crate::{
    error::{cause_of, code_of, unconnected},
    pool,
};

/// The database that every server has.
const MAINTENANCE: &str = "postgres";

/// Makes the database that `url` names, unless it is there. Answers whether it was made.
///
/// Errors: `Forbidden` with the statement for an administrator when the user may not make it; `Unavailable` when the server cannot
/// be reached or refuses; `Invalid` for a URL that is none.
pub async fn create_database(url: &str) -> Result<bool> {
    let options = pool::parse(url)?;
    match options.connect().await {
        Ok(connection) => {
            let _ = connection.close().await; // it is there
            return Ok(false);
        }
        Err(error) if code_of(&error) == "3D000" => {}
        Err(error) => return Err(unconnected(&error, &options)),
    }
    match create(&options).await {
        Ok(()) => Ok(true),
        // somebody else made it a moment ago
        Err(error) if matches!(code_of(&error).as_ref(), "42P04" | "23505") => Ok(false),
        Err(error) => Err(by_administrator(&error, &options)),
    }
}

async fn create(options: &PgConnectOptions) -> std::result::Result<(), sqlx::Error> {
    let mut connection = options.clone().database(MAINTENANCE).connect().await?;
    let sql = format!("CREATE DATABASE {}", quoted(pool::database_of(options)));
    let made = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await;
    let _ = connection.close().await; // whatever was asked is done
    made.map(drop)
}

fn by_administrator(error: &sqlx::Error, options: &PgConnectOptions) -> jarvis_core::Error {
    let (name, user) = (pool::database_of(options), options.get_username());
    let sql = format!("CREATE DATABASE {} OWNER {};", quoted(name), quoted(user));
    let message = format!(
        "there is no database `{name}`, and user `{user}` could not make it; let an administrator run this, and then \
         `jarvis init` again: {sql}"
    );
    ErrorKind::Forbidden.error(message).with_source(cause_of(error))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
