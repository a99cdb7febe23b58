//! What a person owns: taking it out, erasing it, finding one's way in it.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, id_of, request, with_json};

fn lines(answer: &Answer) -> Vec<Value> {
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn erase(app: &TestApp, path: &str, confirm: &str) -> Answer {
    app.send(with_json(Method::DELETE, path, &json!({ "confirm": confirm }))).await
}

#[tokio::test]
async fn everything_comes_as_a_file_that_can_be_taken_in() {
    let app = TestApp::start().await;
    let said = app.say("My dog is called Rex.", None).await;
    app.say("And my cat Tom.", Some(&id_of(&said, "conversation_id"))).await;
    let export = app.get("/api/export").await;
    assert_eq!((export.status, export.header("content-type")), (200, Some("application/x-ndjson")));
    assert_eq!(export.header("content-disposition"), Some("attachment; filename=\"jarvis-export-2026-11-21.jsonl\""));
    let told = lines(&export);
    let types: Vec<_> = told.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types[..5], ["conversation", "message", "message", "message", "message"]);
    assert_eq!(types.last(), Some(&"end"));
    assert_eq!(lines(&app.get("/api/export?user_id=ann").await).len(), 1, "only the end");

    let upload = |body: String| {
        request(Method::POST, "/api/import?user_id=ann")
            .header("content-type", "application/x-ndjson")
            .body(Body::from(body))
            .unwrap()
    };
    let report = app.send(upload(export.text().to_owned())).await.json();
    assert_eq!((&report["imported"]["messages"], &report["skipped_total"]), (&json!(4), &json!(0)));
    let short = export.text().lines().filter(|line| !line.contains("Tom")).collect::<Vec<_>>().join("\n");
    let report = app.send(upload(short)).await.json();
    assert!(report["skipped"][0]["reason"].as_str().unwrap().contains("not whole"), "{report}");
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_comes_as_a_file() {
    let app = TestApp::start().await;
    let said = app.say("How do I loop?\n```rust\nloop {}\n```", None).await;
    let id = id_of(&said, "conversation_id");
    let page = app.get(&format!("/api/chat/conversation/{id}/export")).await;
    assert_eq!(page.header("content-type"), Some("text/markdown; charset=utf-8"));
    assert_eq!(
        page.header("content-disposition"),
        Some(format!("attachment; filename=\"conversation-{id}.md\"").as_str())
    );
    assert!(page.text().contains("\n```rust\nloop {}\n```\n"), "{}", page.text());
    let json = app.get(&format!("/api/chat/conversation/{id}/export?format=json&all=true")).await.json();
    assert_eq!((json["messages"].as_array().unwrap().len(), &json["session"]), (2, &Value::Null));
    let unknown = app.get(&format!("/api/chat/conversation/{}/export", crate::support::UNKNOWN_ID)).await;
    assert_eq!(unknown.status, 404);
    let other = app.get(&format!("/api/chat/conversation/{id}/export?user_id=ann")).await;
    assert_eq!(other.status, 404, "it is nobody else's");
    let format = app.get(&format!("/api/chat/conversation/{id}/export?format=pdf")).await;
    assert_eq!(format.failure().0, 422);
    app.stop().await;
}

#[tokio::test]
async fn everything_of_one_person_is_erased() {
    let app = TestApp::start().await;
    app.say("My dog is called Rex.", None).await;
    let body = json!({"message": "My cat is called Tom.", "user_id": "ann"});
    assert_eq!(app.post("/api/chat", &body).await.status, 200);
    assert_eq!(erase(&app, "/api/me/data", "yes").await.failure(), (422, "invalid".into(), Some("confirm".into())));
    assert_eq!(app.delete("/api/me/data").await.status, 415);

    let receipt = erase(&app, "/api/me/data", "erase everything").await;
    assert_eq!(receipt.status, 200, "{}", receipt.text());
    let receipt = receipt.json();
    let database = &receipt["database"];
    assert_eq!((&database["messages"], &database["conversations"]), (&json!(2), &json!(1)));
    assert_eq!((&receipt["user"], &receipt["text_index"]), (&json!("default"), &json!("purged")));
    assert_eq!(app.get("/api/search?q=rex").await.json()["total"], 0);
    assert_eq!(app.get("/api/search?q=tom&user_id=ann").await.json()["total"], 2);
    assert_eq!(app.get("/api/stats").await.json()["store"]["users"], 1);
    let nothing = erase(&app, "/api/me/data", "erase everything").await.json();
    assert_eq!((&nothing["user_id"], &nothing["database"]["messages"]), (&Value::Null, &json!(0)));
    // whoever comes back begins anew
    app.say("My bird is called Kim.", None).await;
    assert_eq!(app.get("/api/stats").await.json()["user"]["messages"], 2);
    app.stop().await;
}

#[tokio::test]
async fn days_are_told_for_charts() {
    let app = TestApp::start().await;
    app.say("My dog is called Rex.", None).await;
    let told = app.get("/api/stats/activity?days=2").await.json();
    let today = &told["days"][1];
    assert_eq!((&told["days"][0]["messages"], &today["date"]), (&json!(0), &json!("2026-11-21")));
    assert_eq!((&today["messages"], &today["by_user"], &today["conversations"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(told["models"][0]["model"], "recall");
    assert_eq!((&today["memories"], told["categories"].as_array().unwrap().len()), (&json!(1), 1));
    // at eight in the morning here it is still yesterday twelve hours west
    let west = app.get("/api/stats/activity?days=1&utc_offset_minutes=-720").await.json();
    assert_eq!((&west["days"][0]["date"], &west["days"][0]["messages"]), (&json!("2026-11-20"), &json!(2)));
    assert_eq!(app.get("/api/stats/activity").await.json()["days"].as_array().unwrap().len(), 30);
    for (query, field) in [("days=0", "days"), ("days=367", "days"), ("utc_offset_minutes=7", "utc_offset_minutes")] {
        let failure = app.get(&format!("/api/stats/activity?{query}")).await.failure();
        assert_eq!(failure, (422, "invalid".to_owned(), Some(field.to_owned())), "{query}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_page_finds_its_way_in_a_long_conversation() {
    let app = TestApp::start().await;
    let first = app.say("My dog is called Rex.", None).await;
    let id = id_of(&first, "conversation_id");
    for turn in 0..5 {
        app.say(&format!("Turn {turn}. What is my dog called?"), Some(&id)).await;
    }
    let ids = |answer: &Value| -> Vec<String> {
        answer["messages"].as_array().unwrap().iter().map(|row| id_of(row, "id")).collect()
    };
    let all = app.get(&format!("/api/chat/history/{id}?limit=100")).await.json();
    let every = ids(&all);
    assert_eq!((every.len(), &all["active_leaf"], &all["has_newer"]), (12, &json!(every[11]), &json!(false)));
    let used = &all["messages"][11]["memories_used"][0];
    assert!(used["id"].is_string() && used["excerpt"].as_str().is_some_and(|excerpt| !excerpt.is_empty()), "{used}");
    assert_eq!(all["messages"][11]["status"], "complete");
    assert!(all["messages"][10].get("memories_used").is_none());

    let around = app.get(&format!("/api/chat/history/{id}?around={}&limit=3", every[5])).await.json();
    assert_eq!(
        (ids(&around), &around["has_more"], &around["has_newer"]),
        (every[4..7].to_vec(), &json!(true), &json!(true))
    );
    let after = app.get(&format!("/api/chat/history?conversation_id={id}&after={}&limit=2", every[6])).await.json();
    assert_eq!(ids(&after), every[7..9]);
    let both = app.get(&format!("/api/chat/history/{id}?after={}&around={}", every[1], every[2])).await;
    assert_eq!(both.failure().0, 422);

    let memory = app.get("/api/memory/list").await.json()["memories"][0].clone();
    let source = memory["source_message_ids"][0].as_str().unwrap().to_owned();
    let place = app.get(&format!("/api/chat/message/{source}?reach=1")).await.json();
    assert_eq!(
        (&place["message"]["content"], &place["conversation"]["id"]),
        (&json!("My dog is called Rex."), &json!(id))
    );
    assert_eq!((&place["before"], &place["after"][0]["id"]), (&json!([]), &json!(every[1])));
    assert_eq!(app.get(&format!("/api/chat/message/{source}?user_id=ann")).await.status, 404);
    assert_eq!(app.get(&format!("/api/chat/message/{source}?reach=21")).await.failure().0, 422);

    let edited = json!({"message": "Edited", "conversation_id": id, "parent_id": every[1]});
    let edited = app.post("/api/chat", &edited).await.json();
    let branches = app.get(&format!("/api/chat/conversation/{id}/branches")).await.json();
    assert_eq!((&branches["active_leaf"], branches["branches"].as_array().unwrap().len()), (&edited["id"], 2));
    assert_eq!(
        (&branches["branches"][1]["leaf"], &branches["branches"][1]["departs_from"]),
        (&json!(every[11]), &json!(every[1]))
    );
    let other = app.get(&format!("/api/chat/history/{id}?leaf={}&limit=3", every[11])).await.json();
    assert_eq!((ids(&other), &other["has_more"]), (every[9..12].to_vec(), &json!(true)));
    app.stop().await;
}

#[tokio::test]
async fn memories_are_pinned_and_listed_by_their_state() {
    let app = TestApp::start().await;
    let brief = json!({"content": "brief", "expires_at": "2026-11-21T09:00:00Z"});
    let brief = id_of(&app.post("/api/memory", &brief).await.json(), "id");
    let pinned = id_of(
        &app.post("/api/memory", &json!({"content": "kept", "expires_at": "2026-11-21T09:00:00Z"})).await.json(),
        "id",
    );
    let patched = app.patch(&format!("/api/memory/{pinned}"), &json!({"pinned": true})).await.json();
    assert_eq!(patched["pinned"], true);
    app.clock.advance(std::time::Duration::from_hours(2));
    let listed = async |query: &str| -> Vec<String> {
        let list = app.get(&format!("/api/memory/list?{query}")).await.json();
        assert_eq!(list["total"], list["memories"].as_array().unwrap().len());
        list["memories"].as_array().unwrap().iter().map(|row| id_of(row, "id")).collect()
    };
    assert_eq!(listed("").await, std::slice::from_ref(&pinned));
    assert_eq!(listed("expired=true").await, [pinned.clone(), brief.clone()]);
    assert_eq!(listed("expired=true&pinned=false").await, [brief]);
    assert_eq!(listed("pinned=true").await, [pinned]);
    app.stop().await;
}
