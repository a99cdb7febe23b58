use std::collections::HashSet;

use jarvis_core::{
    Result, Scope,
    policy::ranking::{self, Candidate, Place, Question, Worth},
    types::DocRef,
};

use super::gather::{Asked, Gathered, Gathering, gather};
use crate::{context::Context, search::SearchItem};

/// A text and what it is worth for a question.
#[derive(Debug)]
pub(crate) struct Ranked {
    pub(crate) item: SearchItem,
    pub(crate) worth: Worth,
}

/// What may answer, best first; equals are ordered newest first, then by id.
pub(crate) async fn ranked(
    context: &Context,
    scope: &Scope,
    asked: &Asked,
    excluded: &HashSet<DocRef>,
) -> Result<Vec<Ranked>> {
    let Gathering { found, words } = gather(context, scope, asked, excluded).await?;
    let candidates: Vec<Candidate<'_>> = found.iter().map(candidate).collect();
    let question = Question {
        text: &asked.question,
        at: context.now(),
        words: &words,
        similar_from: context.vectors.similar_from(&asked.question),
    };
    let worths = ranking::rank(&question, &candidates);
    let mut ranked: Vec<Ranked> = found
        .into_iter()
        .zip(worths)
        .filter(|(gathered, worth)| gathered.eligible && worth.score > 0.0)
        .map(|(gathered, worth)| Ranked { item: gathered.item, worth })
        .collect();
    ranked.sort_by(|a, b| {
        let newest = b.item.created_at().cmp(&a.item.created_at());
        b.worth.score.total_cmp(&a.worth.score).then(newest).then_with(|| a.item.doc().cmp(&b.item.doc()))
    });
    Ok(ranked)
}

fn candidate(gathered: &Gathered) -> Candidate<'_> {
    let (text, vector) = (gathered.text, gathered.vector);
    match &gathered.item {
        SearchItem::Message(row) => Candidate {
            doc: row.id.into(),
            place: Some(Place { conversation: row.conversation_id, position: row.position, at: row.created_at }),
            role: Some(row.role),
            author: row.author.as_deref(),
            content: &row.content,
            created_at: row.created_at,
            importance: None,
            text,
            vector,
        },
        SearchItem::Memory(row) => Candidate {
            doc: row.id.into(),
            place: None,
            role: None,
            author: None,
            content: &row.content,
            created_at: row.created_at,
            importance: Some(row.weight()),
            text,
            vector,
        },
    }
}
