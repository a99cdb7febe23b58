//! One request over HTTP.
//!
//! On hyper rather than reqwest: reqwest's TLS wants a provider of cryptography installed for the whole process and
//! panics wherever one is missing, which is not for a library to arrange.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode, Uri,
    body::Incoming,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use jarvis_core::{Error, ErrorKind, Result};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::{ApiKey, OpenAiEmbedderOptions, wire};

/// How long a connection may take; a longer request timeout does not help where nobody listens.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept; shorter than servers keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// Bytes of a refusal that are read, for the log.
const REFUSAL: usize = 4 << 10;

/// Where requests go.
#[derive(Debug)]
pub(super) struct Endpoint {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    authorization: Option<HeaderValue>,
    api_key: Option<ApiKey>,
    model: String,
}

impl Endpoint {
    pub(super) fn open(options: &OpenAiEmbedderOptions) -> Result<Self> {
        let uri = address(&options.base_url)?;
        let authorization = options.api_key.as_ref().map(bearer).transpose()?;
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls(&uri)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client =
            Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build(https);
        Ok(Self { client, uri, authorization, api_key: options.api_key.clone(), model: options.model.clone() })
    }

    /// The vectors of some texts, in their order and of the dimension wanted, if any.
    pub(super) async fn ask(
        &self,
        texts: &[&str],
        dimension: Option<usize>,
        timeout: Duration,
    ) -> Result<Vec<Vec<f32>>> {
        let body = wire::request(&self.model, texts)?;
        let limit = wire::answer_bytes(texts.len(), dimension);
        let exchange = async {
            let answer = self.send(body).await?;
            if !answer.status().is_success() {
                return Err(self.refusal(answer).await);
            }
            read(answer.into_body(), limit).await
        };
        let answer = tokio::time::timeout(timeout, exchange).await.map_err(|_| {
            ErrorKind::DeadlineExceeded
                .error("the embedding endpoint does not answer in time; look after the server that EMBEDDING_URL names")
        })??;
        wire::vectors(&answer, texts.len(), dimension)
    }

    async fn send(&self, body: Vec<u8>) -> Result<Response<Incoming>> {
        let mut request = Request::post(self.uri.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(Full::from(body))
            .map_err(Error::internal)?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        self.client.request(request).await.map_err(unreachable)
    }

    /// What an answer other than a success means.
    async fn refusal(&self, answer: Response<Incoming>) -> Error {
        let (status, retry_after) = (answer.status(), retry_after(answer.headers()));
        let mut detail = match Limited::new(answer.into_body(), REFUSAL).collect().await {
            Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            Err(_) => String::new(),
        };
        if let Some(key) = &self.api_key {
            // some servers repeat what they were sent
            detail = detail.replace(key.reveal(), "…");
        }
        let error = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorKind::Upstream
                .error("the embedding endpoint refuses our key; set EMBEDDING_API_KEY to one that it accepts")
                .with_code("embedding_key_refused"),
            StatusCode::TOO_MANY_REQUESTS => {
                ErrorKind::Unavailable.error("the embedding endpoint has too much to do; try again later")
            }
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => ErrorKind::Unavailable
                .error(format!(
                    "the embedding endpoint fails (HTTP {}); look after the server that EMBEDDING_URL names",
                    status.as_u16()
                )),
            status => ErrorKind::Upstream
                .error(format!(
                    "the embedding endpoint refuses the request (HTTP {}); check EMBEDDING_URL and EMBEDDING_MODEL",
                    status.as_u16()
                ))
                .with_code("embedding_refused"),
        };
        error.with_source(format!("HTTP {}: {}", status.as_u16(), detail.trim())).with_retry_after(retry_after)
    }
}

/// The address that requests go to.
fn address(base_url: &str) -> Result<Uri> {
    let refuse = |reason: &'static str| Error::invalid("base_url", reason);
    let base = base_url.trim().trim_end_matches('/');
    let uri: Uri =
        format!("{base}/embeddings").parse().map_err(|_| refuse("EMBEDDING_URL is not an address; see its example"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err(refuse("EMBEDDING_URL must be an http:// or https:// address, such as https://host/v1"));
    }
    if uri.query().is_some() || base.contains(['#', '@']) {
        return Err(refuse("EMBEDDING_URL must be a plain address; a key goes into EMBEDDING_API_KEY"));
    }
    Ok(uri)
}

fn bearer(key: &ApiKey) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.reveal().trim()))
        .map_err(|_| Error::invalid("api_key", "EMBEDDING_API_KEY holds characters that no key has; copy it again"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Trusts what the system trusts; looks for it only where it is needed.
fn tls(uri: &Uri) -> Result<ClientConfig> {
    use hyper_rustls::ConfigBuilderExt as _;
    let builder = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    if uri.scheme_str() == Some("http") {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let builder = builder.with_native_roots().map_err(|error| {
        ErrorKind::Unavailable
            .error(
                "this system has no certificates to trust the embedding endpoint by; install ca-certificates, or name a \
                 file of them in SSL_CERT_FILE",
            )
            .with_source(error)
    })?;
    Ok(builder.with_no_client_auth())
}

/// Nobody there, or a connection that broke.
fn unreachable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    ErrorKind::Unavailable
        .error("the embedding endpoint cannot be reached; check EMBEDDING_URL and that its server runs")
        .with_source(cause)
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(wire::unusable("it is larger than any vectors asked for")),
        Err(error) => Err(unreachable(error)),
    }
}

/// Seconds only: a date would need a clock that agrees with the server's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
