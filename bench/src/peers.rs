//! Servers of others that answer the same question.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use jarvis_postgres::testkit::{Beside, create_empty, drop_database, sibling};
use tokio::process::{Child, Command};

/// Someone who answers a list of 20 messages.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) label: String,
    pub(crate) pid: u32,
    pub(crate) url: String,
    /// What share of its CPU ours may take, without and with the cache.
    pub(crate) bars: Option<(f64, f64)>,
}

/// Reads `LABEL=PID=URL`.
pub(crate) fn peer(text: &str) -> Result<Peer, String> {
    let mut parts = text.splitn(3, '=');
    let (Some(label), Some(pid), Some(url)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("write LABEL=PID=URL".to_owned());
    };
    let pid = pid.parse().map_err(|_| "PID is a number")?;
    Ok(Peer { label: label.to_owned(), pid, url: url.to_owned(), bars: None })
}

/// A FastAPI server of one worker; killed when dropped.
#[derive(Debug)]
pub(crate) struct FastApi {
    child: Child,
    url: String,
}

impl FastApi {
    /// Starts `app.py` of a folder on a free port, with a database of its own beside `database`, which `schema.sql` fills when
    /// it is missing.
    pub(crate) async fn start(dir: &Path, python: &Path, database: &str) -> Result<Self> {
        let dsn = own_database(dir, database).await?;
        // free at this moment; who else would take it meanwhile is told by the error
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(python)
            .args(["-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--workers", "1", "--log-level", "warning"])
            .args(["--port", &port.to_string()])
            .current_dir(dir)
            .env("PG_DSN", dsn)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started; name a Python that has uvicorn", python.display()))?;
        let mut started = Self { child, url: format!("http://127.0.0.1:{port}") };
        started.wait().await?;
        Ok(started)
    }

    async fn wait(&mut self) -> Result<()> {
        for _ in 0..300 {
            if let Some(status) = self.child.try_wait()? {
                bail!("uvicorn ended: {status}; see its message above, and the requirements beside its app.py");
            }
            if reqwest::get(format!("{}/health", self.url)).await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("uvicorn did not answer within half a minute")
    }

    /// Its two ways of answering.
    pub(crate) fn peers(&self) -> [Peer; 2] {
        let pid = self.child.id().unwrap_or_default();
        let peer = |label: &str, path, bars| Peer {
            label: label.to_owned(),
            pid,
            url: format!("{}{path}/conversations/1/messages?limit=20", self.url),
            bars: Some(bars),
        };
        [
            peer("FastAPI + SQLAlchemy", "/orm", (1.0 / 10.0, 1.0 / 40.0)),
            peer("FastAPI + asyncpg + pydantic", "", (1.0 / 4.0, 1.0 / 15.0)),
        ]
    }
}

/// The address of a database with the peer's tables.
async fn own_database(dir: &Path, url: &str) -> Result<String> {
    let mut beside = Beside::open(url).await?;
    let name = format!("{}_fastapi", beside.database().await?);
    let there = beside.has_database(&name).await?;
    beside.close().await?;
    let own = sibling(url, &name);
    if !there {
        let file: PathBuf = dir.join("schema.sql");
        let schema = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        create_empty(url, &name).await?;
        if let Err(error) = fill(&own, &schema).await {
            // half of it would be taken for all of it the next time
            drop_database(url, &name).await?;
            return Err(error);
        }
    }
    // what asyncpg and SQLAlchemy both take
    Ok(own.strip_prefix("postgres://").map_or(own.clone(), |rest| format!("postgresql://{rest}")))
}

async fn fill(url: &str, schema: &str) -> Result<()> {
    let mut own = Beside::open(url).await?;
    own.run(schema).await?;
    Ok(own.close().await?)
}
