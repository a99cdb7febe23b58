//! The file of a form, as a browser sends it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::body::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use jarvis_core::{Error, ErrorKind, Result};
use multer::{Field, Multipart};

/// Bytes of a form that may come before its file: a boundary, headers, a field or two. They are held in memory.
const MAX_BEFORE: usize = 64 * 1024;

/// The bytes of the first file of a form, as they come; what follows it is not read.
pub(super) fn file(
    content_type: &str,
    pieces: BoxStream<'static, Result<Bytes>>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let boundary = multer::parse_boundary(content_type).map_err(unreadable)?;
    let is_found = Arc::new(AtomicBool::new(false));
    let form = Multipart::new(bounded(pieces, Arc::clone(&is_found)), boundary);
    let read = stream::unfold(Some((form, None)), move |reading| {
        let is_found = Arc::clone(&is_found);
        async move {
            let (mut form, field) = reading?;
            let mut field = match field {
                Some(field) => field,
                None => match first(&mut form).await {
                    Ok(field) => field,
                    Err(error) => return Some((Err(error), None)),
                },
            };
            is_found.store(true, Ordering::Relaxed);
            match field.chunk().await {
                Ok(Some(piece)) => Some((Ok(piece), Some((form, Some(field))))),
                Ok(None) => None,
                Err(error) => Some((Err(unreadable(error)), None)),
            }
        }
    });
    Ok(read.boxed())
}

async fn first(form: &mut Multipart<'static>) -> Result<Field<'static>> {
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.file_name().is_some() {
            return Ok(field);
        }
    }
    Err(Error::invalid("file", "the form has no file; choose one"))
}

/// What comes, as long as the file is found before much has come: a header that never ends would fill the memory.
fn bounded(pieces: BoxStream<'static, Result<Bytes>>, is_found: Arc<AtomicBool>) -> BoxStream<'static, Result<Bytes>> {
    let mut before = 0;
    let bounded = pieces.map(move |piece| {
        if before > MAX_BEFORE && !is_found.load(Ordering::Relaxed) {
            return Err(ErrorKind::TooLarge.error("the form has too much before its file; send the file alone"));
        }
        before += piece.as_ref().map_or(0, Bytes::len);
        piece
    });
    bounded.boxed()
}

/// Our own errors come back as they were.
fn unreadable(error: multer::Error) -> Error {
    match error {
        multer::Error::StreamReadFailed(cause) => match cause.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => malformed(other),
        },
        other => malformed(other),
    }
}

fn malformed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    ErrorKind::Malformed.error("the form is not valid multipart/form-data, or did not arrive whole").with_source(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: &'static str, size: usize) -> Result<String> {
        let pieces: Vec<Result<Bytes>> =
            body.as_bytes().chunks(size).map(|piece| Ok(Bytes::from_static(piece))).collect();
        let mut read = file("multipart/form-data; boundary=X", stream::iter(pieces).boxed())?;
        let mut text = Vec::new();
        while let Some(piece) = read.next().await {
            text.extend_from_slice(&piece?);
        }
        Ok(String::from_utf8(text).unwrap())
    }

    #[tokio::test]
    async fn the_first_file_is_the_body() {
        let form = "--X\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n[{}]\n\r\n--X--\r\n";
        for size in [1, 7, 1_000] {
            assert_eq!(read(form, size).await.unwrap(), "[{}]\n");
        }
    }

    #[tokio::test]
    async fn a_form_without_file_or_end_is_refused() {
        let empty = "--X\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--X--\r\n";
        assert_eq!(read(empty, 9).await.unwrap_err().field(), Some("file"));
        let cut = "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n[{";
        assert_eq!(read(cut, 9).await.unwrap_err().kind(), ErrorKind::Malformed);
        assert!(file("multipart/form-data", stream::empty().boxed()).is_err(), "no boundary");
    }

    #[tokio::test]
    async fn a_header_that_never_ends_is_cut() {
        let begun = stream::once(async { Ok(Bytes::from_static(b"--X\r\n")) });
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[b'a'; 1_024])));
        let mut read = file("multipart/form-data; boundary=X", begun.chain(endless).boxed()).unwrap();
        assert_eq!(read.next().await.unwrap().unwrap_err().kind(), ErrorKind::TooLarge);
        assert!(read.next().await.is_none());
    }
}
