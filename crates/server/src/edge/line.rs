//! The line that every request leaves in the log, when its answer is over.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, HttpBody},
    http::Method,
    response::Response,
};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use jarvis_core::observe;
use tracing::Span;

use super::{request_id::RequestId, visitor::Visitor};
use crate::metrics::RouteMetrics;

/// What stands in the line. Never query strings, never bodies, never a header but the request's id.
pub(super) struct Line {
    pub(super) id: RequestId,
    pub(super) visitor: Visitor,
    pub(super) method: Method,
    pub(super) route: Arc<RouteMetrics>,
    pub(super) begun: Instant,
    pub(super) status: u16,
    /// Stays open until the answer is over.
    pub(super) _span: Span,
}

impl Line {
    /// Writes the line now when the whole answer is there, else when its last piece has gone or nobody takes it any more.
    pub(super) fn after(self, response: Response) -> Response {
        if let Some(bytes) = response.body().size_hint().exact() {
            self.write(bytes, observe::trace_id().as_deref(), false);
            return response;
        }
        let trace_id = observe::trace_id();
        response.map(|inner| Body::new(Counted { inner, bytes: 0, is_over: false, line: Some((self, trace_id)) }))
    }

    /// Writes the line of a request whose client did not wait for the answer.
    pub(super) fn of_who_left(self) {
        self.write(0, observe::trace_id().as_deref(), true);
    }

    fn write(&self, bytes: u64, trace_id: Option<&str>, has_left: bool) {
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "http",
                    method = self.method.as_str(),
                    route = self.route.template(),
                    status = self.status,
                    ms = self.begun.elapsed().as_secs_f64() * 1e3,
                    bytes,
                    client = %self.visitor.address(),
                    client_left = has_left.then_some(true),
                    user = self.visitor.user().map(tracing::field::display),
                    request_id = self.id.as_str(),
                    trace_id,
                )
            };
        }
        // Probes come every few seconds for ever; they would bury the rest.
        if self.route.is_probe() { line!(debug) } else { line!(info) }
    }
}

/// A body whose bytes are counted as they go.
struct Counted {
    inner: Body,
    bytes: u64,
    /// Whether its end was reached, or it broke off by itself.
    is_over: bool,
    line: Option<(Line, Option<String>)>,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => self.bytes += frame.data_ref().map_or(0, Bytes::len) as u64,
            Poll::Ready(_) => self.is_over = true,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some((line, trace_id)) = self.line.take() {
            let has_left = !self.is_over && !self.inner.is_end_stream();
            line.write(self.bytes, trace_id.as_deref(), has_left);
        }
    }
}
