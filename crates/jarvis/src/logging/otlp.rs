//! Spans to a collector, by OTLP over HTTP.
//!
//! The SDK's batch processor has a bounded queue and a thread of its own: a request puts its span there or, when it is full,
//! drops it. The thread sends through the product's own HTTP client.

use std::{
    env, fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use jarvis_core::observe::{Propagation, TraceContext, install_propagation};
use jarvis_host::{Courier, config::TraceConfig};
use metrics::{Counter, counter, describe_counter};
use opentelemetry::{
    Context, KeyValue, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt, TraceState, TracerProvider},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::{Level, Span, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

const EXPORTS: &str = "jarvis_trace_exports_total";
/// Where a collector takes traces, below its address.
const PATH: &str = "/v1/traces";
/// Longest that one delivery takes when the standard's variable says nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// What sends spans.
#[derive(Clone)]
pub(super) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Sends what waits, within this time.
    pub(super) async fn close(&self, within: Duration) {
        let provider = self.0.clone();
        let closing = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(within));
        if !matches!(tokio::time::timeout(within, closing).await, Ok(Ok(Ok(())))) {
            tracing::warn!("the last traces could not be sent in the time to stop");
        }
    }
}

/// The layer that collects spans, when a collector is configured and nothing in the environment forbids it.
pub(super) fn open<S>(config: &TraceConfig) -> Result<Option<(Exporter, impl Layer<S> + Send + Sync + use<S>)>>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let Some(endpoint) = endpoint(config)? else { return Ok(None) };
    let collector = Collector::open(&endpoint)?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(&endpoint)
        .build()
        .with_context(|| format!("traces cannot be sent to {endpoint}"))?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build();
    let tracer = provider.tracer("jarvis");
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_context_activation(false)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    let ours = filter_fn(|metadata| metadata.is_span() && metadata.target() == "jarvis")
        .with_max_level_hint(LevelFilter::from_level(Level::INFO));
    install_propagation(Box::new(ByOpenTelemetry));
    Ok(Some((Exporter(provider), spans.with_filter(ours))))
}

/// The whole address to send to; none when nothing is to be sent.
fn endpoint(config: &TraceConfig) -> Result<Option<String>> {
    let variable = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
    let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || variable("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    let below = config.endpoint.as_ref().map(|endpoint| format!("{endpoint}{PATH}"));
    let endpoint = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or(below);
    let Some(endpoint) = endpoint.filter(|_| !is_off) else { return Ok(None) };
    for name in ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        if let Some(protocol) = variable(name).filter(|protocol| protocol != "http/protobuf") {
            anyhow::bail!("{name} is `{protocol}`, which is not spoken here; write http/protobuf, or nothing");
        }
    }
    Ok(Some(endpoint))
}

/// Who sends: what the standard's variables say, else the product's name.
fn resource() -> Resource {
    let named = env::var("OTEL_SERVICE_NAME").is_ok_and(|name| !name.is_empty())
        || env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|attributes| attributes.contains("service.name="));
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if named { resource.build() } else { resource.with_service_name("jarvis").build() }
}

/// The collector, asked through the client of the product on the runtime that serves.
struct Collector {
    courier: std::sync::Arc<Courier>,
    runtime: Handle,
    is_away: AtomicBool,
    sent: Counter,
    lost: Counter,
}

impl Collector {
    fn open(endpoint: &str) -> Result<Self> {
        let millis = env::var("OTEL_EXPORTER_OTLP_TIMEOUT").ok().and_then(|value| value.parse().ok());
        let patience = millis.map_or(PATIENCE, Duration::from_millis);
        let courier = Courier::open(endpoint, "traces.endpoint", patience)?;
        describe_counter!(EXPORTS, "Batches of spans, by whether the collector took them.");
        let batches = |outcome| counter!(EXPORTS, "outcome" => outcome);
        Ok(Self {
            courier: courier.into(),
            runtime: Handle::current(),
            is_away: AtomicBool::new(false),
            sent: batches("ok"),
            lost: batches("failed"),
        })
    }

    /// Tells of a collector that goes or comes back, not of every batch.
    fn note(&self, failure: Option<&str>) {
        let (was_away, counter) = match failure {
            Some(_) => (self.is_away.swap(true, Ordering::Relaxed), &self.lost),
            None => (self.is_away.swap(false, Ordering::Relaxed), &self.sent),
        };
        counter.increment(1);
        match failure {
            Some(why) if !was_away => tracing::warn!(why, "the collector takes no traces; they are lost until it does"),
            None if was_away => tracing::info!("the collector takes traces again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let courier = std::sync::Arc::clone(&self.courier);
        let delivered = self.runtime.spawn(async move { courier.deliver(request).await }).await?;
        match delivered {
            Ok((status, body)) => {
                let refused = (!(200..300).contains(&status)).then(|| format!("HTTP {status}"));
                self.note(refused.as_deref());
                Ok(Response::builder().status(status).body(body)?)
            }
            Err(error) => {
                self.note(Some(error.message()));
                Err(error.into())
            }
        }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

/// Where spans stand in traces, as the layer above knows it.
struct ByOpenTelemetry;

impl Propagation for ByOpenTelemetry {
    fn adopt(&self, span: &Span, caller: &TraceContext) {
        let Some(parent) = remote(caller) else { return };
        // a span that is not collected has no parent
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }

    fn context_of(&self, span: &Span) -> Option<TraceContext> {
        let context = span.context();
        let span = context.span();
        let standing = span.span_context();
        if !standing.is_valid() {
            return None;
        }
        let flags = standing.trace_flags() & TraceFlags::SAMPLED;
        let parent = format!("00-{}-{}-{:02x}", standing.trace_id(), standing.span_id(), flags.to_u8());
        let state = standing.trace_state().header();
        TraceContext::parse(&parent, Some(&state))
    }
}

fn remote(caller: &TraceContext) -> Option<SpanContext> {
    let mut parts = caller.parent().split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(parts.next()?, 16).ok()?) & TraceFlags::SAMPLED;
    let state = caller.state().and_then(|state| state.parse::<TraceState>().ok()).unwrap_or_default();
    Some(SpanContext::new(trace, span, flags, true, state))
}
