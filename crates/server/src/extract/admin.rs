use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use jarvis_core::{ErrorKind, types::Principal};

use super::caller::identity;
use crate::{error::ApiError, state::App};

/// Somebody who administers: a person with the permission, or whoever has the token of the data directory.
pub(crate) struct Admin(pub(crate) Arc<Principal>);

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let identity = identity(parts)?;
        if !identity.administers() {
            return Err(ErrorKind::Forbidden
                .error("this is for administrators")
                .with_code("permission_missing")
                .into());
        }
        Ok(Self(identity.principal(&app.engine).await?))
    }
}
