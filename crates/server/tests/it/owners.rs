use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::support::{TestApp, id_of, request, with_json};

/// What one person has, walked by another through every route that takes an id.
#[tokio::test]
async fn another_persons_things_do_not_exist() {
    let app = TestApp::start().await;
    let said = app.post("/api/chat", &json!({"message": "my secret is plum jam", "user_id": "ann"})).await.json();
    let (conversation, answer) = (id_of(&said, "conversation_id"), id_of(&said, "id"));
    let session = id_of(&app.post("/api/sessions?user_id=ann", &json!({"name": "private"})).await.json(), "id");
    let memory = id_of(&app.post("/api/memory?user_id=ann", &json!({"content": "plum jam"})).await.json(), "id");

    let document: Value = serde_json::from_str(&jarvis_server::openapi_json().unwrap()).unwrap();
    let mut walked = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        // accounts have their own walk
        let is_of_accounts = template.starts_with("/api/auth/") || template.starts_with("/api/admin/");
        if !template.contains("id}") || is_of_accounts {
            continue;
        }
        let id = if template.contains("{message_id}") || template.contains("/message/") {
            &answer
        } else if template.starts_with("/api/chat/") {
            &conversation
        } else if template.starts_with("/api/sessions/") {
            &session
        } else {
            assert!(template.starts_with("/api/memory/"), "{template} needs something that is ann's here");
            &memory
        };
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path =
                |user: &str| format!("{}?user_id={user}", template.replace("{id}", id).replace("{message_id}", id));
            let call = |user: &str| match method {
                Method::PATCH | Method::POST => with_json(method.clone(), &path(user), &json!({})),
                _ => request(method.clone(), &path(user)).body(Body::empty()).unwrap(),
            };
            let failure = app.send(call("bob")).await.failure();
            assert_eq!(failure, (404, "not_found".to_owned(), None), "{method} {template}");
            if method != Method::DELETE {
                assert_eq!(app.send(call("ann")).await.status, 200, "{method} {template}: the owner may");
            }
            walked += 1;
        }
    }
    assert!(walked >= 10, "only {walked} routes take an id");

    let by_query = format!("/api/chat/history?user_id=bob&conversation_id={conversation}");
    assert_eq!(app.get(&by_query).await.status, 404);
    let intruding = json!({"message": "hello", "user_id": "bob", "conversation_id": conversation});
    assert_eq!(app.post("/api/chat", &intruding).await.status, 404);
    let borrowed = json!({"message": "hello", "user_id": "bob", "session_id": session});
    assert_eq!(app.post("/api/chat", &borrowed).await.failure().0, 404);
    app.stop().await;
}

#[tokio::test]
async fn lists_searches_and_counters_show_ones_own() {
    let app = TestApp::start().await;
    app.post("/api/chat", &json!({"message": "my secret is plum jam", "user_id": "ann"})).await;
    app.post("/api/sessions?user_id=ann", &json!({"name": "private"})).await;
    app.post("/api/memory?user_id=ann", &json!({"content": "plum jam"})).await;
    for path in ["/api/chat/conversations", "/api/sessions", "/api/memory/list", "/api/search?q=plum"] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let total = async |user| app.get(&format!("{path}{separator}user_id={user}")).await.json()["total"].clone();
        assert_eq!(total("bob").await, 0, "{path}");
        assert_ne!(total("ann").await, 0, "{path}");
    }
    assert_eq!(app.get("/api/stats?user_id=bob").await.json()["user"]["messages"], 0);
    let answer = app.post("/api/chat", &json!({"message": "what is the plum jam secret?", "user_id": "bob"})).await;
    assert_eq!(answer.json()["memories_used"], json!([]));
}
