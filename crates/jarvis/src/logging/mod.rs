//! Where log lines and spans go: lines to standard error or to a file that is rotated, spans to a collector if there is one.

mod file;
mod json;
#[cfg(feature = "otlp")]
mod otlp;

use std::{
    io::{self, IsTerminal},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use jarvis_core::{observe::set_slow_thresholds, ports::SystemClock};
use jarvis_host::config::{LogConfig, LogFormat, TraceConfig};
use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, filter_fn},
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
    reload,
    util::SubscriberInitExt,
};

use file::RotatedFile;
use json::JsonLines;

/// The log of a running server.
#[derive(Clone)]
pub(crate) struct Logging {
    filter: reload::Handle<EnvFilter, Registry>,
    file: Option<Arc<RotatedFile>>,
    traces: Traces,
}

/// The way of spans to a collector, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Traces {
    #[cfg(feature = "otlp")]
    exporter: Option<otlp::Exporter>,
}

impl Logging {
    /// What lets through as much as `config` says.
    #[expect(clippy::unused_self, reason = "only who can change the level has a use for it")]
    pub(crate) fn prepare(&self, config: &LogConfig) -> Result<EnvFilter> {
        filter(&config.level)
    }

    /// Logs what `filter` lets through from now on, and tells what is slow by `config`; format and file stay as they were.
    pub(crate) fn apply(&self, filter: EnvFilter, config: &LogConfig) -> Result<()> {
        set_slow_thresholds(config.slow);
        Ok(self.filter.reload(filter)?)
    }

    /// Opens the file again: whoever rotates it from outside has moved it.
    pub(crate) fn reopen(&self) {
        if let Some(file) = &self.file {
            file.reopen();
        }
    }

    /// Sends what is left of the traces, within this time.
    pub(crate) async fn close(&self, within: Duration) {
        self.traces.close(within).await;
    }
}

impl Traces {
    #[cfg(feature = "otlp")]
    async fn close(&self, within: Duration) {
        if let Some(exporter) = &self.exporter {
            exporter.close(within).await;
        }
    }

    #[cfg(not(feature = "otlp"))]
    #[expect(clippy::unused_async, reason = "the same call with and without traces")]
    async fn close(&self, _within: Duration) {}
}

/// Logging of a server, as configured. Must be called inside the runtime that serves.
pub(crate) fn for_server(log: &LogConfig, traces: &TraceConfig) -> Result<Logging> {
    let file = log.file.as_ref().map(|file| RotatedFile::open(file, Arc::new(SystemClock))).transpose()?;
    let file = file.map(Arc::new);
    let terminal = file.is_none() && io::stderr().is_terminal();
    let json = is_json(log.format, terminal);
    let (filter, handle) = reload::Layer::new(filter(&log.level)?);
    let lines = match &file {
        Some(file) => lines(json, false, Arc::clone(file)),
        None => lines(json, terminal, io::stderr),
    };
    let registry = Registry::default().with(lines.with_filter(filter.and(filter_fn(is_event))));
    let traces = init(registry, traces)?;
    set_slow_thresholds(log.slow);
    Ok(Logging { filter: handle, file, traces })
}

#[cfg(feature = "otlp")]
fn init(
    registry: impl tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync + 'static,
    config: &TraceConfig,
) -> Result<Traces> {
    let Some((exporter, spans)) = otlp::open(config)? else {
        registry.try_init()?;
        return Ok(Traces::default());
    };
    registry.with(spans).try_init()?;
    Ok(Traces { exporter: Some(exporter) })
}

#[cfg(not(feature = "otlp"))]
fn init(
    registry: impl tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync + 'static,
    config: &TraceConfig,
) -> Result<Traces> {
    registry.try_init()?;
    if config.endpoint.is_some() {
        tracing::warn!(
            "traces.endpoint is set, but this build was made without the feature `otlp`: no traces are sent"
        );
    }
    Ok(Traces::default())
}

/// Logging of a command that ends by itself: for people, and nothing below a warning unless more is asked for.
pub(crate) fn for_command(config: &LogConfig) -> Result<()> {
    let level = if config.level == "info" { "warn" } else { &config.level };
    let format = if config.format == LogFormat::Auto { LogFormat::Pretty } else { config.format };
    let terminal = io::stderr().is_terminal();
    let lines = lines(is_json(format, terminal), terminal, io::stderr);
    Registry::default().with(lines.with_filter(filter(level)?)).try_init()?;
    Ok(())
}

fn filter(level: &str) -> Result<EnvFilter> {
    EnvFilter::builder().parse(level).with_context(|| format!("log.level is `{level}`, which cannot be understood"))
}

fn is_json(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !terminal,
    }
}

fn lines<S, W>(json: bool, terminal: bool, to: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(to).with_ansi(terminal);
    if json { lines.event_format(JsonLines).boxed() } else { lines.compact().boxed() }
}
/// Spans make no lines.
fn is_event(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
}
