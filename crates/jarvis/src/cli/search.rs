use std::{
    collections::BTreeMap,
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Result;
use clap::{Args, ValueEnum};
use jarvis_core::{Timestamp, id::ConversationId, ports::KindFilter, types::Role};
use jarvis_engine::{Engine, SearchHit, SearchItem, SearchMode, SearchRequest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Format, Place, catching_up::caught_up};
use crate::{
    access::Access,
    output::{self, FAINT, HEADING, MATCH},
    remote::Remote,
};

/// Find messages and memories
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis search \"what did I say about Lisbon\"\n  jarvis search '\"flight to Porto\"' --from 2026-01-01T00:00:00Z\n  jarvis search \"when do I leave\" --mode hybrid --explain\n  jarvis search allergy --scope memories --json"
)]
pub(super) struct Options {
    /// Words; "quoted words" stand together, word~ also finds similar spellings, -word must not occur
    query: String,
    /// Hits at most, 1 to 200
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// Where to look
    #[arg(long, value_enum, default_value_t = SearchScope::All)]
    scope: SearchScope,
    /// How to look: by words, by meaning, or by both as recall does it
    #[arg(long, value_enum, default_value_t = Mode::Text)]
    mode: Mode,
    /// Tell what made each score
    #[arg(long)]
    explain: bool,
    /// Only in this conversation
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// Only said by this role
    #[arg(long, value_parser = role, value_name = "user|assistant|system|tool")]
    role: Option<Role>,
    /// Only at or after this moment, such as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only before this moment
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Whose texts [default: the local user's]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SearchScope {
    All,
    Messages,
    Memories,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    Text,
    Vector,
    Hybrid,
}

/// What was found; the form of `GET /api/search`.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    hits: Vec<Hit>,
    total: u64,
    total_is_exact: bool,
    query_time_ms: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Hit {
    id: Uuid,
    kind: String,
    conversation_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    content: String,
    snippet: String,
    /// Ranges of characters of the snippet.
    snippet_matches: Vec<[usize; 2]>,
    score: f32,
    /// What made the score.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    explain: BTreeMap<String, f32>,
    created_at: Timestamp,
    metadata: Option<serde_json::Value>,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        let found = super::block_on(async {
            let access = Access::open(&config).await?;
            let found = match &access {
                Access::Local(services) => self.search_here(&services.engine).await,
                Access::Remote(server) => self.search_there(server).await,
            };
            access.close().await?;
            found
        })?;
        if self.format.json {
            output::print_json(&found)?;
        } else {
            output::print(|out| found.write(out))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn search_here(&self, engine: &Engine) -> Result<Found> {
        let scope = engine.users.meant(self.user.as_deref(), false).await?;
        let request = SearchRequest {
            query: self.query.clone(),
            mode: self.mode.into(),
            explain: self.explain,
            kinds: self.scope.into(),
            conversation_id: self.conversation,
            role: self.role,
            from: self.from,
            until: self.until,
            limit: self.limit,
            offset: 0,
        };
        let is_whole = caught_up(&engine.indexes, !matches!(self.mode, Mode::Text)).await?;
        let found = engine.search.find(&scope, &request).await?;
        Ok(Found {
            hits: found.hits.iter().map(Hit::try_from).collect::<Result<_>>()?,
            total: found.total,
            total_is_exact: found.total_is_exact && is_whole,
            query_time_ms: found.took.as_micros() as f64 / 1e3,
        })
    }

    async fn search_there(&self, server: &Remote) -> Result<Found> {
        let word = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
        let (scope, mode) = (word(self.scope.to_possible_value()), word(self.mode.to_possible_value()));
        let query = [
            ("q", Some(self.query.clone())),
            ("limit", Some(self.limit.to_string())),
            ("scope", scope),
            ("mode", mode),
            ("explain", self.explain.then(|| true.to_string())),
            ("conversation_id", self.conversation.map(|id| id.to_string())),
            ("role", self.role.map(|role| role.as_str().to_owned())),
            ("from", self.from.map(|time| time.to_string())),
            ("until", self.until.map(|time| time.to_string())),
            ("user_id", self.user.clone()),
        ];
        let query: Vec<(&str, String)> = query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        server.get("/api/search", &query).await
    }
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "write user, assistant, system or tool".to_owned())
}

impl From<Mode> for SearchMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Text => Self::Text,
            Mode::Vector => Self::Vector,
            Mode::Hybrid => Self::Hybrid,
        }
    }
}

impl From<SearchScope> for KindFilter {
    fn from(scope: SearchScope) -> Self {
        match scope {
            SearchScope::All => Self::All,
            SearchScope::Messages => Self::Messages,
            SearchScope::Memories => Self::Memories,
        }
    }
}

impl TryFrom<&SearchHit> for Hit {
    type Error = anyhow::Error;

    fn try_from(hit: &SearchHit) -> Result<Self> {
        let (id, kind, conversation_id, role, created_at, metadata) = match &hit.item {
            SearchItem::Message(row) => (
                *row.id.as_uuid(),
                "message",
                Some(*row.conversation_id.as_uuid()),
                Some(row.role.as_str().to_owned()),
                row.created_at,
                &row.metadata,
            ),
            SearchItem::Memory(row) => (*row.id.as_uuid(), "memory", None, None, row.created_at, &row.metadata),
        };
        let text = &hit.snippet.text;
        let characters = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
        Ok(Self {
            id,
            kind: kind.to_owned(),
            conversation_id,
            role,
            content: hit.item.content().to_owned(),
            snippet: text.clone(),
            snippet_matches: hit.snippet.matches.iter().map(|at| [characters(at.start), characters(at.end)]).collect(),
            score: hit.score,
            explain: hit.parts.iter().map(|part| (part.name.to_owned(), part.value)).collect(),
            created_at,
            metadata: metadata.as_ref().map(|json| serde_json::from_str(json.as_str())).transpose()?,
        })
    }
}

impl Found {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for hit in &self.hits {
            let Hit { id, kind, role, created_at, score, explain, .. } = hit;
            let who = role.as_deref().unwrap_or(kind);
            let day = &created_at.to_string()[..16].replace('T', " ");
            writeln!(out, "{HEADING}{day}  {who}{HEADING:#}  {FAINT}{score:.2}  {id}{FAINT:#}")?;
            if !explain.is_empty() {
                let parts: Vec<String> = explain.iter().map(|(name, value)| format!("{name} {value:.2}")).collect();
                writeln!(out, "  {FAINT}{}{FAINT:#}", parts.join(" + "))?;
            }
            writeln!(out, "  {}\n", marked(&hit.snippet, &hit.snippet_matches).replace('\n', "\n  "))?;
        }
        let (shown, total) = (self.hits.len(), self.total);
        let at_least = if self.total_is_exact { "" } else { "at least " };
        writeln!(out, "{FAINT}{shown} of {at_least}{total} in {:.1} ms{FAINT:#}", self.query_time_ms)
    }
}

/// The text with its matches in colour; control characters, which could steer a terminal, are shown as `�`.
fn marked(text: &str, matches: &[[usize; 2]]) -> String {
    let mut marked = String::with_capacity(text.len() + matches.len() * 8);
    for (position, c) in text.chars().enumerate() {
        if matches.iter().any(|[start, _]| *start == position) {
            marked.push_str(&MATCH.render().to_string());
        }
        marked.push(if c.is_control() && c != '\n' { '\u{fffd}' } else { c });
        if matches.iter().any(|[_, end]| *end == position + 1) {
            marked.push_str(&MATCH.render_reset().to_string());
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn matches_are_coloured_and_escape_sequences_do_not_pass() {
        assert_eq!(marked("l’été à Nice", &[[2, 5]]), "l’\u{1b}[1m\u{1b}[33mété\u{1b}[0m à Nice");
        assert_eq!(marked("a\u{1b}[2Jb\nc", &[]), "a\u{fffd}[2Jb\nc");
    }
}
