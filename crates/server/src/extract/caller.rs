use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use jarvis_core::{ErrorKind, Scope};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Query;
use crate::{access::Identity, edge::Visitor, error::ApiError, state::App};

/// Which local user of open mode is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// In open mode, the local user on whose behalf this is done: 1 to 50 letters, digits, `_` or `-`; `default` when
    /// absent. Where people log in, nobody but themselves.
    pub(crate) user_id: Option<String>,
}

/// On whose behalf a request is made.
pub(crate) struct Caller(pub(crate) Scope);

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let query = user_query(parts)?;
        let is_new = parts.method == Method::POST;
        let identity = identity(parts)?;
        let scope = identity.scope(&app.engine, query.user_id.as_deref(), is_new).await?;
        count(parts, &identity, &scope).await?;
        Ok(Self(scope))
    }
}

impl FromRequestParts<App> for Identity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        Ok(identity(parts)?)
    }
}

/// Who is asking, as it was decided before the handler.
pub(super) fn identity(parts: &Parts) -> jarvis_core::Result<Identity> {
    let decided = parts.extensions.get::<Identity>().cloned();
    decided.ok_or_else(|| ErrorKind::Unauthenticated.error("say who you are"))
}

/// Counts a request for the local user on whose behalf it is made; people who logged in were counted when they were let in.
pub(super) async fn count(parts: &Parts, identity: &Identity, scope: &Scope) -> jarvis_core::Result<()> {
    match (identity, Visitor::among(&parts.extensions)) {
        (Identity::Person(_), _) | (_, None) => Ok(()),
        (_, Some(visitor)) => visitor.spend_as(scope.user()).await,
    }
}

pub(super) fn user_query(parts: &Parts) -> Result<UserQuery, ApiError> {
    match parts.uri.query() {
        Some(query) if query.contains("user_id") => Query::parse(query).map(|Query(query)| query),
        _ => Ok(UserQuery { user_id: None }),
    }
}
