//! `jarvis migrate-store`: everything moves, whatever kills it, and the indexes go on as they are.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use jarvis_test_servers::{Database, POSTGRES, given};
use serde_json::{Value, json};

use crate::{
    backend::only_embedded,
    crash::Random,
    server::{Server, data_dir, jarvis, run},
};

/// What the log says when an index does not fit the store.
const REBUILDING: &str = "rebuilding an index";
const OLD: &str = "sqlite:jarvis.db";

/// The command, with what the test adds.
pub(crate) fn migrate_store(data: &Path, from: &str, to: &str) -> Command {
    let mut command = jarvis(data);
    // a command line's paths begin in the working directory, which holds the data directory
    let here = |url: &str| match url.strip_prefix("sqlite:") {
        Some(file) => format!("sqlite:data/{file}"),
        None => url.to_owned(),
    };
    command.args(["migrate-store", "--from", &here(from), "--to", &here(to)]);
    command
}

fn moved(data: &Path, from: &str, to: &str) -> Value {
    let (success, output, told) = run(migrate_store(data, from, to).args(["--yes", "--json"]));
    assert!(success, "{told}");
    serde_json::from_str(&output).unwrap()
}

/// A server on the database at an address.
fn serve(data: &Path, url: &str) -> Server {
    Server::start_by(jarvis(data).env("DATABASE_URL", url).args(["serve", "--port", "0"]))
}

/// Ends a server, which must not have rebuilt an index.
fn stop(server: Server) {
    let (status, _, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(!log.contains(REBUILDING), "{log}");
}

/// Waits until the vectors of what was said are there.
async fn until_meaning_is_found(server: &Server, query: &str) -> Value {
    loop {
        let found = server.request(reqwest::Method::GET, "/api/search").query(&[("q", query), ("mode", "vector")]);
        let found: Value = found.send().await.unwrap().json().await.unwrap();
        if found["hits"].as_array().is_some_and(|hits| !hits.is_empty()) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Messages before, a move, messages after, and a move back: all of them are found, and nothing is built anew.
async fn there_and_back(to: &str) {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let answer = server.say("The lighthouse keeper is called Rex.", None).await;
    let conversation = answer["conversation_id"].as_str().unwrap().to_owned();
    until_meaning_is_found(&server, "lighthouse").await;
    let before = server.get("/api/stats").await;
    stop(server);

    let report = moved(&data, OLD, to);
    assert_eq!((&report["outcome"], &report["equal"]), (&json!("moved"), &json!(true)), "{report}");
    assert!(report["rows"].as_u64().unwrap() > 4, "{report}");
    let server = serve(&data, to);
    assert_eq!(server.find("lighthouse").await.len(), server.find("keeper").await.len());
    assert!(!server.find("lighthouse").await.is_empty());
    assert_eq!(server.get("/api/stats").await["messages"], before["messages"]);
    server.say("The harbour master is called Max.", Some(&conversation)).await;
    assert!(!server.find("harbour").await.is_empty(), "what was said after the move is not found");
    until_meaning_is_found(&server, "harbour").await;
    stop(server);

    if to.starts_with("postgresql:") {
        old_file_is_refused(&data);
    }
    let report = moved(&data, to, "sqlite:back.db");
    assert_eq!(report["outcome"], "moved", "{report}");
    let server = serve(&data, "sqlite:back.db");
    server.say("The ferry leaves at noon.", Some(&conversation)).await;
    for word in ["lighthouse", "harbour", "ferry"] {
        assert!(!server.find(word).await.is_empty(), "{word} is not found after the way back");
    }
    stop(server);
    // what would be found anew must be noticed
    fs::remove_dir_all(data.join("index")).unwrap();
    let server = serve(&data, "sqlite:back.db");
    server.wait_for_log(REBUILDING);
}

/// Whoever comes without the new address is not served what everything was moved out of.
fn old_file_is_refused(data: &Path) {
    for command in [&["serve", "--port", "0"][..], &["search", "lighthouse"], &["import", "-"], &["migrate", "status"]]
    {
        let (success, output, told) = run(jarvis(data).args(command));
        assert!(!success && output.is_empty(), "{command:?}: {output}");
        assert!(told.contains("jarvis.db was moved to postgresql:") && told.contains("DATABASE_URL"), "{told}");
    }
    let (success, output, _) = run(jarvis(data).arg("doctor"));
    assert!(!success && output.contains("was moved to postgresql:"), "{output}");
}

#[tokio::test]
async fn indexes_go_on_in_another_file() {
    if only_embedded("moving from a file") {
        there_and_back("sqlite:other.db").await;
    }
}

#[tokio::test]
async fn indexes_go_on_on_a_server_and_back() {
    let Some(postgres) = given(POSTGRES) else { return };
    if only_embedded("moving from a file") {
        let database = Database::create(&postgres).unwrap();
        there_and_back(database.url()).await;
    }
}

/// A store with some thousand messages.
fn filled() -> (crate::backend::Dir, std::path::PathBuf) {
    let (dir, data) = data_dir();
    let mut lines = String::new();
    for conversation in 0..300 {
        writeln!(lines, "{}", json!({"type": "conversation", "id": conversation, "title": "t"})).unwrap();
        for turn in 0..40 {
            let content = format!("turn {turn} of {conversation} {}", "and so on ".repeat(20));
            let line = json!({"type": "message", "conversation_id": conversation, "role": "user", "content": content});
            writeln!(lines, "{line}").unwrap();
        }
    }
    let file = dir.path().join("import.jsonl");
    fs::File::create(&file).unwrap().write_all(lines.as_bytes()).unwrap();
    let (success, _, told) = run(jarvis(&data).arg("import").arg(&file));
    assert!(success, "{told}");
    (dir, data)
}

/// Kills the move at any moment until one comes to its end; an unfinished one is refused as a store meanwhile.
fn killed_until_it_is_done(data: &Path, from: &str, to: &str) {
    let mut random = Random(7);
    let (mut killed, mut was_used) = (0, false);
    for round in 1.. {
        let mut child = migrate_store(data, from, to)
            .arg("--yes")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        std::thread::sleep(Duration::from_millis(random.below(100 * round)));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            break;
        }
        killed += 1;
        let opened = run(jarvis(data).env("DATABASE_URL", to).args(["search", "turn"]));
        let unfinished = opened.2.contains("an unfinished copy of") && opened.2.contains("jarvis migrate-store");
        // before it began nothing is there, or an empty file, and killed behind its end it is done
        let nothing = [
            "there is no data",
            "the database is missing or empty",
            "this data directory works on postgresql:",
            "everything in sqlite:",
        ];
        let nothing = nothing.iter().any(|told| opened.2.contains(told));
        assert!(opened.0 || unfinished || nothing, "{}", opened.2);
        was_used |= opened.0;
    }
    assert!(killed > 1, "nothing was killed");
    let (equal, output, told) = run(migrate_store(data, from, to).args(["--verify-only", "--json"]));
    let report: Value = serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {told}"));
    let tables = report["tables"].as_array().unwrap();
    // whoever uses a store forgets the changes that its indexes have passed
    let is_same = |table: &Value| table["equal"] == true || (was_used && table["table"] == "outbox");
    assert!((equal || was_used) && tables.iter().all(is_same), "{report}");
    let messages = tables.iter().find(|table| table["table"] == "messages").unwrap();
    assert_eq!(messages["target_rows"], 12_000, "{report}");
}

#[test]
fn whatever_kills_it_the_move_goes_on() {
    if only_embedded("moving from a file") {
        let (_dir, data) = filled();
        killed_until_it_is_done(&data, OLD, "sqlite:other.db");
    }
}

#[test]
fn whatever_kills_it_the_move_to_a_server_goes_on() {
    let Some(postgres) = given(POSTGRES) else { return };
    if only_embedded("moving from a file") {
        let (_dir, data) = filled();
        let database = Database::create(&postgres).unwrap();
        killed_until_it_is_done(&data, OLD, database.url());
        killed_until_it_is_done(&data, database.url(), "sqlite:back.db");
    }
}

#[tokio::test]
async fn what_cannot_be_moved_is_told_with_what_to_do() {
    if !only_embedded("moving from a file") {
        return;
    }
    let (_dir, data) = data_dir();
    let refused = |from: &str, to: &str, words: &[&str]| {
        let (success, output, told) = run(migrate_store(&data, from, to).arg("--yes"));
        assert!(!success && output.is_empty(), "{output}");
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    };
    refused(OLD, "sqlite:other.db", &["there is no database file to copy from", "--from"]);
    let _ = run(jarvis(&data).args(["init"]));
    let (success, _, told) = run(jarvis(&data).args(["migrate-store", "--from", OLD, "--to", "sqlite:o.db", "--yes"]));
    assert!(!success && told.contains("if the file of the data directory is meant"), "{told}");
    let server = Server::start(&data);
    server.say("I live in Lyon.", None).await;
    refused(OLD, "sqlite:other.db", &["the data directory is in use", "stop it first"]);
    stop(server);
    refused(OLD, OLD, &["cannot be moved into itself", "--to"]);
    refused(OLD, "mysql://db/jarvis", &["SQLite or PostgreSQL"]);
    let (success, _, told) = run(&mut migrate_store(&data, OLD, "sqlite:other.db"));
    assert!(!success && told.contains("add --yes"), "{told}");
    assert!(!data.join("other.db").try_exists().unwrap(), "it began without being told to");
    moved(&data, OLD, "sqlite:other.db");
    assert_eq!(moved(&data, OLD, "sqlite:other.db")["outcome"], "finished_before");
    let server = Server::start(&data);
    server.say("I live in Nice.", None).await;
    stop(server);
    refused(OLD, "sqlite:other.db", &["the target is not empty", "rows of messages"]);
    let (equal, output, _) = run(migrate_store(&data, OLD, "sqlite:other.db").arg("--verify-only"));
    assert!(!equal && output.contains("differ"), "{output}");
}
