use std::time::Duration;

use hyper::{StatusCode, Uri};
use jarvis_core::{Error, ErrorKind, Result};

use super::protocol::{self, MAX_DIMENSION, Names, Protocol, unusable};
use crate::http::{Address, ApiKey, CONNECT, Client, Failure, Refusal};

/// Where requests go, and in which protocol.
#[derive(Debug)]
pub(in crate::embedders) struct Endpoint {
    client: Client,
    uri: Uri,
    names: Names,
    protocol: Box<dyn Protocol>,
}

impl Endpoint {
    pub(in crate::embedders) fn open(
        base_url: &str,
        path: &str,
        key: Option<&ApiKey>,
        names: Names,
        protocol: impl Protocol + 'static,
    ) -> Result<Self> {
        let address = Address::parse(base_url, &names.settings)?;
        let client = Client::open(&address, key, &names.settings, CONNECT)?;
        Ok(Self { client, uri: address.join(path)?, names, protocol: Box::new(protocol) })
    }

    pub(super) fn model_id(&self, dimension: usize) -> String {
        self.protocol.model_id(dimension)
    }

    /// The vectors of some texts, in their order and of the dimension wanted, if any.
    pub(super) async fn ask(
        &self,
        texts: &[&str],
        dimension: Option<usize>,
        timeout: Duration,
    ) -> Result<Vec<Vec<f32>>> {
        let body = self.protocol.request(texts)?;
        let limit = self.protocol.answer_bytes(texts, dimension.unwrap_or(MAX_DIMENSION));
        let exchange = async { self.client.post(&self.uri, body).await?.read(limit).await };
        let answer = match tokio::time::timeout(timeout, exchange).await {
            Ok(answer) => answer.map_err(|failure| self.trouble(failure))?,
            Err(elapsed) => return Err(self.trouble(Failure::TooSlow(elapsed.into()))),
        };
        protocol::read(&*self.protocol, &self.names, &answer, texts.len(), dimension)
    }

    fn trouble(&self, failure: Failure) -> Error {
        let url = self.names.settings.url;
        match failure {
            Failure::Ours(error) => error,
            Failure::Unreachable(cause) => ErrorKind::Unavailable
                .error(format!("the embedding endpoint cannot be reached; check {url} and that its server runs"))
                .with_source(cause),
            Failure::TooSlow(cause) => ErrorKind::DeadlineExceeded
                .error(format!(
                    "the embedding endpoint does not answer in time; look after the server that {url} names"
                ))
                .with_source(cause),
            Failure::TooLarge => unusable(&self.names, "it is larger than any vectors asked for"),
            Failure::Refused(refusal) => self.refused(&refusal),
        }
    }

    /// What an answer other than a success means.
    fn refused(&self, refusal: &Refusal) -> Error {
        let Names { settings, check } = self.names;
        let (url, code) = (settings.url, refusal.status.as_u16());
        let error = match refusal.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let key = settings.key.unwrap_or(url);
                ErrorKind::Upstream
                    .error(format!("the embedding endpoint refuses our key; set {key} to one that it accepts"))
                    .with_code("embedding_key_refused")
            }
            StatusCode::TOO_MANY_REQUESTS => {
                ErrorKind::Unavailable.error("the embedding endpoint has too much to do; try again later")
            }
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => ErrorKind::Unavailable
                .error(format!("the embedding endpoint fails (HTTP {code}); look after the server that {url} names")),
            _ => ErrorKind::Upstream
                .error(format!("the embedding endpoint refuses the request (HTTP {code}); check {check}"))
                .with_code("embedding_refused"),
        };
        error.with_source(refusal.cause()).with_retry_after(refusal.retry_after)
    }
}
