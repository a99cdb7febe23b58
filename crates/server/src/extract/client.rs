use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::edge::Visitor;

/// What logs in, as far as it says.
pub(crate) struct Client {
    /// Where it is.
    pub(crate) address: Option<IpAddr>,
    /// What it calls itself.
    pub(crate) label: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = Visitor::among(&parts.extensions).map(Visitor::address);
        let label = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { address, label })
    }
}
