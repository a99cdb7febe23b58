use std::{convert::Infallible, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use jarvis_core::Result;

use crate::edge::Visitor;

/// Where a browser keeps the refresh token of its login, out of reach of scripts.
///
/// It names no path, so the browser takes the folder of the route that sets it: the cookie goes back to `/api/auth/…` only,
/// also behind a proxy that puts a path in front.
pub(crate) struct LoginCookie {
    /// The refresh token, when the browser sent one.
    pub(crate) token: Option<String>,
    name: String,
    is_secure: bool,
}

impl LoginCookie {
    /// Puts a refresh token, good for `lifetime`, into the browser.
    pub(crate) fn set(&self, response: &mut Response, token: &str, lifetime: Duration) -> Result<()> {
        self.write(response, token, lifetime.as_secs())
    }

    /// Takes it out of the browser.
    pub(crate) fn clear(&self, response: &mut Response) -> Result<()> {
        self.write(response, "", 0)
    }

    fn write(&self, response: &mut Response, token: &str, seconds: u64) -> Result<()> {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let cookie = format!("{}={token}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", self.name);
        let cookie = HeaderValue::try_from(cookie).map_err(jarvis_core::Error::internal)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(())
    }
}

impl<S: Sync> FromRequestParts<S> for LoginCookie {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Infallible> {
        let visitor = Visitor::among(&parts.extensions);
        let is_secure = visitor.is_some_and(Visitor::is_https);
        let name = name(visitor.and_then(Visitor::host), is_secure);
        Ok(Self { token: find(&parts.headers, &name), name, is_secure })
    }
}

/// Browsers do not tell the ports of a host apart, so the name does; and over TLS they take a name with this prefix from nobody
/// who has no TLS.
fn name(host: Option<&str>, is_secure: bool) -> String {
    let prefix = if is_secure { "__Secure-" } else { "" };
    let port = host.and_then(|host| host.rsplit_once(':')).map(|(_, port)| port);
    match port.filter(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(port) => format!("{prefix}jarvis-login-{port}"),
        None => format!("{prefix}jarvis-login"),
    }
}

fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(named, token)| *named == name && !token.is_empty()).map(|(_, token)| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_on_one_host_do_not_take_each_others() {
        assert_eq!(name(Some("example.org"), true), "__Secure-jarvis-login");
        assert_eq!(name(Some("127.0.0.1:8100"), false), "jarvis-login-8100");
        assert_eq!(name(Some("[::1]:8100"), false), "jarvis-login-8100");
        assert_eq!(name(Some("[::1]"), false), "jarvis-login");
        assert_eq!(name(None, false), "jarvis-login");
    }

    #[test]
    fn it_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; jarvis-login-1=no"));
        headers.append(header::COOKIE, HeaderValue::from_static("jarvis-login=abc_-; c=d"));
        assert_eq!(find(&headers, "jarvis-login").as_deref(), Some("abc_-"));
        assert_eq!(find(&headers, "jarvis-login-2"), None);
        headers.insert(header::COOKIE, HeaderValue::from_static("jarvis-login="));
        assert_eq!(find(&headers, "jarvis-login"), None);
    }
}
