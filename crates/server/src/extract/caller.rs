use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use jarvis_core::Scope;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Query;
use crate::{edge::Visitor, error::ApiError, state::App};

/// Which local user of open mode is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// The local user on whose behalf this is done: 1 to 50 letters, digits, `_` or `-`. `default` when absent.
    pub(crate) user_id: Option<String>,
}

/// On whose behalf a request is made.
pub(crate) struct Caller(pub(crate) Scope);

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let query = user_query(parts)?;
        let name = query.user_id.as_deref();
        let users = &app.engine.users;
        // Looking must not leave a user behind for every name that is tried.
        let scope = if parts.method == Method::POST { users.local(name).await } else { users.known(name).await };
        let scope = scope?;
        if let Some(visitor) = Visitor::among(&parts.extensions) {
            visitor.spend_as(scope.user()).await?;
        }
        Ok(Self(scope))
    }
}

pub(super) fn user_query(parts: &Parts) -> Result<UserQuery, ApiError> {
    match parts.uri.query() {
        Some(query) if query.contains("user_id") => Query::parse(query).map(|Query(query)| query),
        _ => Ok(UserQuery { user_id: None }),
    }
}
