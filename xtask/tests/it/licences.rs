//! Every package of the graph may be shipped under the licences that `deny.toml` allows.

use crate::{assert_none, deny_toml, graph, spdx};

#[test]
fn every_package_is_under_an_allowed_licence() {
    let allowed = deny_toml::allowed_licences();
    let metadata = graph::metadata();
    assert!(metadata.packages.len() > graph::members(&metadata).len(), "no third-party package was read");
    let violations: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| !package.license.as_deref().is_some_and(|licence| spdx::allows(licence, &allowed)))
        .map(|package| {
            let licence = package.license.as_deref().unwrap_or("no stated licence");
            format!("{} {} is under {licence}: do without it, or allow it in deny.toml", package.name, package.version)
        })
        .collect();
    assert_none(&violations);
}

#[test]
fn no_licence_is_allowed_for_nothing() {
    let metadata = graph::metadata();
    let all = deny_toml::allowed_licences();
    let usable = |allowed: &_| {
        metadata
            .packages
            .iter()
            .filter(|package| package.license.as_deref().is_some_and(|licence| spdx::allows(licence, allowed)))
            .count()
    };
    let violations: Vec<String> = all
        .iter()
        .filter(|licence| {
            let mut without = all.clone();
            without.remove(*licence);
            usable(&without) == usable(&all)
        })
        .map(|licence| format!("no package needs {licence}: remove it from deny.toml"))
        .collect();
    assert_none(&violations);
}
