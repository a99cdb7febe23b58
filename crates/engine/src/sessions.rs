use jarvis_core::{
    Error, Json, Result, Scope,
    id::SessionId,
    policy::prompt::Template,
    types::{Cursor, NewSession, Page, Session, SessionPatch},
};

use crate::{
    context::Context,
    idempotent::{self, Idempotency, Once},
    limits::{self, MAX_NAME_CHARS, MAX_TEXT_CHARS},
};

/// Named contexts that group conversations and shape the prompt.
#[derive(Debug)]
pub struct Sessions {
    context: Context,
}

/// A session to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct AddSession {
    /// What the person calls it.
    pub name: String,
    /// Whom the assistant plays.
    pub role: Option<String>,
    /// What the person wants to reach.
    pub goals: Option<String>,
    /// What it says instead of the usual system message.
    pub template: Option<String>,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
}

impl Sessions {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Makes a session.
    #[tracing::instrument(name = "sessions.add", target = "jarvis", skip_all)]
    pub async fn add(&self, scope: Scope, add: AddSession, idempotency: Option<Idempotency>) -> Result<Once<Session>> {
        let AddSession { name, role, goals, template, metadata } = add;
        check_template(template.as_deref())?;
        check_text(Some(&name), role.as_deref(), goals.as_deref())?;
        limits::metadata(metadata.as_ref())?;
        let allowance = self.context.allow_more(&scope).await?;
        let created_at = self.context.now();
        let id = SessionId::new(&*self.context.ports.ids);
        let session = NewSession { id, name, role, goals, template, metadata, created_at };
        self.context
            .write(scope, move |tx| {
                Box::pin(async move {
                    let idempotency = idempotency.as_ref();
                    if let Some(seen) = idempotent::claim(tx, &scope, idempotency, *id.as_uuid(), created_at).await? {
                        let made = tx.sessions().get(&scope, seen.resource_id.into()).await?;
                        return Ok(Once { value: made.ok_or_else(idempotent::gone)?, replayed: true });
                    }
                    let value = tx.sessions().insert(&scope, session).await?;
                    idempotent::finish(tx, &scope, idempotency, id.as_uuid()).await?;
                    allowance.check(tx, &scope).await?;
                    Ok(Once { value, replayed: false })
                })
            })
            .await
    }

    /// Reads a session.
    #[tracing::instrument(name = "sessions.get", target = "jarvis", skip_all)]
    pub async fn get(&self, scope: &Scope, id: SessionId) -> Result<Session> {
        self.context.ports.store.sessions().get(scope, id).await?.ok_or_else(|| Error::not_found("session"))
    }

    /// Lists sessions, newest first.
    #[tracing::instrument(name = "sessions.list", target = "jarvis", skip_all)]
    pub async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<Session>> {
        self.context.ports.store.sessions().list(scope, limits::list_limit(limit)?, after).await
    }

    /// Changes a session.
    #[tracing::instrument(name = "sessions.update", target = "jarvis", skip_all)]
    pub async fn update(&self, scope: Scope, id: SessionId, patch: SessionPatch) -> Result<Session> {
        let flat = |field: &'_ Option<Option<String>>| field.as_ref().and_then(Clone::clone);
        check_text(patch.name.as_deref(), flat(&patch.role).as_deref(), flat(&patch.goals).as_deref())?;
        check_template(flat(&patch.template).as_deref())?;
        limits::metadata(patch.metadata.as_ref().and_then(Option::as_ref))?;
        let allowance = self.context.allowance(&scope).await?;
        let now = self.context.now();
        self.context
            .write(scope, move |tx| {
                Box::pin(async move {
                    let changed = tx.sessions().update(&scope, id, patch, now).await?;
                    allowance.check(tx, &scope).await?;
                    Ok(changed)
                })
            })
            .await?
            .ok_or_else(|| Error::not_found("session"))
    }

    /// Removes a session; its conversations stay.
    #[tracing::instrument(name = "sessions.delete", target = "jarvis", skip_all)]
    pub async fn delete(&self, scope: Scope, id: SessionId) -> Result<()> {
        let existed = self
            .context
            .write(scope, move |tx| Box::pin(async move { tx.sessions().delete(&scope, id).await }))
            .await?;
        if existed { Ok(()) } else { Err(Error::not_found("session")) }
    }
}

/// Checks what a person wrote.
pub(crate) fn check_text(name: Option<&str>, role: Option<&str>, goals: Option<&str>) -> Result<()> {
    if let Some(name) = name {
        limits::required_text("name", name, MAX_NAME_CHARS * 4)?;
        limits::bounded_chars("name", name, MAX_NAME_CHARS)?;
    }
    limits::bounded_chars("role", role.unwrap_or_default(), MAX_TEXT_CHARS)?;
    limits::bounded_chars("goals", goals.unwrap_or_default(), MAX_TEXT_CHARS)
}

/// Checks a template: one with a placeholder that does not exist would show braces to the model.
pub(crate) fn check_template(template: Option<&str>) -> Result<()> {
    let Some(template) = template else { return Ok(()) };
    limits::required_text("template", template, MAX_TEXT_CHARS * 4)?;
    limits::bounded_chars("template", template, MAX_TEXT_CHARS)?;
    Template::parse(template).map(drop).map_err(|unknown| Error::invalid("template", unknown.to_string()))
}
