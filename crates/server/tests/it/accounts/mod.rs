//! Where people log in: over the real router, engine and store. The clock stands until a test moves it.

mod administration;
mod audit;
mod cookies;
mod keys;
mod login;
mod sockets;
mod streams;
mod walk;

use axum::{
    body::Body,
    http::{Method, header},
};
use jarvis_host::Given;
use serde_json::{Value, json};

use crate::support::{Answer, SETUP_TOKEN, TestApp, request, with_json};

const PASSWORD: &str = "correct horse battery";

/// Somebody who is logged in.
struct Person {
    id: String,
    name: String,
    access: String,
    refresh: String,
}

impl Person {
    fn of(answer: &Answer) -> Self {
        let body = answer.json();
        let text = |field: &str| body[field].as_str().unwrap_or_else(|| panic!("no {field} in {body}")).to_owned();
        Self {
            id: text("user_id"),
            name: text("username"),
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

/// A server on which `ann` administers.
async fn with_ann(variables: &[(&str, &str)]) -> (TestApp, Person) {
    set_up(TestApp::start_required(variables, Given::default()).await).await
}

/// The same with parts of a test's own.
async fn with_ann_given(given: Given) -> (TestApp, Person) {
    set_up(TestApp::start_required(&[], given).await).await
}

async fn set_up(app: TestApp) -> (TestApp, Person) {
    let body = json!({"username": "ann", "password": PASSWORD, "setup_token": SETUP_TOKEN});
    let made = app.post("/api/auth/register", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let ann = Person::of(&made);
    (app, ann)
}

/// Makes an account and logs it in.
async fn join(app: &TestApp, admin: &Person, name: &str) -> Person {
    let body = json!({"username": name, "password": PASSWORD});
    assert_eq!(call(app, &admin.access, "POST", "/api/admin/users", &body).await.status, 201);
    Person::of(&login(app, name, PASSWORD).await)
}

async fn login(app: &TestApp, name: &str, password: &str) -> Answer {
    app.post("/api/auth/login", &json!({"username": name, "password": password})).await
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/api/auth/refresh", &json!({"refresh_token": token})).await
}

/// Asks with a token; without a body when it is null.
async fn call(app: &TestApp, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let method: Method = method.parse().unwrap();
    let mut request = match body {
        Value::Null => request(method, path).body(Body::empty()).unwrap(),
        body => with_json(method, path, body),
    };
    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    app.send(request).await
}

async fn get(app: &TestApp, token: &str, path: &str) -> Answer {
    call(app, token, "GET", path, &Value::Null).await
}
