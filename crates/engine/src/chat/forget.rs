//! "Forget that I …": what a person wants forgotten goes, when it is that and nothing else.

use jarvis_core::{
    Result, Scope,
    policy::memory_candidates::{is_meant, to_forget},
    types::{Memory, MemoryQuery},
};

use crate::{
    audit::{Act, Actor},
    context::Context,
    limits::MAX_LIST,
};

/// Pages of current memories that are compared with a request at most.
const MAX_PAGES: usize = 200;

impl Context {
    /// Removes the current memories that are meant by a request to forget in what was said, each with an entry in the
    /// trail.
    pub(super) async fn forget(&self, scope: Scope, said: &str) {
        let clauses = to_forget(said);
        if clauses.is_empty() {
            return;
        }
        if let Err(error) = self.try_forget(scope, &clauses).await {
            tracing::warn!(?error, "what a person wanted forgotten could not be removed");
        }
    }

    async fn try_forget(&self, scope: Scope, clauses: &[String]) -> Result<()> {
        let mut query = MemoryQuery { now: self.now(), limit: MAX_LIST, ..MemoryQuery::default() };
        let mut meant = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self.ports.store.memories().list(&scope, &query).await?;
            let is_meant = |memory: &Memory| clauses.iter().any(|clause| is_meant(clause, &memory.content));
            meant.extend(page.items.iter().filter(|memory| is_meant(memory)).map(|memory| memory.id));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        for id in meant {
            let act = Act::new(self, &Actor::user(scope), "memory.forget", id)?;
            self.write(scope, move |tx| {
                Box::pin(async move {
                    if tx.memories().delete(&scope, id).await? {
                        act.record(tx).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        }
        Ok(())
    }
}
