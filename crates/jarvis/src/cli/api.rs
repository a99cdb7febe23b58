use anyhow::{Result, anyhow};
use jarvis_host::{Config, operator};
use jarvis_server::{InProcess, Policy, ServerOptions, Settings, SocketOptions, install_metrics};
use serde_json::Value;

use crate::{
    access::Access,
    remote::{Refusal, Remote},
};

/// The API, of the server that has the data directory or of this process.
pub(super) struct Api {
    access: Access,
    here: Option<InProcess>,
}

impl Api {
    pub(super) async fn open(config: &Config) -> Result<Self> {
        let access = Access::open_or_make(config).await?;
        let here = match &access {
            Access::Remote(_) => None,
            Access::Local(services) => {
                let options = ServerOptions {
                    request_timeout: config.server.request_timeout,
                    settings: Settings::new(Policy::default()),
                    limiter: None,
                    base_path: String::new(),
                    body_patience: config.limits.stall_timeout,
                    reload: None,
                    admin_token: Some(services.admin_token().reveal().to_owned()),
                    sockets: SocketOptions::default(),
                    metrics: install_metrics()?,
                };
                Some(InProcess::new(services.engine.clone(), options, &operator())?)
            }
        };
        Ok(Self { access, here })
    }

    pub(super) async fn close(self) -> Result<()> {
        self.access.close().await
    }

    /// Where people find the server that answers; none where none runs.
    pub(super) fn url(&self) -> Option<&str> {
        if let Access::Remote(server) = &self.access { Some(server.url()) } else { None }
    }

    pub(super) async fn get(&self, route: &str) -> Result<Value> {
        self.call("GET", route, None).await
    }

    pub(super) async fn post(&self, route: &str, body: &Value) -> Result<Value> {
        self.call("POST", route, Some(body)).await
    }

    pub(super) async fn patch(&self, route: &str, body: &Value) -> Result<Value> {
        self.call("PATCH", route, Some(body)).await
    }

    pub(super) async fn delete(&self, route: &str) -> Result<Value> {
        self.call("DELETE", route, None).await
    }

    async fn call(&self, method: &'static str, route: &str, body: Option<&Value>) -> Result<Value> {
        match (&self.access, &self.here) {
            (Access::Remote(server), _) => there(server, method, route, body).await,
            (_, Some(here)) => {
                let (status, body) = here.call(method, route, body).await?;
                if (200..300).contains(&status) {
                    return Ok(serde_json::from_slice(&body)?);
                }
                Err(match serde_json::from_slice::<Refusal>(&body) {
                    Ok(refusal) => anyhow!(refusal.error.message),
                    Err(_) => anyhow!("the answer {status} is not understood"),
                })
            }
            (Access::Local(_), None) => Err(anyhow!("the data directory is not open")),
        }
    }
}

async fn there(server: &Remote, method: &'static str, route: &str, body: Option<&Value>) -> Result<Value> {
    server.call(method, route, body).await
}
