//! Everything of a person is erased, from every file, whatever happens meanwhile.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    backend,
    server::{Server, data_dir, jarvis, run, text},
};

/// A word of its own for each place. Its letters are outside of ASCII: the dictionary of the text index keeps each of their
/// bytes as it is, where common ones share a byte with something else.
fn word(place: &str, number: usize) -> String {
    let letters: Vec<char> = "жщъыэюяф".chars().collect();
    let mut state =
        place.bytes().fold(number as u64 + 1, |state, byte| state.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 60) as usize % letters.len()]
    };
    (0..20).map(|_| next()).collect()
}

/// A piece of the word as a path of the dictionary's automaton: written from its end, each byte before one that says that one
/// transition follows, to what stands before it. The beginning and the end of a word may be shared with others.
fn as_path(word: &str) -> Vec<u8> {
    word.as_bytes()[20..32].iter().rev().flat_map(|byte| [*byte, 0xc0]).collect()
}

fn files(dir: &Path, into: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
            continue;
        }
        // a file may go while one looks
        let Ok(mut file) = File::open(&path) else { continue };
        let mut bytes = Vec::new();
        if file.read_to_end(&mut bytes).is_ok() {
            into.push((path, bytes));
        }
    }
}

/// The files that hold a word, in any form; a database elsewhere counts as the file it would be here.
fn holders(data: &Path, words: &[String]) -> BTreeSet<(String, String)> {
    let mut all = Vec::new();
    files(data, &mut all);
    all.extend(backend::contents(data).into_iter().map(|(name, bytes)| (data.join(name), bytes)));
    let forms: Vec<(&String, Vec<u8>)> =
        words.iter().flat_map(|word| [(word, word.as_bytes().to_vec()), (word, as_path(word))]).collect();
    let mut found = BTreeSet::new();
    for (path, bytes) in &all {
        let path = path.strip_prefix(data).unwrap().display().to_string();
        // one pass over many megabytes: every word begins with one of two bytes, and every path has one as its second
        for (at, pair) in bytes.windows(2).enumerate() {
            if matches!(pair[0], 0xd0 | 0xd1) || pair[1] == 0xc0 {
                let here = forms.iter().filter(|(_, form)| bytes[at..].starts_with(form));
                found.extend(here.map(|(word, _)| ((*word).clone(), path.clone())));
            }
        }
    }
    found
}

fn holds_in(found: &BTreeSet<(String, String)>, word: &str, place: &str) -> bool {
    found.iter().any(|(held, path)| held == word && path.starts_with(place))
}

/// The ids that stand in a file of the vectors, as they are or spelt.
fn in_vectors(data: &Path, ids: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    files(&data.join("index/vectors"), &mut all);
    assert!(!all.is_empty());
    let forms: HashMap<[u8; 8], &String> = ids
        .iter()
        .flat_map(|id| {
            let bytes = Uuid::parse_str(id).unwrap().into_bytes();
            // ids of one moment share their beginning; their ends are random
            [(bytes[8..].try_into().unwrap(), id), (id.as_bytes()[28..].try_into().unwrap(), id)]
        })
        .collect();
    let windows = all.iter().flat_map(|(_, bytes)| bytes.windows(8));
    let found = windows.filter(|window| *window != [0; 8]).filter_map(|window| forms.get(window));
    found.map(|id| (*id).clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a test wrote, each with a word of its own.
struct Written {
    /// Those that can be found by words.
    indexed: Vec<String>,
    /// Those that are in the database only.
    stored: Vec<String>,
    messages: Vec<String>,
}

impl Written {
    fn words(&self) -> Vec<String> {
        self.indexed.iter().chain(&self.stored).cloned().collect()
    }
}

async fn chat(server: &Server, user: &str, message: &str, conversation: Option<&str>) -> Value {
    let body = json!({"message": message, "user_id": user, "conversation_id": conversation, "model": "recall"});
    server.ask(Method::POST, "/api/chat", Some(body)).await
}

/// Writes something to every place; others write between, so that pages are shared.
async fn fill(server: &Server, user: &str, other: &str, turns: usize) -> Written {
    let mut written = Written { indexed: Vec::new(), stored: Vec::new(), messages: Vec::new() };
    let query = format!("?user_id={user}");
    let stored = |place: &str| word(place, 1);
    let mut conversation: Option<String> = None;
    for turn in 0..turns {
        let marker = word("message", turn);
        // some are larger than a page
        let padding = "and so on ".repeat(turn * 37 % 700);
        let answer = chat(server, user, &format!("My {marker} is blue. {padding}"), conversation.as_deref()).await;
        written.indexed.push(marker);
        written.messages.push(text(&answer, "id").to_owned());
        conversation = (turn % 7 != 6).then(|| text(&answer, "conversation_id").to_owned());
        chat(server, other, &format!("Tell me about {} {padding}", word("other", turn)), None).await;
    }
    let conversation = conversation.unwrap();
    let route = format!("/api/chat/conversation/{conversation}{query}");
    let patch = json!({"title": stored("title"), "summary": stored("summary"), "metadata": {"x": stored("metadata")}});
    server.ask(Method::PATCH, &route, Some(patch)).await;
    let session = json!({"name": stored("name"), "role": stored("role"), "goals": stored("goals"), "user_id": user});
    server.ask(Method::POST, "/api/sessions", Some(session)).await;
    let memory =
        json!({"content": format!("Likes {}", word("memory", 1)), "category": stored("category"), "user_id": user});
    server.ask(Method::POST, "/api/memory", Some(memory)).await;
    let lines = [
        json!({"type": "conversation", "id": stored("foreign"), "title": stored("imported title")}),
        json!({"type": "message", "conversation_id": stored("foreign"), "role": "user", "content": word("imported", 1),
            "author": stored("author"), "parts": [stored("parts")]}),
        json!({"type": "memory", "content": word("imported memory", 1), "metadata": {"x": stored("memory metadata")}}),
    ];
    let lines: String = lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect();
    let import = server.request(Method::POST, &format!("/api/import{query}"));
    let imported = import.header("content-type", "application/x-ndjson").body(lines).send().await.unwrap();
    assert_eq!(imported.json::<Value>().await.unwrap()["skipped_total"], 0);
    let streamed = json!({"message": format!("And the {}?", word("streamed", 1)), "stream": true, "user_id": user});
    let streamed =
        server.request(Method::POST, "/api/chat").json(&streamed).send().await.unwrap().text().await.unwrap();
    assert!(streamed.contains("event: done"), "{streamed}");
    let places = [
        "title",
        "summary",
        "metadata",
        "name",
        "role",
        "goals",
        "category",
        "foreign",
        "imported title",
        "author",
        "parts",
        "memory metadata",
    ];
    written.stored.extend(places.map(stored));
    written.indexed.extend(["memory", "imported", "imported memory", "streamed"].map(|place| word(place, 1)));
    written
}

/// Waits until all that was written is on disk, in each store that should have it.
async fn settled(data: &Path, written: &Written) {
    for _ in 0..400 {
        let found = holders(data, &written.words());
        let words = written.indexed.iter().all(|word| holds_in(&found, word, "index/text"));
        let rows = written.words().iter().all(|word| holds_in(&found, word, "jarvis.db"));
        if words && rows && in_vectors(data, &written.messages).len() == written.messages.len() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let found = holders(data, &written.words());
    let missing: Vec<_> = written.indexed.iter().filter(|word| !holds_in(&found, word, "index/text")).collect();
    panic!("not everything is on disk, or not in the form that is looked for: {missing:?}");
}

async fn erase(server: &Server, user: &str) -> (StatusCode, Value) {
    let body = json!({"confirm": "erase everything"});
    server.try_ask(Method::DELETE, &format!("/api/me/data?user_id={user}"), Some(body)).await
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_in_any_file() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let written = fill(&server, "ann", "bob", 50).await;
    settled(&data, &written).await;
    let (status, refused) = server.try_ask(Method::DELETE, "/api/me/data?user_id=ann", Some(json!({}))).await;
    assert_eq!((status.as_u16(), &refused["error"]["details"]["field"]), (422, &json!("confirm")));

    let (status, receipt) = erase(&server, "ann").await;
    assert_eq!(status, StatusCode::OK, "{receipt}");
    let left = holders(&data, &written.words());
    assert!(left.is_empty(), "{left:?}");
    let mut ids = written.messages.clone();
    ids.push(text(&receipt, "user_id").to_owned());
    assert_eq!(in_vectors(&data, &ids), [""; 0], "vectors, or the person's tag");
    assert_eq!((&receipt["user"], &receipt["database"]["sessions"]), (&json!("ann"), &json!(1)));
    // questions and answers, the streamed ones, and the imported one
    assert_eq!(receipt["database"]["messages"], 2 * 50 + 2 + 1);
    assert!(receipt["database"]["memories"].as_u64() >= Some(2));

    let nobody = server.get("/api/stats?user_id=ann").await;
    assert_eq!((&nobody["user"]["messages"], &nobody["user"]["user_id"]), (&json!(0), &Value::Null));
    assert_eq!(server.get("/api/stats").await["store"]["users"], 1);
    assert_eq!(server.get("/api/chat/conversations?user_id=bob").await["total"], 50, "others keep what they have");
    let found = holders(&data, &(0..50).map(|turn| word("other", turn)).collect::<Vec<_>>());
    assert!((0..50).all(|turn| holds_in(&found, &word("other", turn), "jarvis.db")));
    let (status, again) = erase(&server, "ann").await;
    assert_eq!((status.as_u16(), &again["user_id"]), (200, &Value::Null));
    let (_, _, log) = server.stop();
    assert!(
        log.contains("erased all that a user had") && written.words().iter().all(|word| !log.contains(word)),
        "{log}"
    );
    assert!(holders(&data, &written.words()).is_empty(), "nor after the end");
}

#[tokio::test]
async fn an_erasure_that_was_killed_is_completed() {
    for delay in [0, 3, 8, 15, 30, 60] {
        let (_dir, data) = data_dir();
        let server = Server::start(&data);
        let written = fill(&server, "ann", "bob", 20).await;
        settled(&data, &written).await;
        let request =
            server.request(Method::DELETE, "/api/me/data?user_id=ann").json(&json!({"confirm": "erase everything"}));
        let asked = tokio::spawn(request.send());
        tokio::time::sleep(Duration::from_millis(delay)).await;
        server.kill();
        let _ = asked.await;
        let server = Server::start(&data);
        let mut erased = erase(&server, "ann").await;
        while erased.0 == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(erased.1["error"]["code"], "erasure_continues");
            tokio::time::sleep(Duration::from_millis(20)).await;
            erased = erase(&server, "ann").await;
        }
        assert_eq!(erased.0, StatusCode::OK, "{}", erased.1);
        let left = holders(&data, &written.words());
        assert!(left.is_empty(), "after {delay} ms: {left:?}");
        assert_eq!(server.get("/api/chat/conversations?user_id=bob").await["total"], 20);
    }
}

#[tokio::test]
async fn what_is_deleted_one_by_one_leaves_the_files_soon() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let kept = server.say(&format!("Keep {}", word("kept", 1)), None).await;
    let gone = server.say(&format!("Drop {}", word("gone", 1)), None).await;
    let memory = json!({"content": format!("Likes {}", word("forgotten", 1))});
    let memory = server.ask(Method::POST, "/api/memory", Some(memory)).await;
    let words = [word("gone", 1), word("forgotten", 1)];
    let kept_word = [word("kept", 1)];
    let in_both = |words: &[String]| {
        let found = holders(&data, words);
        words.iter().all(|word| holds_in(&found, word, "jarvis.db") && holds_in(&found, word, "index/text"))
    };
    while !in_both(&words) || !in_both(&kept_word) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let conversation = format!("/api/chat/conversation/{}", text(&gone, "conversation_id"));
    server.ask(Method::DELETE, &conversation, None).await;
    server.ask(Method::DELETE, &format!("/api/memory/{}", text(&memory, "id")), None).await;
    let mut left = holders(&data, &words);
    for _ in 0..1_200 {
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        left = holders(&data, &words);
    }
    assert!(left.is_empty(), "{left:?}");
    assert!(in_both(&kept_word));
    drop(kept);
}

#[tokio::test]
async fn the_command_exports_and_erases_alone_and_beside_the_server() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let said = server.say("My cat is called Tom.", None).await;
    let folder = data.parent().unwrap();
    let beside = folder.join("beside.jsonl");
    let (success, report, told) = run(jarvis(&data).args(["export", "--json", "--output"]).arg(&beside));
    assert!(success, "{told}");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&report["conversations"], &report["messages"]), (&json!(1), &json!(2)));
    let (success, page, told) = run(jarvis(&data).args(["export", "--conversation", text(&said, "conversation_id")]));
    assert!(success && page.starts_with("# My cat is called Tom"), "{page}{told}");
    let unknown = "00000000-0000-7000-8000-000000000000";
    let (success, _, told) = run(jarvis(&data).args(["export", "--conversation", unknown]));
    assert!(!success && told.contains("conversation"), "{told}");
    server.stop();

    let alone = folder.join("alone.jsonl");
    let (success, _, told) = run(jarvis(&data).args(["export", "-o"]).arg(&alone));
    assert!(success, "{told}");
    let lines = |path: &Path| {
        let mut text = String::new();
        File::open(path).unwrap().read_to_string(&mut text).unwrap();
        text.lines().filter(|line| !line.contains("exported_at")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&alone), lines(&beside));
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 3, "no unfinished file is left");

    let (success, _, told) = run(jarvis(&data).arg("erase"));
    assert!(!success && told.contains("--yes"), "{told}");
    let (success, output, told) = run(jarvis(&data).args(["erase", "--yes"]));
    assert!(success && output.contains("1 conversation, 2 messages"), "{output}{told}");
    let (success, output, told) = run(jarvis(&data).arg("import").arg(&alone));
    assert!(success && output.starts_with("imported 1 conversation, 2 messages"), "{output}{told}");
    let server = Server::start(&data);
    let (success, output, told) = run(jarvis(&data).args(["erase", "--yes", "--json"]));
    assert!(success, "{told}");
    let receipt: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(receipt["database"]["messages"], 2);
    assert_eq!(server.get("/api/stats").await["store"]["messages"], 0);
}
