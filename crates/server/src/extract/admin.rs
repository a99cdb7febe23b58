use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use jarvis_core::ErrorKind;
use sha2::{Digest, Sha256};

use crate::{error::ApiError, state::App};

/// Proof that the caller holds the administration token.
pub(crate) struct Admin;

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Some(expected) = &app.admin_token else {
            return Err(ErrorKind::Forbidden.error("administration over HTTP is off on this server").into());
        };
        let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = authorization.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        match given {
            Some(given) if same(given, expected) => Ok(Self),
            _ => Err(ErrorKind::Unauthenticated
                .error("send the administration token of the data directory as `authorization: Bearer …`")
                .into()),
        }
    }
}

/// Compares digests without stopping at the first difference: how long it takes tells nothing about the token.
fn same(given: &str, expected: &str) -> bool {
    let (given, expected) = (Sha256::digest(given), Sha256::digest(expected));
    given.iter().zip(&expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn only_the_same_token_is_the_same() {
        assert!(same("secret", "secret"));
        assert!(!same("secre", "secret"));
        assert!(!same("", "secret"));
    }
}
