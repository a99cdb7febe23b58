//! A file as another program would export it, of any size, to import and measure.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use anyhow::{Context, Result};
use clap::{Args, builder::PossibleValuesParser};
use serde_json::{Map, Value, json};

use crate::corpus::{self, Random};

/// Moment of the first message, in seconds since 1970.
const START: u64 = 1_600_000_000;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Whose export it looks like.
    #[arg(long, default_value = "chatgpt", value_parser = PossibleValuesParser::new(["jsonl", "chatgpt", "claude", "openwebui"]))]
    format: String,
    /// Messages in all.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    /// Messages of one conversation.
    #[arg(long, default_value_t = 40)]
    turns: u64,
    /// Where it is written.
    #[arg(long)]
    out: PathBuf,
}

/// One message: its number, whether the person says it, and what.
struct Turn {
    number: u64,
    is_user: bool,
    text: String,
}

impl Turn {
    fn role(&self) -> &'static str {
        if self.is_user { "user" } else { "assistant" }
    }

    fn parent(&self, first: u64) -> Option<String> {
        (self.number > first).then(|| format!("m{}", self.number - 1))
    }

    fn at(&self) -> u64 {
        START + self.number * 30
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let named = || format!("{} cannot be written", options.out.display());
    let file = File::create(&options.out).with_context(named)?;
    write(options, &mut BufWriter::new(file)).with_context(named)
}

fn write(options: &Options, out: &mut impl Write) -> io::Result<()> {
    let is_list = options.format != "jsonl";
    let mut random = Random::new(7);
    let turns = options.turns.max(1);
    if is_list {
        out.write_all(b"[")?;
    }
    for first in (0..options.messages).step_by(usize::try_from(turns).unwrap_or(usize::MAX)) {
        let last = options.messages.min(first + turns);
        let turn = |number| Turn { number, is_user: (number - first) % 2 == 0, text: corpus::turn(&mut random) };
        let conversation: Vec<Turn> = (first..last).map(turn).collect();
        if is_list && first > 0 {
            out.write_all(b",\n")?;
        }
        match options.format.as_str() {
            "jsonl" => lines(first, &conversation, out)?,
            "claude" => serde_json::to_writer(&mut *out, &claude(first, &conversation))?,
            "openwebui" => serde_json::to_writer(&mut *out, &open_webui(first, &conversation))?,
            _ => serde_json::to_writer(&mut *out, &chatgpt(first, &conversation))?,
        }
    }
    if is_list {
        out.write_all(b"]\n")?;
    }
    out.flush()
}

fn lines(first: u64, turns: &[Turn], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", json!({"type": "conversation", "id": format!("c{first}")}))?;
    for turn in turns {
        let message = json!({"type": "message", "conversation_id": format!("c{first}"), "id": format!("m{}", turn.number),
            "role": turn.role(), "content": turn.text});
        writeln!(out, "{message}")?;
    }
    Ok(())
}

fn chatgpt(first: u64, turns: &[Turn]) -> Value {
    let mut mapping = Map::new();
    for turn in turns {
        let id = format!("m{}", turn.number);
        let message = json!({
            "id": id, "author": {"role": turn.role(), "name": null, "metadata": {}}, "create_time": turn.at(), "update_time": null,
            "content": {"content_type": "text", "parts": [turn.text]}, "status": "finished_successfully", "end_turn": true,
            "weight": 1.0, "metadata": {"model_slug": "gpt-4o", "request_id": id, "timestamp_": "absolute"}, "recipient": "all",
        });
        mapping.insert(id.clone(), json!({"id": id, "message": message, "parent": turn.parent(first), "children": []}));
    }
    let last = turns.last().map(|turn| format!("m{}", turn.number));
    json!({"title": format!("Conversation {first}"), "create_time": START + first * 30, "mapping": mapping,
        "current_node": last, "conversation_id": format!("c{first}"), "is_archived": false})
}

fn claude(first: u64, turns: &[Turn]) -> Value {
    let moment = |seconds: u64| {
        chrono::DateTime::from_timestamp(seconds.cast_signed(), 0).map(|at| at.to_rfc3339()).unwrap_or_default()
    };
    let message = |turn: &Turn| {
        json!({"uuid": format!("m{}", turn.number), "sender": if turn.is_user { "human" } else { "assistant" },
            "text": turn.text, "content": [{"type": "text", "text": turn.text}], "created_at": moment(turn.at()),
            "attachments": [], "files": [], "parent_message_uuid": turn.parent(first)})
    };
    json!({"uuid": format!("c{first}"), "name": format!("Conversation {first}"), "created_at": moment(START + first * 30),
        "chat_messages": turns.iter().map(message).collect::<Vec<_>>()})
}

fn open_webui(first: u64, turns: &[Turn]) -> Value {
    let mut messages = Map::new();
    for turn in turns {
        let id = format!("m{}", turn.number);
        let message = json!({"id": id, "parentId": turn.parent(first), "childrenIds": [], "role": turn.role(),
            "content": turn.text, "timestamp": turn.at(), "model": "llama3.2:3b"});
        messages.insert(id, message);
    }
    let last = turns.last().map(|turn| format!("m{}", turn.number));
    json!({"id": format!("c{first}"), "title": format!("Conversation {first}"), "created_at": START + first * 30,
        "chat": {"history": {"messages": messages, "currentId": last}}, "archived": false})
}
