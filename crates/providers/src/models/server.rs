use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::{StatusCode, Uri};
use jarvis_core::{Error, ErrorKind, Result, ports::Health};

use crate::http::{Address, ApiKey, Client, Failure, Refusal, Settings, beginning};

/// A check answers within two seconds, whatever the server does.
const CHECK: Duration = Duration::from_millis(1_500);
/// How long what a server only has to look up is waited for.
const LOOKUP: Duration = Duration::from_secs(5);
/// Bytes of an answer that is not a stream.
pub(super) const WHOLE: usize = 4 << 20;
/// How servers say that a prompt is too long for the model, in lower case.
const TOO_LONG: &[&str] = &[
    "exceed_context_size_error",
    "context_length_exceeded",
    "exceeds the available context size",
    "maximum context length",
    "exceed context window",
    "exceeds the context window",
];

/// The settings of a model's server, as messages name them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub(super) settings: Settings,
    /// What to look at when the server refuses a request.
    pub(super) check: &'static str,
    /// What the server should be.
    pub(super) kind: &'static str,
}

/// What a server did instead of answering under the status of a success.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Told an error, in its words.
    Told(String),
    /// Sent what cannot be read.
    Rubbish(String),
    /// Ended without the end of an answer.
    HungUp,
}

/// A server of language models.
#[derive(Debug)]
pub(super) struct Server {
    client: Client,
    names: Names,
}

impl Server {
    /// Opens without asking anybody; errors name the setting to change.
    pub(super) fn open(address: &Address, key: Option<&ApiKey>, names: Names, connect: Duration) -> Result<Self> {
        Ok(Self { client: Client::open(address, key, &names.settings, connect)?, names })
    }

    /// Something small that the server only has to look up.
    pub(super) async fn get(&self, uri: &Uri) -> Result<Bytes, Failure> {
        self.look_up(async { self.client.get(uri).await?.read(WHOLE).await }).await
    }

    /// The same of something that is asked with JSON.
    pub(super) async fn ask(&self, uri: &Uri, json: Vec<u8>) -> Result<Bytes, Failure> {
        self.look_up(async { self.client.post(uri, json).await?.read(WHOLE).await }).await
    }

    async fn look_up(&self, exchange: impl Future<Output = Result<Bytes, Failure>>) -> Result<Bytes, Failure> {
        match tokio::time::timeout(LOOKUP, exchange).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(Failure::TooSlow(elapsed.into())),
        }
    }

    /// Something that may take as long as its caller waits.
    pub(super) async fn start(&self, uri: &Uri, json: Vec<u8>) -> Result<crate::http::Body, Failure> {
        self.client.post(uri, json).await
    }

    /// What looking up the models says of the server.
    pub(super) async fn health(&self, models: impl Future<Output = Result<usize>>) -> Health {
        let start = Instant::now();
        let models = match tokio::time::timeout(CHECK, models).await {
            Ok(models) => models,
            Err(elapsed) => Err(self.failed(Failure::TooSlow(elapsed.into()))),
        };
        match models {
            Ok(models) => Health::healthy(start.elapsed()).with_figure("models", models as u64),
            Err(error) => Health::unhealthy(start.elapsed(), error.message()),
        }
    }

    /// What a failure before any answer means.
    pub(super) fn failed(&self, failure: Failure) -> Error {
        let url = self.names.settings.url;
        match failure {
            Failure::Ours(error) => error,
            Failure::Unreachable(cause) => ErrorKind::Unavailable
                .error(format!("the language model's server cannot be reached; check {url} and that the server runs"))
                .with_code("model_unreachable")
                .with_source(cause),
            Failure::TooSlow(cause) => ErrorKind::DeadlineExceeded
                .error(format!(
                    "the language model's server does not answer in time; look after the server that {url} names"
                ))
                .with_code("model_timeout")
                .with_source(cause),
            Failure::TooLarge => self.trouble(Trouble::Rubbish("it is larger than any answer".to_owned())),
            Failure::Refused(refusal) => self.refused(&refusal),
        }
    }

    /// What an answer other than a success means.
    fn refused(&self, refusal: &Refusal) -> Error {
        let Names { settings: Settings { url, key, .. }, check, .. } = self.names;
        let (status, code) = (refusal.status, refusal.status.as_u16());
        let error = match status {
            _ if refusal.mentions(TOO_LONG) => too_long(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => match key {
                Some(key) => ErrorKind::Upstream
                    .error(format!("the language model's server refuses our key; set {key} to one that it accepts")),
                None => ErrorKind::Upstream.error(format!(
                    "the language model's server refuses us; let it answer without a key, or check {url}"
                )),
            }
            .with_code("model_key_refused"),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => ErrorKind::Unavailable
                .error("the language model has too much to do; try again later")
                .with_code("model_overloaded"),
            status if status.is_server_error() => ErrorKind::Upstream
                .error(format!(
                    "the language model's server fails (HTTP {code}); look after the server that {url} names"
                ))
                .with_code("model_failed"),
            _ => ErrorKind::Upstream
                .error(format!("the language model's server refuses the request (HTTP {code}); check {check}"))
                .with_code("model_refused"),
        };
        error.with_source(refusal.cause()).with_retry_after(refusal.retry_after)
    }

    /// What a trouble within an answer means.
    pub(super) fn trouble(&self, trouble: Trouble) -> Error {
        let Names { settings: Settings { url, .. }, kind, .. } = self.names;
        match trouble {
            Trouble::Told(words) => {
                let words = self.client.blanked(words);
                let lower = words.to_ascii_lowercase();
                let error = if TOO_LONG.iter().any(|word| lower.contains(word)) {
                    too_long()
                } else {
                    ErrorKind::Upstream
                        .error(format!(
                            "the language model failed; try again, and look after the server that {url} names"
                        ))
                        .with_code("model_failed")
                };
                error.with_source(beginning(&words).to_owned())
            }
            Trouble::Rubbish(why) => ErrorKind::Upstream
                .error(format!("the language model's answer cannot be read; check that {url} names {kind}"))
                .with_code("model_answer")
                .with_source(why),
            Trouble::HungUp => ErrorKind::Upstream
                .error(format!(
                    "the language model's server hung up in mid-answer; try again, and look after the server that \
                     {url} names"
                ))
                .with_code("model_hung_up"),
        }
    }
}

/// The prompt, with the answer it asks for, does not fit the model.
pub(super) fn too_long() -> Error {
    Error::invalid(
        "message",
        "this is too long for the model; shorten the message, or choose a model of a longer context",
    )
    .with_code("context_exceeded")
}
