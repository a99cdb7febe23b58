//! What tests and benchmarks do to a database beside the store: copies of it, copies with fewer indexes, and how the server
//! finds rows. Feature `testkit`; nothing of it is in the product.

use jarvis_core::{
    Error, Result,
    id::{ConversationId, MemoryId, MessageId, UserId},
    types::OutboxSeq,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::fmt::Display;

use crate::{error::Failure, pool};

/// Which indexes a copy keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Those that hold what must be unique, primary keys among them.
    Unique,
    /// Primary keys and what constraints stand on.
    Keys,
}

/// The address of another database of the same server.
pub fn sibling(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, String::new()), |(base, query)| (base, format!("?{query}")));
    let server = base.rsplit_once('/').map_or(base, |(server, _)| server);
    format!("{server}/{name}{query}")
}

/// A connection to a database, past the store.
#[derive(Debug)]
pub struct Beside(PgConnection);

impl Beside {
    /// Connects.
    ///
    /// Errors: `Invalid` for a URL that is none, `Unavailable` when the server cannot be reached.
    pub async fn open(url: &str) -> Result<Self> {
        let options = pool::parse(url)?;
        Ok(Self(options.connect().await.map_err(known)?))
    }

    /// Runs statements, each by itself; none may hold a semicolon.
    pub async fn run(&mut self, statements: &str) -> Result<()> {
        for statement in statements.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            self.0.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.map_err(known)?;
        }
        Ok(())
    }

    /// Ends the connection, which else would be in the way of who copies the database.
    pub async fn close(self) -> Result<()> {
        self.0.close().await.map_err(known)
    }

    /// The database that it is connected to.
    pub async fn database(&mut self) -> Result<String> {
        self.ask("SELECT current_database()::text").await
    }

    /// Whether the server has a database of this name.
    pub async fn has_database(&mut self, name: &str) -> Result<bool> {
        let there = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)");
        there.bind(name).fetch_one(&mut self.0).await.map_err(known)
    }

    /// The server's process that serves this connection.
    pub async fn pid(&mut self) -> Result<i32> {
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut self.0).await.map_err(known)
    }

    /// The server's version, such as `15.14`.
    pub async fn version(&mut self) -> Result<String> {
        self.ask("SELECT current_setting('server_version')").await
    }

    /// Drops the indexes that are none of those. Answers their names, in order.
    pub async fn drop_indexes(&mut self, kept: Kept) -> Result<Vec<String>> {
        let found = "SELECT c.relname::text
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = current_schema()::regnamespace
                AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
                AND NOT (i.indisunique AND $1)
            ORDER BY 1";
        let found: Vec<String> =
            sqlx::query_scalar(found).bind(kept == Kept::Unique).fetch_all(&mut self.0).await.map_err(known)?;
        for index in &found {
            self.run(&format!("DROP INDEX \"{index}\"")).await?;
        }
        Ok(found)
    }

    /// From now on plans serve all values, whatever those at hand are.
    pub async fn plan_for_all_values(&mut self) -> Result<()> {
        self.run("SET plan_cache_mode = force_generic_plan").await
    }

    /// How the server runs a statement, with `options` of EXPLAIN such as `ANALYZE`. `values` are SQL; without them each
    /// parameter is NULL.
    pub async fn plan(&mut self, options: &str, sql: &str, values: Option<&[String]>) -> Result<Vec<String>> {
        self.0.execute(sqlx::raw_sql(AssertSqlSafe(format!("PREPARE tried AS {sql}")))).await.map_err(known)?;
        let plan = self.plan_prepared(options, values).await;
        self.run("DEALLOCATE tried").await?;
        plan
    }

    async fn plan_prepared(&mut self, options: &str, values: Option<&[String]>) -> Result<Vec<String>> {
        let values = if let Some(values) = values {
            values.to_vec()
        } else {
            let count =
                "SELECT coalesce(array_length(parameter_types, 1), 0) FROM pg_prepared_statements WHERE name = 'tried'";
            let count: i32 = sqlx::query_scalar(count).fetch_one(&mut self.0).await.map_err(known)?;
            vec!["NULL".to_owned(); count as usize]
        };
        let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
        let explain = format!("EXPLAIN ({options}) EXECUTE tried{values}");
        sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(&mut self.0).await.map_err(known)
    }

    async fn ask(&mut self, sql: &'static str) -> Result<String> {
        sqlx::query_scalar(sql).fetch_one(&mut self.0).await.map_err(known)
    }
}

fn known(error: sqlx::Error) -> Error {
    Error::from(Failure::from(error))
}

/// Copies a database, which nobody may be connected to. Answers where the copy is.
pub async fn copy(url: &str, name: &str) -> Result<String> {
    let mut original = Beside::open(url).await?;
    let from = original.database().await?;
    original.close().await?;
    create(url, name, &from).await
}

/// Makes an empty database on the server of another one. Answers where it is.
pub async fn create_empty(url: &str, name: &str) -> Result<String> {
    create(url, name, "template0").await
}

async fn create(url: &str, name: &str, template: &str) -> Result<String> {
    let mut server = Beside::open(&sibling(url, "postgres")).await?;
    server.run(&format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"")).await?;
    server.close().await?;
    Ok(sibling(url, name))
}

/// Drops a database of a server, whoever uses it.
pub async fn drop_database(url: &str, name: &str) -> Result<()> {
    let mut server = Beside::open(&sibling(url, "postgres")).await?;
    server.run(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await?;
    server.close().await
}

/// What a database holds, to be asked for.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Whose it is.
    pub user: UserId,
    /// A conversation.
    pub conversation: ConversationId,
    /// Messages, not all of one conversation.
    pub messages: Vec<MessageId>,
    /// Memories, if there are any.
    pub memories: Vec<MemoryId>,
    /// A place in the outbox.
    pub outbox: OutboxSeq,
}

/// A statement of a frequent request, with a value for each parameter, as SQL.
#[derive(Clone, Debug)]
pub struct Read {
    /// Its file below `sql/`.
    pub name: &'static str,
    /// The statement.
    pub sql: &'static str,
    /// Its parameters.
    pub values: Vec<String>,
}

macro_rules! read {
    ($name:literal, $($value:expr),*) => {
        Read {
            name: $name,
            sql: include_str!(concat!("../sql/", $name, ".sql")),
            values: [$(&$value as &dyn Display),*].map(|value| value.to_string()).to_vec(),
        }
    };
}

/// The statements of the store's main reads.
pub fn reads(of: &Samples) -> Vec<Read> {
    let Samples { user, conversation, messages, memories, outbox } = of;
    let (user, conversation) = (literal(&user), literal(&conversation));
    let message = messages.first().map_or_else(|| "NULL".to_owned(), literal);
    let (last_time, last_id) = ("'294000-01-01'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'");
    let mut reads = vec![
        read!("conversations/list", user, "'open'", last_time, last_id, 61),
        read!("messages/latest_page", conversation, user, "21"),
        read!("messages/page_head", conversation, user, "NULL"),
        read!("messages/page", conversation, 101, "NULL", 21),
        read!("messages/get", message, user),
        read!("messages/answer", message, user),
        read!("messages/branch", message, user, 20),
        read!("messages/around", array(messages), user, 2),
        read!("messages/hydrate", array(messages), user),
        read!("outbox/after", outbox, 500, i64::MAX),
    ];
    if !memories.is_empty() {
        let now = "now()";
        reads.extend([
            read!("memories/list", user, last_time, last_id, false, false, now, "NULL", "NULL", "NULL", 51),
            read!("memories/count", user, false, false, now, "NULL", "NULL", "NULL"),
            read!("memories/hydrate", array(memories), user, now),
            read!("memories/same_content", user, r"'\x00000000000000000000000000000000'", now),
        ]);
    }
    reads
}

fn literal(id: &impl ToString) -> String {
    format!("'{}'", id.to_string())
}

fn array<T: ToString>(ids: &[T]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("'{{{}}}'", ids.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_beside_another_is_asked_in_the_same_way() {
        let beside = |url| sibling(url, "b");
        assert_eq!(beside("postgresql://u@127.0.0.1:5432/a"), "postgresql://u@127.0.0.1:5432/b");
        assert_eq!(
            beside("postgresql://u@h/a?sslmode=require&host=/run"),
            "postgresql://u@h/b?sslmode=require&host=/run"
        );
    }
}
