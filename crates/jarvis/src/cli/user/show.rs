//! What is printed for people.

use std::fmt::Write as _;

use serde_json::Value;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

/// The day of a moment.
fn day(value: &Value) -> &str {
    value.as_str().and_then(|moment| moment.get(..10)).unwrap_or("never")
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn words(value: &Value) -> String {
    rows(value).iter().map(text).collect::<Vec<_>>().join(", ")
}

pub(super) fn people(value: &Value) -> String {
    let people = rows(&value["users"]);
    if people.is_empty() {
        return "nobody has an account yet; `jarvis user add NAME --role admin` makes the first".to_owned();
    }
    let width = people.iter().map(|one| text(&one["username"]).len()).max().unwrap_or(0).max(4);
    let mut table = format!("{:width$}  role   last login  state", "name");
    for one in people {
        let state = if one["disabled"] == true { "disabled" } else { "" };
        let (name, role, login) = (text(&one["username"]), text(&one["role"]), day(&one["last_login_at"]));
        let _ = write!(table, "\n{name:width$}  {role:5}  {login:10}  {state}");
    }
    table
}

pub(super) fn person(value: &Value) -> String {
    let (name, role, zone) = (text(&value["username"]), text(&value["role"]), text(&value["time_zone"]));
    let state = if value["disabled"] == true { "disabled" } else { "may log in" };
    let most =
        |(key, words): (&str, &str)| value["quotas"][key].as_u64().map(|most| format!(", at most {most} {words}"));
    let kinds = [("messages", "messages"), ("tokens", "tokens"), ("storage_bytes", "bytes of storage")];
    let quotas: String = kinds.into_iter().filter_map(most).collect();
    format!("{name}: {role}, {state}, {zone}{quotas}")
}

fn with_password(value: &Value, begin: &str) -> String {
    match value["password"].as_str() {
        Some(password) => format!("{begin}\npassword (shown this once): {password}"),
        None => begin.to_owned(),
    }
}

pub(super) fn added(value: &Value) -> String {
    with_password(value, &format!("made the account `{}` ({})", text(&value["username"]), text(&value["role"])))
}

pub(super) fn reset(value: &Value) -> String {
    with_password(
        value,
        &format!("`{}` has another password; all logins ended, and all keys are removed", text(&value["username"])),
    )
}

pub(super) fn ended(value: &Value) -> String {
    match value["ended_sessions"].as_u64() {
        Some(1) => "1 login ended".to_owned(),
        count => format!("{} logins ended", count.unwrap_or(0)),
    }
}

pub(super) fn logins(value: &Value) -> String {
    let logins = rows(&value["sessions"]);
    if logins.is_empty() {
        return "nobody is logged in there".to_owned();
    }
    let line = |one: &Value| {
        format!(
            "{}  since {}  used {}  until {}  {}",
            text(&one["id"]),
            day(&one["created_at"]),
            day(&one["used_at"]),
            day(&one["expires_at"]),
            text(&one["label"])
        )
    };
    logins.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn invited(value: &Value) -> String {
    let (role, until) = (text(&value["role"]), day(&value["expires_at"]));
    let begin = format!("invitation for a new {role} (shown this once, good until {until})");
    match value["link"].as_str() {
        Some(link) => {
            format!("{begin}; where others reach the server by another address, put that before /join:\n{link}")
        }
        None => format!("{begin}; open it at the address of the server:\n/join#{}", text(&value["invite"])),
    }
}

pub(super) fn invites(value: &Value) -> String {
    let invites = rows(&value["invites"]);
    if invites.is_empty() {
        return "no invitation waits to be taken".to_owned();
    }
    let line = |one: &Value| format!("{}  {}  until {}", text(&one["id"]), text(&one["role"]), day(&one["expires_at"]));
    invites.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn key(value: &Value) -> String {
    let (name, may) = (text(&value["name"]), words(&value["permissions"]));
    format!("key `{name}` (shown this once) for {may}:\n{}", text(&value["key"]))
}

pub(super) fn keys(value: &Value) -> String {
    let keys = rows(&value["keys"]);
    if keys.is_empty() {
        return "there are no keys".to_owned();
    }
    let line = |one: &Value| {
        format!(
            "{}  jrv_{}…  {}  used {}  until {}  {}",
            text(&one["id"]),
            text(&one["prefix"]),
            words(&one["permissions"]),
            day(&one["last_used_at"]),
            one["expires_at"].as_str().and_then(|moment| moment.get(..10)).unwrap_or("removed"),
            text(&one["name"])
        )
    };
    keys.iter().map(line).collect::<Vec<_>>().join("\n")
}
