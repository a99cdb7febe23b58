use axum::{
    body::Body,
    http::{Method, Request},
};
use futures_util::stream;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, request};

fn upload(path: &str, body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, path).header("content-type", "application/x-ndjson").body(body.into()).unwrap()
}

fn lines(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

fn trip() -> String {
    lines(&[
        json!({"type": "session", "id": "s", "name": "Travel"}),
        json!({"type": "conversation", "id": "trip", "session_id": "s", "created_at": "2024-06-01T10:00:00Z"}),
        json!({"type": "message", "conversation_id": "trip", "role": "user", "content": "Where was that café in Lisbon?",
            "created_at": "2024-06-01T10:00:00Z"}),
        json!({"type": "message", "conversation_id": "trip", "role": "assistant", "content": "In the Rua do Norte.",
            "created_at": "2024-06-01T10:00:05Z"}),
        json!({"type": "memory", "content": "Likes cafés", "category": "preference"}),
        json!({"type": "photo"}),
    ])
}

async fn import(app: &TestApp, path: &str, body: impl Into<Body>) -> Answer {
    app.send(upload(path, body)).await
}

#[tokio::test]
async fn a_file_is_taken_in_once_and_its_bad_lines_are_named() {
    let app = TestApp::start().await;
    let first = import(&app, "/api/import", trip()).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_json_snapshot!(first.json(), @r#"
    {
      "existing": {
        "conversations": 0,
        "memories": 0,
        "messages": 0,
        "sessions": 0
      },
      "format": "jsonl",
      "imported": {
        "conversations": 1,
        "memories": 1,
        "messages": 2,
        "sessions": 1
      },
      "left_out": [],
      "skipped": [
        {
          "line": 6,
          "reason": "type: unknown type “photo”; use session, conversation, message or memory"
        }
      ],
      "skipped_total": 1
    }
    "#);
    let again = import(&app, "/api/import", trip()).await.json();
    assert_eq!((&again["existing"], &again["imported"]["messages"]), (&first.json()["imported"], &json!(0)));

    let list = app.get("/api/chat/conversations").await.json();
    assert_eq!(
        (&list["total"], &list["conversations"][0]["title"]),
        (&json!(1), &json!("Where was that café in Lisbon?"))
    );
    assert_eq!(list["conversations"][0]["active_at"], "2024-06-01T10:00:05.000000Z");
    assert_eq!(app.get("/api/search?q=norte").await.json()["total"], 1);
    let nothing = import(&app, "/api/import", "").await.json();
    assert_eq!(nothing["skipped_total"], 0);
    app.stop().await;
}

#[tokio::test]
async fn it_is_for_the_user_who_is_named_and_for_nobody_else() {
    let app = TestApp::start().await;
    assert_eq!(import(&app, "/api/import?user_id=ann", trip()).await.status, 200);
    assert_eq!(app.get("/api/chat/conversations").await.json()["total"], 0);
    assert_eq!(app.get("/api/chat/conversations?user_id=ann").await.json()["total"], 1);
    let other = json!({"type": "message", "conversation_id": "trip", "role": "user", "content": "mine now"});
    let intruding = import(&app, "/api/import?user_id=bob", lines(&[other])).await.json();
    assert_eq!((&intruding["imported"]["messages"], &intruding["skipped_total"]), (&json!(0), &json!(1)));
    let failure = import(&app, "/api/import?user_id=no%20name", trip()).await.failure();
    assert_eq!(failure, (422, "invalid".to_owned(), Some("user_id".to_owned())));
}

#[tokio::test]
async fn the_type_of_the_body_says_what_may_be_in_it() {
    let app = TestApp::start().await;
    for foreign in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let sent = request(Method::POST, "/api/import").header("content-type", foreign);
        assert_eq!(app.send(sent.body(Body::from("{}")).unwrap()).await.failure().0, 415, "{foreign}");
    }
    let sent = request(Method::POST, "/api/import").header("content-type", "application/x-ndjson; charset=utf-8");
    assert_eq!(app.send(sent.body(Body::from(trip())).unwrap()).await.status, 200);
}

fn file(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, path).header("content-type", content_type).body(body.into()).unwrap()
}

const ZIP: &[u8] = include_bytes!("../../../host/tests/data/import/chatgpt.zip");
const CLAUDE: &[u8] = include_bytes!("../../../host/tests/data/import/claude.json");
const DATABASE: &[u8] = include_bytes!("../../../host/tests/data/import/openconverse-g2.db");

#[tokio::test]
async fn exports_of_other_programs_are_known_by_their_content() {
    let app = TestApp::start().await;
    let zip = app.send(file("/api/import", "application/zip", ZIP)).await;
    assert_eq!(zip.status, 200, "{}", zip.text());
    assert_json_snapshot!(zip.json(), @r#"
    {
      "existing": {
        "conversations": 0,
        "memories": 0,
        "messages": 0,
        "sessions": 0
      },
      "format": "chatgpt",
      "imported": {
        "conversations": 2,
        "memories": 2,
        "messages": 6,
        "sessions": 0
      },
      "left_out": [
        {
          "count": 1,
          "what": "calls of tools"
        },
        {
          "count": 1,
          "what": "results of tools"
        },
        {
          "count": 1,
          "what": "conversations without messages"
        },
        {
          "count": 1,
          "what": "user.json, which holds no conversations"
        },
        {
          "count": 2,
          "what": "files that hold no conversations"
        }
      ],
      "skipped": [],
      "skipped_total": 0
    }
    "#);
    let json = app.send(file("/api/import?format=claude", "application/json", CLAUDE)).await.json();
    assert_eq!((&json["format"], &json["imported"]["messages"]), (&json!("claude"), &json!(6)));
    let database = app.send(file("/api/import", "application/octet-stream", DATABASE)).await.json();
    let orphan = json!([{"line": 0, "path": "message 4", "reason": "its conversation is missing"}]);
    assert_eq!((&database["format"], &database["skipped"]), (&json!("openconverse"), &orphan));
    assert_eq!(app.get("/api/search?q=cordouan").await.json()["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn a_form_with_a_file_is_taken_as_the_file() {
    let app = TestApp::start().await;
    let mut body = b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"export.zip\"\r\n\r\n".to_vec();
    body.extend(ZIP);
    body.extend(b"\r\n--X--\r\n");
    let answer = app.send(file("/api/import", "multipart/form-data; boundary=X", body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["imported"]["conversations"], 2);
    let failure = app.send(file("/api/import", "multipart/form-data; boundary=X", "--X--\r\n")).await.failure();
    assert_eq!(failure, (422, "invalid".to_owned(), Some("file".to_owned())));
}

#[tokio::test]
async fn what_is_no_export_is_refused() {
    let app = TestApp::start().await;
    let page = app.send(file("/api/import", "application/octet-stream", "<html></html>")).await;
    assert_eq!(page.failure(), (422, "not_an_export".to_owned(), Some("body".to_owned())));
    let failure = app.send(file("/api/import?format=gemini", "application/json", CLAUDE)).await.failure();
    assert_eq!(failure, (422, "invalid".to_owned(), Some("format".to_owned())));
    let damaged = app.send(file("/api/import", "application/zip", &ZIP[..ZIP.len() / 2])).await.failure();
    assert_eq!(damaged, (400, "malformed".to_owned(), None));
}

#[tokio::test]
async fn a_body_beyond_every_limit_of_other_routes_comes_in() {
    let app = TestApp::start().await;
    let begin = json!({"type": "conversation", "id": "c"});
    let text = "word ".repeat(2_000);
    let messages = (0..400).map(move |number| {
        json!({"type": "message", "conversation_id": "c", "role": "user", "content": format!("{number} {text}")})
    });
    let pieces = std::iter::once(begin).chain(messages).map(|line| Ok::<_, std::io::Error>(format!("{line}\n")));
    let answer = import(&app, "/api/import", Body::from_stream(stream::iter(pieces))).await.json();
    assert_eq!((&answer["imported"]["messages"], &answer["skipped_total"]), (&json!(400), &json!(0)));
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_what_came_and_says_how_much() {
    let app = TestApp::start().await;
    let whole = trip();
    let (begun, _) = whole.split_at(whole.find("In the Rua").unwrap());
    let broken = std::io::Error::other("the connection is gone");
    let pieces = stream::iter([Ok(begun.to_owned()), Err(broken)]);
    let answer = import(&app, "/api/import", Body::from_stream(pieces)).await;
    assert_eq!(answer.failure(), (400, "malformed".to_owned(), None));
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("1 conversations, 1 messages, 0 memories, 1 sessions"), "{message}");
    let rest = import(&app, "/api/import", whole).await.json();
    assert_eq!((&rest["imported"]["messages"], &rest["existing"]["messages"]), (&json!(1), &json!(1)));
    app.stop().await;
}

#[tokio::test]
async fn an_import_under_way_ends_with_the_server_and_is_completed_by_the_next() {
    let app = TestApp::start().await;
    let readiness = app.readiness.clone();
    let whole = trip();
    let begun = stream::once(async move { Ok::<_, std::io::Error>(whole) });
    let then = stream::once(async move {
        readiness.drain();
        std::future::pending::<Result<String, std::io::Error>>().await
    });
    let body = Body::from_stream(futures_util::StreamExt::chain(begun, then));
    let answer = import(&app, "/api/import", body).await;
    assert_eq!(answer.failure(), (503, "draining".to_owned(), None));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(app.get("/api/chat/conversations").await.json()["total"], 1, "what came is stored");
}
