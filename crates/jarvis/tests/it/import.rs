//! `jarvis import`, beside a server and alone, and what is left when either is killed.

use std::{
    fmt::Write as _,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    ledger::{check_counters, marker},
    server::{Server, data_dir, jarvis, run},
};

fn json_of(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

/// A file beside the data directory.
fn file(data: &Path, text: &str) -> PathBuf {
    let path = data.parent().unwrap().join("import.jsonl");
    fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

/// The text of a message: a word of its own, and more, so that a file is larger than what is read ahead of the store.
fn content(number: u64) -> String {
    format!("note {} {}", marker(number), "and so on ".repeat(30))
}

/// Conversations of ten messages each.
fn conversations(count: u64) -> String {
    let mut text = String::new();
    for conversation in 0..count {
        writeln!(text, "{}", json!({"type": "conversation", "id": conversation, "title": "t"})).unwrap();
        for turn in 0..10 {
            let content = content(conversation * 10 + turn);
            let line = json!({"type": "message", "conversation_id": conversation, "role": "user", "content": content});
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

fn import(data: &Path, args: &[&str]) -> (bool, Value, String) {
    let (success, output, told) = run(jarvis(data).args(["import", "--json"]).args(args));
    let output = if output.is_empty() { Value::Null } else { json_of(&output) };
    (success, output, told)
}

#[tokio::test]
async fn a_file_comes_in_alone_beside_the_server_and_by_standard_input() {
    let (_dir, data) = data_dir();
    let text = conversations(3);
    let path = file(&data, &text);
    let path = path.to_str().unwrap();
    // there is no data yet: it is made
    let (success, alone, told) = import(&data, &[path]);
    assert!(success, "{told}");
    assert_eq!((&alone["imported"]["conversations"], &alone["imported"]["messages"]), (&json!(3), &json!(30)));
    assert_eq!(alone["skipped"], json!([]));

    let server = Server::start(&data);
    let (success, beside, told) = import(&data, &[path]);
    assert!(success, "{told}");
    assert_eq!((&beside["existing"], &beside["imported"]["messages"]), (&alone["imported"], &json!(0)));
    let (success, anns, told) = import(&data, &[path, "--user", "ann"]);
    assert!(success, "{told}");
    assert_eq!(anns["imported"], alone["imported"]);
    assert_eq!(server.get("/api/chat/conversations?user_id=ann").await["total"], 3);
    assert_eq!(server.find(&marker(29)).await.len(), 1);

    let mut child = jarvis(&data).args(["import", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let more = format!("{}\n{}\n", text.lines().next().unwrap(), json!({"type": "memory", "content": "likes tea"}));
    child.stdin.take().unwrap().write_all(more.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "imported 1 memory\nthere already: 1 conversation\n");
}

#[tokio::test]
async fn bad_lines_are_named_and_make_it_a_failure() {
    let (_dir, data) = data_dir();
    let path = file(&data, "no json\n{\"type\":\"memory\",\"content\":\"likes tea\"}\n{\"type\":\"memory\"}\n");
    let (success, output, told) = run(jarvis(&data).arg("import").arg(&path));
    assert!(!success, "not all of it came");
    let expected =
        "imported 1 memory\nskipped 2 lines:\n  line 1: the line is not a JSON object\n  line 3: content is missing\n";
    assert_eq!((output.as_str(), told.as_str()), (expected, ""));
    let path = file(&data, &"bad\n".repeat(30));
    let (success, output, _) = run(jarvis(&data).arg("import").arg(&path));
    assert!(!success);
    assert!(output.starts_with("imported nothing\nskipped 30 lines:\n  line 1: "), "{output}");
    assert!(output.ends_with("  and 10 more; --json names the first thousand\n"), "{output}");
    let path = file(&data, "");
    assert!(run(jarvis(&data).arg("import").arg(&path)).0, "an empty file holds nothing bad");

    let absent = path.with_file_name("absent.jsonl");
    let (success, _, told) = run(jarvis(&data).arg("import").arg(&absent));
    assert!(!success && told.contains("absent.jsonl cannot be read"), "{told}");
    let (success, _, told) = run(jarvis(&data).arg("import").arg(data.parent().unwrap()));
    assert!(!success && told.contains("the file cannot be read"), "{told}");
}

/// A sample of another program's export.
fn sample(name: &str) -> String {
    format!("{}/../host/tests/data/import/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[tokio::test]
async fn exports_come_in_alone_and_beside_the_server() {
    let (_dir, data) = data_dir();
    let zip = sample("chatgpt.zip");
    let (success, output, told) = run(jarvis(&data).args(["import", &zip]));
    assert!(success, "{told}");
    let expected = "imported 2 conversations, 6 messages, 2 memories (chatgpt)\n\
                    left out: 1 × calls of tools\n\
                    left out: 1 × results of tools\n\
                    left out: 1 × conversations without messages\n\
                    left out: 1 × user.json, which holds no conversations\n\
                    left out: 2 × files that hold no conversations\n";
    assert_eq!(output, expected);

    let server = Server::start(&data);
    let (success, beside, told) = import(&data, &[&zip, &sample("claude.json"), &sample("openconverse-g2.db")]);
    assert!(!success, "{told}");
    assert_eq!(beside["format"], "chatgpt, claude, openconverse");
    assert_eq!((&beside["existing"]["messages"], &beside["imported"]["messages"]), (&json!(6), &json!(9)));
    let path = format!("{}, message 4", sample("openconverse-g2.db"));
    assert_eq!(beside["skipped"], json!([{"line": 0, "path": path, "reason": "its conversation is missing"}]));
    assert_eq!(server.find("bowline").await.len(), 0);
    assert!(import(&data, &[&sample("librechat.json"), "--format", "librechat"]).0);
    assert_eq!(server.find("bowline").await.len(), 1);
    assert!(std::fs::read_dir(data.join("tmp")).unwrap().next().is_none(), "nothing is left behind");
}

#[test]
fn what_cannot_be_imported_is_told_before_anything_is_changed() {
    let (_dir, data) = data_dir();
    let page = data.parent().unwrap().join("page.html");
    fs::File::create(&page).unwrap().write_all(b"<html>").unwrap();
    let (success, output, told) = run(jarvis(&data).arg("import").arg(&page));
    assert!(!success && output.is_empty() && told.contains("this is no export that is known"), "{told}");

    let database = data.parent().unwrap().join("conv.db");
    fs::copy(sample("openconverse-g0.db"), &database).unwrap();
    let log = data.parent().unwrap().join("conv.db-wal");
    fs::File::create(&log).unwrap().write_all(b"changes").unwrap();
    let (success, _, told) = run(jarvis(&data).arg("import").arg(&database));
    assert!(!success && told.contains("end the program that uses it"), "{told}");
    fs::remove_file(&log).unwrap();
    assert!(run(jarvis(&data).arg("import").arg(&database)).0);
}

/// What a killed import left is a beginning of the file, and the next one completes it: each message once, in order.
async fn check_completed(data: &Path, path: &Path, count: u64) {
    let (success, report, told) = import(data, &[path.to_str().unwrap()]);
    assert!(success, "{told}");
    let count_of = |part: &str, noun: &str| report[part][noun].as_u64().unwrap();
    let sum = |noun: &str| count_of("imported", noun) + count_of("existing", noun);
    assert!(count_of("existing", "messages") > 0, "it was killed before it had stored anything");
    assert!(count_of("imported", "messages") > 0, "it was killed after it was done");
    assert_eq!((sum("conversations"), sum("messages"), &report["skipped_total"]), (count, count * 10, &json!(0)));
    let server = Server::start(data);
    check_counters(&server).await;
    let page = server.get(&format!("/api/chat/conversations?limit={count}")).await;
    assert_eq!(page["total"], count);
    let mut seen = Vec::new();
    for conversation in page["conversations"].as_array().unwrap() {
        let history = server.get(&format!("/api/chat/history/{}", conversation["id"].as_str().unwrap())).await;
        let contents: Vec<&str> =
            history["messages"].as_array().unwrap().iter().map(|row| row["content"].as_str().unwrap()).collect();
        assert!(contents.is_sorted(), "out of order: {contents:?}");
        seen.extend(contents.into_iter().map(str::to_owned));
    }
    seen.sort();
    let mut all: Vec<String> = (0..count * 10).map(content).collect();
    all.sort();
    assert!(seen == all, "{} messages instead of {}", seen.len(), all.len());
}

/// Feeds an import half of a text, and answers it waiting for the rest.
fn half_way(command: &mut Command, text: &str) -> std::process::Child {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // more than is read ahead, so that a part is stored when all of it was taken
    input.write_all(&text.as_bytes()[..text.len() / 2]).unwrap();
    child.stdin = Some(input);
    child
}

#[tokio::test]
async fn an_import_that_is_killed_is_completed_by_the_next() {
    let (_dir, data) = data_dir();
    let count = 400;
    let text = conversations(count);
    let path = file(&data, &text);
    let mut child = half_way(jarvis(&data).args(["import", "-"]), &text);
    child.kill().unwrap();
    child.wait().unwrap();
    check_completed(&data, &path, count).await;
}

#[tokio::test]
async fn a_server_that_is_killed_during_an_import_completes_it_after_the_next_start() {
    let (_dir, data) = data_dir();
    let count = 400;
    let text = conversations(count);
    let path = file(&data, &text);
    let server = Server::start(&data);
    let mut child = half_way(jarvis(&data).args(["import", "-"]), &text);
    while server.get("/api/stats").await["user"]["messages"].as_u64().unwrap() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    server.kill();
    drop(child.stdin.take());
    assert!(!child.wait().unwrap().success(), "an import that broke off is no success");
    check_completed(&data, &path, count).await;
}

#[tokio::test]
async fn an_import_leaves_other_requests_their_turn() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let text = conversations(100);
    let mut child = half_way(jarvis(&data).args(["import", "-"]), &text);
    let said = server.say("The heron stands in the reeds.", None).await;
    assert!(said["id"].is_string());
    let mut input = child.stdin.take().unwrap();
    input.write_all(&text.as_bytes()[text.len() / 2..]).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    let (status, _) = server.try_ask(Method::GET, "/ready", None).await;
    assert!(status.is_success());
    check_counters(&server).await;
}

#[test]
fn a_search_without_a_server_waits_until_the_index_has_everything() {
    let (_dir, data) = data_dir();
    let count = 1_500;
    let path = file(&data, &conversations(count));
    let (success, _, told) = import(&data, &[path.to_str().unwrap()]);
    assert!(success, "{told}");
    // the next search finds an index that is behind by all of it
    fs::remove_dir_all(data.join("index")).unwrap();
    for number in [count * 10 - 1, 0] {
        let (success, output, told) = run(jarvis(&data).args(["search", "--json", &marker(number)]));
        assert!(success, "{told}");
        let found = json_of(&output);
        assert_eq!((&found["total"], &found["total_is_exact"]), (&json!(1), &json!(true)), "{number}");
    }
}
