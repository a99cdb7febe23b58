use serde_json::{Value, json};

use super::{Person, call, join, with_ann};
use crate::{
    support::TestApp,
    ws::{Client, Served, kind},
};

async fn served() -> (Served, Person, Person) {
    let (app, ann) = with_ann(&[]).await;
    let bob = join(&app, &ann, "bob").await;
    (Served::over(app).await, ann, bob)
}

fn said(content: &str) -> Value {
    json!({"type": "chat_message", "content": content})
}

async fn speaks(client: &mut Client) -> Value {
    client.send(&said("hello")).await;
    let (_, last) = client.answer().await;
    assert_eq!(kind(&last), "chat_response", "{last}");
    last
}

async fn answer_of(app: &TestApp, person: &Person) -> Value {
    call(app, &person.access, "POST", "/api/chat", &json!({"message": "my secret is xyzzyplum"})).await.json()
}

#[tokio::test]
async fn a_socket_says_who_it_is_by_header_by_query_or_first() {
    let (served, ann, _) = served().await;
    let bearer = format!("Bearer {}", ann.access);
    let by_header = Client::shake_hands(served.address, "/ws", &[("authorization", &bearer)]).await;
    speaks(&mut by_header.unwrap_or_else(|refusal| panic!("{refusal:?}"))).await;
    speaks(&mut Client::connect(served.address, &format!("/ws?token={}", ann.access)).await).await;
    let mut first = served.connect().await;
    let refused = first.ask(&said("hello")).await;
    assert_eq!((kind(&refused), refused["code"].as_str()), ("error", Some("unauthenticated")));
    let wrong = first.ask(&json!({"type": "auth", "token": "guess"})).await;
    assert_eq!(wrong["code"], "invalid_token");
    assert_eq!(kind(&first.ask(&json!({"type": "auth", "token": ann.access})).await), "auth_ok");
    speaks(&mut first).await;
    let Err(refusal) = Client::shake_hands(served.address, "/ws?token=guess", &[]).await else { panic!("let in") };
    assert_eq!(refusal.status().as_u16(), 401);
    served.stop().await;
}

#[tokio::test]
async fn a_socket_that_speaks_plainly_without_a_token_is_closed() {
    let (served, _, _) = served().await;
    let mut client = served.connect().await;
    client.send(&json!({"message": "bonjour"})).await;
    assert_eq!(client.closed().await.0, 1008);
    served.stop().await;
}

#[tokio::test]
async fn a_socket_reaches_ones_own_only() {
    let (served, ann, bob) = served().await;
    let anns = answer_of(&served.app, &ann).await;
    let (conversation, message) = (anns["conversation_id"].clone(), anns["id"].clone());
    let mut client = Client::connect(served.address, &format!("/ws?token={}", bob.access)).await;
    for asked in [
        json!({"type": "resume", "message_id": message}),
        json!({"type": "stop", "message_id": message}),
        json!({"type": "chat_message", "content": "hello", "conversation_id": conversation}),
    ] {
        let refused = client.ask(&asked).await;
        assert_eq!((kind(&refused), refused["code"].as_str()), ("error", Some("not_found")), "{asked}");
    }
    let named = client.ask(&json!({"type": "chat_message", "content": "hello", "user_id": "ann"})).await;
    assert_eq!(named["code"], "invalid");
    let channel = format!("conversation:{}", conversation.as_str().unwrap());
    let refused = client.ask(&json!({"type": "subscribe", "channels": [channel]})).await;
    assert_eq!((kind(&refused), refused["code"].as_str()), ("error", Some("not_found")));
    assert_eq!(client.next().await["channels"], json!([]));
    let other = client.ask(&json!({"type": "auth", "token": ann.access})).await;
    assert_eq!(other["code"], "forbidden", "it stays bob's");
    served.stop().await;
}

#[tokio::test]
async fn a_key_without_the_permission_opens_no_socket() {
    let (served, ann, _) = served().await;
    let wanted = json!({"name": "x", "permissions": ["search"]});
    let key = call(&served.app, &ann.access, "POST", "/api/auth/keys", &wanted).await.json()["key"].clone();
    let path = format!("/ws?token={}", key.as_str().unwrap());
    let Err(refusal) = Client::shake_hands(served.address, &path, &[]).await else { panic!("let in") };
    assert_eq!(refusal.status().as_u16(), 403);
    served.stop().await;
}

#[tokio::test]
async fn a_logout_ends_the_sockets_of_the_login_at_once() {
    let (served, ann, bob) = served().await;
    let mut hers = Client::connect(served.address, &format!("/ws?token={}", ann.access)).await;
    let mut his = Client::connect(served.address, &format!("/ws?token={}", bob.access)).await;
    speaks(&mut hers).await;
    assert_eq!(call(&served.app, &ann.access, "POST", "/api/auth/logout", &Value::Null).await.status, 200);
    assert_eq!(hers.closed().await.0, 1008, "without waiting for a heartbeat");
    speaks(&mut his).await;
    served.stop().await;
}

#[tokio::test]
async fn a_plain_socket_is_told_of_a_quota_and_of_a_name_that_is_not_theirs() {
    let (served, ann, bob) = served().await;
    let mut client = Client::connect(served.address, &format!("/ws?token={}", bob.access)).await;
    client.send(&json!({"message": "bonjour", "user_id": "default"})).await;
    let told = client.next().await;
    assert!(told["error"].as_str().is_some_and(|error| error.contains("désigne quelqu'un d'autre")), "{told}");
    client.send(&json!({"message": "bonjour", "user_id": "bob"})).await;
    assert!(client.next().await["response"].is_string());
    let path = format!("/api/admin/users/{}", bob.id);
    call(&served.app, &ann.access, "PATCH", &path, &json!({"quotas": {"messages": 2}})).await;
    client.send(&json!({"message": "encore"})).await;
    let told = client.next().await;
    assert!(told["error"].as_str().is_some_and(|error| error.starts_with("Quota atteint")), "{told}");
    served.stop().await;
}

#[tokio::test]
async fn a_plain_socket_whose_key_was_removed_is_closed_as_any_other() {
    let (served, ann, _) = served().await;
    let wanted = json!({"name": "x", "permissions": ["chat"]});
    let key = call(&served.app, &ann.access, "POST", "/api/auth/keys", &wanted).await.json();
    let path = format!("/ws?token={}", key["key"].as_str().unwrap());
    let mut client = Client::connect(served.address, &path).await;
    client.send(&json!({"message": "bonjour"})).await;
    assert!(client.next().await["response"].is_string());
    let id = key["id"].as_str().unwrap();
    let removed = call(&served.app, &ann.access, "DELETE", &format!("/api/auth/keys/{id}"), &Value::Null).await;
    assert_eq!(removed.status, 200);
    client.send(&json!({"message": "encore"})).await;
    assert_eq!(client.closed().await.0, 1008);
    served.stop().await;
}

#[tokio::test]
async fn an_error_names_the_field_as_the_socket_does() {
    let (served, ann, _) = served().await;
    let mut client = Client::connect(served.address, &format!("/ws?token={}", ann.access)).await;
    let refused = client.ask(&said("")).await;
    assert_eq!((kind(&refused), refused["code"].as_str()), ("error", Some("invalid")));
    assert_eq!(refused["details"]["field"], "content", "{refused}");
    assert!(refused["message"].as_str().unwrap().starts_with("content must not be empty"), "{refused}");
    served.stop().await;
}

#[tokio::test]
async fn how_much_everybody_has_is_told_to_administrators_alone() {
    let (served, ann, bob) = served().await;
    for (person, is_told) in [(&ann, true), (&bob, false)] {
        let mut client = Client::connect(served.address, &format!("/ws?token={}", person.access)).await;
        assert_eq!(kind(&client.ask(&json!({"type": "subscribe", "channels": ["system"]})).await), "subscribed");
        let status = client.expect("system_status").await;
        let memory = &status["status"]["services"]["memory"];
        assert_eq!(
            (&memory["status"], memory.get("conversations").is_some()),
            (&json!("healthy"), is_told),
            "{status}"
        );
    }
    served.stop().await;
}
