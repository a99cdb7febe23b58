//! Owners of third-party crates: a driver, a transport or a command-line parser is known to one crate each.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata};

use crate::deny_toml::{Ban, Skip};
use crate::{assert_none, deny_toml, graph};

/// The features of tokio that a use-case may need: tasks, channels, time. Never sockets, files or signals.
const ENGINE_TOKIO: &[&str] = &["macros", "rt", "sync", "time"];

fn violations(dependents: &BTreeMap<String, BTreeSet<String>>, bans: &[Ban]) -> Vec<String> {
    let mut violations = Vec::new();
    for ban in bans {
        let Some(users) = dependents.get(&ban.name) else { continue };
        if ban.wrappers.is_empty() {
            let users: Vec<&str> = users.iter().map(String::as_str).collect();
            violations.push(format!(
                "{} is banned, but {} brings it: choose other features",
                ban.name,
                users.join(", ")
            ));
        }
        for user in users.difference(&ban.wrappers).filter(|_| !ban.wrappers.is_empty()) {
            let owners: Vec<&str> = ban.wrappers.iter().map(String::as_str).collect();
            violations.push(format!(
                "{user} must not name {}, which belongs to {}: ask its owner through a port, or change deny.toml on \
                 purpose",
                ban.name,
                owners.join(", ")
            ));
        }
    }
    violations
}

#[test]
fn third_party_crates_stay_with_their_owners() {
    let dependents = graph::dependents(&graph::metadata());
    assert_none(&violations(&dependents, &deny_toml::bans()));
}

#[test]
fn a_foreign_driver_is_reported() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let bans = [
        Ban { name: "rusqlite".into(), wrappers: names(&["jarvis-sqlite"]) },
        Ban { name: "openssl-sys".into(), wrappers: names(&[]) },
    ];
    let graph = |users: &[&str]| BTreeMap::from([("rusqlite".to_owned(), names(users))]);
    assert_eq!(violations(&graph(&["jarvis-sqlite"]), &bans).len(), 0);
    assert_eq!(violations(&graph(&["jarvis-sqlite", "jarvis-server"]), &bans).len(), 1);
    assert_eq!(violations(&BTreeMap::from([("openssl-sys".to_owned(), names(&["curl"]))]), &bans).len(), 1);
}

#[test]
fn no_owner_is_listed_for_nothing() {
    let dependents = graph::dependents(&graph::metadata());
    let mut violations = Vec::new();
    for ban in deny_toml::bans().iter().filter(|ban| !ban.wrappers.is_empty()) {
        match dependents.get(&ban.name) {
            None => violations.push(format!("{} is not used any more: remove it from deny.toml", ban.name)),
            Some(users) => violations.extend(ban.wrappers.difference(users).map(|owner| {
                format!("{owner} does not use {} any more: remove it from deny.toml's wrappers", ban.name)
            })),
        }
    }
    assert_none(&violations);
}

#[test]
fn core_has_no_runtime_and_the_engine_only_tasks_and_time() {
    let metadata = graph::metadata();
    let mut violations = Vec::new();
    for (krate, allowed) in [("jarvis-core", None), ("jarvis-engine", Some(ENGINE_TOKIO))] {
        match (tokio_features(&metadata, krate), allowed) {
            (Some(_), None) => violations.push(format!("{krate} must not name tokio: take a port or a stream")),
            (Some(features), Some(allowed)) => violations.extend(
                features.iter().filter(|feature| !allowed.contains(&feature.as_str())).map(|feature| {
                    format!("{krate} must not switch on tokio's `{feature}`: that is a provider's or a server's work")
                }),
            ),
            (None, _) => {}
        }
    }
    assert_none(&violations);
}

/// The features of tokio that a crate asks for in its code, or nothing when it does not name tokio.
fn tokio_features(metadata: &Metadata, krate: &str) -> Option<Vec<String>> {
    let members = graph::members(metadata);
    let package = members.iter().find(|package| package.name.as_str() == krate).expect("the crate exists");
    let tokio = package
        .dependencies
        .iter()
        .find(|dependency| dependency.name == "tokio" && dependency.kind != DependencyKind::Development)?;
    Some(tokio.features.clone())
}

#[test]
fn a_second_version_of_a_crate_is_there_for_a_reason() {
    let metadata = graph::metadata();
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in &metadata.packages {
        versions.entry(package.name.as_str()).or_default().insert(package.version.to_string());
    }
    assert_none(&doubled(&versions, &deny_toml::skips()));
}

fn doubled(versions: &BTreeMap<&str, BTreeSet<String>>, skips: &[Skip]) -> Vec<String> {
    let covers = |skip: &Skip, name: &str, version: &str| {
        let after = version.strip_prefix(&skip.version);
        skip.name == name && after.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let mut violations = Vec::new();
    for (name, versions) in versions {
        let open: Vec<&str> = versions
            .iter()
            .filter(|version| !skips.iter().any(|skip| covers(skip, name, version)))
            .map(String::as_str)
            .collect();
        if open.len() > 1 {
            violations.push(format!(
                "{name} is compiled in the versions {}: align them, or list the older one under deny.toml's `skip` with \
                 the reason",
                open.join(", ")
            ));
        }
    }
    for skip in skips {
        let found = versions.get(skip.name.as_str());
        let needed =
            found.is_some_and(|all| all.len() > 1 && all.iter().any(|version| covers(skip, &skip.name, version)));
        if !needed {
            violations
                .push(format!("{}:{} is not doubled any more: remove it from deny.toml", skip.name, skip.version));
        }
        if skip.reason.is_none() {
            violations.push(format!("{}:{} is skipped in deny.toml without a reason", skip.name, skip.version));
        }
    }
    violations
}

#[test]
fn a_doubled_crate_is_reported() {
    let versions = BTreeMap::from([("rand", BTreeSet::from(["0.9.5".to_owned(), "0.10.3".to_owned()]))]);
    let skip = |version: &str| Skip { name: "rand".into(), version: version.into(), reason: Some("old".into()) };
    assert_eq!(doubled(&versions, &[skip("0.9")]).len(), 0);
    assert_eq!(doubled(&versions, &[]).len(), 1);
    // neither covers a version, so the double is reported, and so is the useless skip
    assert_eq!(doubled(&versions, &[skip("0.1")]).len(), 2);
}
