//! Every operation of the OpenAPI document, asked by nobody and by somebody else. An operation that is not in the table fails
//! the test: whoever adds a route says here what others see of it.

use std::collections::BTreeMap;

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use super::{Person, call, get, join, with_ann};
use crate::support::{TestApp, id_of, request, with_json};

/// What stands in everything that is ann's.
const SECRET: &str = "xyzzyplum";

/// What an operation is to those who do not own what it is about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// The same for everybody; nobody is asked who they are.
    ByAll,
    /// One's own things, or nothing.
    OfOneself,
    /// Somebody else's thing does not exist.
    NotThere,
    /// Only administrators.
    ByAdministrators,
    /// A WebSocket; see `sockets`.
    OverSocket,
}

use Seen::{ByAdministrators, ByAll, NotThere, OfOneself, OverSocket};

/// Operations that take no body.
const PLAIN: &[(&str, Seen)] = &[
    ("get /", ByAll),
    ("get /health", ByAll),
    ("get /api/auth", ByAll),
    ("get /health/live", ByAll),
    ("get /ready", ByAll),
    ("get /openapi.json", ByAll),
    ("get /metrics", ByAdministrators),
    ("get /api/admin/audit", ByAdministrators),
    ("post /api/admin/audit/verify", ByAdministrators),
    ("get /ws", OverSocket),
    ("post /api/auth/logout", OfOneself),
    ("post /api/auth/verify", OfOneself),
    ("get /api/auth/whoami", OfOneself),
    ("get /api/auth/sessions", OfOneself),
    ("delete /api/auth/sessions/{id}", NotThere),
    ("get /api/auth/keys", OfOneself),
    ("delete /api/auth/keys/{id}", NotThere),
    ("get /api/chat/conversation/{id}", NotThere),
    ("delete /api/chat/conversation/{id}", NotThere),
    ("get /api/chat/conversation/{id}/branches", NotThere),
    ("get /api/chat/conversation/{id}/export", NotThere),
    ("get /api/chat/conversations", OfOneself),
    ("get /api/chat/history/{id}", NotThere),
    ("get /api/chat/message/{id}", NotThere),
    ("get /api/chat/models", OfOneself),
    ("post /api/chat/regenerate/{message_id}", NotThere),
    ("get /api/chat/running", OfOneself),
    ("post /api/chat/stop/{message_id}", NotThere),
    ("get /api/chat/stream/{message_id}", NotThere),
    ("get /api/sessions", OfOneself),
    ("get /api/sessions/{id}", NotThere),
    ("delete /api/sessions/{id}", NotThere),
    ("get /api/memory/list", OfOneself),
    ("get /api/memory/{id}", NotThere),
    ("delete /api/memory/{id}", NotThere),
    ("get /api/export", OfOneself),
    ("get /api/stats", OfOneself),
    ("get /api/stats/activity", OfOneself),
    ("get /api/admin/reindex", ByAdministrators),
    ("post /api/admin/reindex", ByAdministrators),
    ("post /api/admin/config/reload", ByAdministrators),
    ("get /api/admin/keys", ByAdministrators),
    ("post /api/admin/keys/rotate", ByAdministrators),
    ("get /api/admin/users", ByAdministrators),
    ("get /api/admin/users/{id}", ByAdministrators),
    ("delete /api/admin/users/{id}", ByAdministrators),
    ("post /api/admin/users/{id}/password", ByAdministrators),
    ("get /api/admin/users/{id}/sessions", ByAdministrators),
    ("delete /api/admin/users/{id}/sessions", ByAdministrators),
    ("get /api/admin/users/{id}/keys", ByAdministrators),
    ("delete /api/admin/users/{id}/keys/{key}", ByAdministrators),
    ("get /api/admin/invites", ByAdministrators),
    ("post /api/admin/invites", ByAdministrators),
    ("delete /api/admin/invites/{id}", ByAdministrators),
];

fn table() -> BTreeMap<(&'static str, &'static str), (Seen, Value)> {
    let with_body = [
        ("post /api/auth/register", ByAll, json!({"username": "eve", "password": "short"})),
        ("post /api/auth/login", ByAll, json!({"username": "ann", "password": "guess"})),
        ("post /api/auth/refresh", ByAll, json!({"refresh_token": "guess"})),
        ("post /api/auth/password", OfOneself, json!({"current_password": "guess", "new_password": "guess again"})),
        ("post /api/auth/keys", OfOneself, json!({"name": "x", "permissions": ["chat"]})),
        ("patch /api/me", OfOneself, json!({"time_zone": "UTC"})),
        ("post /api/chat", OfOneself, json!({"message": "what is the plum?"})),
        ("patch /api/chat/conversation/{id}", NotThere, json!({"title": "mine"})),
        ("post /api/sessions", OfOneself, json!({"name": "mine"})),
        ("patch /api/sessions/{id}", NotThere, json!({"name": "mine"})),
        ("post /api/memory", OfOneself, json!({"content": "mine"})),
        ("post /api/memory/add", OfOneself, json!({"content": "mine"})),
        ("post /api/memory/search", OfOneself, json!({"query": SECRET})),
        ("patch /api/memory/{id}", NotThere, json!({"content": "mine"})),
        ("post /api/import", OfOneself, json!({"type": "memory", "content": "mine"})),
        ("delete /api/me/data", OfOneself, json!({"confirm": "no"})),
        ("post /api/admin/users", ByAdministrators, json!({"username": "eve"})),
        ("patch /api/admin/users/{id}", ByAdministrators, json!({"role": "admin"})),
        ("post /api/admin/users/{id}/keys", ByAdministrators, json!({"name": "x", "permissions": ["chat"]})),
    ];
    // the same path with what it needs in its query
    let with_query =
        [("get /api/chat/history", NotThere), ("get /api/memory/search", OfOneself), ("get /api/search", OfOneself)];
    let plain = PLAIN.iter().copied().chain(with_query).map(|(operation, seen)| (operation, seen, Value::Null));
    let split = |operation: &'static str| operation.split_once(' ').unwrap();
    plain.chain(with_body).map(|(operation, seen, body)| (split(operation), (seen, body))).collect()
}

/// What ann has, by the name of the parameter and the path it stands in.
struct Anns {
    conversation: String,
    message: String,
    session: String,
    memory: String,
    login: String,
    key: String,
    user: String,
}

impl Anns {
    async fn made(app: &TestApp, ann: &Person) -> Self {
        let said = format!("my secret is {SECRET}");
        let said = call(app, &ann.access, "POST", "/api/chat", &json!({"message": said})).await.json();
        let post = async |path: &str, body: Value| call(app, &ann.access, "POST", path, &body).await.json();
        let session = post("/api/sessions", json!({"name": SECRET})).await;
        let memory = post("/api/memory", json!({"content": format!("the {SECRET} is jam")})).await;
        let key = post("/api/auth/keys", json!({"name": SECRET, "permissions": ["chat"]})).await;
        let logins = get(app, &ann.access, "/api/auth/sessions").await.json();
        Self {
            conversation: id_of(&said, "conversation_id"),
            message: id_of(&said, "id"),
            session: id_of(&session, "id"),
            memory: id_of(&memory, "id"),
            login: id_of(&logins["sessions"][0], "id"),
            key: id_of(&key, "id"),
            user: ann.id.clone(),
        }
    }

    /// The path with ann's ids in it, and with what it asks for where no body does.
    fn path(&self, template: &str, body: &Value) -> String {
        let id = match template {
            "/api/chat/message/{id}" => &self.message,
            _ if template.starts_with("/api/chat/") => &self.conversation,
            _ if template.starts_with("/api/sessions/") => &self.session,
            _ if template.starts_with("/api/memory/") => &self.memory,
            _ if template.starts_with("/api/auth/keys/") => &self.key,
            _ if template.starts_with("/api/auth/sessions/") => &self.login,
            _ => &self.user,
        };
        let path = template.replace("{id}", id).replace("{message_id}", &self.message).replace("{key}", &self.key);
        assert!(!path.contains('{'), "{template} has a parameter that nothing of ann's is for");
        match template {
            "/api/chat/history" => format!("{path}?conversation_id={}", self.conversation),
            "/api/search" | "/api/memory/search" if body.is_null() => format!("{path}?q={SECRET}&mode=hybrid"),
            _ => path,
        }
    }
}

fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&jarvis_server::openapi_json().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_operation_is_in_the_table_and_nothing_else() {
    let (table, operations) = (table(), operations());
    assert!(operations.len() > 60);
    for (method, path) in &operations {
        assert!(table.contains_key(&(&**method, &**path)), "{method} {path}: say in the table what others see of it");
    }
    assert_eq!(table.len(), operations.len(), "the table has an operation that is no more");
}

#[tokio::test]
async fn nobody_gets_in_anywhere() {
    let (app, ann) = with_ann(&[]).await;
    let anns = Anns::made(&app, &ann).await;
    for ((method, template), (seen, body)) in table() {
        let path = anns.path(template, &body);
        for query in ["", "user_id=ann", "token=stale"] {
            let path = if path.contains('?') { format!("{path}&{query}") } else { format!("{path}?{query}") };
            let method: Method = method.to_uppercase().parse().unwrap();
            let asked = match &body {
                Value::Null => request(method.clone(), &path).body(Body::empty()).unwrap(),
                body => with_json(method.clone(), &path, body),
            };
            let answer = app.send(asked).await;
            assert!(!answer.text().contains(SECRET), "{method} {path}");
            match seen {
                ByAll => assert_ne!(answer.status, 500, "{method} {path}"),
                // whether a handshake is refused or the first message, is tested with sockets
                OverSocket => assert_ne!(answer.status, 101),
                _ => assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text()),
            }
        }
    }
}

#[tokio::test]
async fn somebody_else_finds_nothing_of_anns() {
    let (app, ann) = with_ann(&[]).await;
    let anns = Anns::made(&app, &ann).await;
    let bob = join(&app, &ann, "bob").await;
    app.embedded().await;
    let (mut not_there, mut own) = (0, 0);
    for ((method, template), (seen, body)) in table() {
        // ends the login that walks
        if matches!(template, "/api/auth/logout" | "/ws") {
            continue;
        }
        let path = anns.path(template, &body);
        let answer = call(&app, &bob.access, &method.to_uppercase(), &path, &body).await;
        assert!(!answer.text().contains(SECRET), "{method} {path}: {}", answer.text());
        match seen {
            NotThere => {
                not_there += 1;
                assert_eq!(answer.failure(), (404, "not_found".to_owned(), None), "{method} {path}");
            }
            ByAdministrators => assert_eq!(answer.failure().1, "permission_missing", "{method} {path}"),
            OfOneself if matches!(template, "/api/auth/password" | "/api/me/data") => {
                assert!(matches!(answer.status, 401 | 422), "{method} {path}: {}", answer.status);
            }
            OfOneself => {
                own += 1;
                assert!(matches!(answer.status, 200 | 201), "{method} {path}: {}", answer.text());
            }
            ByAll | OverSocket => {}
        }
    }
    assert!(not_there > 15 && own > 15, "{not_there} {own}");
    still_whole(&app, &ann, &anns).await;
}

/// What was refused changed nothing.
async fn still_whole(app: &TestApp, ann: &Person, anns: &Anns) {
    for path in [
        format!("/api/chat/conversation/{}", anns.conversation),
        format!("/api/chat/message/{}", anns.message),
        format!("/api/sessions/{}", anns.session),
        format!("/api/memory/{}", anns.memory),
    ] {
        let answer = get(app, &ann.access, &path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains("mine"), "{path}");
    }
    assert_eq!(get(app, &ann.access, "/api/auth/keys").await.json()["keys"][0]["name"], SECRET);
    let stats = get(app, &ann.access, "/api/stats").await.json();
    assert!(stats["store"].is_object(), "an administrator sees the whole");
}

#[tokio::test]
async fn counters_of_everybody_are_for_administrators() {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    let stats = get(&app, &bob.access, "/api/stats").await.json();
    assert!(stats["user"].is_object() && stats.get("store").is_none() && stats.get("indexed").is_none(), "{stats}");
}

#[tokio::test]
async fn a_foreign_conversation_cannot_be_talked_in() {
    let (app, ann) = with_ann(&[]).await;
    let anns = Anns::made(&app, &ann).await;
    let bob = join(&app, &ann, "bob").await;
    for body in [
        json!({"message": "hello", "conversation_id": anns.conversation}),
        json!({"message": "hello", "session_id": anns.session}),
        json!({"message": "hello", "conversation_id": anns.conversation, "parent_id": anns.message}),
    ] {
        assert_eq!(call(&app, &bob.access, "POST", "/api/chat", &body).await.status, 404, "{body}");
    }
    let search = format!("/api/search?q=jam&conversation_id={}", anns.conversation);
    let found = get(&app, &bob.access, &search).await;
    assert!(found.status == 404 || found.json()["total"] == 0, "{}", found.text());
}
