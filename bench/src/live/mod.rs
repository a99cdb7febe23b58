//! Live answers: what Jarvis adds to a model's own tokens, what a thousand streams and ten thousand sockets cost.
//!
//! `upstream` is a model that answers at a fixed rate, `http` one streamed request, `readers` many, `tokens` what both know of a token,
//! `streams`, `first_token` and `sockets` are the measurements.

mod first_token;
mod http;
mod readers;
mod sockets;
mod streams;
mod tokens;
mod upstream;
mod websocket;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Args;

use crate::report::Report;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server to start.
    #[arg(long, default_value = "target/release/jarvis")]
    binary: PathBuf,
    /// A directory for the data directories of this measurement; they are made in it and removed.
    #[arg(long)]
    dir: PathBuf,
    /// A data directory that `fill --memories 100000` made; without one, the time to the first token is not measured.
    #[arg(long)]
    filled: Option<PathBuf>,
    /// Streams at once; 0 leaves them out.
    #[arg(long, default_value_t = 1_000)]
    streams: usize,
    /// Tokens a second of each stream.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// The delay is that of every so-many-th stream. The others are emptied four times a second, so that reading them takes
    /// less of the processor that is measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    watched: u16,
    /// Seconds that the streams run.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Sockets at once; 0 leaves them out.
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Chats whose first token is waited for.
    #[arg(long, default_value_t = 300)]
    chats: usize,
    /// Milliseconds between one chat's end and the next: what an answer leaves to be done is done in them, or measured with
    /// the next. People take seconds.
    #[arg(long, default_value_t = 2)]
    pause: u64,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

impl Options {
    fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Measures one after the other.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    if let Some(filled) = &options.filled {
        first_token::measure(&mut report, options, filled).await?;
    }
    if options.streams > 0 {
        streams::measure(&mut report, options).await?;
    }
    if options.sockets > 0 {
        sockets::measure(&mut report, options).await?;
    }
    report.print(options.json)
}
