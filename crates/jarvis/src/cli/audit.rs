use std::{fmt::Write as _, process::ExitCode};

use anyhow::Result;
use clap::{Args, Subcommand};
use reqwest::Url;
use serde_json::{Value, json};

use super::{Format, Place, api::Api};
use crate::output::{self, BAD, FAINT, GOOD, harmless};

const ROUTE: &str = "/api/admin/audit";
/// Entries that are asked for at once.
const PAGE: u32 = 500;

/// See who did what, and whether what is noted is still as it was written
///
/// Every act of administration, of accounts and on keys is noted, each with the hash of the one before; docs/audit.md tells what
/// is and what that proves. Beside a running server, the server answers.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis audit list\n  jarvis audit list --actor ann --from 2026-11-01T00:00:00Z --json\n  jarvis audit verify"
)]
pub(super) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List acts, newest first
    #[command(
        after_help = "Examples:\n  jarvis audit list --limit 20\n  jarvis audit list --act user.change --json\n  jarvis audit list --actor ann --to 2026-12-01T00:00:00Z"
    )]
    List(Filter),
    /// Look at the whole trail; the exit code is 1 when it is broken, and the first broken entry is named
    #[command(after_help = "Examples:\n  jarvis audit verify\n  jarvis audit verify --json")]
    Verify {
        #[command(flatten)]
        format: Format,
    },
}

#[derive(Args, Debug)]
struct Filter {
    /// So many at most
    #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Only those of this person, by name or id
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only this act, such as user.change
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// Only what was done to this: a person's name, an id or a word
    #[arg(long, value_name = "NAME")]
    object: Option<String>,
    /// Only what concerns this person, by name or id, whoever did it
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Only from then on, such as 2026-11-21T08:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only until before then
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    format: Format,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        super::block_on(async {
            let api = Api::open(&config).await?;
            let outcome = match self.verb {
                Verb::List(filter) => list(&api, &filter).await,
                Verb::Verify { format } => verify(&api, format).await,
            };
            api.close().await?;
            outcome
        })
    }
}

async fn list(api: &Api, filter: &Filter) -> Result<ExitCode> {
    let mut entries: Vec<Value> = Vec::new();
    let mut cursor = Value::Null;
    while (entries.len() as u32) < filter.limit {
        let limit = (filter.limit - entries.len() as u32).min(PAGE);
        let mut page = api.get(&filter.route(limit, cursor.as_str())?).await?;
        entries.extend(page["entries"].as_array_mut().map(std::mem::take).unwrap_or_default());
        cursor = page["next_cursor"].take();
        if cursor.is_null() {
            break;
        }
    }
    if filter.format.json {
        output::print_json(&json!({"entries": entries, "next_cursor": cursor}))?;
    } else if entries.is_empty() {
        output::tell("nothing of this kind is noted");
    } else {
        output::print(|out| entries.iter().try_for_each(|entry| writeln!(out, "{}", line(entry))))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Filter {
    fn route(&self, limit: u32, cursor: Option<&str>) -> Result<String> {
        let Self { actor, act, object, subject, from, to, .. } = self;
        let given =
            [("actor", actor), ("act", act), ("object", object), ("subject", subject), ("from", from), ("to", to)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let limit = limit.to_string();
        let given = given.chain(cursor.map(|cursor| ("cursor", cursor))).chain([("limit", limit.as_str())]);
        let url = Url::parse_with_params("http://localhost", given)?;
        Ok(format!("{ROUTE}?{}", url.query().unwrap_or_default()))
    }
}

fn line(entry: &Value) -> String {
    let text = |value: &Value| harmless(value.as_str().unwrap_or("-"));
    let who = |person: &Value| person["name"].as_str().or(person["id"].as_str()).map(harmless);
    let mut line = format!(
        "{:>6}  {}  {} ({})  {}  {}",
        entry["seq"].as_u64().unwrap_or(0),
        text(&entry["at"]),
        who(&entry["actor"]).unwrap_or_else(|| "-".to_owned()),
        text(&entry["via"]),
        text(&entry["act"]),
        text(&entry["object"]),
    );
    if let Some(subject) = who(&entry["subject"]).filter(|_| entry["subject"]["id"] != entry["actor"]["id"]) {
        let _ = write!(line, "  {FAINT}about{FAINT:#} {subject}");
    }
    if entry["unreadable"] == true {
        let _ = write!(line, "  {BAD}cannot be read: it was changed{BAD:#}");
    }
    for (word, value) in [("before", &entry["before"]), ("after", &entry["after"])] {
        if !value.is_null() {
            let _ = write!(line, "  {FAINT}{word}{FAINT:#} {}", harmless(&value.to_string()));
        }
    }
    line
}

async fn verify(api: &Api, format: Format) -> Result<ExitCode> {
    let verdict = api.post(&format!("{ROUTE}/verify"), &Value::Null).await?;
    let is_intact = verdict["intact"] == true;
    if format.json {
        output::print_json(&verdict)?;
    } else {
        let (entries, head) = (&verdict["entries"], &verdict["head"]);
        let end = head["hash"].as_str().unwrap_or("-");
        output::print(|out| match &verdict["first_broken"] {
            Value::Null => {
                writeln!(out, "{GOOD}whole{GOOD:#}: {entries} entries; the newest has the hash {end}")
            }
            broken => {
                let id = broken["id"].as_str().map(|id| format!(" ({id})")).unwrap_or_default();
                let why = broken["why"].as_str().unwrap_or("it is not as it was written");
                writeln!(
                    out,
                    "{BAD}broken{BAD:#} at entry {}{id}: {why}; the {entries} before it are whole",
                    broken["seq"]
                )
            }
        })?;
    }
    Ok(if is_intact { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
