//! The way of a question: what memory has to say about it.

mod corrected;
mod gather;
mod ranked;
mod scoring;

use std::collections::HashSet;

use jarvis_core::{
    Result, Scope,
    policy::recall::{Budget, Chosen, Proposal, choose},
    ports::Recalled,
    types::{DocRef, Memory},
};

use crate::{context::Context, limits::MAX_QUERY_CHARS, search::SearchItem};

use corrected::corrected;
pub(crate) use gather::Asked;
pub(crate) use ranked::{Ranked, ranked};

/// Recall over everything a person said and wanted remembered.
#[derive(Clone, Debug)]
pub struct Recall {
    pub(crate) context: Context,
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
    #[tracing::instrument(name = "recall.find", target = "jarvis", skip_all)]
    pub async fn find(&self, scope: &Scope, question: &str, exclude: &[DocRef]) -> Result<RecallOutcome> {
        self.context.indexes.caught_up().await;
        let asked = Asked::anywhere(question.chars().take(MAX_QUERY_CHARS).collect());
        let excluded: HashSet<DocRef> = exclude.iter().copied().collect();
        let ranked = ranked(&self.context, scope, &asked, &excluded).await?.into_iter();
        let proposals = ranked.filter(|ranked| ranked.worth.is_grounded).map(proposal).collect();
        let proposals = corrected(&self.context, scope, proposals).await?;
        let options = &self.context.options;
        let budget = Budget { items: options.recall_items, tokens: options.recall_tokens };
        Ok(RecallOutcome { chosen: choose(proposals, budget) })
    }
}

fn proposal(ranked: Ranked) -> Proposal {
    let (doc, score) = (ranked.item.doc(), ranked.worth.score);
    match ranked.item {
        SearchItem::Message(message) => Proposal {
            doc,
            score,
            role: Some(message.role),
            content: message.content,
            created_at: message.created_at,
            sources: Vec::new(),
        },
        SearchItem::Memory(memory) => of_memory(memory, score),
    }
}

fn of_memory(memory: Memory, score: f32) -> Proposal {
    Proposal {
        doc: memory.id.into(),
        score,
        role: None,
        content: memory.content,
        created_at: memory.created_at,
        sources: memory.source_message_ids.into_iter().map(DocRef::from).collect(),
    }
}
