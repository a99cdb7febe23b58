//! Pages keep the refresh token in a cookie that scripts cannot read.

use std::time::Duration;

use axum::{body::Body, http::Method};
use jarvis_core::testkit::ScriptedModel;
use jarvis_host::{Given, Shared};
use serde_json::{Value, json};

use super::{PASSWORD, call, get, login, with_ann};
use crate::support::{Answer, SETUP_TOKEN, TestApp, request, with_json};

async fn login_as_page(app: &TestApp) -> Answer {
    app.post("/api/auth/login", &json!({"username": "ann", "password": PASSWORD, "cookie": true})).await
}

async fn refresh_with(app: &TestApp, cookie: &str) -> Answer {
    let request = request(Method::POST, "/api/auth/refresh").header("cookie", cookie);
    app.send(request.body(Body::empty()).unwrap()).await
}

/// What a browser sends back of what it was told to keep.
fn kept(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_never_sees_its_refresh_token() {
    let (app, _) = with_ann(&[]).await;
    let first = login_as_page(&app).await;
    let cookie = first.header("set-cookie").unwrap();
    let (token, rules) = cookie.strip_prefix("jarvis-login-8100=").unwrap().split_once("; ").unwrap();
    assert_eq!((token.len(), rules), (43, "Max-Age=604800; HttpOnly; SameSite=Strict"));
    assert!(!first.text().contains("refresh_token"), "{}", first.text());
    let second = refresh_with(&app, &kept(&first)).await;
    assert_eq!((second.status, second.json().get("refresh_token")), (200, None));
    let access = second.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(get(&app, &access, "/api/auth/whoami").await.status, 200);
    app.clock.advance(Duration::from_secs(11));
    assert_eq!(refresh_with(&app, &kept(&second)).await.status, 200);
    let stolen = refresh_with(&app, &kept(&first)).await;
    assert_eq!(stolen.failure().1, "invalid_refresh_token");
    assert_eq!(stolen.header("set-cookie"), Some("jarvis-login-8100=; Max-Age=0; HttpOnly; SameSite=Strict"));
    assert_eq!(get(&app, &access, "/api/auth/whoami").await.status, 401, "the login is over");
}

#[tokio::test]
async fn a_page_that_has_not_heard_the_answer_hears_it_again_until_it_is_used() {
    let (app, _) = with_ann(&[]).await;
    let first = login_as_page(&app).await;
    app.clock.advance(Duration::from_mins(1));
    let second = refresh_with(&app, &kept(&first)).await;
    app.clock.advance(Duration::from_secs(9));
    let again = refresh_with(&app, &kept(&first)).await;
    assert_eq!((again.status, kept(&again)), (200, kept(&second)));
    let access = again.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(get(&app, &access, "/api/auth/whoami").await.status, 200);
    let third = refresh_with(&app, &kept(&second)).await;
    assert_eq!(third.status, 200);
    assert_eq!(refresh_with(&app, &kept(&first)).await.status, 401, "somebody has used what it gave");
    assert_eq!(refresh_with(&app, &kept(&third)).await.status, 401, "so the login is over");

    let late = login_as_page(&app).await;
    assert_eq!(refresh_with(&app, &kept(&late)).await.status, 200);
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(refresh_with(&app, &kept(&late)).await.status, 401, "too late");

    let left = login_as_page(&app).await;
    let access = refresh_with(&app, &kept(&left)).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(call(&app, &access, "POST", "/api/auth/logout", &Value::Null).await.status, 200);
    assert_eq!(refresh_with(&app, &kept(&left)).await.status, 401, "logged out meanwhile");
}

/// Two servers over one store, and pages that ask whichever they reach.
#[tokio::test]
async fn it_does_not_matter_which_server_a_page_asks_again() {
    let (one, _) = with_ann(&[]).await;
    let shared = Shared::in_process(one.store());
    let given = Given { model: Some(ScriptedModel::new([])), shared: Some(shared), ..Given::default() };
    let two = TestApp::start_required(&[], given).await;
    let first = login_as_page(&one).await;
    let cookie = kept(&first);
    let (here, there) = tokio::join!(refresh_with(&one, &cookie), refresh_with(&two, &cookie));
    assert_eq!((here.status, there.status, kept(&here)), (200, 200, kept(&there)), "both at once");
    let next = refresh_with(&two, &kept(&here)).await;
    assert_eq!(next.status, 200);
    for app in [&one, &two] {
        assert_eq!(refresh_with(app, &kept(&first)).await.status, 401, "somebody has used what it gave");
        assert_eq!(refresh_with(app, &kept(&next)).await.status, 401, "so the login is over");
    }
    let late = login_as_page(&one).await;
    assert_eq!(refresh_with(&one, &kept(&late)).await.status, 200);
    two.clock.advance(Duration::from_secs(10));
    assert_eq!(refresh_with(&two, &kept(&late)).await.status, 401, "too late there as well");
}

#[tokio::test]
async fn what_a_program_has_used_is_not_told_again_to_a_page() {
    let (app, ann) = with_ann(&[]).await;
    assert_eq!(super::refresh(&app, &ann.refresh).await.status, 200);
    let stolen = refresh_with(&app, &format!("jarvis-login-8100={}", ann.refresh)).await;
    assert_eq!(stolen.failure().1, "invalid_refresh_token");
    assert_eq!(get(&app, &ann.access, "/api/auth/whoami").await.status, 401, "the login is over");
}

#[tokio::test]
async fn who_does_not_ask_for_a_cookie_gets_none() {
    let (app, _) = with_ann(&[]).await;
    let answer = login(&app, "ann", PASSWORD).await;
    assert_eq!(answer.header("set-cookie"), None);
    let nothing = request(Method::POST, "/api/auth/refresh").body(Body::empty()).unwrap();
    assert_eq!(app.send(nothing).await.failure().1, "invalid_refresh_token");
    let other = refresh_with(&app, "jarvis-login-9999=abc; jarvis-login=abc").await;
    assert_eq!((other.status, other.header("set-cookie")), (401, None));
}

#[tokio::test]
async fn a_foreign_page_cannot_use_the_cookie() {
    let (app, _) = with_ann(&[]).await;
    let cookie = kept(&login_as_page(&app).await);
    let foreign = request(Method::POST, "/api/auth/refresh")
        .header("cookie", &cookie)
        .header("origin", "http://localhost:3000")
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.send(foreign).await.failure().1, "foreign_origin");
    let own = request(Method::POST, "/api/auth/refresh")
        .header("cookie", &cookie)
        .header("origin", "http://localhost:8100")
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.send(own).await.status, 200);
}

#[tokio::test]
async fn the_cookie_goes_with_its_login() {
    let (app, _) = with_ann(&[]).await;
    let logged_in = login_as_page(&app).await;
    let access = logged_in.json()["access_token"].as_str().unwrap().to_owned();
    let logout = request(Method::POST, "/api/auth/logout")
        .header("cookie", kept(&logged_in))
        .header("authorization", format!("Bearer {access}"));
    let ended = app.send(logout.body(Body::empty()).unwrap()).await;
    assert_eq!(ended.header("set-cookie"), Some("jarvis-login-8100=; Max-Age=0; HttpOnly; SameSite=Strict"));
    assert_eq!(refresh_with(&app, &kept(&logged_in)).await.status, 401);
}

#[tokio::test]
async fn a_page_is_told_how_one_gets_in() {
    let open = TestApp::start().await;
    assert_eq!(
        entrance(&open).await,
        json!({"mode": "open", "registration": "invite", "needs_setup": false, "can_take_over": false})
    );
    assert!(page(&open).await.text().contains("content=\"open\""));

    let app = TestApp::start_required(&[("REGISTRATION", "open")], Given::default()).await;
    assert!(page(&app).await.text().contains("content=\"required\""));
    assert_ne!(page(&app).await.header("etag"), page(&open).await.header("etag"));
    let told = |needs_setup, can_take_over| json!({"mode": "required", "registration": "open", "needs_setup": needs_setup, "can_take_over": can_take_over});
    assert_eq!(entrance(&app).await, told(true, false));
    let local = with_json(Method::POST, "/api/memory", &json!({"content": "plum jam"}));
    let (mut parts, body) = local.into_parts();
    parts.headers.insert("authorization", format!("Bearer {}", crate::support::ADMIN_TOKEN).parse().unwrap());
    assert_eq!(app.send(axum::http::Request::from_parts(parts, body)).await.status, 201);
    assert_eq!(entrance(&app).await, told(true, true));
    let body = json!({"username": "ann", "password": PASSWORD, "setup_token": SETUP_TOKEN, "cookie": true});
    let made = app.post("/api/auth/register", &body).await;
    assert!((made.status, made.header("set-cookie").is_some()) == (201, true), "{}", made.text());
    assert_eq!(entrance(&app).await, told(false, false));
}

async fn entrance(app: &TestApp) -> Value {
    app.get("/api/auth").await.json()
}

async fn page(app: &TestApp) -> Answer {
    app.send(request(Method::GET, "/").header("accept", "text/html").body(Body::empty()).unwrap()).await
}
