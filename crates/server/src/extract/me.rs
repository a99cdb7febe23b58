use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use jarvis_core::types::Principal;

use super::caller::identity;
use crate::{error::ApiError, state::App};

/// Who is asking, themselves.
pub(crate) struct Me(pub(crate) Arc<Principal>);

impl FromRequestParts<App> for Me {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(identity(parts)?.principal(&app.engine).await?))
    }
}
