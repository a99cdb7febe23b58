//! The API without a network, for a command that owns the data directory: what it does there is what the server would do.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Request, header},
};
use jarvis_core::{Error, Result};
use jarvis_engine::Engine;
use serde_json::Value;
use tower::ServiceExt;

use crate::{OPERATOR, Readiness, ServerOptions, router};

/// Bytes of an answer at most.
const MAX_ANSWER: usize = 64 << 20;

/// The API over an engine of this process. Everything is asked with the administration token.
#[derive(Debug)]
pub struct InProcess {
    router: Router,
    authorization: HeaderValue,
    operator: HeaderValue,
}

impl InProcess {
    /// Over `engine`. `options` say the administration token, `operator` who runs the command.
    pub fn new(engine: Arc<Engine>, options: ServerOptions, operator: &str) -> Result<Self> {
        let token = options.admin_token.clone().unwrap_or_default();
        let authorization = HeaderValue::try_from(format!("Bearer {token}")).map_err(Error::internal)?;
        let operator = HeaderValue::try_from(operator).map_err(Error::internal)?;
        let readiness = Readiness::starting();
        readiness.set_ready();
        Ok(Self { router: router(engine, options, readiness), authorization, operator })
    }

    /// Asks, and answers the status and the body.
    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Vec<u8>)> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        let request = request.header(header::AUTHORIZATION, &self.authorization).header(OPERATOR, &self.operator);
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(serde_json::to_vec(body).map_err(Error::internal)?)),
            None => request.body(Body::empty()),
        };
        let Ok(response) = self.router.clone().oneshot(request.map_err(Error::internal)?).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), MAX_ANSWER).await.map_err(Error::internal)?;
        Ok((status, body.to_vec()))
    }
}
