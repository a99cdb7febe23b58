use insta::assert_json_snapshot;
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{TestApp, UNKNOWN_ID, id_of};

#[tokio::test]
async fn history_shows_the_turns_and_pages_back() {
    let app = TestApp::start().await;
    let first = app.say("one", None).await;
    let id = id_of(&first, "conversation_id");
    app.clock.advance(Duration::from_mins(1));
    app.say("two", Some(&id)).await;
    app.clock.advance(Duration::from_mins(1));
    app.say("three", Some(&id)).await;

    let latest = app.get(&format!("/api/chat/history?conversation_id={id}&limit=2")).await.json();
    assert_eq!(contents(&latest)[0], "three");
    assert_eq!((&latest["total_count"], &latest["has_more"]), (&json!(6), &json!(true)));
    let before = id_of(&latest["messages"][0], "id");
    let older = app.get(&format!("/api/chat/history/{id}?before={before}")).await.json();
    assert_eq!((contents(&older)[0], contents(&older)[2]), ("one", "two"));
    assert_eq!(older["has_more"], false);
    let since = app.get(&format!("/api/chat/history/{id}?since=2026-11-21T08:01:30Z")).await.json();
    assert_eq!(contents(&since)[0], "three");
    app.stop().await;
}

fn contents(history: &Value) -> Vec<&str> {
    history["messages"].as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_history_has_this_shape() {
    let app = TestApp::start().await;
    let said = app.say("hello", None).await;
    let history = app.get(&format!("/api/chat/history/{}", id_of(&said, "conversation_id"))).await.json();
    assert_json_snapshot!(history, @r#"
    {
      "active_leaf": "00000000-0000-7000-8000-000000000004",
      "conversation": {
        "active_at": "2026-11-21T08:00:00.000000Z",
        "created_at": "2026-11-21T08:00:00.000000Z",
        "id": "00000000-0000-7000-8000-000000000002",
        "is_archived": false,
        "message_count": 2,
        "session_id": null,
        "status": "open",
        "summary": null,
        "title": "Hello",
        "updated_at": "2026-11-21T08:00:00.000000Z"
      },
      "has_more": false,
      "has_newer": false,
      "messages": [
        {
          "content": "hello",
          "conversation_id": "00000000-0000-7000-8000-000000000002",
          "created_at": "2026-11-21T08:00:00.000000Z",
          "id": "00000000-0000-7000-8000-000000000003",
          "position": 1,
          "role": "user",
          "status": "complete",
          "timestamp": "2026-11-21T08:00:00.000000Z",
          "tokens": 2
        },
        {
          "content": "I keep this in our conversation, but my memory holds nothing about it yet. I have no language model, so I can only quote what you told me before.",
          "conversation_id": "00000000-0000-7000-8000-000000000002",
          "created_at": "2026-11-21T08:00:00.000000Z",
          "id": "00000000-0000-7000-8000-000000000004",
          "metadata": {
            "finish_reason": "stop",
            "memories_used": [],
            "memory_saved": false,
            "response_time_ms": "response_time_ms",
            "usage": {
              "completion_tokens": 43,
              "prompt_tokens": 2
            }
          },
          "model": "recall",
          "parent_id": "00000000-0000-7000-8000-000000000003",
          "position": 2,
          "role": "assistant",
          "status": "complete",
          "timestamp": "2026-11-21T08:00:00.000000Z",
          "tokens": 43
        }
      ],
      "total_count": 2
    }
    "#);
}

#[tokio::test]
async fn the_bin_hides_and_gives_back_and_erasing_does_not() {
    let app = TestApp::start().await;
    let said = app.say("My rabbit is called Mopsy.", None).await;
    let id = id_of(&said, "conversation_id");
    let path = format!("/api/chat/conversation/{id}");
    let listed = async |query: &str| app.get(&format!("/api/chat/conversations{query}")).await.json()["total"].clone();
    let found = async || app.get("/api/search?q=Mopsy&role=user").await.json()["hits"].as_array().unwrap().len();
    assert_eq!((listed("").await, found().await), (json!(1), 1));

    assert_eq!(app.patch(&path, &json!({"status": "deleted"})).await.json()["status"], "deleted");
    assert_eq!((listed("").await, listed("?status=deleted").await, found().await), (json!(0), json!(1), 0));
    let refused = app.post("/api/chat", &json!({"message": "still there?", "conversation_id": id})).await;
    assert_eq!(refused.failure(), (409, "conversation_deleted".to_owned(), None));

    assert_eq!(app.patch(&path, &json!({"status": "open"})).await.json()["status"], "open");
    assert_eq!((listed("").await, found().await), (json!(1), 1));

    let erased = app.delete(&path).await.json();
    assert_eq!((&erased["conversation_id"], &erased["deleted_messages"]), (&json!(id), &json!(2)));
    assert_eq!((listed("").await, listed("?status=deleted").await, found().await), (json!(0), json!(0), 0));
    assert_eq!(app.get(&path).await.status, 404);
    assert_eq!(app.delete(&path).await.status, 404);
    assert_eq!(app.get("/api/memory/list").await.json()["total"], 0, "what came from it alone went with it");
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_is_renamed_archived_and_annotated() {
    let app = TestApp::start().await;
    let id = id_of(&app.say("hello", None).await, "conversation_id");
    let path = format!("/api/chat/conversation/{id}");
    let patch = json!({"title": "Greetings", "archived": true, "metadata": {"colour": "blue"}, "summary": "short"});
    assert_json_snapshot!(app.patch(&path, &patch).await.json(), @r#"
    {
      "active_at": "2026-11-21T08:00:00.000000Z",
      "created_at": "2026-11-21T08:00:00.000000Z",
      "id": "00000000-0000-7000-8000-000000000002",
      "is_archived": true,
      "message_count": 2,
      "metadata": {
        "colour": "blue"
      },
      "session_id": null,
      "status": "archived",
      "summary": "short",
      "title": "Greetings",
      "updated_at": "2026-11-21T08:00:00.000000Z"
    }
    "#);
    let archived = app.get("/api/chat/conversations?archived=true").await.json();
    assert_eq!(archived["conversations"][0]["id"], id.as_str());
    let emptied = app.patch(&path, &json!({"metadata": null, "summary": null, "archived": false})).await.json();
    assert_eq!((&emptied["summary"], emptied.get("metadata")), (&Value::Null, None));
    assert_eq!(emptied["title"], "Greetings", "what is absent stays");
    let torn = app.patch(&path, &json!({"archived": true, "status": "open"})).await;
    assert_eq!(torn.failure(), (422, "invalid".to_owned(), Some("archived".to_owned())));
}

#[tokio::test]
async fn lists_page_by_cursor_and_filter_by_title() {
    let app = TestApp::start().await;
    for topic in ["apples", "pears", "plums"] {
        app.say(&format!("Let us talk about {topic}"), None).await;
        app.clock.advance(Duration::from_secs(1));
    }
    let first = app.get("/api/chat/conversations?limit=2").await.json();
    assert_eq!((first["conversations"].as_array().unwrap().len(), &first["total"]), (2, &json!(3)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = app.get(&format!("/api/chat/conversations?limit=2&cursor={cursor}")).await.json();
    assert_eq!(second["conversations"].as_array().unwrap().len(), 1);
    assert!(second.get("next_cursor").is_none());
    let pears = app.get("/api/chat/conversations?q=PEARS").await.json();
    assert_eq!(pears["total"], 1);
}

#[tokio::test]
async fn an_unknown_conversation_is_not_found() {
    let app = TestApp::start().await;
    for path in [format!("/api/chat/history/{UNKNOWN_ID}"), format!("/api/chat/conversation/{UNKNOWN_ID}")] {
        assert_eq!(app.get(&path).await.failure(), (404, "not_found".to_owned(), None), "{path}");
    }
}
