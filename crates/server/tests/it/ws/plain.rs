use std::time::Duration;

use futures_util::SinkExt;
use jarvis_core::testkit::{Script, ScriptedModel};
use jarvis_server::SocketOptions;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{Served, fed};
use crate::support::TestApp;

#[tokio::test]
async fn the_original_clients_are_answered_in_its_own_shapes_and_words() {
    let served = Served::start_with_model(ScriptedModel::new([])).await;
    let mut client = served.connect().await;
    let timestamp = "2026-11-21T08:00:00.000000Z";
    let answer = client.ask(&json!({"message": "bonjour", "user_id": "default", "save_memory": true})).await;
    assert_eq!(answer, json!({"response": "ACK::bonjour", "timestamp": timestamp}));
    for (text, error) in [
        ("nonsense", "Format JSON invalide"),
        ("[1]", "Les données doivent être un objet JSON"),
        ("{}", "Le champ 'message' est requis"),
        (r#"{"message":"  "}"#, "Le message ne peut pas être vide"),
        (&json!({"message": "é".repeat(4097)}).to_string(), "Message trop long (max 4096 caractères)"),
        (
            r#"{"message":"x","user_id":"not a name"}"#,
            "Le champ 'user_id' n'est pas valide (1 à 50 lettres, chiffres, _ ou -)",
        ),
    ] {
        client.send_text(text).await;
        assert_eq!(client.next().await, json!({"error": error, "timestamp": timestamp}), "{text}");
    }
    let longest = "é".repeat(4096);
    let answer = client.ask(&json!({"message": longest})).await;
    assert_eq!(answer["response"], format!("ACK::{longest}"));
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn a_model_that_fails_is_an_internal_error_there() {
    let served = Served::start_with_model(ScriptedModel::new([Script::refuse()])).await;
    let mut client = served.connect().await;
    assert_eq!(client.ask(&json!({"message": "bonjour"})).await["error"], "Erreur interne du serveur");
    assert_eq!(client.ask(&json!({"message": "encore"})).await["response"], "ACK::encore");
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn questions_are_answered_one_after_another_in_one_conversation() {
    let (feed, script) = fed();
    let served = Served::start_with_model(ScriptedModel::new([script])).await;
    let mut client = served.connect().await;
    client.send(&json!({"message": "one"})).await;
    client.send_text("nonsense").await;
    for number in 2..40 {
        client.send(&json!({"message": number.to_string()})).await;
    }
    feed.text("first");
    feed.end();
    assert_eq!(client.next().await["response"], "first");
    assert_eq!(client.next().await["error"], "Format JSON invalide");
    for number in 2..40 {
        assert_eq!(client.next().await["response"], format!("ACK::{number}"));
    }
    let list = served.app.get("/api/chat/conversations").await.json();
    assert_eq!((&list["total"], &list["conversations"][0]["message_count"]), (&json!(1), &json!(78)));
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn a_client_with_many_questions_is_not_taken_for_a_silent_one() {
    let (feed, script) = fed();
    let sockets = SocketOptions { heartbeat: Duration::from_millis(200), ..SocketOptions::default() };
    let app = TestApp::start_with(Some(ScriptedModel::new([script])), sockets).await;
    let served = Served::over(app).await;
    let mut client = served.connect().await;
    for number in 0..20 {
        client.send(&json!({"message": number.to_string()})).await;
    }
    // More beats than a silent client would live through, each of which this one answers.
    for _ in 0..6 {
        assert!(matches!(client.frame().await, Some(Ok(Message::Ping(_)))));
        client.socket.flush().await.unwrap();
    }
    feed.text("first");
    feed.end();
    assert_eq!(client.next().await["response"], "first");
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn each_user_of_a_socket_has_a_conversation_and_a_lost_one_is_begun_again() {
    let served = Served::start_with_model(ScriptedModel::new([])).await;
    let mut client = served.connect().await;
    for user in ["ann", "bob", "ann"] {
        client.ask(&json!({"message": "hello", "user_id": user})).await;
    }
    let counts = async |user: &str| -> Vec<Value> {
        let list = served.app.get(&format!("/api/chat/conversations?user_id={user}")).await.json();
        list["conversations"].as_array().unwrap().iter().map(|head| head["message_count"].clone()).collect()
    };
    assert_eq!((counts("ann").await, counts("bob").await), (vec![json!(4)], vec![json!(2)]));
    let list = served.app.get("/api/chat/conversations?user_id=bob").await.json();
    let id = list["conversations"][0]["id"].as_str().unwrap();
    assert_eq!(served.app.delete(&format!("/api/chat/conversation/{id}?user_id=bob")).await.status, 200);
    assert_eq!(client.ask(&json!({"message": "again", "user_id": "bob"})).await["response"], "ACK::again");
    assert_eq!(counts("bob").await, [json!(2)]);
    drop(client);
    served.stop().await;
}
