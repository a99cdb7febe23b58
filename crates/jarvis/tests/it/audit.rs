//! The trail from the command line, alone and beside a server.

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    backend::only_embedded,
    moving::migrate_store,
    server::{Server, data_dir, jarvis, run},
};

const KEY: &str = "audit-test-key-0123456789abcdefg";
const NEW_KEY: &str = "audit-test-key-gfedcba9876543210";
/// The name of a key of a program: personal, and in the trail.
const WORD: &str = "qzxscriptqzx";

fn audit(data: &Path, key: Option<&str>, arguments: &[&str]) -> (bool, Value, String) {
    let mut command = jarvis(data);
    if let Some(key) = key {
        command.env("ENCRYPTION_KEY", key);
    }
    let (success, output, told) = run(command.arg("audit").args(arguments).arg("--json"));
    (success, serde_json::from_str(&output).unwrap_or(Value::Null), told)
}

fn acts(listed: &Value) -> Vec<&str> {
    listed["entries"].as_array().unwrap().iter().map(|entry| entry["act"].as_str().unwrap()).collect()
}

fn files(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Files below a directory that hold the word.
fn holders(data: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    files(data, &mut all);
    let holds = |path: &PathBuf| bytes(path).windows(WORD.len()).any(|part| part == WORD.as_bytes());
    all.into_iter().filter(holds).collect()
}

#[tokio::test]
async fn acts_are_listed_and_verified_alone_and_beside_a_server() {
    let (_dir, data) = data_dir();
    assert!(run(jarvis(&data).args(["user", "add", "ann", "--role", "admin"])).0);
    assert_eq!(acts(&audit(&data, None, &["list"]).1), ["user.add"]);
    let server = Server::start(&data);
    assert!(run(jarvis(&data).args(["user", "keys", "ann", "--make", WORD])).0);
    assert!(run(jarvis(&data).arg("reindex")).0);
    let (success, listed, told) = audit(&data, None, &["list"]);
    assert!(success, "{told}");
    assert_eq!(acts(&listed), ["index.rebuild", "key.make", "user.add"]);
    for entry in listed["entries"].as_array().unwrap() {
        assert_eq!(entry["via"], "command line");
        assert!(entry["actor"]["name"].as_str().is_some_and(|name| !name.is_empty()), "{entry}");
    }
    assert_eq!(acts(&audit(&data, None, &["list", "--act", "key.make"]).1), ["key.make"]);
    assert_eq!(acts(&audit(&data, None, &["list", "--limit", "1"]).1), ["index.rebuild"]);
    let (_, output, _) = run(jarvis(&data).args(["audit", "list"]));
    assert!(output.contains("user.add") && output.lines().count() == 3, "{output}");
    assert!(output.contains("  about ann  after {"), "{output}");
    assert!(!output.contains(['\u{fffd}', '\u{1b}']), "no colours where no terminal is: {output:?}");
    assert_eq!(acts(&audit(&data, None, &["list", "--subject", "ann"]).1), ["key.make", "user.add"]);
    let (success, verdict, _) = audit(&data, None, &["verify"]);
    assert!(success && verdict["intact"] == true && verdict["entries"] == 3, "{verdict}");
    server.stop();
    let (success, verdict, _) = audit(&data, None, &["verify"]);
    assert!(success && verdict["entries"] == 3, "{verdict}");
}

#[tokio::test]
async fn a_changed_file_is_found_and_the_first_broken_entry_named() {
    if !only_embedded("changing the database's file") {
        return;
    }
    let (_dir, data) = data_dir();
    for name in ["ann", "bob", "carl"] {
        assert!(run(jarvis(&data).args(["user", "add", name])).0);
    }
    assert!(run(jarvis(&data).args(["user", "disable", "bob"])).0);
    let path = data.join("jarvis.db");
    let mut all = bytes(&path);
    let places: Vec<usize> = (0..all.len() - 11).filter(|at| all[*at..].starts_with(b"user.change")).collect();
    assert!(!places.is_empty());
    for at in places {
        all[at..at + 11].copy_from_slice(b"user.chance");
    }
    File::create(&path).unwrap().write_all(&all).unwrap();
    let (success, verdict, _) = audit(&data, None, &["verify"]);
    assert!(!success && verdict["intact"] == false, "{verdict}");
    assert_eq!((&verdict["first_broken"]["seq"], &verdict["entries"]), (&json!(4), &json!(3)), "{verdict}");
    let (success, output, _) = run(jarvis(&data).args(["audit", "verify"]));
    assert!(!success && output.contains("broken at entry 4"), "{output}");
}

#[tokio::test]
async fn nothing_personal_in_the_trail_outlives_the_person() {
    if !only_embedded("looking into the database's file") {
        return;
    }
    let (_dir, data) = data_dir();
    assert!(run(jarvis(&data).args(["user", "add", "ann", "--role", "admin"])).0);
    assert!(run(jarvis(&data).args(["user", "add", "bob"])).0);
    let server = Server::start(&data);
    assert!(run(jarvis(&data).args(["user", "keys", "bob", "--make", WORD])).0);
    assert!(!holders(&data).is_empty(), "what is there is found");
    let (success, _, told) = run(jarvis(&data).args(["erase", "--user", "bob", "--yes"]));
    assert!(success, "{told}");
    assert_eq!(holders(&data), Vec::<PathBuf>::new());
    let (success, verdict, _) = audit(&data, None, &["verify"]);
    assert!(success, "{verdict}");
    server.stop();
    assert_eq!(holders(&data), Vec::<PathBuf>::new());
    let (_, listed, _) = audit(&data, None, &["list"]);
    assert_eq!(acts(&listed)[..2], ["data.erase", "data.erase_requested"]);
}

#[tokio::test]
async fn what_is_told_is_sealed_and_another_key_breaks_no_chain() {
    let (_dir, data) = data_dir();
    let with = |key: Option<&str>, previous: Option<&str>, arguments: &[&str]| {
        let mut command = jarvis(&data);
        key.map(|key| command.env("ENCRYPTION_KEY", key));
        previous.map(|key| command.env("ENCRYPTION_KEY_PREVIOUS", key));
        let (success, output, told) = run(command.args(arguments));
        assert!(success, "{arguments:?}: {output}{told}");
    };
    with(Some(KEY), None, &["user", "add", "bob"]);
    with(Some(KEY), None, &["user", "keys", "bob", "--make", WORD]);
    let told = audit(&data, Some(KEY), &["list"]).1.to_string();
    assert!(told.contains(WORD), "{told}");
    // the name of the key stands in its own row as well, until it is removed
    let id = told.split("\"object\":\"").nth(1).unwrap()[..36].to_owned();
    with(Some(KEY), None, &["user", "keys", "bob", "--remove", &id]);
    with(Some(NEW_KEY), Some(KEY), &["keys", "rotate"]);
    let (success, verdict, told) = audit(&data, Some(NEW_KEY), &["verify"]);
    assert!(success && verdict["intact"] == true, "{verdict}{told}");
    if only_embedded("looking into the database's file") {
        assert_eq!(holders(&data), Vec::<PathBuf>::new());
    }
    with(None, Some(NEW_KEY), &["keys", "rotate"]);
    let (success, verdict, told) = audit(&data, None, &["verify"]);
    assert!(success && verdict["intact"] == true, "{verdict}{told}");
    let listed = audit(&data, None, &["list"]).1;
    assert_eq!(acts(&listed), ["encryption.off", "encryption.rotate", "key.remove", "key.make", "user.add"]);
    assert!(listed.to_string().contains(WORD));
}

#[tokio::test]
async fn a_move_takes_the_trail_along_and_is_noted_at_the_next_start() {
    if !only_embedded("moving from a file") {
        return;
    }
    let (_dir, data) = data_dir();
    assert!(run(jarvis(&data).args(["user", "add", "ann"])).0);
    let before = audit(&data, None, &["list"]).1["entries"][0]["hash"].clone();
    let moving = |how: &str| run(migrate_store(&data, "sqlite:jarvis.db", "sqlite:other.db").arg(how));
    let (success, _, told) = moving("--yes");
    assert!(success, "{told}");
    let (success, _, told) = moving("--verify-only");
    assert!(success, "nothing is written to the copy yet: {told}");
    let server = Server::start_by(jarvis(&data).args(["serve", "--port", "0"]).env("DATABASE_URL", "sqlite:other.db"));
    let (success, verdict, _) = audit(&data, None, &["verify"]);
    assert!(success, "{verdict}");
    let listed = audit(&data, None, &["list"]).1;
    assert_eq!(acts(&listed), ["store.move", "user.add"]);
    assert_eq!(listed["entries"][1]["hash"], before);
    let reload = server.request(Method::POST, "/api/admin/audit/verify").send().await.unwrap();
    assert_eq!(reload.status().as_u16(), 401, "for administrators only");
}
