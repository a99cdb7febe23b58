use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Request, Response, Uri,
    body::Incoming,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use jarvis_core::{Error, ErrorKind, Result, observe};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::{Address, ApiKey, Body, Failure, Refusal, Settings, retry_after::retry_after};

/// How long a connection may take; a longer request timeout does not help where nobody listens.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept; shorter than servers keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// Bytes of a refusal that are read.
const REFUSAL: usize = 4 << 10;
/// How long the body of a refusal is waited for: it only explains.
const REFUSAL_TIME: Duration = Duration::from_secs(2);

/// Opens connections, by TLS or without.
pub(super) type Https = HttpsConnector<HttpConnector>;

/// Connections that are kept for a while; nobody is asked yet.
pub(super) fn pool(is_secure: bool, setting: &'static str, connect: Duration) -> Result<Pool<Https, Full<Bytes>>> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(connect));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls(is_secure, setting)?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Ok(Pool::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build(https))
}

/// Speaks to one server, with its key if it wants one.
#[derive(Debug)]
pub(crate) struct Client {
    pool: Pool<Https, Full<Bytes>>,
    authorization: Option<HeaderValue>,
    key: Option<ApiKey>,
}

impl Client {
    /// Opens without asking anybody; errors name the setting to change.
    pub(crate) fn open(
        address: &Address,
        key: Option<&ApiKey>,
        settings: &Settings,
        connect: Duration,
    ) -> Result<Self> {
        let authorization = key.map(|key| bearer(key, settings)).transpose()?;
        let pool = pool(address.is_secure(), settings.url, connect)?;
        Ok(Self { pool, authorization, key: key.cloned() })
    }

    /// The body of what lies at an address.
    pub(crate) async fn get(&self, uri: &Uri) -> Result<Body, Failure> {
        self.send(Request::get(uri), Bytes::new()).await
    }

    /// The body of the answer to some JSON.
    pub(crate) async fn post(&self, uri: &Uri, json: Vec<u8>) -> Result<Body, Failure> {
        self.send(Request::post(uri).header(CONTENT_TYPE, "application/json"), json.into()).await
    }

    async fn send(&self, request: hyper::http::request::Builder, body: Bytes) -> Result<Body, Failure> {
        let mut request = request
            .header(ACCEPT, "application/json, text/event-stream, application/x-ndjson")
            .body(Full::new(body))
            .map_err(|error| Failure::Ours(Error::internal(error)))?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        pass_trace_on(request.headers_mut());
        let answer = self.pool.request(request).await.map_err(Failure::of)?;
        if !answer.status().is_success() {
            return Err(Failure::Refused(self.refusal(answer).await));
        }
        Ok(Body::new(answer.into_body()))
    }

    async fn refusal(&self, answer: Response<Incoming>) -> Refusal {
        let (status, retry_after) = (answer.status(), retry_after(answer.headers()));
        let mut words = Vec::new();
        let reading = Body::new(answer.into_body()).beginning(&mut words, REFUSAL);
        // what has come within the time explains enough
        let _ = tokio::time::timeout(REFUSAL_TIME, reading).await;
        Refusal { status, retry_after, detail: self.blanked(String::from_utf8_lossy(&words).into_owned()) }
    }

    /// What a server said, without our key: some repeat what they were sent.
    pub(crate) fn blanked(&self, words: String) -> String {
        match self.key.as_ref().filter(|key| !key.reveal().is_empty()) {
            Some(key) => words.replace(key.reveal(), "…"),
            None => words,
        }
    }
}

/// Tells the server which trace the request belongs to.
fn pass_trace_on(headers: &mut HeaderMap) {
    let Some(trace) = observe::outgoing_trace() else { return };
    let named = [("traceparent", Some(trace.parent())), ("tracestate", trace.state())];
    for (name, value) in named {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
}

fn bearer(key: &ApiKey, settings: &Settings) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.reveal())).map_err(|_| {
        let setting = settings.key.unwrap_or("the key");
        Error::invalid("api_key", format!("{setting} holds characters that no key has; copy it again"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Trusts what the system trusts; looks for it only where it is needed.
fn tls(is_secure: bool, setting: &'static str) -> Result<ClientConfig> {
    use hyper_rustls::ConfigBuilderExt as _;
    let builder = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    if !is_secure {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let builder = builder.with_native_roots().map_err(|error| {
        ErrorKind::Unavailable
            .error(format!(
                "this system has no certificates to trust the server by that {setting} names; install ca-certificates, \
                 or name a file of them in SSL_CERT_FILE"
            ))
            .with_source(error)
    })?;
    Ok(builder.with_no_client_auth())
}
