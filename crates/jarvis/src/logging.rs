//! Where log lines go: to standard error, always.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use jarvis_host::config::{LogConfig, LogFormat};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, registry::LookupSpan, reload, util::SubscriberInitExt,
};

/// Changes what is logged while running.
#[derive(Clone)]
pub(crate) struct LogLevel(reload::Handle<EnvFilter, Registry>);

impl LogLevel {
    /// What lets through as much as `config` says.
    #[expect(clippy::unused_self, reason = "only who can change the level has a use for it")]
    pub(crate) fn prepare(&self, config: &LogConfig) -> Result<EnvFilter> {
        filter(&config.level)
    }

    /// Logs what `filter` lets through from now on; the format stays as it was.
    pub(crate) fn apply(&self, filter: EnvFilter) -> Result<()> {
        Ok(self.0.reload(filter)?)
    }
}

/// Logging of a server, as configured.
pub(crate) fn for_server(config: &LogConfig) -> Result<LogLevel> {
    init(filter(&config.level)?, config.format)
}

/// Logging of a command that ends by itself: for people, and nothing below a warning unless more is asked for.
pub(crate) fn for_command(config: &LogConfig) -> Result<()> {
    let level = if config.level == "info" { "warn" } else { &config.level };
    let format = if config.format == LogFormat::Auto { LogFormat::Pretty } else { config.format };
    init(filter(level)?, format).map(drop)
}

fn filter(level: &str) -> Result<EnvFilter> {
    EnvFilter::builder().parse(level).with_context(|| format!("log.level is `{level}`, which cannot be understood"))
}

fn init(filter: EnvFilter, format: LogFormat) -> Result<LogLevel> {
    let terminal = std::io::stderr().is_terminal();
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !terminal,
    };
    let (filter, handle) = reload::Layer::new(filter);
    Registry::default().with(filter).with(lines(json, terminal)).try_init()?;
    Ok(LogLevel(handle))
}

fn lines<S>(json: bool, terminal: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(terminal);
    if json { lines.json().flatten_event(true).boxed() } else { lines.compact().boxed() }
}
