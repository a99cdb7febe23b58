//! LoCoMo (Maharana et al. 2024) as conversations to import and questions to ask.
//!
//! Its licence allows evaluation only: the file is named on the command line and never becomes part of the product.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use super::corpus::{Corpus, Question};

/// Turns of a session are this far apart; the data only says when a session began.
const BETWEEN_TURNS: Duration = Duration::seconds(30);

/// What was said in one conversation, and which turns answer its questions.
pub(crate) struct Talk {
    pub(crate) turns: Vec<Turn>,
    /// Of the questions whose answer stands in the talk: categories 1 (several turns) and 4 (one).
    pub(crate) evidence: BTreeSet<String>,
}

/// One turn, without the pictures shared with it.
pub(crate) struct Turn {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// Reads the file: what was said, as it was said.
pub(crate) fn turns(path: &Path) -> Result<Vec<Talk>> {
    samples(path)?.iter().map(talk).collect()
}

fn samples(path: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

fn talk(sample: &Value) -> Result<Talk> {
    let conversation = sample["conversation"].as_object().context("a sample has no conversation")?;
    let mut turns = Vec::new();
    for session in 1.. {
        let Some(said) = conversation.get(&format!("session_{session}")) else { break };
        for turn in said.as_array().context("a session is no list")? {
            let field =
                |name: &str| turn[name].as_str().map(str::to_owned).with_context(|| format!("a turn has no {name}"));
            turns.push(Turn { id: field("dia_id")?, text: field("text")? });
        }
    }
    let questions = sample["qa"].as_array().context("a sample has no qa")?.iter();
    let told = questions.filter(|question| matches!(question["category"].as_u64(), Some(1 | 4)));
    let evidence = told.filter_map(|question| question["evidence"].as_array()).flatten();
    let is_turn = |id: &&str| turns.iter().any(|turn| turn.id == *id);
    let evidence = evidence.filter_map(Value::as_str).filter(is_turn).map(str::to_owned).collect();
    Ok(Talk { turns, evidence })
}

/// Reads the file: one corpus for each conversation.
pub(super) fn read(path: &Path) -> Result<Vec<Corpus>> {
    samples(path)?.iter().map(corpus).collect()
}

fn corpus(sample: &Value) -> Result<Corpus> {
    let name = sample["sample_id"].as_str().context("a sample has no sample_id")?;
    let conversation = sample["conversation"].as_object().context("a sample has no conversation")?;
    let mut lines = vec![json!({ "type": "conversation", "id": name, "title": name })];
    for session in 1.. {
        let Some(turns) = conversation.get(&format!("session_{session}")) else { break };
        let began = began(conversation, session)?;
        for (index, turn) in turns.as_array().context("a session is no list")?.iter().enumerate() {
            lines.push(line(name, turn, began + BETWEEN_TURNS * i32::try_from(index)?)?);
        }
    }
    let ids: Vec<&str> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
    let questions = sample["qa"].as_array().context("a sample has no qa")?.iter();
    let questions = questions.map(|question| asked(question, &ids)).collect::<Result<_>>()?;
    Ok(Corpus { name: name.to_owned(), questions, lines })
}

fn began(conversation: &Map<String, Value>, session: usize) -> Result<DateTime<Utc>> {
    let text = conversation.get(&format!("session_{session}_date_time")).and_then(Value::as_str);
    let text = text.with_context(|| format!("session {session} has no time"))?;
    // "1:56 pm on 8 May, 2023"
    let time = NaiveDateTime::parse_from_str(text, "%I:%M %p on %d %B, %Y").with_context(|| text.to_owned())?;
    Ok(time.and_utc())
}

/// A turn as the official protocol gives it to a retriever: what was said, and the caption of a picture shared with it.
fn line(conversation: &str, turn: &Value, at: DateTime<Utc>) -> Result<Value> {
    let said = turn["text"].as_str().context("a turn has no text")?;
    let content = match turn["blip_caption"].as_str() {
        Some(caption) => format!("{said} [shares {caption}]"),
        None => said.to_owned(),
    };
    Ok(json!({
        "type": "message",
        "id": turn["dia_id"],
        "conversation_id": conversation,
        "role": "user",
        "author": turn["speaker"],
        "content": content,
        "created_at": at.to_rfc3339(),
        "metadata": { "turn": turn["dia_id"] },
    }))
}

fn asked(question: &Value, ids: &[&str]) -> Result<Question> {
    // nine references of the whole set are malformed: ids that do not exist are ignored, as is what names several
    let evidence = question["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
    let evidence = evidence.iter().filter_map(Value::as_str).filter(|id| ids.contains(id));
    Ok(Question {
        text: question["question"].as_str().context("a question has no text")?.to_owned(),
        evidence: evidence.map(str::to_owned).collect(),
        category: question["category"].to_string(),
    })
}
