use jarvis_core::{
    Error, Json, Result, Scope, Timestamp,
    id::MemoryId,
    policy::memory_candidates,
    types::{LiveChange, Memory, MemoryKind, MemoryPatch, MemoryQuery, NewMemory, Page},
};

use crate::{
    audit::{Act, Actor},
    context::Context,
    idempotent::{self, Idempotency, Once},
    limits::{self, MAX_CATEGORY_CHARS, MAX_MEMORY_BYTES},
};

/// The category of a memory that is given none.
pub const DEFAULT_CATEGORY: &str = "note";
/// The importance of a memory that is given none.
pub const DEFAULT_IMPORTANCE: f32 = 0.5;

/// What is remembered.
#[derive(Debug)]
pub struct Memories {
    context: Context,
}

/// A memory to be made by a person or a program.
#[derive(Clone, Debug, PartialEq)]
pub struct AddMemory {
    /// What to remember.
    pub content: String,
    /// For how long.
    pub kind: MemoryKind,
    /// Its category.
    pub category: String,
    /// 0 to 1.
    pub importance: f32,
    /// Gone after this.
    pub expires_at: Option<Timestamp>,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
}

impl Memories {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Adds a memory. One that tells where the person lives, their name or something else of which there is one at a time
    /// closes what was remembered of it.
    #[tracing::instrument(name = "memories.add", target = "jarvis", skip_all)]
    pub async fn add(&self, scope: Scope, add: AddMemory, idempotency: Option<Idempotency>) -> Result<Once<Memory>> {
        let created_at = self.context.now();
        let AddMemory { content, kind, category, importance, expires_at, metadata } = add;
        check(Some(&content), Some(&category), Some(importance), metadata.as_ref())?;
        check_expiry(expires_at, created_at)?;
        let allowance = self.context.allow_more(&scope).await?;
        let id = MemoryId::new(&*self.context.ports.ids);
        let source_message_ids = Vec::new();
        let slot = memory_candidates::slot(&content);
        let memory = NewMemory {
            id,
            kind,
            category,
            content,
            importance,
            expires_at,
            source_message_ids,
            slot,
            metadata,
            created_at,
        };
        let told =
            |once: &Once<Memory>| (!once.replayed).then_some(LiveChange::MemoryCreated { memory_id: once.value.id });
        self.context
            .write_and_tell(
                scope,
                move |tx| {
                    Box::pin(async move {
                        let idempotency = idempotency.as_ref();
                        if let Some(seen) =
                            idempotent::claim(tx, &scope, idempotency, *id.as_uuid(), created_at).await?
                        {
                            let made = tx.memories().get(&scope, seen.resource_id.into()).await?;
                            return Ok(Once { value: made.ok_or_else(idempotent::gone)?, replayed: true });
                        }
                        let value = tx.memories().insert(&scope, memory).await?;
                        idempotent::finish(tx, &scope, idempotency, id.as_uuid()).await?;
                        allowance.check(tx, &scope).await?;
                        Ok(Once { value, replayed: false })
                    })
                },
                told,
            )
            .await
    }

    /// Reads a memory, expired ones included.
    #[tracing::instrument(name = "memories.get", target = "jarvis", skip_all)]
    pub async fn get(&self, scope: &Scope, id: MemoryId) -> Result<Memory> {
        self.context.ports.store.memories().get(scope, id).await?.ok_or_else(|| Error::not_found("memory"))
    }

    /// Lists current memories, newest first.
    #[tracing::instrument(name = "memories.list", target = "jarvis", skip_all)]
    pub async fn list(
        &self,
        scope: &Scope,
        kind: Option<MemoryKind>,
        category: Option<String>,
        limit: u32,
        after: Option<jarvis_core::types::Cursor>,
    ) -> Result<Page<Memory>> {
        self.find(scope, MemoryQuery { kind, category, limit, after, ..MemoryQuery::default() }).await
    }

    /// Lists memories, newest first, judged at the present moment.
    #[tracing::instrument(name = "memories.find", target = "jarvis", skip_all)]
    pub async fn find(&self, scope: &Scope, query: MemoryQuery) -> Result<Page<Memory>> {
        let query = MemoryQuery { now: self.context.now(), limit: limits::list_limit(query.limit)?, ..query };
        self.context.ports.store.memories().list(scope, &query).await
    }

    /// Changes a memory.
    #[tracing::instrument(name = "memories.update", target = "jarvis", skip_all)]
    pub async fn update(&self, scope: Scope, id: MemoryId, mut patch: MemoryPatch) -> Result<Memory> {
        let now = self.context.now();
        let metadata = patch.metadata.as_ref().and_then(Option::as_ref);
        check(patch.content.as_deref(), patch.category.as_deref(), patch.importance, metadata)?;
        check_expiry(patch.expires_at.flatten(), now)?;
        let allowance = self.context.allowance(&scope).await?;
        patch.slot = patch.content.as_deref().map(memory_candidates::slot);
        self.context
            .write(scope, move |tx| {
                Box::pin(async move {
                    let changed = tx.memories().update(&scope, id, patch, now).await?;
                    allowance.check(tx, &scope).await?;
                    Ok(changed)
                })
            })
            .await?
            .ok_or_else(|| Error::not_found("memory"))
    }

    /// Forgets a memory.
    #[tracing::instrument(name = "memories.delete", target = "jarvis", skip_all)]
    pub async fn delete(&self, scope: Scope, id: MemoryId) -> Result<()> {
        let act = Act::new(&self.context, &Actor::user(scope), "memory.delete", id)?;
        let existed = self
            .context
            .write(scope, move |tx| {
                Box::pin(async move {
                    let existed = tx.memories().delete(&scope, id).await?;
                    if existed {
                        act.record(tx).await?;
                    }
                    Ok(existed)
                })
            })
            .await?;
        if existed { Ok(()) } else { Err(Error::not_found("memory")) }
    }
}

/// Checks what a person or a program wrote.
pub(crate) fn check(
    content: Option<&str>,
    category: Option<&str>,
    importance: Option<f32>,
    metadata: Option<&Json>,
) -> Result<()> {
    if let Some(content) = content {
        limits::required_text("content", content, MAX_MEMORY_BYTES)?;
    }
    if let Some(category) = category {
        limits::required_text("category", category, MAX_CATEGORY_CHARS * 4)?;
        limits::bounded_chars("category", category, MAX_CATEGORY_CHARS)?;
    }
    if importance.is_some_and(|importance| !(0.0..=1.0).contains(&importance)) {
        return Err(Error::invalid("importance", "importance must be from 0 to 1"));
    }
    limits::metadata(metadata)
}

fn check_expiry(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(Error::invalid("expires_at", "expires_at must be in the future"));
    }
    Ok(())
}
