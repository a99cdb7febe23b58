use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::{TestApp, id_of};

#[tokio::test]
async fn a_session_groups_conversations_and_can_be_removed() {
    let app = TestApp::start().await;
    let body = json!({"name": "French lessons", "role": "a patient teacher", "metadata": {"level": 2}});
    let made = app.post("/api/sessions", &body).await;
    assert_eq!(made.status, 201);
    assert_json_snapshot!(made.json(), @r#"
    {
      "created_at": "2026-11-21T08:00:00.000000Z",
      "goals": null,
      "id": "00000000-0000-7000-8000-000000000002",
      "metadata": {
        "level": 2
      },
      "name": "French lessons",
      "role": "a patient teacher",
      "status": "active",
      "updated_at": "2026-11-21T08:00:00.000000Z"
    }
    "#);
    let id = id_of(&made.json(), "id");
    let path = format!("/api/sessions/{id}");
    let said = app.post("/api/chat", &json!({"message": "Bonjour", "session_id": id})).await.json();
    app.say("something else", None).await;
    let grouped = app.get(&format!("/api/chat/conversations?session_id={id}")).await.json();
    assert_eq!((&grouped["total"], &grouped["conversations"][0]["session_id"]), (&json!(1), &json!(id)));

    let changed = app.patch(&path, &json!({"role": null, "goals": "order food", "status": "archived"})).await.json();
    assert_eq!((&changed["role"], &changed["goals"]), (&json!(null), &json!("order food")));
    assert_eq!(app.get(&path).await.json(), changed);
    assert_eq!(app.get("/api/sessions").await.json()["sessions"], json!([changed]));

    assert_eq!(app.delete(&path).await.json(), json!({"id": id, "deleted": true}));
    assert_eq!(app.get(&path).await.status, 404);
    let conversation = format!("/api/chat/conversation/{}", id_of(&said, "conversation_id"));
    assert_eq!(app.get(&conversation).await.json()["session_id"], json!(null), "the conversation stays");
    app.stop().await;
}
