use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client as Pool;
use jarvis_core::{Error, ErrorKind, Result};

use super::client::{CONNECT, Https, pool};

/// Bytes of an answer that are read.
const ANSWER: usize = 64 << 10;

/// Brings bytes to a server whose answer hardly matters, such as a collector of traces. Must be used inside a Tokio runtime.
#[derive(Debug)]
pub struct Courier {
    pool: Pool<Https, Full<Bytes>>,
    patience: Duration,
}

impl Courier {
    /// To a server that need not be there yet; `url` decides whether the certificates that this system trusts are read,
    /// `setting` is how errors name it. Each delivery may take `patience`.
    pub fn open(url: &str, setting: &'static str, patience: Duration) -> Result<Self> {
        let is_secure = url.starts_with("https://");
        let uri = url.parse::<Uri>().ok().filter(|uri| uri.host().is_some());
        uri.ok_or_else(|| {
            Error::invalid(setting, format!("{setting} is no address; write one such as http://localhost:4318"))
        })?;
        Ok(Self { pool: pool(is_secure, setting, CONNECT)?, patience })
    }

    /// Sends a request; answers the status and the beginning of the body.
    ///
    /// Errors: `Unavailable`, `DeadlineExceeded`.
    pub async fn deliver(&self, request: Request<Bytes>) -> Result<(u16, Bytes)> {
        let delivering = async {
            let answer = self.pool.request(request.map(Full::new)).await.map_err(away)?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER).collect().await;
            Ok((status, body.map(http_body_util::Collected::to_bytes).unwrap_or_default()))
        };
        let delivered = tokio::time::timeout(self.patience, delivering).await;
        delivered.unwrap_or_else(|_| Err(ErrorKind::DeadlineExceeded.error("the server did not answer in time")))
    }
}

fn away(cause: hyper_util::client::legacy::Error) -> Error {
    ErrorKind::Unavailable.error("the server cannot be reached").with_source(cause)
}
