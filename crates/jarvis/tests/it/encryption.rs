//! What people write is in no file in the clear when `ENCRYPTION_KEY` is set, whatever the key goes through.

mod interrupted;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use jarvis_test_servers::{Database, POSTGRES, given};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    backend::{self, only_embedded},
    moving::migrate_store,
    server::{Server, data_dir, jarvis, run, text},
};

const KEY: &str = "correct horse battery staple 123";
const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const WRONG: &str = "wrong horse battery staple 12345";

/// Every place that takes a text of a person's own.
const PLACES: [&str; 24] = [
    "message",
    "streamed",
    "title",
    "summary",
    "metadata",
    "name",
    "role",
    "goals",
    "template",
    "sessionmeta",
    "memory",
    "category",
    "memorymeta",
    "idempotency",
    "foreign",
    "importedtitle",
    "imported",
    "author",
    "parts",
    "messagemeta",
    "importedmemory",
    "importedmemorymeta",
    "foreignmemory",
    "foreignmessage",
];

/// A word of its own for each place, of one language and no stem, so that indexes keep it as it is.
fn word(place: &str) -> String {
    format!("qzx{place}qzx")
}

/// The command with keys: the one that is sealed under, and those before it.
fn with_keys(data: &Path, key: Option<&str>, previous: Option<&str>) -> Command {
    let mut command = jarvis(data);
    if let Some(key) = key {
        command.env("ENCRYPTION_KEY", key);
    }
    if let Some(previous) = previous {
        command.env("ENCRYPTION_KEY_PREVIOUS", previous);
    }
    command.env("LOG_LEVEL", "debug");
    command
}

fn serve(data: &Path, key: Option<&str>, previous: Option<&str>) -> Server {
    Server::start_by(with_keys(data, key, previous).args(["serve", "--port", "0"]))
}

/// Why a server does not start.
fn refusal(data: &Path, key: Option<&str>, previous: Option<&str>) -> String {
    let mut command = with_keys(data, key, previous);
    match Server::try_start(command.env("LOG_LEVEL", "error").args(["serve", "--port", "0"])) {
        Ok(_) => panic!("it started"),
        Err(log) => log.lines().find(|line| line.contains("error")).unwrap_or(&log).to_owned(),
    }
}

fn rotate(data: &Path, key: Option<&str>, previous: Option<&str>) -> Value {
    let (success, output, told) = run(with_keys(data, key, previous).args(["keys", "rotate", "--json"]));
    assert!(success, "{told}");
    serde_json::from_str(&output).unwrap()
}

fn read(dir: &Path, into: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, into);
            continue;
        }
        let mut bytes = Vec::new();
        // a file may go while one looks
        if File::open(&path).is_ok_and(|mut file| file.read_to_end(&mut bytes).is_ok()) {
            into.push((path, bytes));
        }
    }
}

/// The places whose words are in a file, or in what stands outside of the data directory.
fn in_the_clear(data: &Path) -> BTreeSet<&'static str> {
    let mut all = Vec::new();
    read(data, &mut all);
    all.extend(backend::contents(data).into_iter().map(|(name, bytes)| (data.join(name), bytes)));
    assert!(all.iter().any(|(path, bytes)| path.ends_with("jarvis.db") && !bytes.is_empty()), "nothing to look into");
    let mut found = BTreeSet::new();
    for (_, bytes) in &all {
        for at in (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"qzx")) {
            found.extend(PLACES.iter().filter(|place| bytes[at..].starts_with(word(place).as_bytes())));
        }
    }
    found
}

/// Writes something to every place.
async fn fill(server: &Server) {
    let message = format!("My cat {} sleeps. {}", word("message"), "All day long. ".repeat(90));
    let chat = json!({ "message": message, "model": "recall" });
    let request = server.request(Method::POST, "/api/chat").header("idempotency-key", word("idempotency"));
    let answer: Value = request.json(&chat).send().await.unwrap().json().await.unwrap();
    let conversation = text(&answer, "conversation_id").to_owned();
    let streamed = json!({"message": format!("And the {}?", word("streamed")), "stream": true, "model": "recall"});
    let streamed =
        server.request(Method::POST, "/api/chat").json(&streamed).send().await.unwrap().text().await.unwrap();
    assert!(streamed.contains("event: done"), "{streamed}");
    let patch = json!({
        "title": word("title"), "summary": word("summary"), "metadata": {"x": word("metadata")},
    });
    server.ask(Method::PATCH, &format!("/api/chat/conversation/{conversation}"), Some(patch)).await;
    let session = json!({
        "name": word("name"), "role": word("role"), "goals": word("goals"), "template": word("template"),
        "metadata": {"x": word("sessionmeta")},
    });
    server.ask(Method::POST, "/api/sessions", Some(session)).await;
    let memory = json!({
        "content": format!("Likes {}", word("memory")), "category": word("category"), "metadata": {"x": word("memorymeta")},
    });
    server.ask(Method::POST, "/api/memory", Some(memory)).await;
    let lines = [
        json!({"type": "conversation", "id": word("foreign"), "title": word("importedtitle")}),
        json!({"type": "message", "id": word("foreignmessage"), "conversation_id": word("foreign"), "role": "user",
            "content": word("imported"), "author": word("author"), "parts": [word("parts")],
            "metadata": {"x": word("messagemeta")}}),
        json!({"type": "memory", "id": word("foreignmemory"), "content": word("importedmemory"),
            "metadata": {"x": word("importedmemorymeta")}}),
    ];
    let lines: String = lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect();
    let imported = import(server, &lines).await;
    assert_eq!(imported["skipped_total"], 0, "{imported}");
    // pages that a cache may keep
    server.get(&format!("/api/chat/history/{conversation}")).await;
    server.get("/api/chat/conversations").await;
    server.finds(&word("message")).await;
}

/// A unit that a busy machine is too late with ends the import; sent again, the rest is added.
async fn import(server: &Server, lines: &str) -> Value {
    loop {
        let request = server.request(Method::POST, "/api/import").header("content-type", "application/x-ndjson");
        let report: Value = request.body(lines.to_owned()).send().await.unwrap().json().await.unwrap();
        if report["error"]["code"] != "deadline_exceeded" {
            assert_eq!(report["error"], Value::Null, "not all of it was taken");
            return report;
        }
    }
}

/// All that a person has, in the order in which it is told.
fn exported(data: &Path, key: Option<&str>, previous: Option<&str>) -> Vec<String> {
    let (success, output, told) = run(with_keys(data, key, previous).env("LOG_LEVEL", "error").args(["export"]));
    assert!(success, "{told}");
    let lines: Vec<String> = output.lines().filter(|line| !line.contains("exported_at")).map(str::to_owned).collect();
    assert!(lines.len() > 8, "{lines:?}");
    lines
}

#[tokio::test]
async fn no_file_holds_what_people_write_when_there_is_a_key() {
    // without a key all of it is found, so looking finds what is there
    let (_dir, data) = data_dir();
    let server = serve(&data, None, None);
    fill(&server).await;
    assert_eq!(in_the_clear(&data), PLACES.into(), "while it runs");
    server.stop();
    assert_eq!(in_the_clear(&data), PLACES.into(), "after its end");

    let (_dir, data) = data_dir();
    let server = serve(&data, Some(KEY), None);
    fill(&server).await;
    assert_eq!(in_the_clear(&data), BTreeSet::new(), "while it runs");
    let categories = server.get("/api/stats/activity").await;
    assert!(categories.to_string().contains(&word("category")), "{categories}");
    let of_category = server.get(&format!("/api/memory/list?category={}", word("category"))).await;
    assert_eq!(of_category["total"], 1, "{of_category}");
    let (status, _, log) = server.stop();
    assert!(status.success() && !log.contains("qzx"), "{log}");
    assert_eq!(in_the_clear(&data), BTreeSet::new(), "after its end");
    assert!(!data.join("index").try_exists().unwrap());

    let server = serve(&data, Some(KEY), None);
    server.finds(&word("imported")).await;
    let again = json!({"type": "memory", "id": word("foreignmemory"), "content": word("importedmemory")}).to_string();
    let again = import(&server, &(again + "\n")).await;
    assert_eq!(again["imported"]["memories"].as_u64().unwrap_or(0), 0, "a foreign id is known again: {again}");
    server.kill();
    assert_eq!(in_the_clear(&data), BTreeSet::new(), "after a crash");
}

#[tokio::test]
async fn a_start_with_another_key_or_none_is_refused_in_one_sentence() {
    let (_dir, data) = data_dir();
    serve(&data, Some(KEY), None).stop();
    insta::assert_snapshot!(refusal(&data, Some(WRONG), None), @"error: ENCRYPTION_KEY is not the key that this database was encrypted with; set the right one (to change it, add the old one as ENCRYPTION_KEY_PREVIOUS)");
    insta::assert_snapshot!(refusal(&data, None, None), @"error: this database is encrypted; set ENCRYPTION_KEY to the key that it was encrypted with");
    let (success, _, told) = run(with_keys(&data, Some(WRONG), None).env("LOG_LEVEL", "error").args(["export"]));
    assert!(!success && told.contains("ENCRYPTION_KEY"), "{told}");
    // the right key is not harmed by any of it
    let server = serve(&data, Some(KEY), None);
    server.say("Hello", None).await;
    let (success, shown, _) = run(with_keys(&data, Some(KEY), Some(WRONG)).args(["config", "show"]));
    assert!(success && !shown.contains("horse"), "{shown}");
}

#[tokio::test]
async fn encryption_is_turned_on_the_key_changed_and_all_turned_off_again() {
    let (_dir, data) = data_dir();
    let server = serve(&data, None, None);
    fill(&server).await;
    server.stop();
    let before = exported(&data, None, None);
    if !backend::is_outside() {
        // as if a migration had kept one
        fs::copy(data.join("jarvis.db"), data.join("jarvis.db.before.bak")).unwrap();
    }
    insta::assert_snapshot!(refusal(&data, Some(KEY), None), @"error: what this database holds is not encrypted yet; run `jarvis keys rotate` with the same ENCRYPTION_KEY once, while no server runs, or unset it");

    let report = rotate(&data, Some(KEY), None);
    assert_eq!(report["outcome"], "encrypted");
    assert!(report["rows"].as_u64().unwrap() >= 12, "{report}");
    assert_eq!(in_the_clear(&data), BTreeSet::new());
    assert_eq!(exported(&data, Some(KEY), None), before);
    assert_eq!(rotate(&data, Some(KEY), None), json!({"outcome": "rotated", "rows": 0}), "once is enough");
    assert!(refusal(&data, None, None).contains("set ENCRYPTION_KEY"));

    // beside a server that does not know the new key yet
    let server = serve(&data, Some(KEY), None);
    for (key, told) in [(Some(NEW), "start the server again"), (None, "stop it")] {
        let (done, _, refused) = run(with_keys(&data, key, Some(KEY)).args(["keys", "rotate"]));
        assert!(!done && refused.contains(told), "{refused}");
    }
    server.stop();

    // the new key, while others read and write
    let server = serve(&data, Some(NEW), Some(KEY));
    let status = status_of(&data);
    assert_eq!((&status["encrypted"], status["keys"].as_array().unwrap().len()), (&json!(true), 2), "{status}");
    let said = server.say("Written under the new key", None).await;
    let report = rotate(&data, Some(NEW), Some(KEY));
    assert_eq!(report["outcome"], "rotated");
    // labels are not sealed under the key itself
    assert!(report["rows"].as_u64().unwrap() >= 8, "{report}");
    server.finds(&word("imported")).await;
    server.ask(Method::DELETE, &format!("/api/chat/conversation/{}", text(&said, "conversation_id")), None).await;
    server.stop();
    assert_eq!(exported(&data, Some(NEW), None), before, "without the old one");
    assert!(refusal(&data, Some(KEY), None).contains("ENCRYPTION_KEY is not the key"));

    let report = rotate(&data, None, Some(NEW));
    assert_eq!(report["outcome"], "decrypted");
    assert_eq!(exported(&data, None, None), before);
    assert_eq!(in_the_clear(&data), PLACES.into());
    let server = serve(&data, None, None);
    server.finds(&word("imported")).await;
    server.say("My cat is called Tom, not Max.", None).await;
}

fn status_of(data: &Path) -> Value {
    status_with(data, None, None)
}

fn status_with(data: &Path, key: Option<&str>, previous: Option<&str>) -> Value {
    let (success, output, told) = run(with_keys(data, key, previous).args(["keys", "status", "--json"]));
    assert!(success, "{told}");
    serde_json::from_str(&output).unwrap()
}

#[tokio::test]
async fn an_encrypted_store_moves_as_it_is() {
    if !only_embedded("moving from a file") {
        return;
    }
    let (_dir, data) = data_dir();
    let server = serve(&data, Some(KEY), None);
    fill(&server).await;
    server.stop();
    let before = exported(&data, Some(KEY), None);
    let postgres = given(POSTGRES).map(|server| Database::create(&server).unwrap());
    let mut from = "sqlite:jarvis.db".to_owned();
    let targets = ["sqlite:other.db".to_owned()].into_iter().chain(postgres.as_ref().map(|one| one.url().to_owned()));
    for to in targets {
        // moving needs no key
        let (success, _, told) = run(migrate_store(&data, &from, &to).arg("--yes"));
        assert!(success, "{told}");
        let mut command = with_keys(&data, Some(KEY), None);
        let export = command.env("DATABASE_URL", &to).env("LOG_LEVEL", "error").args(["export"]);
        let (success, output, told) = run(export);
        assert!(success, "{told}");
        let lines: Vec<&str> = output.lines().filter(|line| !line.contains("exported_at")).collect();
        assert_eq!(lines, before);
        from = to;
    }
    assert_eq!(in_the_clear(&data), BTreeSet::new());
}
