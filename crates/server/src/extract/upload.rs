use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::header,
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use jarvis_core::{Error, ErrorKind, Result};
use jarvis_engine::ImportFormat;
use std::time::Duration;

use super::{body::broken, form};
use crate::{Readiness, error::ApiError, state::App};

/// A file that is sent, as it comes, of any length. It fails when nothing comes for as long as a request may take, and
/// when the server ends.
pub(crate) struct Upload {
    pub(crate) pieces: BoxStream<'static, Result<Bytes>>,
    /// What the type of the body says of it.
    pub(crate) format: Option<ImportFormat>,
}

impl FromRequest<App> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let pieces = pieces(request.into_body(), app.request_timeout, app.readiness.clone());
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "application/x-ndjson" => Ok(Self { pieces, format: Some(ImportFormat::Jsonl) }),
            "application/json" | "application/zip" | "application/octet-stream" => Ok(Self { pieces, format: None }),
            "multipart/form-data" => Ok(Self { pieces: form::file(&content_type, pieces)?, format: None }),
            _ => Err(ErrorKind::Unsupported
                .error(
                    "send the file with the header content-type: application/octet-stream (JSON lines: application/x-ndjson)",
                )
                .into()),
        }
    }
}

fn pieces(body: Body, patience: Duration, readiness: Readiness) -> BoxStream<'static, Result<Bytes>> {
    let pieces = stream::unfold(Some(body.into_data_stream()), move |body| {
        let readiness = readiness.clone();
        async move {
            let mut body = body?;
            let piece = tokio::select! {
                biased;
                () = readiness.draining() => Err(ending()),
                piece = tokio::time::timeout(patience, body.next()) => match piece {
                    Ok(piece) => piece?.map_err(broken),
                    Err(_) => Err(stalled(patience)),
                },
            };
            // after a failure nothing more is expected
            let rest = piece.is_ok().then_some(body);
            Some((piece, rest))
        }
    });
    pieces.boxed()
}

fn stalled(patience: Duration) -> Error {
    ErrorKind::DeadlineExceeded
        .error(format!("nothing came for {} seconds", patience.as_secs_f32()))
        .with_code("upload_stalled")
}

fn ending() -> Error {
    ErrorKind::Unavailable
        .error("the server is shutting down")
        .with_code("draining")
        .with_retry_after(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn slow_pieces_are_waited_for_and_a_stall_is_not() {
        let slow = stream::unfold(0, |number: u8| async move {
            // the fourth never comes
            let wait = if number < 3 { Duration::from_secs(29) } else { Duration::from_hours(99) };
            tokio::time::sleep(wait).await;
            Some((Ok::<_, std::io::Error>(vec![number]), number + 1))
        });
        let pieces = pieces(Body::from_stream(slow), Duration::from_secs(30), Readiness::starting());
        let came: Vec<Result<Bytes>> = pieces.collect().await;
        assert_eq!(came.len(), 4, "nothing follows a failure");
        assert!(came[..3].iter().all(Result::is_ok));
        let failure = came[3].as_ref().unwrap_err();
        assert_eq!((failure.kind(), failure.code()), (ErrorKind::DeadlineExceeded, "upload_stalled"));
    }

    #[tokio::test]
    async fn an_upload_ends_with_the_server() {
        let readiness = Readiness::starting();
        let mut pieces =
            pieces(Body::from_stream(stream::pending::<Result<Bytes>>()), Duration::from_hours(1), readiness.clone());
        readiness.drain();
        assert_eq!(pieces.next().await.unwrap().unwrap_err().code(), "draining");
        assert!(pieces.next().await.is_none());
    }
}
