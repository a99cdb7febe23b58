//! What is told of the running product: its log, what is slow, traces.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jarvis_core::{Result, observe::SlowThresholds};
use serde::{Deserialize, Serialize};

use super::resolve::Judge;

/// The section `log`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLog {
    level: String,
    format: String,
    file: String,
    max_mib: u32,
    rotate_hours: u32,
    keep: u32,
    slow: RawSlow,
}

/// The section `log.slow`, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to the name of each key")]
struct RawSlow {
    request_ms: u32,
    store_ms: u32,
    search_ms: u32,
    first_token_ms: u32,
}

/// The section `traces`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTraces {
    endpoint: String,
}

impl Default for RawLog {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: "auto".to_owned(),
            file: String::new(),
            max_mib: 64,
            rotate_hours: 24,
            keep: 7,
            slow: RawSlow::default(),
        }
    }
}

impl Default for RawSlow {
    fn default() -> Self {
        Self { request_ms: 1_000, store_ms: 250, search_ms: 500, first_token_ms: 15_000 }
    }
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// A level, or directives such as `info,jarvis_engine=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
    /// Where lines go instead of to standard error.
    pub file: Option<LogFile>,
    /// What is told in a line because it took long.
    pub slow: SlowThresholds,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// A file of lines, of which older ones are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Its place.
    pub path: PathBuf,
    /// A new one begins at so many bytes; never when none.
    pub max_bytes: Option<u64>,
    /// A new one begins with each such period of UTC; never when none.
    pub period: Option<Duration>,
    /// Older ones that are kept.
    pub keep: usize,
}

/// Where traces go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceConfig {
    /// The collector's address, before the path of the standard; no traces when none.
    pub endpoint: Option<String>,
}

pub(super) fn log(judge: &Judge<'_>, raw: RawLog, working_dir: &Path) -> Result<LogConfig> {
    if !raw.level.split(',').all(is_directive) {
        let why = format!(
            "is `{}`; write off, error, warn, info, debug or trace, or directives such as info,jarvis_engine=debug",
            raw.level
        );
        return Err(judge.refuse("log.level", why));
    }
    let format = match raw.format.as_str() {
        "auto" => LogFormat::Auto,
        "pretty" => LogFormat::Pretty,
        "json" => LogFormat::Json,
        other => return Err(judge.refuse("log.format", format!("is `{other}`; write auto, pretty or json"))),
    };
    let mib = judge.within("log.max_mib", raw.max_mib.into(), 0, 1 << 20)?;
    let hours = judge.within("log.rotate_hours", raw.rotate_hours.into(), 0, 24 * 365)?;
    let keep = judge.within("log.keep", raw.keep.into(), 0, 10_000)? as usize;
    let file = (!raw.file.is_empty()).then(|| LogFile {
        path: working_dir.join(&raw.file),
        max_bytes: (mib > 0).then_some(mib << 20),
        period: (hours > 0).then(|| Duration::from_hours(hours)),
        keep,
    });
    Ok(LogConfig { level: raw.level, format, file, slow: slow(judge, &raw.slow)? })
}

fn slow(judge: &Judge<'_>, raw: &RawSlow) -> Result<SlowThresholds> {
    let threshold = |key, millis: u32| -> Result<Option<Duration>> {
        let millis = judge.within(key, millis.into(), 0, 3_600_000)?;
        Ok((millis > 0).then(|| Duration::from_millis(millis)))
    };
    Ok(SlowThresholds {
        request: threshold("log.slow.request_ms", raw.request_ms)?,
        store: threshold("log.slow.store_ms", raw.store_ms)?,
        search: threshold("log.slow.search_ms", raw.search_ms)?,
        first_token: threshold("log.slow.first_token_ms", raw.first_token_ms)?,
    })
}

pub(super) fn traces(judge: &Judge<'_>, raw: &RawTraces) -> Result<TraceConfig> {
    let endpoint = raw.endpoint.trim_end_matches('/').to_owned();
    if endpoint.is_empty() {
        return Ok(TraceConfig::default());
    }
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        let why = "is no address of a collector; write one such as http://localhost:4318";
        return Err(judge.refuse("traces.endpoint", why));
    }
    Ok(TraceConfig { endpoint: Some(endpoint) })
}

/// `level` or `target=level`. A single word that is no level would otherwise be taken for a target, and silence all others.
fn is_directive(text: &str) -> bool {
    let (target, level) = text.trim().rsplit_once('=').unwrap_or(("", text.trim()));
    let is_level =
        ["off", "error", "warn", "info", "debug", "trace"].iter().any(|word| level.eq_ignore_ascii_case(word));
    is_level && target.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}
