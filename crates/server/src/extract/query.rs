use axum::{extract::FromRequestParts, http::request::Parts};
use jarvis_core::Error;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The query string. Parameters it does not know are ignored.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl<T: DeserializeOwned> Query<T> {
    pub(super) fn parse(query: &str) -> Result<Self, ApiError> {
        if let Some(parameter) = query.split('&').find(|parameter| parameter.contains("%00")) {
            let field = parameter.split('=').next().unwrap_or_default().to_owned();
            return Err(Error::invalid(field, "the character U+0000 cannot be stored; leave it out").into());
        }
        serde_urlencoded::from_str(query).map(Self).map_err(|error| misfit::<T>(query, &error).into())
    }
}

fn misfit<T: DeserializeOwned>(query: &str, error: &serde_urlencoded::de::Error) -> Error {
    // Parsed again one by one, so that the common case does not pay for naming the parameter.
    let culprit = query.split('&').find(|parameter| {
        serde_urlencoded::from_str::<T>(parameter).is_err_and(|single| single.to_string() == error.to_string())
    });
    let field = culprit.and_then(|parameter| parameter.split('=').next()).unwrap_or("query");
    let reason = match error.to_string().as_str() {
        // what the standard library says of text that is no number
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "expected a whole number from 0".to_owned()
        }
        other => other.to_owned(),
    };
    Error::invalid(field.to_owned(), format!("{field}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Paging {
        limit: Option<u32>,
        #[serde(default, deserialize_with = "crate::extract::parsed")]
        since: Option<jarvis_core::Timestamp>,
    }

    fn refusal(query: &str) -> (Option<String>, String) {
        let Err(ApiError(error)) = Query::<Paging>::parse(query) else { panic!("{query} was taken") };
        (error.field().map(str::to_owned), error.message().to_owned())
    }

    #[test]
    fn a_bad_parameter_is_named() {
        let (field, message) = refusal("x=1&limit=many");
        assert_eq!((field.as_deref(), message.as_str()), (Some("limit"), "limit: expected a whole number from 0"));
        let (field, message) = refusal("limit=5&since=yesterday");
        assert_eq!(field.as_deref(), Some("since"));
        assert_eq!(message, "since: a time is written in RFC 3339, such as 2026-11-21T08:00:00Z");
        assert_eq!(refusal("q=a%00b").0.as_deref(), Some("q"));
    }

    #[test]
    fn absent_empty_and_unknown_parameters_are_fine() {
        let Ok(Query(paging)) = Query::<Paging>::parse("since=&other=1&limit=7") else { panic!("refused") };
        assert_eq!((paging.limit, paging.since), (Some(7), None));
    }
}
