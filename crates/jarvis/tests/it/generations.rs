//! Answers outlive connections, and what was produced outlives the server.
//!
//! The seed of the cuts is printed; `JARVIS_CUT_SEED` repeats them.

#[path = "../../../providers/tests/it/upstream.rs"]
#[expect(dead_code, reason = "every way to fail is there, a few are enough here")]
pub(crate) mod upstream;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    path::Path,
    time::Duration,
};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use upstream::{Script, Upstream};

use crate::{
    crash::{Random, number},
    server::{Server, data_dir, jarvis, text},
};

/// How many times the client is cut off.
const CUTS: usize = 100;
/// What a test waits at most for something that should happen at once.
const SOON: Duration = Duration::from_mins(1);

pub(crate) fn serve(data: &Path, upstream: &Upstream) -> Server {
    let url = format!("{}/v1", upstream.url());
    Server::start_by(jarvis(data).args(["serve", "--port", "0"]).env("OPENAI_BASE_URL", url))
}

/// A client's copy of an answer, made of whole events only.
#[derive(Default)]
struct Copy {
    message_id: String,
    conversation_id: String,
    text: String,
    /// Ids of the events that brought text, and 0.
    seen: Vec<usize>,
    end: Option<(String, Value)>,
}

impl Copy {
    /// Reads events until the answer ends.
    async fn read(&mut self, request: RequestBuilder) {
        self.read_some(request, usize::MAX, usize::MAX).await;
    }

    /// Reads events until the answer ends, `cut` bytes came (wherever that is) or the text is long `enough`.
    async fn read_some(&mut self, request: RequestBuilder, cut: usize, enough: usize) {
        let mut response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        let mut bytes: Vec<u8> = Vec::new();
        let mut taken = 0;
        while let Some(chunk) = response.chunk().await.expect("the stream goes on") {
            let room = cut - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            while let Some(length) = bytes[taken..].windows(2).position(|pair| pair == b"\n\n") {
                self.take(std::str::from_utf8(&bytes[taken..taken + length]).expect("whole events are UTF-8"));
                taken += length + 2;
            }
            if bytes.len() == cut || self.text.len() >= enough || self.end.is_some() {
                return;
            }
        }
    }

    fn take(&mut self, event: &str) {
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
        let Some(name) = field("event:") else { return }; // a comment that keeps the connection alive
        let id: usize = field("id:").unwrap().parse().unwrap();
        let data: Value = serde_json::from_str(field("data:").unwrap()).unwrap();
        match name {
            "start" => {
                text(&data, "message_id").clone_into(&mut self.message_id);
                text(&data, "conversation_id").clone_into(&mut self.conversation_id);
            }
            "memory" => assert_eq!(id, 0),
            "token" => {
                self.text.push_str(text(&data, "text"));
                assert_eq!(id, self.text.len(), "the id of an event is the number of bytes so far");
                self.seen.push(id);
            }
            _ => self.end = Some((name.to_owned(), data)),
        }
    }

    fn resume(&self, server: &Server) -> RequestBuilder {
        let request = server.request(Method::GET, &format!("/api/chat/stream/{}", self.message_id));
        request.header("last-event-id", self.text.len().to_string())
    }
}

fn ask(server: &Server, message: &str, key: &str) -> RequestBuilder {
    let body = json!({ "message": message, "stream": true });
    server.request(Method::POST, "/api/chat").header("idempotency-key", key).json(&body)
}

fn words(random: &mut Random) -> Vec<String> {
    let syllables = [
        "na",
        "é",
        "\u{1f600}",
        "ß",
        "o\u{301}",
        "\u{4f60}",
        "\"",
        "\\",
        "\n\n",
        " ",
        "x",
        "\u{1f468}\u{200d}\u{1f469}",
    ];
    let word = |random: &mut Random| {
        let parts = 1 + random.below(4);
        (0..parts).map(|_| syllables[random.below(syllables.len() as u64) as usize]).collect()
    };
    (0..1_000).map(|_| word(random)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_cut_off_a_hundred_times_has_the_stored_text() {
    let seed = number("JARVIS_CUT_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("JARVIS_CUT_SEED={seed}");
    let mut random = Random(seed);
    let (upstream, (_dir, data)) = (Upstream::start(), data_dir());
    let words = words(&mut random);
    // Without an end: it is certain that each cut is one in mid-answer.
    upstream.then(Script::say(words.iter()).paced(Duration::from_millis(2)).then_hang());
    let whole = words.concat();
    let server = serve(&data, &upstream);

    let mut copy = Copy::default();
    copy.read_some(ask(&server, "Tell me a long story.", "k"), 600, usize::MAX).await;
    assert!(!copy.message_id.is_empty(), "the first event is whole");
    for _ in 1..CUTS {
        if copy.text.len() == whole.len() {
            // it was too quick: the client forgets some of what it has read, and is cut off there again
            let kept = random.below(copy.seen.len() as u64) as usize;
            copy.seen.truncate(kept);
            copy.text.truncate(copy.seen.last().copied().unwrap_or(0));
        }
        let most = if random.below(2) == 0 { 80 } else { 4_000 };
        let cut = 1 + random.below(most) as usize;
        copy.read_some(copy.resume(&server), cut, whole.len()).await;
        assert!(copy.end.is_none(), "{:?}", copy.end);
    }
    if copy.text.len() < whole.len() {
        copy.read_some(copy.resume(&server), usize::MAX, whole.len()).await;
    }
    server.ask(Method::POST, &format!("/api/chat/stop/{}", copy.message_id), None).await;
    copy.read(copy.resume(&server)).await;

    let (name, done) = copy.end.expect("an end");
    assert_eq!((name.as_str(), text(&done, "finish_reason")), ("done", "stopped"));
    let history = server.get(&format!("/api/chat/history/{}", copy.conversation_id)).await;
    let stored = text(&history["messages"][1], "content");
    assert_eq!(stored, whole);
    assert_eq!((copy.text.as_str(), text(&done, "content")), (stored, stored));
    assert_eq!(upstream.seen("/chat/completions").len(), 1, "the model was asked once");
    assert!(server.stop().0.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_had_produced_is_kept_and_the_same_request_answers() {
    let (upstream, (_dir, data)) = (Upstream::start(), data_dir());
    upstream.then(Script::say(["Ça va ", "très bien \u{1f600} "]).then_hang());
    upstream.then(Script::say(["Ça va."]));
    let server = serve(&data, &upstream);
    let whole = "Ça va très bien \u{1f600} ";
    let mut copy = Copy::default();
    copy.read_some(ask(&server, "Comment va ton petit chat ?", "k"), usize::MAX, whole.len()).await;
    assert_eq!(copy.text, whole);
    tokio::time::timeout(SOON, kept(&server)).await.expect("the text is made durable");
    server.kill();

    let server = serve(&data, &upstream);
    // what was left behind is put in order beside the first requests; a question about the answer waits for it
    let history = format!("/api/chat/history/{}", copy.conversation_id);
    let both = async {
        while server.get(&history).await["total_count"] != 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, both).await.expect("what was produced is kept");
    let history = server.get(&history).await;
    let rows = history["messages"].as_array().unwrap();
    assert_eq!((rows.len(), text(&rows[0], "content")), (2, "Comment va ton petit chat ?"));
    let produced = text(&rows[1], "content").to_owned();
    assert!(!produced.is_empty() && whole.starts_with(&produced), "{produced}");
    assert_eq!((text(&rows[1], "id"), text(&rows[1], "status")), (copy.message_id.as_str(), "interrupted"));
    copy.read(copy.resume(&server)).await;
    let (name, data_of_end) = copy.end.take().expect("an end");
    assert_eq!((name.as_str(), text(&data_of_end["error"], "code")), ("error", "interrupted"));
    assert_eq!(copy.text, whole, "what the client had read is not told again");

    let mut again = Copy::default();
    again.read(ask(&server, "Comment va ton petit chat ?", "k")).await;
    assert_eq!((again.text.as_str(), again.end.unwrap().0.as_str()), ("Ça va.", "done"));
    let history = server.get(&format!("/api/chat/history/{}", copy.conversation_id)).await;
    let rows = history["messages"].as_array().unwrap();
    assert_eq!((rows.len(), text(&rows[2], "status")), (3, "complete"));
    assert_eq!(rows[1]["parent_id"], rows[2]["parent_id"]);
    assert!(server.stop().0.success());
}

/// Waits until text of a running answer is durable.
async fn kept(server: &Server) {
    loop {
        let metrics = server.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
        let count = metrics.lines().find_map(|line| line.strip_prefix("jarvis_generation_parts_kept_total "));
        if count.is_some_and(|count| count != "0") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_before_the_first_word_keeps_the_question() {
    let (upstream, (_dir, data)) = (Upstream::start(), data_dir());
    upstream.then(Script::hang());
    let server = serve(&data, &upstream);
    let waiting = tokio::spawn(ask(&server, "Anybody there?", "k").send());
    assert!(upstream.sees_requests("/chat/completions", 1));
    server.kill();
    assert!(waiting.await.unwrap().is_err());

    let server = serve(&data, &upstream);
    let list = server.get("/api/chat/conversations").await;
    let conversation = text(&list["conversations"][0], "id").to_owned();
    let history = server.get(&format!("/api/chat/history/{conversation}")).await;
    assert_eq!((&history["total_count"], text(&history["messages"][0], "content")), (&json!(1), "Anybody there?"));
    let mut copy = Copy::default();
    copy.read(ask(&server, "Anybody there?", "k")).await;
    assert_eq!((copy.conversation_id.as_str(), copy.text.as_str()), (conversation.as_str(), "ACK::Anybody there?"));
    assert!(server.stop().0.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_an_answer_stops_the_upstream() {
    let (upstream, (_dir, data)) = (Upstream::start(), data_dir());
    upstream.then(Script::say(["One, ", "two, "]).then_hang());
    let server = serve(&data, &upstream);
    let mut copy = Copy::default();
    copy.read_some(ask(&server, "Count.", "k"), usize::MAX, 5).await;
    let stopped = server.ask(Method::POST, &format!("/api/chat/stop/{}", copy.message_id), None).await;
    assert!(upstream.sees_abandoned(1), "the model would go on for nobody");
    assert_eq!((&stopped["stopped"], text(&stopped, "finish_reason")), (&json!(true), "stopped"));
    copy.read(copy.resume(&server)).await;
    assert_eq!((copy.text.as_str(), copy.end.unwrap().0.as_str()), (text(&stopped, "content"), "done"));
    assert!(server.stop().0.success());
}
