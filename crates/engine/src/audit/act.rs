use std::fmt::Display;

use jarvis_core::{
    Json, Result, Scope,
    id::UserId,
    ports::Tx,
    types::{AuditDetail, AuditEntry},
};
use serde_json::Value;
use uuid::Uuid;

use super::Actor;
use crate::context::Context;

/// An act, to be recorded in its unit.
pub(crate) struct Act {
    id: Uuid,
    at: jarvis_core::Timestamp,
    salt: [u8; 16],
    scope: Scope,
    via: String,
    name: &'static str,
    object: String,
    subject: Option<UserId>,
    detail: AuditDetail,
}

impl Act {
    /// `object` is an id or a word, never a name.
    pub(crate) fn new(context: &Context, by: &Actor, name: &'static str, object: impl Display) -> Result<Self> {
        let mut salt = [0; 16];
        salt.copy_from_slice(&context.ports.entropy.bytes()?[..16]);
        let Actor { scope, via, operator } = by.clone();
        let detail = AuditDetail { operator, ..AuditDetail::default() };
        let (id, at, object) = (context.ports.ids.next(), context.now(), object.to_string());
        Ok(Self { id, at, salt, scope, via, name, object, subject: None, detail })
    }

    /// Whom it concerns: what it tells goes with them.
    pub(crate) fn about(mut self, user: UserId) -> Self {
        self.subject = Some(user);
        self
    }

    /// As an act of the person it concerns, who was not known before.
    pub(crate) fn by_themselves(mut self, user: UserId) -> Self {
        self.scope = Scope::of(user);
        self.about(user)
    }

    /// To this, when that is known only within the unit.
    pub(crate) fn on(mut self, object: impl Display) -> Self {
        self.object = object.to_string();
        self
    }

    pub(crate) fn before(mut self, before: &Value) -> Result<Self> {
        self.detail.before = Some(Json::encode(before)?);
        Ok(self)
    }

    pub(crate) fn after(mut self, after: &Value) -> Result<Self> {
        self.detail.after = Some(Json::encode(after)?);
        Ok(self)
    }

    pub(crate) async fn record(self, tx: &dyn Tx) -> Result<()> {
        let Self { id, at, salt, scope, via, name, object, subject, detail } = self;
        let entry = AuditEntry { id, at, via, act: name, object, subject, detail: Json::encode(&detail)?, salt };
        tx.audit().record(&scope, entry).await
    }
}
