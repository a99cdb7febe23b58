//! `deny.toml` is the one list of allowed licences and owners: cargo-deny reads it, and so do these tests, which run
//! where cargo-deny is not installed.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::graph;

/// A crate that only some others may depend on (`wrappers`), or nobody.
pub(crate) struct Ban {
    pub(crate) name: String,
    pub(crate) wrappers: BTreeSet<String>,
}

/// An older version that is accepted beside the current one.
pub(crate) struct Skip {
    pub(crate) name: String,
    /// The beginning of the version, such as `0.22`.
    pub(crate) version: String,
    pub(crate) reason: Option<String>,
}

pub(crate) fn allowed_licences() -> BTreeSet<String> {
    let file = read();
    strings(&file["licenses"]["allow"])
}

pub(crate) fn bans() -> Vec<Ban> {
    let file = read();
    let entries = file["bans"]["deny"].as_array().expect("bans.deny is a list");
    entries
        .iter()
        .map(|entry| Ban {
            name: entry["crate"].as_str().expect("each ban names its crate").to_owned(),
            wrappers: entry.get("wrappers").map(strings).unwrap_or_default(),
        })
        .collect()
}

pub(crate) fn skips() -> Vec<Skip> {
    let file = read();
    let entries = file["bans"]["skip"].as_array().expect("bans.skip is a list");
    entries
        .iter()
        .map(|entry| {
            let spec = entry["crate"].as_str().expect("each skip names its crate");
            let (name, version) = spec.split_once(':').expect("a skip is written `name:version`");
            let reason = entry.get("reason").and_then(Value::as_str).map(str::to_owned);
            Skip { name: name.to_owned(), version: version.to_owned(), reason }
        })
        .collect()
}

fn read() -> Table {
    let text = std::fs::read_to_string(graph::root().join("deny.toml")).expect("deny.toml is there");
    text.parse().expect("deny.toml is TOML")
}

fn strings(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().expect("a list");
    list.iter().map(|item| item.as_str().expect("a list of strings").to_owned()).collect()
}
