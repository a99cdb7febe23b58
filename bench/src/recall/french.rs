//! Our own sentences in French: what somebody said, and what they ask about it in other words.

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

use super::corpus::{Corpus, Question};

const PAIRS: &str = include_str!("../../data/french.jsonl");

#[derive(Deserialize)]
struct Pair {
    id: String,
    /// `lexical`, `paraphrase`, `accents` or `morphology`.
    kind: String,
    statement: String,
    question: String,
}

/// Every statement is a conversation of its own, so that none lends another its score.
pub(super) fn corpus() -> Result<Corpus> {
    let pairs: Vec<Pair> = PAIRS.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut lines = Vec::with_capacity(pairs.len() * 2);
    let mut questions = Vec::with_capacity(pairs.len());
    for Pair { id, kind, statement, question } in pairs {
        lines.push(json!({ "type": "conversation", "id": id, "title": id }));
        lines.push(json!({
            "type": "message", "id": id, "conversation_id": id, "role": "user", "content": statement,
            "metadata": { "turn": id },
        }));
        questions.push(Question { text: question, evidence: vec![id], category: kind });
    }
    Ok(Corpus { name: "french".to_owned(), questions, lines })
}
