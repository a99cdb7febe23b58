use std::{borrow::Cow, collections::HashMap};

use axum::http::Method;
use jarvis_core::{Error, ErrorKind, Result};
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, ParameterIn},
};

/// What the query of each route may hold, as the OpenAPI document tells it. A filter that is misspelt must not show more
/// than was asked for; fields of a body that nobody knows are ignored, a query is refused.
#[derive(Debug, Default)]
pub(crate) struct QueryNames(HashMap<String, HashMap<Method, Vec<String>>>);

impl QueryNames {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let of_path = |(path, item): (&String, &utoipa::openapi::PathItem)| {
            let operations = [
                (Method::GET, &item.get),
                (Method::HEAD, &item.get),
                (Method::POST, &item.post),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let named = operations.into_iter().filter_map(|(method, it)| Some((method, names(it.as_ref()?))));
            (path.clone(), named.collect())
        };
        let api = document.paths.paths.iter().filter(|(path, _)| path.starts_with("/api/"));
        Self(api.map(of_path).collect())
    }

    /// Refuses a query that is not UTF-8, or that holds what the route does not know.
    pub(crate) fn check(&self, template: &str, method: &Method, query: &str) -> Result<()> {
        if !is_utf8(query) {
            return Err(ErrorKind::Malformed.error("the query is not UTF-8"));
        }
        let Some(known) = self.0.get(template).and_then(|methods| methods.get(method)) else { return Ok(()) };
        let Ok(pairs) = serde_urlencoded::from_str::<Vec<(Cow<'_, str>, Cow<'_, str>)>>(query) else { return Ok(()) };
        match pairs.into_iter().find(|(name, _)| !known.iter().any(|known| known == name)) {
            None => Ok(()),
            Some((name, _)) => {
                let all = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                Err(Error::invalid(name.into_owned(), format!("this route has no such parameter; it takes {all}"))
                    .with_code("unknown_parameter"))
            }
        }
    }
}

fn names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.as_deref().unwrap_or_default().iter();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
            _ => None,
        })
        .collect()
}

/// Whether what the escapes stand for is text.
fn is_utf8(query: &str) -> bool {
    if !query.contains('%') {
        return true;
    }
    let mut decoded = Vec::with_capacity(query.len());
    let mut rest = query.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2)).flatten().and_then(|digits| {
            let digit = |at: usize| char::from(digits[at]).to_digit(16);
            Some((digit(0)? * 16 + digit(1)?) as u8)
        });
        decoded.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    std::str::from_utf8(&decoded).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::documented;

    fn refused(method: &Method, template: &str, query: &str) -> Option<(&'static str, Option<String>)> {
        let names = QueryNames::of(&documented().into_openapi());
        let error = names.check(template, method, query).err()?;
        Some((error.code(), error.field().map(str::to_owned)))
    }

    #[test]
    fn only_what_a_route_knows_is_let_through() {
        for (method, template, query) in [
            (Method::GET, "/api/search", "q=a+b&limit=5&user_id=ann"),
            (Method::HEAD, "/api/search", "%71=caf%C3%A9&limit=%"),
            (Method::GET, "/health", "whatever=1"),
            (Method::GET, "/docs", "whatever=1"),
        ] {
            assert_eq!(refused(&method, template, query), None, "{template}?{query}");
        }
        assert_eq!(
            refused(&Method::GET, "/api/export", "conversation=1"),
            Some(("unknown_parameter", Some("conversation".to_owned())))
        );
        assert_eq!(refused(&Method::POST, "/api/auth/login", "q=1"), Some(("unknown_parameter", Some("q".to_owned()))));
        for query in ["q=%FF", "q=%c3", "%80=1", "q=%ed%a0%80"] {
            assert_eq!(refused(&Method::GET, "/api/search", query), Some(("malformed", None)), "{query}");
        }
    }
}
