use std::time::Duration;

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use super::{PASSWORD, Person, call, get, join, with_ann};
use crate::support::{ADMIN_TOKEN, TestApp, request};

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
    for refused in [json!(["admin"]), json!(["metrics"]), json!([]), json!(["everything"])] {
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

/// A key of ann's with these permissions.
async fn key_for(app: &TestApp, ann: &Person, permissions: Value) -> String {
    let wanted = json!({"name": "x", "permissions": permissions});
    let made = call(app, &ann.access, "POST", "/api/auth/keys", &wanted).await;
    made.json()["key"].as_str().unwrap_or_else(|| panic!("{}", made.text())).to_owned()
}

#[tokio::test]
async fn a_key_for_figures_lets_in_nowhere_else() {
    let (app, ann) = with_ann(&[]).await;
    let key = key_for(&app, &ann, json!(["metrics"])).await;
    assert_eq!(get(&app, &key, "/metrics").await.status, 200);
    for path in ["/api/chat/conversations", "/api/memory/list", "/api/search?q=x", "/api/stats", "/api/admin/users"] {
        assert_eq!(get(&app, &key, path).await.failure().1, "permission_missing", "{path}");
    }
    assert_eq!(get(&app, &key_for(&app, &ann, json!(["admin"])).await, "/metrics").await.status, 200);
    let others = key_for(&app, &ann, json!(["chat", "memory", "search", "data"])).await;
    assert_eq!(get(&app, &others, "/metrics").await.failure().1, "permission_missing");
}

#[tokio::test]
async fn no_key_gives_anybody_access() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let key = key_for(&app, &ann, json!(["admin", "chat"])).await;
    let (own, bobs) = (format!("/api/admin/users/{}", ann.id), format!("/api/admin/users/{}", bob.id));
    let all = json!({"name": "y", "permissions": ["chat", "memory", "search", "data", "admin"]});
    for (method, path, body) in [
        ("POST", format!("{own}/keys"), all.clone()),
        ("POST", format!("{bobs}/keys"), all),
        ("POST", "/api/admin/users".to_owned(), json!({"username": "eve", "role": "admin"})),
        ("POST", "/api/admin/invites".to_owned(), json!({"role": "admin"})),
        ("POST", format!("{own}/password"), Value::Null),
        ("POST", format!("{bobs}/password"), json!({"new_password": PASSWORD})),
        ("PATCH", bobs.clone(), json!({"role": "admin"})),
        ("PATCH", bobs.clone(), json!({"disabled": false})),
        ("PATCH", bobs.clone(), json!({"disabled": true, "role": "user"})),
    ] {
        let failure = call(&app, &key, method, &path, &body).await.failure();
        assert_eq!(failure, (403, "login_required".to_owned(), None), "{method} {path} {body}");
    }
    assert_eq!(get(&app, &ann.access, "/api/admin/users").await.json()["total"], 2);
    // what takes access away, or has nothing to do with it, a program may do
    for body in [json!({"quotas": {"messages": 5}}), json!({"disabled": true})] {
        assert_eq!(call(&app, &key, "PATCH", &bobs, &body).await.status, 200, "{body}");
    }
    let by_command = call(&app, ADMIN_TOKEN, "PATCH", &bobs, &json!({"disabled": false})).await;
    assert_eq!(by_command.json()["disabled"], false);
    assert_eq!(call(&app, ADMIN_TOKEN, "POST", "/api/admin/invites", &Value::Null).await.status, 201);
}
