//! Log lines as JSON.
//!
//! The fields are written by `tracing-serde`, as the formatter of `tracing-subscriber` has them written, and into bytes: that one
//! looks at every piece of a line for valid UTF-8, which took longer than the rest of the line that each request leaves.

use std::fmt;

use jarvis_core::ports::{Clock, SystemClock};
use serde::ser::{SerializeMap, Serializer};
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_serde::{AsSerde, SerdeMapVisitor};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// Most lines are shorter.
const LINE_BYTES: usize = 512;

/// One object for each line: when, how grave, what was said, from where. Spans are for the collector: what a line has to say
/// stands in it.
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Vec::with_capacity(LINE_BYTES);
        write(&mut line, event).map_err(|_| fmt::Error)?;
        line.push(b'\n');
        writer.write_str(str::from_utf8(&line).map_err(|_| fmt::Error)?)
    }
}

fn write(line: &mut Vec<u8>, event: &Event<'_>) -> serde_json::Result<()> {
    // what came from the facade `log` names its origin in fields
    let normalized = event.normalized_metadata();
    let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
    let mut serializer = serde_json::Serializer::new(line);
    let mut object = serializer.serialize_map(None)?;
    object.serialize_entry("timestamp", &SystemClock.now())?;
    object.serialize_entry("level", &metadata.level().as_serde())?;
    let mut fields = SerdeMapVisitor::new(object);
    event.record(&mut fields);
    let mut object = fields.take_serializer()?;
    object.serialize_entry("target", metadata.target())?;
    object.end()
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::{Value, json};
    use tracing_subscriber::{Registry, fmt::layer, layer::SubscriberExt};

    use super::*;

    /// Takes lines.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(log: impl FnOnce()) -> Vec<Value> {
        let sink = Sink::default();
        let taken = sink.clone();
        let layer = layer().with_ansi(false).event_format(JsonLines).with_writer(move || sink.clone());
        tracing::subscriber::with_default(Registry::default().with(layer), log);
        let text = String::from_utf8(taken.0.lock().unwrap().clone()).unwrap();
        assert!(text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_an_object_of_its_own_whatever_is_said() {
        let mut lines = lines(|| {
            let error = io::Error::other("line\none");
            tracing::warn!(target: "slow", ms = 1.5, count = 3_u64, less = -1_i64, absent = None::<u64>, "a \"quoted\"\r\nété \u{1b}[1m");
            tracing::error!(target: "http", error = &error as &dyn std::error::Error, shown = %"a\tb", ?error, not = f64::NAN);
        });
        let times: Vec<_> = lines.iter_mut().map(|line| line["timestamp"].take()).collect();
        assert!(times.iter().all(|at| at.as_str().is_some_and(|at| at.len() == 27 && at.ends_with('Z'))), "{times:?}");
        let first = json!({
            "timestamp": null, "level": "WARN", "ms": 1.5, "count": 3, "less": -1, "message": "a \"quoted\"\r\nété \u{1b}[1m",
            "target": "slow",
        });
        assert_eq!(lines[0], first);
        let second = json!({
            "timestamp": null, "level": "ERROR", "error": "Custom { kind: Other, error: \"line\\none\" }", "shown": "a\tb",
            "not": null, "target": "http",
        });
        assert_eq!(lines[1], second, "of a name that is there twice the later one counts");
    }
}
