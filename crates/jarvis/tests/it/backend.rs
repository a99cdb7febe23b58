//! On what the server under test stands: on itself, or with `JARVIS_TEST_BACKEND=postgres` on PostgreSQL and Redis. The
//! tests are the same; each data directory has a database and a cache of its own.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use jarvis_test_servers::{Database, POSTGRES, Redis, given};

/// Chooses the backend for a whole run.
const VARIABLE: &str = "JARVIS_TEST_BACKEND";

/// Outside servers by the data directory that goes with them.
static OUTSIDE: Mutex<BTreeMap<PathBuf, Outside>> = Mutex::new(BTreeMap::new());

/// What a server stands on when it does not stand on itself; gone with the value.
pub(crate) struct Outside {
    pub(crate) database: Database,
    pub(crate) redis: Redis,
}

impl Outside {
    /// A new database on the server with this URL, and a Redis.
    pub(crate) fn on(postgres: &str) -> Self {
        let database = Database::create(postgres).expect("the test server makes a database");
        Self { database, redis: Redis::start().expect("Redis starts") }
    }

    /// Every row of every table; columns of bytes decoded behind them.
    fn rows(&self) -> Vec<u8> {
        let mut session = self.database.session().unwrap();
        let tables = "SELECT format('SELECT t::text FROM %I.%I t', schemaname, tablename) FROM pg_tables \
                      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
        let tables = session.query(tables).unwrap().into_iter().flatten().flatten();
        let rows = tables.collect::<Vec<_>>().into_iter().flat_map(|sql| session.query(&sql).unwrap());
        let mut all = Vec::new();
        for row in rows.flatten().flatten() {
            all.extend_from_slice(row.as_bytes());
            for hex in row.split("\\x").skip(1) {
                let digits: Vec<u8> =
                    hex.chars().map_while(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
                all.extend(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]));
            }
            all.push(b'\n');
        }
        all
    }

    /// Every key, with the values that are plain strings.
    fn cached(&self) -> Vec<u8> {
        let keys = self.redis.command(&["KEYS", "*"]).unwrap();
        let value = |key: &str| self.redis.command(&["GET", key]).unwrap_or_default();
        keys.lines().flat_map(|key| format!("{key} {}\n", value(key)).into_bytes()).collect()
    }

    /// Makes the command's server stand on it.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env("DATABASE_URL", self.database.url()).env("REDIS_URL", self.redis.url());
    }
}

/// All that stands outside of a data directory, by where it is: rows with sealed columns as they are, and what is cached.
pub(crate) fn contents(data_dir: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let outside = OUTSIDE.lock().unwrap_or_else(PoisonError::into_inner);
    outside
        .get(data_dir)
        .map(|outside| vec![("jarvis.db", outside.rows()), ("redis", outside.cached())])
        .unwrap_or_default()
}

/// Whether the server under test stands on PostgreSQL and Redis.
pub(crate) fn is_outside() -> bool {
    match std::env::var(VARIABLE).as_deref() {
        Err(_) | Ok("" | "embedded") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("{VARIABLE} is `{other}`; it is embedded or postgres"),
    }
}

/// Whether the run is about what is not there beside PostgreSQL: SQLite's file, and defaults. Says that a test is skipped.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn only_embedded(about: &str) -> bool {
    if is_outside() {
        println!("skipped: it is about {about}, which PostgreSQL does not have");
    }
    !is_outside()
}

/// Makes the command's server stand on what belongs to its data directory; the same at each start.
pub(crate) fn tell(command: &mut Command, data_dir: &Path) {
    if !is_outside() {
        return;
    }
    let mut outside = OUTSIDE.lock().unwrap_or_else(PoisonError::into_inner);
    let outside = outside.entry(data_dir.to_owned()).or_insert_with(|| {
        let postgres = given(POSTGRES).expect("the variable that says where PostgreSQL is");
        Outside::on(&postgres)
    });
    outside.tell(command);
}

/// A directory that goes away with the test, and what is outside with it.
pub(crate) struct Dir(tempfile::TempDir);

impl Dir {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let mut outside = OUTSIDE.lock().unwrap_or_else(PoisonError::into_inner);
        outside.retain(|data_dir, _| !data_dir.starts_with(self.0.path()));
    }
}
