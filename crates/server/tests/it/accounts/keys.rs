use std::time::Duration;

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use super::{call, get, join, with_ann};
use crate::support::request;

#[tokio::test]
async fn a_key_does_what_it_was_made_for_until_it_is_removed() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let wanted = json!({"name": "laptop", "permissions": ["search"]});
    let made = call(&app, &bob.access, "POST", "/api/auth/keys", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (key, id) = (made.json()["key"].as_str().unwrap().to_owned(), made.json()["id"].as_str().unwrap().to_owned());
    assert_eq!(get(&app, &key, "/api/search?q=x").await.status, 200);
    let by_header = request(Method::GET, "/api/search?q=x").header("x-api-key", &key).body(Body::empty()).unwrap();
    assert_eq!(app.send(by_header).await.status, 200);
    let me = get(&app, &key, "/api/auth/whoami").await.json();
    assert_eq!((&me["via"], &me["permissions"]), (&json!("key"), &json!(["search"])));
    for path in ["/api/chat/conversations", "/api/memory/list", "/api/export", "/api/stats", "/api/admin/users"] {
        assert_eq!(get(&app, &key, path).await.failure().1, "permission_missing", "{path}");
    }
    for (method, path) in [("GET", "/api/auth/keys"), ("POST", "/api/auth/logout"), ("GET", "/api/auth/sessions")] {
        assert_eq!(call(&app, &key, method, path, &Value::Null).await.failure().1, "login_required", "{path}");
    }
    let listed = get(&app, &bob.access, "/api/auth/keys").await;
    assert!(!listed.text().contains(&key) && listed.text().contains("laptop"), "{}", listed.text());
    assert_eq!(call(&app, &bob.access, "DELETE", &format!("/api/auth/keys/{id}"), &Value::Null).await.status, 200);
    assert_eq!(get(&app, &key, "/api/search?q=x").await.failure().1, "invalid_token");
}

#[tokio::test]
async fn a_key_may_no_more_than_its_maker() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let wanted = |permissions: Value| json!({"name": "x", "permissions": permissions});
    let make = async |permissions| call(&app, &bob.access, "POST", "/api/auth/keys", &wanted(permissions)).await;
    for refused in [json!(["admin"]), json!([]), json!(["everything"])] {
        assert_eq!(make(refused.clone()).await.failure().2.as_deref(), Some("permissions"), "{refused}");
    }
    // what an administrator's key may is taken with the role
    let path = format!("/api/admin/users/{}", bob.id);
    assert_eq!(call(&app, &ann.access, "PATCH", &path, &json!({"role": "admin"})).await.status, 200);
    let key = make(json!(["admin", "chat"])).await.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(get(&app, &key, "/api/admin/users").await.status, 200);
    assert_eq!(call(&app, &ann.access, "PATCH", &path, &json!({"role": "user"})).await.status, 200);
    assert_eq!(get(&app, &key, "/api/admin/users").await.failure().1, "permission_missing");
    assert_eq!(get(&app, &key, "/api/chat/conversations").await.status, 200);
}

#[tokio::test]
async fn a_key_expires_and_its_use_is_noted() {
    let (app, ann) = with_ann(&[]).await;
    let wanted = json!({"name": "x", "permissions": ["chat"], "expires_in_days": 1});
    let key =
        call(&app, &ann.access, "POST", "/api/auth/keys", &wanted).await.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(get(&app, &key, "/api/chat/conversations").await.status, 200);
    let noted = async {
        while get(&app, &ann.access, "/api/auth/keys").await.json()["keys"][0]["last_used_at"].is_null() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noted).await.unwrap();
    app.clock.advance(Duration::from_hours(24));
    assert_eq!(get(&app, &key, "/api/chat/conversations").await.failure().1, "invalid_token");
}
