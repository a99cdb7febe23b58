//! A PostgreSQL server of one's own.

mod database;
mod programs;
mod wire;

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

pub use self::database::Database;
pub use self::programs::PostgresPrograms;
pub use self::wire::{Row, Session};
use crate::home::{Home, User};
use crate::port;
use crate::process::{Process, command, run};

/// Ends it at once without the shared memory of a killed one staying behind.
const AT_ONCE: &str = "QUIT";

/// How often a start is tried while sessions of a killed server notice that they are alone.
const SESSIONS_ENDING: usize = 100;

/// How a server differs from what tests usually want.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Lines of `postgresql.conf`, such as `max_connections = 10`; later ones win.
    pub configuration: Vec<String>,
    /// Whether an acknowledged transaction survives the machine's loss of power. Costs most of the speed.
    pub durable: bool,
    /// Where the data goes instead of a temporary directory, such as a small disk; made when it is not there.
    pub data: Option<PathBuf>,
    /// Which version; the operating system's when none is named.
    pub programs: Option<PostgresPrograms>,
}

/// A running or stopped server; ended and removed with the value.
///
/// Everybody on 127.0.0.1 is `postgres`, without a password. Standbys can be made of it.
#[derive(Debug)]
pub struct Postgres {
    // ends before its home is removed
    process: Option<Process>,
    programs: PostgresPrograms,
    data: PathBuf,
    port: u16,
    home: Home,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub fn start(settings: &Settings) -> io::Result<Self> {
        port::with_port(|port| Self::make(settings, port, None))
    }

    /// Makes a standby that streams from this server, and starts it: ready when it answers reads.
    pub fn standby(&self) -> io::Result<Self> {
        let settings = Settings { programs: Some(self.programs.clone()), ..Settings::default() };
        port::with_port(|port| Self::make(&settings, port, Some(self.port)))
    }

    fn make(settings: &Settings, port: u16, primary: Option<u16>) -> io::Result<Self> {
        let home = Home::new("postgres", User::instead_of_root()?)?;
        let programs = settings.programs.clone().or_else(PostgresPrograms::installed);
        let programs =
            programs.ok_or_else(|| io::Error::other("no PostgreSQL is installed (Debian: postgresql-15)"))?;
        let programs = programs.reachable_from(&home)?;
        let data = settings.data.clone().unwrap_or_else(|| home.path().join("data"));
        if !data.try_exists()? {
            fs::DirBuilder::new().mode(0o700).create(&data)?;
        }
        home.give(&data)?;
        match primary {
            None => initdb(&home, &programs, &data)?,
            Some(primary) => base_backup(&home, &programs, &data, primary)?,
        }
        let mut lines = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?;
        lines.write_all(configuration(settings, port).as_bytes())?;
        let mut server = Self { process: None, programs, data, port, home };
        server.start_again()?;
        Ok(server)
    }

    /// Starts it after it was stopped or killed, with the same data on the same port.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.process = None;
        let program = self.programs.program("postgres");
        for _ in 0..SESSIONS_ENDING {
            let mut process = Process::start(&self.home, AT_ONCE, &program, &[Path::new("-D"), &self.data])?;
            match process.wait_until(&self.home, || self.session()) {
                Ok(_) => {
                    self.process = Some(process);
                    return Ok(());
                }
                Err(error) if error.to_string().contains("still in use") => thread::sleep(Duration::from_millis(50)),
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(format!("sessions of the killed server do not end:\n{}", self.home.end_of_log())))
    }

    /// Stops it as an operator does: sessions are ended, everything is written.
    pub fn stop(&mut self) -> io::Result<()> {
        self.end("INT")
    }

    /// SIGKILL: what was not yet written must come from the log.
    pub fn kill(&mut self) -> io::Result<()> {
        self.end("KILL")
    }

    fn end(&mut self, signal: &str) -> io::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.end(signal).map(|_| ())
    }

    /// Makes a standby the primary; returns when it takes writes.
    pub fn promote(&self) -> io::Result<()> {
        self.session()?.query("SELECT pg_promote(true, 60)").map(|_| ())
    }

    /// From now on a transaction is acknowledged only when a standby has it too.
    pub fn wait_for_standbys(&self) -> io::Result<()> {
        let mut session = self.session()?;
        session.query("ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        session.query("SELECT pg_reload_conf()").map(|_| ())
    }

    /// Makes a file or directory the server's own, such as a place for tables.
    pub fn give(&self, path: &Path) -> io::Result<()> {
        self.home.give(path)
    }

    /// Process of the postmaster; `None` while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Address of the database that is there from the beginning.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Address of a database.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A connection to the database that is there from the beginning.
    pub fn session(&self) -> io::Result<Session> {
        Session::open(&self.url())
    }

    /// The last lines of its log.
    pub fn end_of_log(&self) -> String {
        self.home.end_of_log()
    }
}

fn initdb(home: &Home, programs: &PostgresPrograms, data: &Path) -> io::Result<()> {
    let mut initdb = command(home, &programs.program("initdb"));
    initdb.arg("-D").arg(data);
    initdb.args(["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
    run(&mut initdb).map(|_| ())
}

fn base_backup(home: &Home, programs: &PostgresPrograms, data: &Path, primary: u16) -> io::Result<()> {
    let mut backup = command(home, &programs.program("pg_basebackup"));
    backup.arg("-D").arg(data).args(["-h", "127.0.0.1", "-p", &primary.to_string(), "-U", "postgres"]);
    run(backup.args(["-R", "-X", "stream", "-c", "fast", "--no-sync"])).map(|_| ())
}

fn configuration(settings: &Settings, port: u16) -> String {
    let mut lines = vec![
        format!("port = {port}"),
        "listen_addresses = '127.0.0.1'".to_owned(),
        "unix_socket_directories = ''".to_owned(),
        "max_connections = 300".to_owned(),
        "wal_level = logical".to_owned(),
        "max_wal_senders = 20".to_owned(),
        "max_replication_slots = 20".to_owned(),
        "wal_keep_size = 64MB".to_owned(),
        "hot_standby = on".to_owned(),
        "logging_collector = off".to_owned(),
        "log_destination = stderr".to_owned(),
    ];
    if !settings.durable {
        lines.push("fsync = off\nfull_page_writes = off".to_owned());
    }
    lines.extend_from_slice(&settings.configuration);
    format!("\n{}\n", lines.join("\n"))
}
