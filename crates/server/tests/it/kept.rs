//! Pages that are sent again without being read again are what would be read.

use axum::http::Method;
use jarvis_core::{Scope, id::ConversationId, types::ConversationPatch};
use jarvis_engine::LOCAL_USER;
use serde_json::{Value, json};

use crate::support::{TestApp, id_of, with_json};

/// What a page says, read twice so that the second may be kept; the same page in a form that never is.
async fn same(app: &TestApp, path: &str, unkept: &str) -> Value {
    for _ in 0..2 {
        let (kept, read) = (app.get(path).await, app.get(unkept).await);
        assert_eq!((kept.status, kept.text()), (read.status, read.text()), "{path}");
    }
    app.get(path).await.json()
}

async fn history(app: &TestApp, id: &str) -> Value {
    let path = format!("/api/chat/history/{id}?limit=20");
    same(app, &path, &format!("{path}&since=2000-01-01T00:00:00Z")).await
}

/// Every title has a `walk`, and every list is compared with the one of those that have.
async fn lists(app: &TestApp) -> usize {
    let mut listed = 0;
    for status in ["open", "archived", "deleted"] {
        let path = format!("/api/chat/conversations?limit=60&status={status}");
        listed += same(app, &path, &format!("{path}&q=walk")).await["conversations"].as_array().unwrap().len();
    }
    listed
}

#[tokio::test]
async fn a_page_is_sent_again_until_its_owner_changes_something() {
    let app = TestApp::start().await;
    let id = id_of(&app.say("A walk with Rex", None).await, "conversation_id");
    let other =
        id_of(&app.post("/api/chat?user_id=ann", &json!({"message": "My walk"})).await.json(), "conversation_id");
    let path = format!("/api/chat/history/{id}");
    let before = app.get(&path).await;
    // behind everybody's back
    let (conversation, at) = (id.parse::<ConversationId>().unwrap(), jarvis_core::Timestamp::default());
    let patch = ConversationPatch { title: Some("walk behind".to_owned()), ..ConversationPatch::default() };
    let store = app.store();
    let unit = store.write(move |tx| {
        Box::pin(async move {
            let user = tx.users().by_name(&Scope::system(), LOCAL_USER).await?.map(|user| Scope::of(user.id));
            tx.conversations().update(&user.unwrap(), conversation, patch, at).await
        })
    });
    assert!(unit.await.unwrap().is_some());
    assert_eq!(app.get(&path).await.text(), before.text(), "nothing was kept");
    // what somebody else does changes nothing
    app.post("/api/chat?user_id=ann", &json!({"message": "On", "conversation_id": other})).await.json();
    assert_eq!(app.get(&path).await.text(), before.text(), "it was not kept for long");
    app.post("/api/memory", &json!({"content": "I like tea"})).await.json();
    assert_eq!(app.get(&path).await.json()["conversation"]["title"], "walk behind");
    app.stop().await;
}

#[tokio::test]
async fn whatever_changes_a_kept_page_is_what_was_changed() {
    let app = TestApp::start().await;
    let said = app.say("A walk with Rex", None).await;
    let (id, path) =
        (id_of(&said, "conversation_id"), format!("/api/chat/conversation/{}", id_of(&said, "conversation_id")));
    assert_eq!((history(&app, &id).await["total_count"].as_u64(), lists(&app).await), (Some(2), 1));
    app.say("on", Some(&id)).await;
    assert_eq!(history(&app, &id).await["total_count"], 4);
    app.post(&format!("/api/chat/regenerate/{}", id_of(&said, "id")), &json!({})).await.json();
    assert_eq!(history(&app, &id).await["total_count"], 5);
    for change in [
        json!({"title": "walk renamed"}),
        json!({"metadata": {"kind": "dog"}}),
        json!({"archived": true}),
        json!({"status": "deleted"}),
        json!({"status": "open"}),
    ] {
        assert_eq!(app.patch(&path, &change).await.status, 200, "{change}");
        history(&app, &id).await;
        assert_eq!(lists(&app).await, 1, "{change}");
    }
    let second = id_of(&app.say("Another walk", None).await, "conversation_id");
    assert_eq!(lists(&app).await, 2);
    assert_eq!(app.delete(&path).await.status, 200);
    assert_eq!((app.get(&format!("/api/chat/history/{id}?limit=20")).await.status, lists(&app).await), (404, 1));
    history(&app, &second).await;
    let erased = with_json(Method::DELETE, "/api/me/data", &json!({"confirm": "erase everything"}));
    assert_eq!(app.send(erased).await.status, 200);
    assert_eq!((app.get(&format!("/api/chat/history/{second}?limit=20")).await.status, lists(&app).await), (404, 0));
    app.stop().await;
}

#[tokio::test]
async fn a_session_that_goes_leaves_the_pages_it_was_on() {
    let app = TestApp::start().await;
    let session = id_of(&app.post("/api/sessions", &json!({"name": "Outdoors"})).await.json(), "id");
    let said = app.post("/api/chat", &json!({"message": "A walk", "session_id": session})).await.json();
    let id = id_of(&said, "conversation_id");
    assert_eq!(history(&app, &id).await["conversation"]["session_id"], session.as_str());
    assert_eq!(app.delete(&format!("/api/sessions/{session}")).await.status, 200);
    assert_eq!(history(&app, &id).await["conversation"]["session_id"], Value::Null);
    assert_eq!(lists(&app).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_kept_page_is_its_owners() {
    let app = TestApp::start().await;
    let id = id_of(&app.say("A walk with Rex", None).await, "conversation_id");
    history(&app, &id).await;
    assert_eq!(app.get(&format!("/api/chat/history/{id}?limit=20&user_id=ann")).await.status, 404);
    let list = app.get("/api/chat/conversations?limit=60&user_id=ann").await.json();
    assert_eq!(list["total"], 0);
    assert_eq!(lists(&app).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn pages_of_a_bad_size_are_refused_as_before() {
    let app = TestApp::start().await;
    let id = id_of(&app.say("A walk with Rex", None).await, "conversation_id");
    for path in [format!("/api/chat/history/{id}?limit=501"), "/api/chat/conversations?limit=0".to_owned()] {
        assert_eq!(app.get(&path).await.status, 422, "{path}");
    }
    app.stop().await;
}
