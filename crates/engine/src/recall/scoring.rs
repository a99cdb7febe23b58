//! What words and meaning say of given texts, before any of them is read.

use std::collections::HashMap;

use jarvis_core::{
    Result, Scope,
    policy::ranking,
    ports::{KindFilter, TextQuery, TextScore, TextScores},
    types::DocRef,
};

use super::gather::{Asked, vector_of, warn_of_vectors};
use crate::context::Context;

/// Both legs, asked about texts that either of them proposed or that stand beside one.
pub(super) struct Scoring<'a> {
    pub(super) context: &'a Context,
    pub(super) scope: &'a Scope,
    pub(super) asked: &'a Asked,
}

/// What is known of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    /// What it has of the words.
    pub(super) text: TextScore,
    /// Cosine; 0 without a vector.
    pub(super) vector: f32,
}

/// What is known of several.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// How much each word of the question tells.
    pub(super) words: Vec<f32>,
    docs: HashMap<DocRef, Score>,
}

impl Scoring<'_> {
    /// What both legs say of `docs`, of any kind and time. When the vectors cannot be asked, words alone.
    pub(super) async fn of(&self, question: &str, docs: &[DocRef]) -> Result<Scores> {
        if docs.is_empty() {
            return Ok(Scores::default());
        }
        let query = TextQuery {
            text: ranking::without_dates(question),
            kinds: KindFilter::All,
            role: None,
            from: None,
            until: None,
            ..self.asked.text_query(self.scope, docs.len())
        };
        let by_meaning = async {
            let vector = vector_of(self.context, question).await?;
            self.context.vectors.score(&vector, docs).await.inspect_err(warn_of_vectors).ok()
        };
        let (by_words, by_meaning) = tokio::join!(self.context.ports.text.score(&query, docs), by_meaning);
        let TextScores { words, docs: texts } = by_words?;
        let mut cosines = by_meaning.unwrap_or_default().into_iter();
        let scores = texts.into_iter().map(|text| Score { text, vector: cosines.next().flatten().unwrap_or(0.0) });
        Ok(Scores { words, docs: docs.iter().copied().zip(scores).collect() })
    }

    /// Of proposed memories those that are worth reading, by what is known before.
    pub(super) async fn promising(&self, memories: Vec<DocRef>) -> Result<Vec<DocRef>> {
        let question = &self.asked.question;
        // what was noted at a time that is named may count for more than its words
        let names_a_time = || ranking::without_dates(question) != *question;
        if memories.len() <= self.asked.memories_read || names_a_time() {
            return Ok(memories);
        }
        let scores = self.of(question, &memories).await?;
        let known = memories.iter().map(|doc| scores.of(*doc)).map(|Score { text, vector }| (text, vector));
        let promises = ranking::promises(&scores.words, &known.collect::<Vec<_>>());
        let mut ordered: Vec<_> = memories.into_iter().zip(promises).collect();
        ordered.sort_by(|(a, promised), (b, other)| other.total_cmp(promised).then_with(|| a.cmp(b)));
        ordered.truncate(self.asked.memories_read);
        Ok(ordered.into_iter().map(|(doc, _)| doc).collect())
    }
}

impl Scores {
    pub(super) fn of(&self, doc: DocRef) -> Score {
        self.docs.get(&doc).copied().unwrap_or_default()
    }
}
