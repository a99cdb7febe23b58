//! What lasts ends with what let somebody in.

use axum::{
    body::Body,
    http::{Request, header},
};
use jarvis_core::testkit::{Feed, ScriptedModel};
use jarvis_host::Given;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{PASSWORD, Person, call, get, join, login, with_ann_given};
use crate::{
    generations::Reading,
    support::{TestApp, id_of, request, with_json},
};

fn asks(mut request: Request<Body>, token: &str) -> Request<Body> {
    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    request
}

async fn admin(app: &TestApp, ann: &Person, method: &str, path: &str, body: &Value) {
    let answer = call(app, &ann.access, method, path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// A way in that somebody else, or they themselves, ends while an answer is told.
const WAYS: [&str; 5] = ["disabled", "logged out", "key removed", "password reset", "password changed elsewhere"];

async fn end(app: &TestApp, way: &str, ann: &Person, bob: &Person, key: &Value) {
    let path = format!("/api/admin/users/{}", bob.id);
    match way {
        "disabled" => admin(app, ann, "PATCH", &path, &json!({"disabled": true})).await,
        "logged out" => admin(app, bob, "POST", "/api/auth/logout", &Value::Null).await,
        "key removed" => {
            let path = format!("/api/auth/keys/{}", key["id"].as_str().unwrap());
            admin(app, bob, "DELETE", &path, &Value::Null).await;
        }
        "password reset" => admin(app, ann, "POST", &format!("{path}/password"), &Value::Null).await,
        _ => {
            let other = Person::of(&login(app, &bob.name, PASSWORD).await);
            let change = json!({"current_password": PASSWORD, "new_password": "another horse battery"});
            admin(app, &other, "POST", "/api/auth/password", &change).await;
        }
    }
}

#[tokio::test]
async fn an_answer_is_told_no_further_than_the_way_in_lasts_and_is_kept_whole() {
    let (feeds, scripts): (Vec<Feed>, Vec<_>) = WAYS.map(|_| Feed::new()).into_iter().unzip();
    let given = Given { model: Some(ScriptedModel::new(scripts)), ..Given::default() };
    let (app, ann) = with_ann_given(given).await;
    for (number, (way, feed)) in WAYS.into_iter().zip(feeds).enumerate() {
        let bob = join(&app, &ann, &format!("bob{number}")).await;
        let wanted = json!({"name": "x", "permissions": ["chat"]});
        let key = call(&app, &bob.access, "POST", "/api/auth/keys", &wanted).await.json();
        let token = if way == "key removed" { key["key"].as_str().unwrap() } else { &bob.access };
        let saying = with_json("POST".parse().unwrap(), "/api/chat", &json!({"message": "sing", "stream": true}));
        let mut first = Reading::start(&app, asks(saying, token)).await;
        feed.say("la ");
        let start = first.until("token").await[0].data.clone();
        let path = format!("/api/chat/stream/{}", id_of(&start, "message_id"));
        let again = request("GET".parse().unwrap(), &path).body(Body::empty()).unwrap();
        let mut second = Reading::start(&app, asks(again, token)).await;
        second.until("token").await;

        end(&app, way, &ann, &bob, &key).await;
        for reading in [&mut first, &mut second] {
            let told = reading.until("error").await;
            assert_eq!(told.last().unwrap().data["error"]["code"], "unauthenticated", "{way}: {told:?}");
            assert!(reading.is_over().await, "{way}");
        }
        feed.say("la");
        feed.end();
        let bobs = format!("/api/chat/message/{}?user_id={}", id_of(&start, "message_id"), bob.name);
        let stored = async || get(&app, crate::support::ADMIN_TOKEN, &bobs).await;
        let kept = async {
            while stored().await.status != 200 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), kept).await.unwrap();
        assert!(stored().await.text().contains("la la"), "{way}: {}", stored().await.text());
    }
    app.stop().await;
}

#[tokio::test]
async fn an_export_breaks_off_when_the_way_in_ends() {
    let (app, ann) = with_ann_given(Given::default()).await;
    let bob = join(&app, &ann, "bob").await;
    for number in 0..40 {
        let memory = json!({"content": format!("{number} {}", "x".repeat(40_000))});
        assert_eq!(call(&app, &bob.access, "POST", "/api/memory", &memory).await.status, 201);
    }
    let whole = get(&app, &bob.access, "/api/export").await;
    assert!(whole.text().contains("\"type\":\"end\""));
    let exporting = request("GET".parse().unwrap(), "/api/export").body(Body::empty()).unwrap();
    let response = app.router.clone().oneshot(asks(exporting, &bob.access)).await.unwrap();
    assert_eq!(response.status(), 200);
    let path = format!("/api/admin/users/{}", bob.id);
    admin(&app, &ann, "PATCH", &path, &json!({"disabled": true})).await;
    assert!(axum::body::to_bytes(response.into_body(), 16 << 20).await.is_err());
    app.stop().await;
}
