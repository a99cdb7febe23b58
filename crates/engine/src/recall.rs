//! The way of a question: what memory has to say about it.

use std::collections::HashMap;

use jarvis_core::{
    Result, Scope,
    policy::recall::{Budget, Chosen, Proposal, choose},
    ports::{Recalled, TextHit, TextQuery},
    types::{DocRef, Role},
};

use crate::{
    context::Context,
    limits::MAX_QUERY_CHARS,
    search::{SearchItem, hydrate},
};

/// Texts the index proposes, whatever the number that is kept: the order of the best must not depend on how many are
/// asked for.
const CANDIDATES: usize = 100;

/// Recall over everything a person said and wanted remembered.
#[derive(Clone, Debug)]
pub struct Recall {
    context: Context,
}

/// What memory found for a question, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecallOutcome {
    /// The texts.
    pub chosen: Vec<Chosen>,
}

impl RecallOutcome {
    /// As a model takes it.
    pub fn for_model(&self) -> Vec<Recalled> {
        let recalled = |chosen: &Chosen| Recalled {
            doc: chosen.proposal.doc,
            role: chosen.proposal.role,
            content: chosen.proposal.content.clone(),
            created_at: chosen.proposal.created_at,
            score: chosen.score,
        };
        self.chosen.iter().map(recalled).collect()
    }
}

impl Recall {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Finds what matters for `question`, leaving out `exclude` (what is in the prompt anyway).
    pub async fn find(&self, scope: &Scope, question: &str, exclude: &[DocRef]) -> Result<RecallOutcome> {
        self.context.indexes.caught_up().await;
        let text: String = question.chars().take(MAX_QUERY_CHARS).collect();
        let query = TextQuery { recallable_only: true, ..TextQuery::new(text, scope.user(), CANDIDATES) };
        let hits = self.context.ports.text.search(&query).await?.hits;
        let hits: Vec<TextHit> = hits.into_iter().filter(|hit| !exclude.contains(&hit.doc)).collect();
        let mut items = hydrate(&self.context, scope, &hits).await?;
        let proposals = hits.iter().filter_map(|hit| proposal(*hit, &mut items)).collect();
        let options = &self.context.options;
        let budget = Budget { items: options.recall_items, tokens: options.recall_tokens };
        Ok(RecallOutcome { chosen: choose(proposals, self.context.now(), budget) })
    }
}

fn proposal(hit: TextHit, items: &mut HashMap<DocRef, SearchItem>) -> Option<Proposal> {
    let doc = hit.doc;
    Some(match items.remove(&doc)? {
        SearchItem::Message(message) if message.role == Role::System || message.role == Role::Tool => return None,
        SearchItem::Message(message) => Proposal {
            doc,
            score: hit.score,
            role: Some(message.role),
            content: message.content,
            created_at: message.created_at,
            importance: None,
            sources: Vec::new(),
        },
        SearchItem::Memory(memory) => Proposal {
            doc,
            score: hit.score,
            role: None,
            content: memory.content,
            created_at: memory.created_at,
            importance: Some(memory.importance),
            sources: memory.source_message_ids.into_iter().map(DocRef::from).collect(),
        },
    })
}
