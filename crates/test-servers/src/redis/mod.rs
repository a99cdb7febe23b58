//! A Redis server of one's own.

mod cluster;
mod sentinel;
mod wire;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};

pub use self::cluster::Cluster;
pub use self::sentinel::Sentinels;
pub use self::wire::redis_command;
use crate::home::Home;
use crate::port;
use crate::process::Process;

/// It keeps nothing on disk that is not removed with it.
const AT_ONCE: &str = "KILL";

/// A running or stopped server that stands alone; ended with the value.
#[derive(Debug)]
pub struct Redis {
    process: Option<Process>,
    kind: Kind,
    port: u16,
    home: Home,
}

/// What one program can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Sentinel,
}

impl Redis {
    /// Starts one that keeps everything in memory only.
    pub fn start() -> io::Result<Self> {
        Self::start_with("")
    }

    /// Starts one with more lines of configuration, such as `maxmemory 1mb`.
    pub fn start_with(configuration: &str) -> io::Result<Self> {
        port::with_port(|port| Self::make(Kind::Data, port, configuration))
    }

    fn make(kind: Kind, port: u16, configuration: &str) -> io::Result<Self> {
        let home = Home::new("redis", None)?;
        // Sentinel writes what it learns into its file
        let mut file = fs::File::create(home.path().join("configuration"))?;
        write!(file, "port {port}\nbind 127.0.0.1\ndir {}\n", home.path().display())?;
        if kind == Kind::Data {
            writeln!(file, "save \"\"\nappendonly no\nrepl-diskless-sync-delay 0")?;
        }
        writeln!(file, "{configuration}")?;
        let mut server = Self { process: None, kind, port, home };
        server.start_again()?;
        Ok(server)
    }

    /// Starts it after it was stopped or killed, on the same port; what it held in memory is gone.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.process = None;
        let mut arguments = vec![self.home.path().join("configuration")];
        if self.kind == Kind::Sentinel {
            arguments.push("--sentinel".into());
        }
        let mut process = Process::start(&self.home, AT_ONCE, OsStr::new("redis-server"), &arguments)?;
        process.wait_until(&self.home, || self.command(&["PING"]))?;
        self.process = Some(process);
        Ok(())
    }

    /// Stops it as an operator does.
    pub fn stop(&mut self) -> io::Result<()> {
        self.end("TERM")
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> io::Result<()> {
        self.end("KILL")
    }

    fn end(&mut self, signal: &str) -> io::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.end(signal).map(|_| ())
    }

    /// It still accepts connections and answers nothing, until [`resume`](Self::resume).
    pub fn pause(&self) -> io::Result<()> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal("STOP"))
    }

    /// Undoes [`pause`](Self::pause).
    pub fn resume(&self) -> io::Result<()> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal("CONT"))
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Sends one command; the reply as text, the elements of an array on lines of their own.
    pub fn command(&self, words: &[&str]) -> io::Result<String> {
        redis_command(self.port, words)
    }

    /// Waits until the command's reply holds these words.
    fn wait_for(&mut self, words: &[&str], expected: &str) -> io::Result<()> {
        let port = self.port;
        let Some(process) = &mut self.process else { return Err(io::Error::other("the server was stopped")) };
        process.wait_until(&self.home, || {
            let reply = redis_command(port, words)?;
            if reply.contains(expected) { Ok(()) } else { Err(io::Error::other(reply)) }
        })
    }
}
