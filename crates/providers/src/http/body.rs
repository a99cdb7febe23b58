use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::Failure;

/// How long the rest of a body that matters no more is waited for.
const REST: Duration = Duration::from_secs(1);
/// Bytes of such a rest that are read.
const REST_BYTES: usize = 64 << 10;

/// The body of an answer. Dropped before its end, it takes the connection with it: the server sees that nobody listens.
#[derive(Debug)]
pub(crate) struct Body(Incoming);

impl Body {
    pub(super) fn new(body: Incoming) -> Self {
        Self(body)
    }

    /// All of it, at most so many bytes.
    pub(crate) async fn read(self, limit: usize) -> Result<Bytes, Failure> {
        match Limited::new(self.0, limit).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Failure::TooLarge),
            Err(error) => Err(Failure::of(error)),
        }
    }

    /// The beginning of it, at most so many bytes, as far as it comes.
    pub(super) async fn beginning(mut self, bytes: &mut Vec<u8>, limit: usize) {
        while bytes.len() < limit
            && let Some(Ok(more)) = self.next().await
        {
            bytes.extend_from_slice(&more);
        }
        bytes.truncate(limit);
    }

    /// More of it, as it comes; none at its end.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        loop {
            match self.0.frame().await? {
                Ok(frame) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Some(Ok(bytes));
                    }
                }
                Err(error) => return Some(Err(Failure::of(error))),
            }
        }
    }

    /// Leaves a body whose rest matters no more, so that its connection serves again: reads on without the caller, for
    /// a moment.
    pub(crate) fn leave(self) {
        tokio::spawn(tokio::time::timeout(REST, async { Limited::new(self.0, REST_BYTES).collect().await.is_ok() }));
    }
}
