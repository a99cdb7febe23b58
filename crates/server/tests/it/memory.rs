use std::time::Duration;

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::{TestApp, id_of};

#[tokio::test]
async fn a_memory_is_made_read_changed_and_forgotten() {
    let app = TestApp::start().await;
    let made = app.post("/api/memory", &json!({"content": "the meter is in the cellar"})).await;
    assert_eq!(made.status, 201);
    assert_json_snapshot!(made.json(), @r#"
    {
      "access_count": 0,
      "category": "note",
      "content": "the meter is in the cellar",
      "created_at": "2026-11-21T08:00:00.000000Z",
      "expires_at": null,
      "id": "00000000-0000-7000-8000-000000000002",
      "importance": 0.5,
      "kind": "long_term",
      "last_accessed": null,
      "pinned": false,
      "source_message_ids": [],
      "superseded_by": null,
      "updated_at": "2026-11-21T08:00:00.000000Z",
      "valid_from": "2026-11-21T08:00:00.000000Z",
      "valid_to": null
    }
    "#);
    let path = format!("/api/memory/{}", id_of(&made.json(), "id"));
    assert_eq!(app.get(&path).await.json(), made.json());
    let patch = json!({"importance": 1.0, "kind": "short_term", "expires_at": "2026-11-22T00:00:00Z"});
    let changed = app.patch(&path, &patch).await.json();
    assert_eq!((&changed["importance"], &changed["kind"]), (&json!(1.0), &json!("short_term")));
    assert_eq!(changed["expires_at"], "2026-11-22T00:00:00.000000Z");
    assert_eq!(app.patch(&path, &json!({"expires_at": null})).await.json()["expires_at"], json!(null));
    assert_eq!(app.delete(&path).await.json(), json!({"id": id_of(&made.json(), "id"), "deleted": true}));
    assert_eq!(app.get(&path).await.status, 404);
    assert_eq!(app.delete(&path).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn memories_are_listed_by_kind_and_category_until_they_expire() {
    let app = TestApp::start().await;
    app.post("/api/memory/add", &json!({"content": "likes tea", "category": "preference"})).await;
    let expiring = json!({"content": "parking on deck 3", "kind": "short_term", "expires_at": "2026-11-21T09:00:00Z"});
    assert_eq!(app.post("/api/memory", &expiring).await.status, 201);
    let total = async |query: &str| app.get(&format!("/api/memory/list{query}")).await.json()["total"].clone();
    assert_eq!(total("").await, 2);
    assert_eq!(total("?kind=short_term").await, 1);
    assert_eq!(total("?category=preference").await, 1);
    app.clock.advance(Duration::from_hours(2));
    assert_eq!(total("").await, 1);
}

#[tokio::test]
async fn memories_are_found_by_words_either_way() {
    let app = TestApp::start().await;
    app.post("/api/memory", &json!({"content": "the spare key is under the flower pot"})).await;
    app.say("where is the spare key?", None).await;
    let by_body = app.post("/api/memory/search", &json!({"query": "spare key"})).await.json();
    assert_json_snapshot!(by_body, @r#"
    {
      "query_time_ms": "query_time_ms",
      "results": [
        {
          "access_count": 1,
          "category": "note",
          "content": "the spare key is under the flower pot",
          "created_at": "2026-11-21T08:00:00.000000Z",
          "expires_at": null,
          "id": "00000000-0000-7000-8000-000000000002",
          "importance": 0.5,
          "kind": "long_term",
          "last_accessed": "2026-11-21T08:00:00.000000Z",
          "pinned": false,
          "score": "score",
          "snippet": "the spare key is under the flower pot",
          "snippet_matches": [
            [
              4,
              9
            ],
            [
              10,
              13
            ]
          ],
          "source_message_ids": [],
          "superseded_by": null,
          "updated_at": "2026-11-21T08:00:00.000000Z",
          "valid_from": "2026-11-21T08:00:00.000000Z",
          "valid_to": null
        }
      ],
      "total": 1
    }
    "#);
    assert_eq!(app.get("/api/memory/search?q=spare%20key").await.json(), by_body);
    let nothing = app.post("/api/memory/search", &json!({"query": "submarine"})).await.json();
    assert_eq!((&nothing["results"], &nothing["total"]), (&json!([]), &json!(0)));
    app.stop().await;
}
