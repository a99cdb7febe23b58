//! Every crate's manifest: inherited fields, lints and versions, and one integration-test binary.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::Package;
use toml::{Table, Value};

use crate::{assert_none, graph};

/// Fields that say the same for every crate, so they are written once, in the workspace's manifest.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];
const DEPENDENCY_TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

fn manifest(path: &Path) -> Table {
    let text = std::fs::read_to_string(path).expect("the manifest can be read");
    text.parse().expect("the manifest is TOML")
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// Name and entry of each dependency, those under `[target.….dependencies]` included.
fn dependencies(manifest: &Table) -> Vec<(&String, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let per_target = targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table));
    std::iter::once(manifest)
        .chain(per_target)
        .flat_map(|table| DEPENDENCY_TABLES.iter().filter_map(|name| table.get(*name)?.as_table()))
        .flatten()
        .collect()
}

fn violations(name: &str, manifest: &Table) -> Vec<String> {
    let mut violations = Vec::new();
    let package = &manifest["package"];
    for field in INHERITED.iter().filter(|field| !inherits(package.get(**field))) {
        violations.push(format!("{name}: write `{field}.workspace = true` under [package]"));
    }
    if package.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        violations.push(format!("{name}: say in `description` what the crate is for"));
    }
    if !inherits(manifest.get("lints")) {
        violations.push(format!("{name}: write `workspace = true` under [lints]"));
    }
    for (dependency, _) in dependencies(manifest).into_iter().filter(|(_, entry)| !inherits(Some(entry))) {
        violations.push(format!(
            "{name}: give the version of {dependency} in the workspace's Cargo.toml and write `workspace = true` here"
        ));
    }
    violations
}

#[test]
fn manifests_inherit_from_the_workspace() {
    let metadata = graph::metadata();
    let check = |package: &&Package| violations(package.name.as_str(), &manifest(package.manifest_path.as_std_path()));
    assert_none(&graph::members(&metadata).iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn a_manifest_on_its_own_is_reported() {
    let text = r#"
        [package]
        name = "lone"
        version = "1.0.0"
        edition.workspace = true
        [dependencies]
        serde = "1"
        uuid = { workspace = true, features = ["v7"] }
        [target.'cfg(unix)'.dev-dependencies]
        libc = "0.2"
    "#;
    let found = violations("lone", &text.parse().expect("TOML"));
    // version, rust-version, license, publish, description, lints, serde, libc
    assert_eq!(found.len(), 8, "{found:#?}");
}

#[test]
fn no_version_is_given_for_nothing() {
    let metadata = graph::metadata();
    let manifests: Vec<Table> =
        graph::members(&metadata).iter().map(|package| manifest(package.manifest_path.as_std_path())).collect();
    let used: BTreeSet<&String> = manifests.iter().flat_map(dependencies).map(|(name, _)| name).collect();
    let workspace = manifest(&graph::root().join("Cargo.toml"));
    let given = workspace["workspace"]["dependencies"].as_table().expect("a table");
    let violations: Vec<String> = given
        .keys()
        .filter(|name| !used.contains(name))
        .map(|name| format!("no crate uses {name}: remove it from the workspace's Cargo.toml"))
        .collect();
    assert_none(&violations);
}

#[test]
fn a_crate_has_one_integration_test_binary() {
    let metadata = graph::metadata();
    let mut violations = Vec::new();
    for package in graph::members(&metadata) {
        for target in package.targets.iter().filter(|target| target.is_test()) {
            if !target.src_path.ends_with("tests/it/main.rs") {
                violations.push(format!(
                    "{}: make {} a module of tests/it/main.rs: each test binary links the whole product again",
                    package.name, target.src_path
                ));
            }
        }
    }
    assert_none(&violations);
}
