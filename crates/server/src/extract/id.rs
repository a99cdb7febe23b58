use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use jarvis_core::{Error, ErrorKind};

use crate::error::ApiError;

/// The identity at the end of a path. What cannot be one is refused before anything is asked of the store.
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr<Err = Error>> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| ErrorKind::Malformed.error("the path is not UTF-8").with_source(error))?;
        let text = params.iter().next().map_or("", |(_, value)| value);
        Ok(Self(text.parse()?))
    }
}
