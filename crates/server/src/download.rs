//! Answers of any length, sent as they come.

use std::pin::Pin;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use futures_util::{Stream, StreamExt, stream};
use jarvis_core::{Error, ErrorKind, Result};

use crate::{error::ApiResult, extract::Welcome, readiness::Ending};

type Pieces = Pin<Box<dyn Stream<Item = Result<Vec<u8>>> + Send>>;

/// A file to be saved. What fails before its first piece is an error like any other; after that the connection breaks, and
/// so it does when the server ends, or the login or key of whoever asked.
pub(crate) async fn respond(
    pieces: impl Stream<Item = Result<Vec<u8>>> + Send + 'static,
    media_type: &'static str,
    file_name: &str,
    ending: Ending,
    welcome: Welcome,
) -> ApiResult {
    let mut pieces: Pieces = Box::pin(pieces);
    let first = pieces.next().await.transpose()?;
    let rest = stream::unfold(Some((pieces, ending, welcome)), |sending| async move {
        let (mut pieces, mut ending, mut welcome) = sending?;
        let piece = tokio::select! {
            biased;
            () = ending.begun() => Err(draining()),
            over = welcome.over() => Err(over),
            piece = pieces.next() => piece?,
        };
        if let Err(error) = &piece {
            tracing::warn!(?error, "a file could not be sent to its end");
        }
        let rest = piece.is_ok().then_some((pieces, ending, welcome));
        Some((piece, rest))
    });
    let body = stream::iter(first.map(Ok)).chain(rest);
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{file_name}\""));
    headers.insert(header::CONTENT_DISPOSITION, disposition.map_err(Error::internal)?);
    Ok(response)
}

fn draining() -> Error {
    ErrorKind::Unavailable.error("the server is shutting down").with_code("draining")
}
