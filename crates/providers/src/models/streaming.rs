//! From the body of an answer to the answer.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use jarvis_core::{
    Result,
    ports::{ModelEvent, ModelStream},
};

use super::server::{Server, Trouble};
use crate::http::{Body, Failure};

/// How long the figures of an answer are waited for once its text is whole.
const FIGURES: Duration = Duration::from_secs(2);

/// Understands one protocol, in whatever pieces it comes.
pub(super) trait Decoder: Send + 'static {
    /// More bytes. Take all events out before the next ones.
    fn push(&mut self, bytes: &[u8]);

    /// There are no more bytes: from now on, `next` comes to the answer's end or to a trouble.
    fn close(&mut self);

    /// The next event, if the bytes so far hold one.
    fn next(&mut self) -> Result<Option<ModelEvent>, Trouble>;

    /// Whether the text is whole, though its figures or its end may still come.
    fn is_whole(&self) -> bool;
}

/// Waits for the first event: an answer that does not begin is an error of its own.
pub(super) async fn answer<D: Decoder>(server: Arc<Server>, body: Body, decoder: D) -> Result<ModelStream> {
    let mut reading = Reading { server, decoder, body: Some(body), first: None, has_begun: false, is_over: false };
    reading.first = Some(match reading.next().await {
        Some(event) => event?,
        None => return Err(reading.server.trouble(Trouble::HungUp)),
    });
    Ok(stream::unfold(reading, |mut reading| async move {
        let event = match reading.first.take() {
            Some(first) => Ok(first),
            None => reading.next().await?,
        };
        Some((event, reading))
    })
    .boxed())
}

/// An answer on its way. Dropped, it drops the body, and the server stops.
struct Reading<D> {
    server: Arc<Server>,
    decoder: D,
    /// Until it is read to its end.
    body: Option<Body>,
    first: Option<ModelEvent>,
    has_begun: bool,
    is_over: bool,
}

impl<D: Decoder> Reading<D> {
    async fn next(&mut self) -> Option<Result<ModelEvent>> {
        if self.is_over {
            return None;
        }
        let event = self.event().await;
        match &event {
            Ok(ModelEvent::Token(_)) => self.has_begun = true,
            Ok(ModelEvent::Started { .. }) => {}
            Ok(ModelEvent::Done(_)) => {
                self.is_over = true;
                if let Some(body) = self.body.take() {
                    body.leave();
                }
            }
            Err(_) => {
                self.is_over = true;
                self.body = None;
            }
        }
        Some(event)
    }

    async fn event(&mut self) -> Result<ModelEvent> {
        loop {
            if let Some(event) = self.decoder.next().map_err(|trouble| self.server.trouble(trouble))? {
                return Ok(event);
            }
            let Some(body) = &mut self.body else { return Err(self.server.trouble(Trouble::HungUp)) };
            let more = if self.decoder.is_whole() {
                tokio::time::timeout(FIGURES, body.next()).await.unwrap_or_default()
            } else {
                body.next().await
            };
            match more {
                Some(Ok(bytes)) => self.decoder.push(&bytes),
                Some(Err(failure)) if !self.decoder.is_whole() => return Err(self.broken(failure)),
                None | Some(Err(_)) => {
                    self.body = None;
                    self.decoder.close();
                }
            }
        }
    }

    /// What a connection that broke means.
    fn broken(&self, failure: Failure) -> jarvis_core::Error {
        match failure {
            Failure::Unreachable(cause) | Failure::TooSlow(cause) if self.has_begun => {
                self.server.trouble(Trouble::HungUp).with_source(cause)
            }
            failure => self.server.failed(failure),
        }
    }
}
