use std::{
    fmt,
    panic::Location,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
    time::Instant,
};

use metrics::{Histogram, Unit, describe_histogram, histogram};
use pin_project_lite::pin_project;
use tracing::{Span, field::Empty};

use super::slow::{self, SlowKind};
use crate::{Error, ErrorKind, Result};

const SECONDS: &str = "jarvis_call_seconds";

/// One kind of call to what Jarvis stands on. Each call becomes a measurement, a span where spans are collected, and a line
/// when it was slow.
pub struct Operation {
    provider: &'static str,
    name: &'static str,
    slow: Option<SlowKind>,
    ok: Histogram,
    cancelled: OnceLock<Histogram>,
    /// By kind of error, made when it happens first.
    failed: [OnceLock<Histogram>; ErrorKind::ALL.len()],
}

impl Operation {
    /// Calls of `provider` that do `name`.
    pub fn new(provider: &'static str, name: &'static str) -> Self {
        describe_histogram!(SECONDS, Unit::Seconds, "Time of calls to what Jarvis stands on, by outcome.");
        let ok = seconds(provider, name, "ok");
        Self { provider, name, slow: None, ok, cancelled: OnceLock::new(), failed: Default::default() }
    }

    /// The same, told in a line when a call takes longer than what is slow for its kind.
    #[must_use]
    pub fn slow_as(mut self, kind: SlowKind) -> Self {
        self.slow = Some(kind);
        self
    }

    /// Does work as one call.
    pub fn measure<T, F: Future<Output = Result<T>>>(&self, work: F) -> Measured<'_, F> {
        Measured { work, call: self.call(None) }
    }

    /// The same, on behalf of a line of this program.
    pub fn measure_at<T, F: Future<Output = Result<T>>>(
        &self,
        at: &'static Location<'static>,
        work: F,
    ) -> Measured<'_, F> {
        Measured { work, call: self.call(Some(at)) }
    }

    fn call(&self, at: Option<&'static Location<'static>>) -> Call<'_> {
        let span = tracing::info_span!(
            target: "jarvis",
            "call",
            otel.name = %format_args!("{} {}", self.provider, self.name),
            otel.kind = "client",
            provider = self.provider,
            operation = self.name,
            at = at.map(|at| tracing::field::display(Place(at))),
            outcome = Empty,
            otel.status_code = Empty,
        );
        Call { operation: self, begun: Instant::now(), span, at, is_over: false }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operation({} {})", self.provider, self.name)
    }
}

fn seconds(provider: &'static str, name: &'static str, outcome: &'static str) -> Histogram {
    histogram!(SECONDS, "provider" => provider, "operation" => name, "outcome" => outcome)
}

/// A call that is under way; one that is dropped before its end was cancelled.
#[derive(Debug)]
pub struct Call<'o> {
    operation: &'o Operation,
    begun: Instant,
    span: Span,
    at: Option<&'static Location<'static>>,
    is_over: bool,
}

impl Call<'_> {
    fn end(&mut self, error: Option<&Error>) {
        self.is_over = true;
        let (operation, took) = (self.operation, self.begun.elapsed());
        let (provider, name) = (operation.provider, operation.name);
        let (outcome, meter) = match error {
            None => ("ok", &operation.ok),
            Some(error) => {
                let (kind, word) = (error.kind(), error.kind().code());
                (word, operation.failed[kind as usize].get_or_init(|| seconds(provider, name, word)))
            }
        };
        meter.record(took);
        if !self.span.is_disabled() {
            self.span.record("outcome", outcome);
            if error.is_some_and(|error| error.kind().is_ours()) {
                self.span.record("otel.status_code", "ERROR");
            }
        }
        if let Some(kind) = operation.slow.filter(|kind| slow::is_slow(*kind, took)) {
            let at = fmt::from_fn(|f| self.at.map_or(Ok(()), |at| write!(f, " at {}", Place(at))));
            self.span.in_scope(|| slow::note_slow(kind, format_args!("{provider} {name}{at}: {outcome}"), took));
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let Operation { provider, name, cancelled, .. } = self.operation;
            cancelled.get_or_init(|| seconds(provider, name, "cancelled")).record(self.begun.elapsed());
            self.span.record("outcome", "cancelled");
        }
    }
}

/// A line of this program without the directories before its file.
struct Place(&'static Location<'static>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.0.file();
        let file = file.rsplit_once(['/', '\\']).map_or(file, |(_, file)| file);
        write!(f, "{file}:{}", self.0.line())
    }
}

pin_project! {
    /// The future of a call.
    #[derive(Debug)]
    pub struct Measured<'o, F> {
        #[pin]
        work: F,
        call: Call<'o>,
    }
}

impl<T, F: Future<Output = Result<T>>> Future for Measured<'_, F> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let this = self.project();
        let entered = this.call.span.enter();
        let polled = this.work.poll(context);
        drop(entered);
        if let Poll::Ready(outcome) = &polled {
            this.call.end(outcome.as_ref().err());
        }
        polled
    }
}
