use insta::assert_json_snapshot;
use jarvis_core::testkit::ScriptedModel;
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
      "template": null,
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

#[tokio::test]
async fn a_template_is_checked_and_used() {
    let model = ScriptedModel::new([]);
    let app = TestApp::start_with_model(model.clone()).await;
    let refused = app.post("/api/sessions", &json!({"name": "Kitchen", "template": "You are {{cook}}."})).await;
    assert_eq!(refused.status, 422);
    let error = &refused.json()["error"];
    assert_eq!(error["details"]["field"], json!("template"));
    assert!(error["message"].as_str().unwrap().contains("known are: {{role}}, {{goals}}"), "{error}");

    let body = json!({"name": "Kitchen", "role": "a cook", "template": "You are {{role}}."});
    let made = app.post("/api/sessions", &body).await.json();
    assert_eq!(made["template"], json!("You are {{role}}."));
    let path = format!("/api/sessions/{}", id_of(&made, "id"));
    app.post("/api/chat", &json!({"message": "Bonjour", "session_id": made["id"]})).await;
    assert_eq!(model.seen()[0].messages[0].content, "You are a cook.");
    assert_eq!(app.patch(&path, &json!({"template": "{{"})).await.json()["template"], json!("{{"), "braces are text");
    assert_eq!(app.patch(&path, &json!({"template": "{{x}}"})).await.status, 422);
    assert_eq!(app.patch(&path, &json!({"template": null})).await.json()["template"], json!(null));
    app.stop().await;
}
