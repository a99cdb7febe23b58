//! What is noted of acts on accounts. Never a password, a token or a part of one.

use std::fmt::Display;

use jarvis_core::{
    Json, Result, Scope,
    id::UserId,
    ports::Tx,
    types::{AuditEntry, Principal, Via},
};
use serde_json::Value;

use crate::context::Context;

/// On whose behalf an act is noted: the owner of the data directory is nobody in particular.
pub(super) fn actor(principal: &Principal) -> Scope {
    match principal.via {
        Via::Local | Via::Open => Scope::system(),
        Via::AccessToken { .. } | Via::ApiKey { .. } => principal.scope,
    }
}

/// An act, to be recorded in its transaction.
pub(super) struct Act {
    scope: Scope,
    entry: AuditEntry,
}

impl Act {
    pub(super) fn new(context: &Context, scope: Scope, act: &'static str, object: impl Display) -> Self {
        let (id, at) = (context.ports.ids.next(), context.now());
        Self { scope, entry: AuditEntry { id, at, act, object: object.to_string(), detail: None } }
    }

    pub(super) fn with(mut self, detail: &Value) -> Result<Self> {
        self.entry.detail = Some(Json::encode(detail)?);
        Ok(self)
    }

    pub(super) async fn record(self, tx: &dyn Tx) -> Result<()> {
        tx.audit().record(&self.scope, self.entry).await
    }

    /// As an act of a person who was not known before.
    pub(super) fn by(mut self, user: UserId) -> Self {
        self.scope = Scope::of(user);
        self
    }
}
