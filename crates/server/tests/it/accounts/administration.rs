use serde_json::{Value, json};

use super::{PASSWORD, Person, call, get, join, login, refresh, with_ann};
use crate::support::ADMIN_TOKEN;

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_may_come_back() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let wanted = json!({"name": "x", "permissions": ["chat"]});
    let key =
        call(&app, &bob.access, "POST", "/api/auth/keys", &wanted).await.json()["key"].as_str().unwrap().to_owned();
    let path = format!("/api/admin/users/{}", bob.id);
    let set = async |disabled: bool| call(&app, &ann.access, "PATCH", &path, &json!({"disabled": disabled})).await;
    for token in [&bob.access, &key] {
        assert_eq!(get(&app, token, "/api/chat/conversations").await.status, 200);
    }
    assert_eq!(set(true).await.json()["disabled"], true);
    for token in [&bob.access, &key] {
        assert_eq!(get(&app, token, "/api/chat/conversations").await.status, 401);
    }
    assert_eq!(refresh(&app, &bob.refresh).await.status, 401);
    assert_eq!(login(&app, "bob", PASSWORD).await.status, 401);
    set(false).await;
    assert_eq!(login(&app, "bob", PASSWORD).await.status, 200);
    assert_eq!(get(&app, &key, "/api/chat/conversations").await.status, 200);
}

#[tokio::test]
async fn a_list_and_a_quota_have_bounds() {
    let (app, ann) = with_ann(&[]).await;
    for query in ["limit=0", "limit=501", "username=ann&limit=501"] {
        let failure = get(&app, &ann.access, &format!("/api/admin/users?{query}")).await.failure();
        assert_eq!((failure.0, failure.2.as_deref()), (422, Some("limit")));
    }
    let path = format!("/api/admin/users/{}", ann.id);
    let beyond = json!({"quotas": {"tokens": 9_223_372_036_854_775_808_u64}});
    let failure = call(&app, &ann.access, "PATCH", &path, &beyond).await.failure();
    assert_eq!((failure.0, failure.2.as_deref()), (422, Some("quotas.tokens")));
    let list = json!({"quotas": [null, 5]});
    let failure = call(&app, &ann.access, "PATCH", &path, &list).await.failure();
    assert_eq!((failure.0, failure.2.as_deref()), (422, Some("quotas")), "a list names nothing");
}

#[tokio::test]
async fn somebody_always_administers() {
    let (app, ann) = with_ann(&[]).await;
    let path = format!("/api/admin/users/{}", ann.id);
    for change in [json!({"role": "user"}), json!({"disabled": true})] {
        assert_eq!(call(&app, &ann.access, "PATCH", &path, &change).await.failure().1, "last_administrator");
    }
    assert_eq!(call(&app, &ann.access, "DELETE", &path, &Value::Null).await.failure().1, "last_administrator");
    let erase = json!({"confirm": "erase everything"});
    assert_eq!(call(&app, &ann.access, "DELETE", "/api/me/data", &erase).await.failure().1, "last_administrator");
    let named = "/api/me/data?user_id=ann";
    assert_eq!(call(&app, ADMIN_TOKEN, "DELETE", named, &erase).await.failure().1, "last_administrator");
    let bob = join(&app, &ann, "bob").await;
    let bobs = format!("/api/admin/users/{}", bob.id);
    assert_eq!(call(&app, &ann.access, "PATCH", &bobs, &json!({"role": "admin"})).await.status, 200);
    assert_eq!(call(&app, &ann.access, "PATCH", &path, &json!({"role": "user"})).await.status, 200);
    assert_eq!(get(&app, &ann.access, "/api/admin/users").await.failure().1, "permission_missing", "at once");
}

#[tokio::test]
async fn an_administrator_sets_a_password_and_erases_a_person() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let path = format!("/api/admin/users/{}", bob.id);
    let reset = call(&app, &ann.access, "POST", &format!("{path}/password"), &Value::Null).await.json();
    let password = reset["password"].as_str().unwrap();
    assert_eq!(get(&app, &bob.access, "/api/auth/whoami").await.status, 401);
    assert_eq!(login(&app, "bob", PASSWORD).await.status, 401);
    let again = Person::of(&login(&app, "bob", password).await);
    let erased = call(&app, &ann.access, "DELETE", &path, &Value::Null).await;
    assert_eq!((erased.status, erased.json()["user"].clone()), (200, json!("bob")));
    assert_eq!(get(&app, &again.access, "/api/auth/whoami").await.status, 401);
    assert_eq!(get(&app, &ann.access, &path).await.status, 404);
    assert_eq!(login(&app, "bob", password).await.failure().1, "invalid_credentials");
}

#[tokio::test]
async fn whoever_has_the_data_directory_administers_and_acts_for_anybody() {
    let (app, ann) = with_ann(&[]).await;
    let said = call(&app, &ann.access, "POST", "/api/memory", &json!({"content": "plum jam"})).await;
    assert_eq!(said.status, 201);
    assert_eq!(get(&app, ADMIN_TOKEN, "/api/admin/users").await.json()["total"], 1);
    assert_eq!(get(&app, ADMIN_TOKEN, "/api/memory/list?user_id=ann").await.json()["total"], 1);
    let path = format!("/api/admin/users/{}/keys", ann.id);
    let wanted = json!({"name": "script", "permissions": ["memory"]});
    let key = call(&app, ADMIN_TOKEN, "POST", &path, &wanted).await.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(get(&app, &key, "/api/memory/list").await.json()["total"], 1);
}

#[tokio::test]
async fn nobody_acts_for_somebody_else() {
    let (app, ann) = with_ann(&[]).await;
    for (method, path, body) in [
        ("GET", "/api/memory/list?user_id=bob", Value::Null),
        ("POST", "/api/memory", json!({"content": "x", "user_id": "bob"})),
        ("POST", "/api/chat", json!({"message": "x", "user_id": "bob"})),
    ] {
        let failure = call(&app, &ann.access, method, path, &body).await.failure();
        assert_eq!(failure, (422, "invalid".to_owned(), Some("user_id".to_owned())), "{path}");
    }
    let own = format!("/api/memory/list?user_id={}", ann.id);
    for path in ["/api/memory/list?user_id=ann", &own] {
        assert_eq!(get(&app, &ann.access, path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_quota_that_is_reached_refuses_more_and_shows_what_there_is() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let path = format!("/api/admin/users/{}", bob.id);
    let quotas = json!({"quotas": {"messages": 2}});
    let set = call(&app, &ann.access, "PATCH", &path, &quotas).await.json();
    assert_eq!(set["quotas"], json!({"messages": 2, "tokens": null, "storage_bytes": null}));
    let say = async || call(&app, &bob.access, "POST", "/api/chat", &json!({"message": "hello"})).await;
    assert_eq!(say().await.status, 200);
    assert_eq!(say().await.failure(), (403, "quota_exceeded".to_owned(), None));
    let me = get(&app, &bob.access, "/api/auth/whoami").await.json();
    assert_eq!((&me["messages"], &me["quotas"]["messages"]), (&json!(2), &json!(2)));
    assert_eq!(get(&app, &bob.access, "/api/chat/conversations").await.json()["total"], 1);
    assert_eq!(call(&app, &ann.access, "PATCH", &path, &json!({"quotas": null})).await.status, 200);
    assert_eq!(say().await.status, 200);
}

#[tokio::test]
async fn a_quota_that_is_not_named_stays_as_it_was() {
    let (app, ann) = with_ann(&[]).await;
    let path = format!("/api/admin/users/{}", ann.id);
    for (change, left) in [
        (json!({"messages": 5}), json!({"messages": 5, "tokens": null, "storage_bytes": null})),
        (json!({"tokens": 7}), json!({"messages": 5, "tokens": 7, "storage_bytes": null})),
        (json!({}), json!({"messages": 5, "tokens": 7, "storage_bytes": null})),
        (json!({"messages": null, "storage_bytes": 9}), json!({"messages": null, "tokens": 7, "storage_bytes": 9})),
        (json!(null), json!({"messages": null, "tokens": null, "storage_bytes": null})),
    ] {
        let changed = call(&app, &ann.access, "PATCH", &path, &json!({"quotas": change})).await.json();
        assert_eq!(changed["quotas"], left, "{change}");
    }
}

#[tokio::test]
async fn a_time_zone_that_there_is_not_is_refused() {
    let (app, ann) = with_ann(&[]).await;
    for path in ["/api/me".to_owned(), format!("/api/admin/users/{}", ann.id)] {
        let failure = call(&app, &ann.access, "PATCH", &path, &json!({"time_zone": "Mars/X"})).await.failure();
        assert_eq!(failure, (422, "invalid".to_owned(), Some("time_zone".to_owned())), "{path}");
        assert_eq!(call(&app, &ann.access, "PATCH", &path, &json!({"time_zone": "Asia/Kolkata"})).await.status, 200);
    }
}

#[tokio::test]
async fn who_has_stored_as_much_as_they_may_stores_no_more_until_something_goes() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let path = format!("/api/admin/users/{}", bob.id);
    let quotas = json!({"quotas": {"storage_bytes": 3_000}});
    assert_eq!(call(&app, &ann.access, "PATCH", &path, &quotas).await.status, 200);
    let memory = json!({"content": "x".repeat(3_000)});
    let added = call(&app, &bob.access, "POST", "/api/memory", &memory).await;
    assert_eq!(added.status, 201, "as much as they may: {}", added.text());
    let stored = async || get(&app, &bob.access, "/api/auth/whoami").await.json()["storage_bytes"].clone();
    assert_eq!(stored().await, 3_000);
    let refused = (403, "quota_exceeded".to_owned(), None);
    assert_eq!(call(&app, &bob.access, "POST", "/api/memory", &memory).await.failure(), refused);
    let said = json!({"message": "hello"});
    assert_eq!(call(&app, &bob.access, "POST", "/api/chat", &said).await.failure(), refused);
    let session = json!({"name": "hello"});
    assert_eq!(call(&app, &bob.access, "POST", "/api/sessions", &session).await.failure(), refused);
    let import = json!({"type": "memory", "content": "y"});
    assert_eq!(call(&app, &bob.access, "POST", "/api/import", &import).await.failure(), refused);
    let id = crate::support::id_of(&added.json(), "id");
    assert_eq!(call(&app, &bob.access, "DELETE", &format!("/api/memory/{id}"), &json!(null)).await.status, 200);
    assert_eq!(stored().await, 0);
    assert_eq!(call(&app, &bob.access, "POST", "/api/sessions", &session).await.status, 201);
    assert_eq!(stored().await, 5);
}

#[tokio::test]
async fn acts_on_accounts_are_on_the_trail_without_secrets() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    refresh(&app, &bob.refresh).await;
    refresh(&app, &bob.refresh).await;
    let query = jarvis_core::types::AuditQuery { limit: 100, ..Default::default() };
    let trail = app.store().audit().list(&jarvis_core::Scope::system(), &query).await.unwrap();
    let acts: Vec<&str> = trail.iter().map(|record| record.act.as_str()).collect();
    for act in ["user.register", "auth.login", "auth.refresh_token_reused"] {
        assert!(acts.contains(&act), "{acts:?}");
    }
    let all = format!("{trail:?}");
    for secret in [PASSWORD, &bob.refresh, &bob.access, "argon2"] {
        assert!(!all.contains(secret));
    }
}

#[tokio::test]
async fn how_much_everybody_has_is_told_to_administrators_alone() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let figures = |health: &Value| {
        assert_eq!(health["services"]["database"]["status"], "healthy", "{health}");
        assert!(!health["services"]["memory"]["response_time_ms"].is_null(), "{health}");
        health["services"]["memory"].get("conversations").is_some()
    };
    assert!(!figures(&app.get("/health").await.json()));
    for (token, is_told) in [(&*ann.access, true), (&*bob.access, false), (ADMIN_TOKEN, true), ("stale", false)] {
        assert_eq!(figures(&get(&app, token, "/health").await.json()), is_told, "{token}");
    }
}
