//! What happens to every request, in this order:
//!
//! 1. the request gets its id (the caller's when usable), its route's meters, and its [`Visitor`]: from where it came, the
//!    settings in effect for it, what it may still ask;
//! 2. a head that is too long is refused; the guard of open mode refuses foreign hosts, foreign origins and bodies a form
//!    could send; a preflight of an allowed origin is answered;
//! 3. it is counted for its address (for its person where the extractor knows who that is); probes are not;
//! 4. the handler runs, within the time allowed (an upload while it comes, an answer while its model has time), its
//!    panics caught;
//! 5. an error gets its body, and is logged when it is ours;
//! 6. headers: request id, security, CORS, what is left of the allowance;
//! 7. one measurement, and one log line when the answer is over, or when the client has left. Never query strings, never bodies.
//!
//! All of it happens under the request's span and [`RequestContext`], which follow the work wherever it goes.
//!
//! One hand-written layer does all of it: a tower of separate layers boxes the future once per layer and looks the route
//! up several times. It is laid over each route (`Router::layer`), so the matched template is known on the way in.

mod allowances;
mod bounds;
mod classes;
mod cors;
mod forwarded;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod guard;
mod headers;
mod line;
mod request_id;
mod settings;
mod visitor;

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, future::BoxFuture};
use jarvis_core::{
    Error, ErrorKind,
    observe::{self, RequestContext, SlowKind, TraceContext, is_slow, note_slow},
};
use tower::{Layer, Service};
use tracing::{Instrument, Span, field::Empty};

pub(crate) use allowances::Allowances;
pub(crate) use request_id::RequestId;
pub use settings::{Policy, Settings};
pub(crate) use visitor::{Peer, Visitor};

use crate::{
    ServerOptions,
    error::{self, ApiError},
    metrics::{CLIENT_LEFT, HttpMetrics, InFlight, RouteMetrics},
    routes::{chat::ANSWERING, me::ERASING, transfer::UPLOADS},
};
use line::Line;
use request_id::RequestIds;

/// Lays the edge over routes.
#[derive(Clone)]
pub(crate) struct EdgeLayer(Arc<Shared>);

struct Shared {
    timeout: Duration,
    allowances: Arc<Allowances>,
    /// Whether whoever reaches the server is trusted.
    is_open: bool,
    ids: RequestIds,
    metrics: HttpMetrics,
}

impl EdgeLayer {
    /// `templates` are the routes that get meters of their own; all others share one. `is_open` says whether whoever reaches
    /// the server is trusted.
    pub(crate) fn new(
        options: &ServerOptions,
        allowances: Arc<Allowances>,
        templates: impl Iterator<Item = String>,
        is_open: bool,
    ) -> Self {
        Self(Arc::new(Shared {
            timeout: options.request_timeout,
            allowances,
            is_open,
            ids: RequestIds::new(),
            metrics: HttpMetrics::new(templates),
        }))
    }
}

impl<S> Layer<S> for EdgeLayer {
    type Service = Edge<S>;

    fn layer(&self, inner: S) -> Edge<S> {
        Edge { shared: Arc::clone(&self.0), inner }
    }
}

/// A route with the edge around it.
#[derive(Clone)]
pub(crate) struct Edge<S> {
    shared: Arc<Shared>,
    inner: S,
}

impl<S> Service<Request> for Edge<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let visit = Visit::begin(&self.shared, &mut request);
        let (context, span, visitor) = (visit.context.clone(), visit.span.clone(), visit.visitor.clone());
        let timeout = if visit.is_unhurried { Duration::MAX } else { self.shared.timeout };
        if let Some(response) = visit.at_once(&request, self.shared.is_open) {
            return Box::pin(observe::within(context, async move { Ok(visit.end(response)) }.instrument(span)));
        }
        let visit = Unanswered(Some(visit));
        // nothing of it runs before it is awaited
        let handling = self.inner.call(request);
        let visiting = async move {
            if let Err(refusal) = visitor.spend_as_address().await {
                return Ok(visit.end(ApiError(refusal).into_response()));
            }
            let response = match tokio::time::timeout(timeout, AssertUnwindSafe(handling).catch_unwind()).await {
                Ok(Ok(Ok(response))) => response,
                Ok(Ok(Err(never))) => match never {},
                Ok(Err(panic)) => ApiError(panicked(&*panic)).into_response(),
                Err(_) => ApiError(too_slow(timeout)).into_response(),
            };
            Ok(visit.end(response))
        };
        Box::pin(observe::within(context, visiting.instrument(span)))
    }
}

/// Whether a request takes as long as it takes: an upload as long as it comes, its extractor notices when it does not; a
/// model that is being loaded has deadlines of its own; so has erasing.
fn is_unhurried(template: &str) -> bool {
    UPLOADS.contains(&template) || ANSWERING.contains(&template) || template == ERASING
}

/// What the work for a request knows of it, and its span. Probes have none: they would bury the rest.
fn observed(request: &Request, id: &RequestId, route: &RouteMetrics) -> (Option<Arc<RequestContext>>, Span) {
    if route.is_probe() {
        return (None, Span::none());
    }
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let trace = header("traceparent").and_then(|parent| TraceContext::parse(parent, header("tracestate")));
    let span = tracing::info_span!(
        target: "jarvis",
        "request",
        otel.name = %format_args!("{} {}", request.method(), route.template()),
        otel.kind = "server",
        http.request.method = request.method().as_str(),
        http.route = route.template(),
        http.response.status_code = Empty,
        request_id = id.as_str(),
        user.id = Empty,
        otel.status_code = Empty,
    );
    if let (Some(trace), Some(propagation)) = (&trace, observe::propagation()) {
        propagation.adopt(&span, trace);
    }
    (Some(Arc::new(RequestContext { request_id: id.as_str().into(), trace })), span)
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("a handler panicked: {}", text.unwrap_or("without a text")))
}

fn too_slow(timeout: Duration) -> Error {
    let message = format!("no answer within {} seconds; ask again, or for less", timeout.as_secs_f32());
    ErrorKind::DeadlineExceeded.error(message)
}

/// One request until its answer begins. What is dropped before that was given up by its client.
struct Unanswered(Option<Visit>);

impl Unanswered {
    fn end(mut self, response: Response) -> Response {
        match self.0.take() {
            Some(visit) => visit.end(response),
            None => response,
        }
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(visit) = self.0.take() {
            visit.left();
        }
    }
}

/// One request on its way through.
struct Visit {
    id: RequestId,
    visitor: Visitor,
    origin: Option<axum::http::HeaderValue>,
    method: Method,
    route: Arc<RouteMetrics>,
    begun: Instant,
    is_unhurried: bool,
    context: Option<Arc<RequestContext>>,
    span: Span,
    _in_flight: InFlight,
}

impl Visit {
    fn begin(shared: &Arc<Shared>, request: &mut Request) -> Self {
        let id = shared.ids.of(request.headers());
        let template = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let route = Arc::clone(shared.metrics.route(template));
        let class = (!route.is_probe()).then(|| classes::class_of(request.method(), route.template()));
        let visitor = Visitor::of(request, class, &shared.allowances);
        let (context, span) = observed(request, &id, &route);
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(visitor.clone());
        Self {
            id,
            origin: visitor.settings().cors.wanted_by(request.headers()),
            visitor,
            method: request.method().clone(),
            is_unhurried: is_unhurried(route.template()),
            route,
            begun: Instant::now(),
            context,
            span,
            _in_flight: shared.metrics.enter(),
        }
    }

    /// The answer to what needs no handler: a refusal, or a browser that asks before it sends.
    fn at_once(&self, request: &Request, is_open: bool) -> Option<Response> {
        if let Some(response) = bounds::refusal(request) {
            return Some(response);
        }
        match guard::admit(request, &self.visitor, is_open) {
            Err(refusal) => Some(ApiError(refusal).into_response()),
            Ok(()) => self.visitor.settings().cors.preflight(request),
        }
    }

    fn end(self, mut response: Response) -> Response {
        if let Some(ApiError(error)) = response.extensions_mut().remove() {
            error::render(&mut response, &error, self.id.as_str());
            if response.status().is_server_error() {
                tracing::error!(target: "http", request_id = self.id.as_str(), ?error, "request failed");
            }
        }
        headers::finish(&mut response, self.id.header(), &self.visitor);
        self.visitor.settings().cors.allow(&mut response, self.origin.as_ref());
        let status = response.status().as_u16();
        self.measured(status).after(response)
    }

    fn left(self) {
        self.measured(CLIENT_LEFT).of_who_left();
    }

    fn measured(self, status: u16) -> Line {
        let took = self.begun.elapsed();
        self.route.record(&self.method, status, took);
        if !self.is_unhurried && is_slow(SlowKind::Request, took) {
            let what = format_args!("{} {}: {status}", self.method, self.route.template());
            note_slow(SlowKind::Request, what, took);
        }
        self.tell_span(status);
        let Self { id, visitor, method, route, begun, span, .. } = self;
        Line { id, visitor, method, route, begun, status, _span: span }
    }

    fn tell_span(&self, status: u16) {
        if self.span.is_disabled() {
            return;
        }
        self.span.record("http.response.status_code", status);
        if let Some(user) = self.visitor.user() {
            self.span.record("user.id", tracing::field::display(user));
        }
        if status >= 500 {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

#[cfg(test)]
mod tests;
