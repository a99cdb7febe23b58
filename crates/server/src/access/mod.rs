//! Who is asking, and whether they may: decided once, before any handler, for every route by its [`Class`]. What has no
//! class lets nobody in.

mod class;
mod identity;
mod query_names;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jarvis_core::{
    Error, ErrorKind, Result,
    types::{Permission, Principal},
};
use sha2::{Digest, Sha256};

pub(crate) use class::{Class, class_of};
pub(crate) use identity::Identity;
pub(crate) use query_names::QueryNames;

use crate::{edge::Visitor, error::ApiError, state::App};

/// The header in which a command says who runs it.
pub const OPERATOR: &str = "x-jarvis-operator";
const MAX_OPERATOR_CHARS: usize = 64;

/// Lets a request through with its [`Identity`] among its extensions, or refuses it. A path that no route has is told so.
pub(crate) async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(template) = request.extensions().get::<MatchedPath>() else { return next.run(request).await };
    let class = class_of(request.method(), template.as_str());
    let query = if class == Class::Socket { request.uri().query() } else { None };
    let shown = if class == Class::Public { Ok(None) } else { token(request.headers(), query) };
    let operator = operator(request.headers());
    match identify(&app, class, shown, &operator).await {
        Ok(identity) => {
            if let (Identity::Person(principal), Some(visitor)) = (&identity, Visitor::among(request.extensions()))
                && let Err(error) = visitor.spend_as(principal.user()).await
            {
                return ApiError(error).into_response();
            }
            // told only to those who may ask
            if let Some(query) = request.uri().query()
                && let Err(error) = app.query_names.check(template.as_str(), request.method(), query)
            {
                return ApiError(error).into_response();
            }
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        Err(error) => ApiError(error).into_response(),
    }
}

async fn identify(app: &App, class: Class, shown: Result<Option<String>>, operator: &str) -> Result<Identity> {
    if class == Class::Public {
        return Ok(Identity::Nobody);
    }
    if class == Class::Probe {
        return Ok(probing(app, shown, operator).await);
    }
    let Some(token) = shown? else {
        return match class {
            _ if class.is_for_anyone() && !app.engine.accounts.are_required() => Ok(Identity::Open),
            // a socket may still say who it is
            Class::Socket => Ok(Identity::Nobody),
            _ => Err(unknown(class, app)),
        };
    };
    let identity = who_has(app, class, &token, operator).await?;
    may(&identity, class)?;
    Ok(identity)
}

/// Who asks how the server is: a token that is not good, or cannot be looked up, must not keep the answer back.
async fn probing(app: &App, shown: Result<Option<String>>, operator: &str) -> Identity {
    match shown {
        Ok(Some(token)) => who_has(app, Class::Probe, &token, operator).await.unwrap_or(Identity::Nobody),
        _ if app.engine.accounts.are_required() => Identity::Nobody,
        _ => Identity::Open,
    }
}

async fn who_has(app: &App, class: Class, token: &str, operator: &str) -> Result<Identity> {
    if app.admin_token.as_ref().is_some_and(|expected| is_same(token, expected)) {
        return Ok(Identity::Local(operator.into()));
    }
    // open mode trusts everybody with what is everybody's; a client that was written for accounts goes on unchanged
    if !app.engine.accounts.are_required()
        && !matches!(class, Class::Anyone | Class::Person | Class::Admin | Class::Grantor)
    {
        return Ok(Identity::Open);
    }
    let principal = app.engine.accounts.authenticate(token).await?;
    Ok(Identity::Person(principal.into()))
}

/// Who shows this token over a socket that is open.
pub(crate) async fn socket_identity(app: &App, token: &str) -> Result<Identity> {
    let identity = who_has(app, Class::Socket, token, "").await?;
    may(&identity, Class::Socket)?;
    Ok(identity)
}

fn may(identity: &Identity, class: Class) -> Result<()> {
    let Identity::Person(principal) = identity else { return Ok(()) };
    let needed = match class {
        Class::Nobody => return Err(not_yours("this route is not for anybody")),
        Class::Person => return by_a_person(principal),
        Class::Public | Class::Probe | Class::Anyone => return Ok(()),
        Class::Socket => Permission::Chat,
        Class::Operator if principal.permissions.has(Permission::Metrics) => return Ok(()),
        Class::Admin | Class::Grantor | Class::Operator => Permission::Admin,
        Class::Needs(permission) => permission,
    };
    if principal.permissions.has(needed) {
        return if class == Class::Grantor { by_a_person(principal) } else { Ok(()) };
    }
    let message = format!("this needs the permission `{}`, which you do not have", needed.word());
    Err(ErrorKind::Forbidden.error(message).with_code("permission_missing"))
}

/// Refuses what a program cannot do with its key, whatever the key may.
pub(crate) fn by_a_person(principal: &Principal) -> Result<()> {
    if principal.via_key() {
        return Err(not_yours("a key cannot do this; log in").with_code("login_required"));
    }
    Ok(())
}

fn not_yours(message: &'static str) -> Error {
    ErrorKind::Forbidden.error(message)
}

fn unknown(class: Class, app: &App) -> Error {
    if matches!(class, Class::Admin | Class::Grantor) && !app.engine.accounts.are_required() {
        let message = "send the administration token of the data directory as `authorization: Bearer …`";
        return ErrorKind::Unauthenticated.error(message);
    }
    ErrorKind::Unauthenticated.error(
        "say who you are: log in with POST /api/auth/login and send the access token, or an API key, as `authorization: Bearer …`",
    )
}

/// What a request shows. `query` is looked at where a browser cannot send headers.
fn token(headers: &HeaderMap, query: Option<&str>) -> Result<Option<String>> {
    let text = |name| headers.get(name).map(|value| value.to_str().map_err(|_| unreadable())).transpose();
    if let Some(authorization) = text(header::AUTHORIZATION)? {
        return match authorization.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim().to_owned())),
            _ => Err(unreadable()),
        };
    }
    if let Some(key) = text(header::HeaderName::from_static("x-api-key"))? {
        return Ok(Some(key.trim().to_owned()));
    }
    let named = query.and_then(|query| query.split('&').find_map(|parameter| parameter.strip_prefix("token=")));
    Ok(named.filter(|token| !token.is_empty()).map(str::to_owned))
}

/// What whoever has the token of the data directory is called by the operating system, for the trail; from anybody else it is
/// not believed.
fn operator(headers: &HeaderMap) -> String {
    let told = headers.get(OPERATOR).and_then(|value| value.to_str().ok()).unwrap_or_default();
    told.chars().filter(|c| !c.is_control()).take(MAX_OPERATOR_CHARS).collect()
}

fn unreadable() -> Error {
    ErrorKind::Unauthenticated.error("send the token as `authorization: Bearer …`, or a key as `x-api-key: …`")
}

/// What `fuzz/` drives: the headers that say who asks.
#[cfg(fuzzing)]
pub(crate) fn fuzz(headers: &HeaderMap) {
    let _ = token(headers, None);
    assert!(operator(headers).chars().count() <= MAX_OPERATOR_CHARS);
}

/// Compares digests without stopping at the first difference: how long it takes tells nothing about the token.
fn is_same(given: &str, expected: &str) -> bool {
    let (given, expected) = (Sha256::digest(given), Sha256::digest(expected));
    given.iter().zip(&expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_token_is_the_same() {
        assert!(is_same("secret", "secret"));
        assert!(!is_same("secre", "secret"));
        assert!(!is_same("", "secret"));
    }

    #[test]
    fn a_token_is_found_where_it_may_be() {
        let headers = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            headers
        };
        let found = |headers: &HeaderMap, query| token(headers, query).unwrap();
        let expected = Some("abc".to_owned());
        assert_eq!(found(&headers("authorization", "bearer abc"), None), expected);
        assert_eq!(found(&headers("x-api-key", "abc"), None), expected);
        assert_eq!(found(&HeaderMap::new(), Some("user_id=x&token=abc")), expected);
        assert_eq!(found(&headers("authorization", "Bearer abc"), Some("token=other")), expected);
        assert_eq!(found(&HeaderMap::new(), None), None);
        assert!(token(&headers("authorization", "Basic abc"), None).is_err());
    }
}
