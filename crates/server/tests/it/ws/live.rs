use axum::http::Method;
use serde_json::{Value, json};

use super::Served;
use crate::support::{UNKNOWN_ID, id_of, with_json};

fn subscribe(channels: &[&str]) -> Value {
    json!({"type": "subscribe", "channels": channels})
}

#[tokio::test]
async fn events_come_in_order_and_only_to_those_who_subscribed() {
    let served = Served::start().await;
    let conversation = id_of(&served.app.say("My dog is called Rex.", None).await, "conversation_id");
    let (mut watching, mut silent) = (served.connect().await, served.connect().await);
    let mut bob = served.connect_as("bob").await;
    let subscribed = json!({"type": "subscribed", "channels": ["conversations"]});
    assert_eq!(watching.ask(&subscribe(&["conversations"])).await, subscribed);
    assert_eq!(bob.ask(&subscribe(&["conversations"])).await, subscribed);

    let path = format!("/api/chat/conversation/{conversation}");
    served.app.patch(&path, &json!({"title": "Rex"})).await;
    served.app.post("/api/memory", &json!({"content": "plum jam"})).await;
    served.app.delete(&path).await;
    served.app.post("/api/memory", &json!({"content": "of bob", "user_id": "bob"})).await;

    let updated = watching.expect("conversation_updated").await;
    assert_eq!(
        (&updated["conversation"]["title"], &updated["conversation"]["id"]),
        (&json!("Rex"), &json!(conversation))
    );
    assert_eq!(watching.expect("memory_created").await["memory"]["content"], "plum jam");
    assert_eq!(watching.expect("conversation_erased").await["conversation_id"], conversation);
    assert_eq!(bob.expect("memory_created").await["memory"]["content"], "of bob");
    for client in [&mut watching, &mut silent, &mut bob] {
        assert_eq!(client.ask(&json!({"type": "ping"})).await, json!({"type": "pong"}), "nothing else came");
    }
    drop((watching, silent, bob));
    served.stop().await;
}

#[tokio::test]
async fn a_conversation_can_be_watched_by_its_owner_alone() {
    let served = Served::start().await;
    let conversation = id_of(&served.app.say("My dog is called Rex.", None).await, "conversation_id");
    let channel = format!("conversation:{conversation}");
    let mut bob = served.connect_as("bob").await;
    let refused = bob.ask(&subscribe(&[&channel])).await;
    assert_eq!((&refused["code"], &refused["details"]["channel"]), (&json!("not_found"), &json!(channel)));
    assert_eq!(bob.expect("subscribed").await["channels"], json!([]));
    let unknown = format!("conversation:{UNKNOWN_ID}");
    for wrong in [unknown.as_str(), "conversation:7", "everything"] {
        bob.send(&subscribe(&[wrong])).await;
        assert_eq!(bob.expect("error").await["details"]["channel"], wrong);
        bob.expect("subscribed").await;
    }

    let mut owner = served.connect().await;
    let both = subscribe(&[&channel, "conversations"]);
    assert_eq!(owner.ask(&both).await["channels"], json!([channel, "conversations"]));
    let path = format!("/api/chat/conversation/{conversation}");
    served.app.patch(&path, &json!({"title": "Rex"})).await;
    owner.expect("conversation_updated").await;
    let left = json!({"type": "unsubscribe", "channels": ["conversations"], "request_id": "u"});
    assert_eq!(owner.ask(&left).await, json!({"type": "subscribed", "channels": [channel], "request_id": "u"}));
    served.app.post("/api/memory", &json!({"content": "not for this channel"})).await;
    served.app.delete(&path).await;
    owner.expect("conversation_erased").await;
    assert_eq!(owner.ask(&subscribe(&[])).await["channels"], json!([]), "the channel ended with its conversation");
    drop((owner, bob));
    served.stop().await;
}

#[tokio::test]
async fn an_erasure_is_told_to_its_owner_alone() {
    let served = Served::start().await;
    served.app.say("My dog is called Rex.", None).await;
    served.app.post("/api/memory", &json!({"content": "of bob", "user_id": "bob"})).await;
    let mut watching = served.connect().await;
    let mut bob = served.connect_as("bob").await;
    for client in [&mut watching, &mut bob] {
        client.ask(&subscribe(&["conversations"])).await;
    }
    let erase = with_json(Method::DELETE, "/api/me/data", &json!({"confirm": "erase everything"}));
    assert_eq!(served.app.send(erase).await.status, 200);
    watching.expect("data_erased").await;
    assert_eq!(bob.ask(&json!({"type": "ping"})).await, json!({"type": "pong"}), "nothing else came");
    drop((watching, bob));
    served.stop().await;
}

#[tokio::test]
async fn who_watches_the_server_is_told_how_it_is_doing() {
    let served = Served::start().await;
    let mut client = served.connect().await;
    assert_eq!(client.ask(&subscribe(&["system"])).await["channels"], json!(["system"]));
    let status = client.expect("system_status").await;
    assert_eq!((&status["phase"], &status["status"]["status"]), (&json!("ready"), &json!("healthy")));
    assert_eq!(status["status"]["services"]["database"]["status"], "healthy");
    served.app.readiness.drain();
    assert_eq!(client.expect("system_status").await["phase"], "draining");
    assert_eq!(client.closed().await, (1001, "Server shutdown".to_owned()));
    served.stop().await;
}
