use axum::{
    body::HttpBody,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use jarvis_core::{Error, Result, Scope};
use jarvis_engine::Idempotency;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{
    body::{decode, read_json},
    caller::{count, identity, user_query},
};
use crate::{error::ApiError, state::App};

/// A body that may name the local user on whose behalf it is sent.
pub(crate) trait Submission: DeserializeOwned + Send {
    /// Whether a request without a body is one with an empty object.
    const MAY_BE_EMPTY: bool = false;

    /// The name, when there is one.
    fn user_id(&self) -> Option<&str>;
}

/// A JSON body, on whose behalf it is sent, and the key that makes it repeatable.
pub(crate) struct Submit<T> {
    /// The body.
    pub(crate) body: T,
    /// Whose request it is.
    pub(crate) scope: Scope,
    /// From `Idempotency-Key`.
    pub(crate) idempotency: Option<Idempotency>,
}

impl<T: Submission> FromRequest<App> for Submit<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let key = parts.headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default());
        let bytes = if T::MAY_BE_EMPTY && body.is_end_stream() {
            Bytes::from_static(b"{}")
        } else {
            read_json(&parts, body, app.body_patience).await?
        };
        let body: T = decode(&bytes)?;
        let in_query = user_query(&parts)?.user_id;
        let name = one_user(in_query.as_deref(), body.user_id())?;
        let identity = identity(&parts)?;
        let scope = identity.scope(&app.engine, name, true).await?;
        count(&parts, &identity, &scope).await?;
        let idempotency = match key {
            Some(key) => {
                let user = scope.user();
                let hash = Sha256::new()
                    .chain_update(parts.method.as_str())
                    .chain_update([0])
                    .chain_update(parts.uri.path())
                    .chain_update([0])
                    .chain_update(user.as_uuid().as_bytes())
                    .chain_update(&bytes);
                Some(Idempotency::new(key, hash.finalize().into())?)
            }
            None => None,
        };
        Ok(Self { body, scope, idempotency })
    }
}

/// The name that one or both of two places give.
pub(crate) fn one_user<'a>(in_query: Option<&'a str>, in_body: Option<&'a str>) -> Result<Option<&'a str>> {
    match (in_query, in_body) {
        (Some(query), Some(body)) if query != body => {
            Err(Error::invalid("user_id", "user_id in the query and in the body differ; send it once"))
        }
        (query, body) => Ok(body.or(query)),
    }
}

#[cfg(test)]
mod tests {
    use super::one_user;

    #[test]
    fn query_and_body_must_agree() {
        assert_eq!(one_user(None, None).unwrap(), None);
        assert_eq!(one_user(Some("ann"), None).unwrap(), Some("ann"));
        assert_eq!(one_user(Some("ann"), Some("ann")).unwrap(), Some("ann"));
        assert_eq!(one_user(Some("ann"), Some("bob")).unwrap_err().field(), Some("user_id"));
    }
}
