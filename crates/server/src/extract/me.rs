use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use jarvis_core::{ErrorKind, types::Principal};

use super::caller::identity;
use crate::{access::Identity, error::ApiError, state::App};

/// Who is asking, themselves.
pub(crate) struct Me(pub(crate) Arc<Principal>);

impl FromRequestParts<App> for Me {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(identity(parts)?.principal(&app.engine).await?))
    }
}

/// The same, of whom there is an account to be changed.
pub(crate) struct Holder(pub(crate) Arc<Principal>);

impl FromRequestParts<App> for Holder {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        match identity(parts)? {
            Identity::Person(principal) => Ok(Self(principal)),
            _ => Err(ErrorKind::Conflict
                .error("whoever asks has no account here; make one, and log in with it (AUTH_MODE=required)")
                .with_code("no_account")
                .into()),
        }
    }
}
