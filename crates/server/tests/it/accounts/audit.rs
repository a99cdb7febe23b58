use serde_json::{Value, json};

use super::{PASSWORD, Person, call, get, join, login, refresh, with_ann};
use crate::support::{SETUP_TOKEN, TestApp, id_of};

async fn entries(app: &TestApp, ann: &Person, query: &str) -> Vec<Value> {
    let answer = get(app, &ann.access, &format!("/api/admin/audit?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["entries"].as_array().unwrap().clone()
}

async fn verified(app: &TestApp, ann: &Person) -> Value {
    call(app, &ann.access, "POST", "/api/admin/audit/verify", &Value::Null).await.json()
}

#[tokio::test]
async fn an_act_is_told_with_who_did_it_and_what_changed() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let path = format!("/api/admin/users/{}", bob.id);
    let quota = json!({"quotas": {"messages": 5}});
    assert_eq!(call(&app, &ann.access, "PATCH", &path, &quota).await.status, 200);
    let changes = entries(&app, &ann, "act=user.change").await;
    let change = &changes[0];
    assert_eq!(change["actor"], json!({"id": ann.id, "name": "ann"}));
    assert!(change["via"].as_str().unwrap().starts_with("login:"), "{change}");
    assert_eq!(change["object"], bob.id);
    assert_eq!(
        (&change["before"]["quotas"]["messages"], &change["after"]["quotas"]["messages"]),
        (&Value::Null, &json!(5))
    );
    assert_eq!(change["hash"].as_str().unwrap().len(), 64);

    // what an administrator does in somebody's place is the administrator's
    let wanted = json!({"name": "script", "permissions": ["chat"]});
    let key = call(&app, &ann.access, "POST", &format!("{path}/keys"), &wanted).await.json();
    let made = &entries(&app, &ann, "act=key.make").await[0];
    assert_eq!((&made["actor"]["name"], &made["object"]), (&json!("ann"), &key["id"]));
    assert_eq!(made["after"]["name"], "script");
    assert_eq!(made["subject"], json!({"id": bob.id, "name": "bob"}));
    assert_eq!(made["unreadable"], false);
    let about = entries(&app, &ann, "subject=bob&act=key.make").await;
    assert_eq!(about, std::slice::from_ref(made));
    assert_eq!(
        entries(&app, &ann, &format!("subject={}&actor=ann&object={}", bob.id, bob.id)).await[0]["act"],
        "user.change"
    );
    assert_eq!(entries(&app, &ann, "subject=nobody").await, [Value::Null; 0]);
    assert!(!made.to_string().contains(key["key"].as_str().unwrap()));

    let hers = entries(&app, &ann, "actor=ann&limit=500").await;
    assert!(hers.iter().all(|entry| entry["actor"]["name"] == "ann") && hers.len() > 2);
    assert_eq!(entries(&app, &ann, "actor=nobody").await, [Value::Null; 0]);
    assert_eq!(entries(&app, &ann, "to=2026-01-01T00:00:00Z").await, [Value::Null; 0]);
    let all = entries(&app, &ann, "limit=500").await;
    let first = get(&app, &ann.access, "/api/admin/audit?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = entries(&app, &ann, &format!("limit=500&cursor={cursor}")).await;
    assert_eq!(rest, all[2..]);
    assert!(all.windows(2).all(|two| two[0]["previous_hash"] == two[1]["hash"]));
    let verdict = verified(&app, &ann).await;
    assert_eq!((&verdict["intact"], &verdict["first_broken"]), (&json!(true), &Value::Null));
    assert_eq!(verdict["entries"], all.len());
    assert_eq!(verdict["head"]["hash"], all[0]["hash"]);
    assert_eq!(get(&app, &bob.access, "/api/admin/audit").await.failure().0, 403);
}

#[tokio::test]
async fn guessing_leaves_few_entries_and_what_was_guessed_is_in_none() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    for _ in 0..12 {
        login(&app, "bob", "wrong password").await;
        login(&app, "hunter2hunter2", "wrong password").await;
    }
    let (failed, locked) = loop {
        let found =
            (entries(&app, &ann, "act=auth.login_failed").await, entries(&app, &ann, "act=auth.locked_out").await);
        if found.0.len() > 1 && found.1.len() > 1 {
            break found;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((failed.len(), locked.len()), (2, 2), "one for bob, one for all others");
    let objects: Vec<&str> = failed.iter().map(|entry| entry["object"].as_str().unwrap()).collect();
    assert!(objects.contains(&bob.id.as_str()) && objects.contains(&"other names"), "{objects:?}");
    let all = format!("{failed:?}{locked:?}");
    assert!(!all.contains("hunter2") && !all.contains("wrong password"));
}

#[tokio::test]
async fn what_is_told_of_an_erased_person_is_gone_and_the_trail_whole() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let wanted = json!({"name": "bobs-own-script", "permissions": ["chat"]});
    call(&app, &bob.access, "POST", "/api/auth/keys", &wanted).await;
    assert!(format!("{:?}", entries(&app, &ann, "limit=500").await).contains("bobs-own-script"));
    let erased = call(&app, &ann.access, "DELETE", &format!("/api/admin/users/{}", bob.id), &Value::Null).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    let all = entries(&app, &ann, "limit=500").await;
    assert!(!format!("{all:?}").contains("bobs-own-script"));
    let asked = all.iter().find(|entry| entry["act"] == "data.erase_requested").unwrap();
    assert_eq!((&asked["actor"]["name"], &asked["object"]), (&json!("ann"), &json!(bob.id)));
    assert_eq!(verified(&app, &ann).await["intact"], true);
}

#[tokio::test]
async fn names_differ_in_more_than_upper_and_lower_case() {
    let (app, ann) = with_ann(&[]).await;
    join(&app, &ann, "eve").await;
    for name in ["EVE", "Eve", "eve", "ANN"] {
        let body = json!({"username": name, "password": PASSWORD});
        let refused = call(&app, &ann.access, "POST", "/api/admin/users", &body).await;
        assert_eq!(refused.failure(), (409, "user_exists".to_owned(), None), "{name}");
    }
}

#[tokio::test]
async fn taking_over_the_local_user_works_where_there_is_none_and_says_who_else_there_is() {
    let app = TestApp::start_required(&[], jarvis_host::Given::default()).await;
    let body = json!({"username": "ann", "password": PASSWORD, "setup_token": SETUP_TOKEN, "take_over": "default"});
    let made = app.post("/api/auth/register", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let ann = Person::of(&made);
    let unknown = json!({"username": "bob", "take_over": "nobody"});
    let refused = call(&app, &ann.access, "POST", "/api/admin/users", &unknown).await;
    assert_eq!(refused.failure(), (422, "invalid".to_owned(), Some("take_over".to_owned())));

    // somebody whom open mode knew by this name
    let store = app.store();
    let carl = jarvis_core::types::NewUser {
        id: uuid::Uuid::from_u128(7).into(),
        name: "Carl".into(),
        role: jarvis_core::types::UserRole::User,
        created_at: jarvis_core::Timestamp::from_micros(1),
    };
    store
        .write(|tx| Box::pin(async move { tx.users().insert(&jarvis_core::Scope::system(), carl).await }))
        .await
        .unwrap();
    let carl = |take_over: Value| json!({"username": "carl", "take_over": take_over});
    let refused = call(&app, &ann.access, "POST", "/api/admin/users", &carl(Value::Null)).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("--take-over Carl"), "{}", refused.text());
    let made = call(&app, &ann.access, "POST", "/api/admin/users", &carl(json!("Carl"))).await;
    assert_eq!((made.status, id_of(&made.json(), "username")), (201, "carl".to_owned()), "{}", made.text());
}

#[tokio::test]
async fn another_password_tells_of_keys_and_a_reset_ends_them() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let wanted = json!({"name": "k", "permissions": ["chat"]});
    let key = async || {
        let bob = Person::of(&login(&app, "bob", PASSWORD).await);
        let made = call(&app, &bob.access, "POST", "/api/auth/keys", &wanted).await;
        made.json()["key"].as_str().unwrap().to_owned()
    };
    let lives = async |key: &str| get(&app, key, "/api/chat/conversations").await.status == 200;
    let first = key().await;
    let change = |remove: bool| json!({"current_password": PASSWORD, "new_password": PASSWORD, "remove_keys": remove});
    let kept = call(&app, &bob.access, "POST", "/api/auth/password", &change(false)).await.json();
    assert_eq!((&kept["removed_keys"], &kept["remaining_keys"]), (&json!(0), &json!(1)));
    assert!(lives(&first).await);
    let bob = Person::of(&login(&app, "bob", PASSWORD).await);
    let gone = call(&app, &bob.access, "POST", "/api/auth/password", &change(true)).await.json();
    assert_eq!((&gone["removed_keys"], &gone["remaining_keys"]), (&json!(1), &json!(0)));
    assert!(!lives(&first).await);
    let second = key().await;
    let path = format!("/api/admin/users/{}/password", bob.id);
    assert_eq!(call(&app, &ann.access, "POST", &path, &json!({"new_password": PASSWORD})).await.status, 200);
    assert!(!lives(&second).await);
}

#[tokio::test]
async fn whose_refresh_token_was_stolen_is_told() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    refresh(&app, &bob.refresh).await;
    refresh(&app, &bob.refresh).await;
    let reused = &entries(&app, &ann, "act=auth.refresh_token_reused").await[0];
    assert_eq!((&reused["actor"]["id"], &reused["subject"]["name"]), (&Value::Null, &json!("bob")));
}

#[tokio::test]
async fn a_trail_that_does_not_tell_of_an_account_was_emptied() {
    let (app, ann) = with_ann(&[]).await;
    assert_eq!(verified(&app, &ann).await["intact"], true);
    let system = jarvis_core::Scope::system();
    let created_at = jarvis_core::Timestamp::from_micros(1);
    let eve = jarvis_core::types::NewUser {
        id: uuid::Uuid::from_u128(7).into(),
        name: "eve".into(),
        role: jarvis_core::types::UserRole::User,
        created_at,
    };
    let password = jarvis_core::types::PasswordHash::new("$argon2id$");
    let account = jarvis_core::types::NewAccount { user_id: eve.id, password, created_at };
    let store = app.store();
    let unit = store.write(move |tx| {
        Box::pin(async move {
            tx.users().insert(&system, eve).await?;
            tx.accounts().insert(&system, account).await
        })
    });
    unit.await.unwrap();
    let verdict = verified(&app, &ann).await;
    assert_eq!((&verdict["intact"], &verdict["first_broken"]["seq"]), (&json!(false), &json!(1)), "{verdict}");
    assert_eq!(verdict["entries"], 0);
}
