//! Accounts from the command line: whoever may read the data directory administers.

mod show;

use std::{
    io::{self, BufRead, IsTerminal},
    process::ExitCode,
    str::FromStr,
};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::{Place, api::Api};
use crate::output;

/// Make accounts, and look after them
///
/// Accounts are used where people log in (AUTH_MODE=required); see docs/accounts.md. Beside a running server, the server does it.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis user add ann --role admin --take-over default\n  jarvis user list\n  jarvis user invite --days 3\n  jarvis user reset-password ann"
)]
pub(super) struct Options {
    #[command(subcommand)]
    verb: Verb,
    /// Print JSON, for programs
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    User,
    Admin,
}

impl Role {
    const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

/// A limit; none lifts it.
#[derive(Clone, Copy, Debug)]
struct Most(Option<u64>);

impl FromStr for Most {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            number => number.parse().map(|most| Self(Some(most))).map_err(|_| "give a whole number, or `none`"),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List who can log in
    #[command(after_help = "Examples:\n  jarvis user list\n  jarvis user list --json")]
    List,
    /// Make an account; without --password-stdin a password is made and printed once
    #[command(
        after_help = "Examples:\n  jarvis user add ann\n  jarvis user add ann --role admin --take-over default\n  pass show jarvis | jarvis user add bob --password-stdin"
    )]
    Add {
        /// 1 to 50 letters, digits, _ or -
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value_t = Role::User)]
        role: Role,
        /// A local user of open mode whose data becomes theirs; `default` is the usual one
        #[arg(long, value_name = "NAME")]
        take_over: Option<String>,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give somebody another role
    #[command(after_help = "Examples:\n  jarvis user role bob admin")]
    Role {
        /// Whom
        name: String,
        /// What they may do
        #[arg(value_enum)]
        role: Role,
    },
    /// Let nothing of somebody's in any more; their data stays
    #[command(after_help = "Examples:\n  jarvis user disable bob")]
    Disable {
        /// Whom
        name: String,
    },
    /// Let somebody log in again
    #[command(after_help = "Examples:\n  jarvis user enable bob")]
    Enable {
        /// Whom
        name: String,
    },
    /// Give somebody another password, end all their logins and remove all their keys
    #[command(
        after_help = "Examples:\n  jarvis user reset-password bob\n  pass show jarvis | jarvis user reset-password bob --password-stdin"
    )]
    ResetPassword {
        /// Whom
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Limit how much somebody may have; what is not given stays as it is, `none` lifts a limit
    #[command(
        after_help = "Examples:\n  jarvis user quota bob --messages 10000 --tokens 2000000\n  jarvis user quota bob --messages none\n  jarvis user quota bob"
    )]
    Quota {
        /// Whom
        name: String,
        /// Messages that are kept
        #[arg(long, value_name = "NUMBER|none")]
        messages: Option<Most>,
        /// Tokens of all that was said and answered
        #[arg(long, value_name = "NUMBER|none")]
        tokens: Option<Most>,
        /// Bytes of conversations, messages, memories and sessions, as they are stored
        #[arg(long, value_name = "NUMBER|none")]
        storage_bytes: Option<Most>,
    },
    /// Set the time zone in which somebody's "yesterday" is meant
    #[command(after_help = "Examples:\n  jarvis user time-zone ann Europe/Paris")]
    TimeZone {
        /// Whose
        name: String,
        /// An IANA name
        zone: String,
    },
    /// List somebody's logins, or end all of them
    #[command(after_help = "Examples:\n  jarvis user sessions ann\n  jarvis user sessions ann --end")]
    Sessions {
        /// Whose
        name: String,
        /// End all of them
        #[arg(long)]
        end: bool,
    },
    /// Invite somebody to register, once
    #[command(after_help = "Examples:\n  jarvis user invite\n  jarvis user invite --role admin --days 1")]
    Invite {
        /// What they will be
        #[arg(long, value_enum, default_value_t = Role::User)]
        role: Role,
        /// How long it is good, 1 to 90
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// List the invitations that nobody has taken yet, or take one back
    #[command(
        after_help = "Examples:\n  jarvis user invites\n  jarvis user invites --remove 01a1fda0-c1e0-76fe-8eab-780a943b18c4"
    )]
    Invites {
        /// Take this one back
        #[arg(long, value_name = "ID")]
        remove: Option<String>,
    },
    /// List somebody's API keys, make one or remove one
    #[command(
        after_help = "Examples:\n  jarvis user keys ann\n  jarvis user keys ann --make laptop --permission chat --permission search --days 90\n  jarvis user keys ann --remove 01a1fda0-c1e0-76fe-8eab-780a943b18c4"
    )]
    Keys {
        /// Whose
        name: String,
        /// Make one for this
        #[arg(long, value_name = "NAME", conflicts_with = "remove")]
        make: Option<String>,
        /// What it may do: chat, memory, search, data, admin or metrics; may be repeated [default: chat, memory, search]
        #[arg(long, value_name = "WORD", requires = "make")]
        permission: Vec<String>,
        /// How long it is good [default: for ever]
        #[arg(long, requires = "make")]
        days: Option<u32>,
        /// Remove this one
        #[arg(long, value_name = "ID")]
        remove: Option<String>,
    },
}

/// What was asked, for the sentence that tells the outcome.
type Told = (Value, fn(&Value) -> String);

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        let (value, tell) = super::block_on(async {
            let api = Api::open(&config).await?;
            let told = run(&api, self.verb).await;
            api.close().await?;
            told
        })?;
        if self.json {
            output::print_json(&value)?;
        } else {
            let text = output::harmless(&tell(&value));
            output::print(|out| writeln!(out, "{text}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn run(api: &Api, verb: Verb) -> Result<Told> {
    Ok(match verb {
        Verb::List => (everybody(api).await?, show::people),
        Verb::Add { name, role, take_over, password_stdin } => {
            let password = given(password_stdin)?;
            let body = json!({"username": name, "role": role.word(), "take_over": take_over, "password": password});
            (api.post("/api/admin/users", &body).await?, show::added)
        }
        Verb::Role { name, role } => (patch(api, &name, json!({"role": role.word()})).await?, show::person),
        Verb::Disable { name } => (patch(api, &name, json!({"disabled": true})).await?, show::person),
        Verb::Enable { name } => (patch(api, &name, json!({"disabled": false})).await?, show::person),
        Verb::Quota { name, messages, tokens, storage_bytes } => {
            let given = [("messages", messages), ("tokens", tokens), ("storage_bytes", storage_bytes)];
            (limit(api, &name, given).await?, show::person)
        }
        Verb::TimeZone { name, zone } => (patch(api, &name, json!({"time_zone": zone})).await?, show::person),
        Verb::ResetPassword { name, password_stdin } => {
            let body = json!({"new_password": given(password_stdin)?});
            (api.post(&format!("{}/password", route_of(api, &name).await?), &body).await?, show::reset)
        }
        Verb::Sessions { name, end } => {
            let route = format!("{}/sessions", route_of(api, &name).await?);
            if end { (api.delete(&route).await?, show::ended) } else { (api.get(&route).await?, show::logins) }
        }
        Verb::Invite { role, days } => {
            let body = json!({"role": role.word(), "expires_in_days": days});
            let mut invited = api.post("/api/admin/invites", &body).await?;
            if let (Some(url), Some(invite)) = (api.url(), invited["invite"].as_str()) {
                invited["link"] = format!("{url}/join#{invite}").into();
            }
            (invited, show::invited)
        }
        Verb::Invites { remove: Some(id) } => {
            (api.delete(&format!("/api/admin/invites/{id}")).await?, |_| "it is taken back".to_owned())
        }
        Verb::Invites { remove: None } => (api.get("/api/admin/invites").await?, show::invites),
        Verb::Keys { name, make, permission, days, remove } => {
            let route = format!("{}/keys", route_of(api, &name).await?);
            match (make, remove) {
                (Some(purpose), _) => (make_key(api, &route, purpose, permission, days).await?, show::key),
                (None, Some(id)) => (api.delete(&format!("{route}/{id}")).await?, |_| "the key is removed".to_owned()),
                (None, None) => (api.get(&route).await?, show::keys),
            }
        }
    })
}

async fn everybody(api: &Api) -> Result<Value> {
    let mut whole = api.get("/api/admin/users?limit=500").await?;
    while let Some(cursor) = whole["next_cursor"].as_str() {
        let mut page = api.get(&format!("/api/admin/users?limit=500&cursor={cursor}")).await?;
        if let (Some(all), Some(more)) = (whole["users"].as_array_mut(), page["users"].as_array_mut()) {
            all.append(more);
        }
        whole["next_cursor"] = page["next_cursor"].take();
    }
    Ok(whole)
}

async fn make_key(
    api: &Api,
    route: &str,
    purpose: String,
    permissions: Vec<String>,
    days: Option<u32>,
) -> Result<Value> {
    let usual = || ["chat", "memory", "search"].map(str::to_owned).to_vec();
    let permissions = if permissions.is_empty() { usual() } else { permissions };
    api.post(route, &json!({"name": purpose, "permissions": permissions, "expires_in_days": days})).await
}

async fn patch(api: &Api, name: &str, body: Value) -> Result<Value> {
    api.patch(&route_of(api, name).await?, &body).await
}

/// Changes the quotas that are given; answers the account as it is then.
async fn limit(api: &Api, name: &str, given: [(&str, Option<Most>); 3]) -> Result<Value> {
    let given = given.into_iter().filter_map(|(key, most)| Some((key.to_owned(), json!(most?.0))));
    let given: Map<String, Value> = given.collect();
    if given.is_empty() { person(api, name).await } else { patch(api, name, json!({"quotas": given})).await }
}

/// The route of somebody's account.
async fn route_of(api: &Api, name: &str) -> Result<String> {
    let person = person(api, name).await?;
    Ok(format!("/api/admin/users/{}", person["id"].as_str().unwrap_or_default()))
}

/// Somebody's account.
async fn person(api: &Api, name: &str) -> Result<Value> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut found = if name.chars().all(is_name) {
        api.get(&format!("/api/admin/users?username={name}")).await?
    } else {
        Value::Null
    };
    match found.pointer_mut("/users/0") {
        Some(person) => Ok(person.take()),
        None => bail!("there is no account `{name}`; `jarvis user list` shows all"),
    }
}

/// A password from standard input, when it is to come from there.
fn given(from_stdin: bool) -> Result<Option<String>> {
    if !from_stdin {
        return Ok(None);
    }
    if io::stdin().is_terminal() {
        output::tell("type the password; it is shown while you type");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("no password can be read from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("standard input has no password; write it in the first line");
    }
    Ok(Some(password))
}
