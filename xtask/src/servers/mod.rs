//! The servers that tests talk to: installed when they are missing, started in parallel, told in environment variables.

mod command;
mod kinds;
pub(crate) mod pgvector;

use std::any::Any;
use std::env;
use std::fmt;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result};

pub(crate) use self::command::Options;
pub(crate) use self::kinds::Kind;
use self::kinds::SERVERS;
use crate::prepare;

/// Servers that run until this value ends, and where they are.
#[derive(Default)]
pub(crate) struct Servers {
    running: Vec<Running>,
}

/// One entry of [`Servers`].
struct Running {
    /// `None` when somebody else runs it.
    _server: Option<Server>,
    variable: &'static str,
    url: String,
}

/// Whatever it is: it ends when it is dropped.
type Server = Box<dyn Any + Send>;

impl Servers {
    /// Starts all but those left out. One whose variable is set already is somebody else's, and used as it is.
    pub(crate) fn start(without: &[Kind]) -> Result<Self> {
        let begun = Instant::now();
        let wanted: Vec<_> = SERVERS.iter().filter(|server| !without.contains(&server.kind)).collect();
        let (given, wanted): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|server| env::var_os(server.variable).is_some());
        prepare::ensure(wanted.iter().flat_map(|server| server.kind.needs()))?;
        let mut running = given
            .into_iter()
            .map(|server| Ok(Running { _server: None, variable: server.variable, url: env::var(server.variable)? }))
            .collect::<Result<Vec<_>>>()?;
        let started: Vec<Result<Running>> = thread::scope(|scope| {
            let starting: Vec<_> = wanted.iter().map(|server| (server, scope.spawn(server.start))).collect();
            starting
                .into_iter()
                .map(|(server, thread)| {
                    let started = thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("starting it panicked")));
                    let (started, url) = started.with_context(|| {
                        format!(
                            "{} cannot be had; `--without {}` leaves its tests out",
                            server.name,
                            server.kind.name()
                        )
                    })?;
                    Ok(Running { _server: Some(started), variable: server.variable, url })
                })
                .collect()
        });
        let count = started.len();
        for started in started {
            running.push(started?);
        }
        if count > 0 {
            eprintln!("{count} servers were started in {:.1} s", begun.elapsed().as_secs_f64());
        }
        Ok(Self { running })
    }

    /// Variables that tell the tests where each of them is.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.running.iter().map(|running| (running.variable, running.url.as_str()))
    }
}

impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.running.len() {
            0 => f.write_str("none are needed"),
            count => write!(f, "{count} run"),
        }
    }
}
