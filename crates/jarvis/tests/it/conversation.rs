//! The promise: talk, come back tomorrow, be remembered; delete, and it is forgotten.

use reqwest::Method;

use crate::server::{Server, data_dir, text};

#[tokio::test]
async fn what_was_said_is_quoted_after_a_restart_and_forgotten_when_deleted() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let english = server.say("My sister Beatrix keeps seventeen bees on her roof in Lisbon.", None).await;
    let french = server.say("Ma grand-mère prépare une tarte aux mirabelles chaque été.", None).await;
    let (english, french) = (text(&english, "conversation_id"), text(&french, "conversation_id"));
    server.say("She sells the honey at the market on Saturdays.", Some(english)).await;
    let history = server.get(&format!("/api/chat/history/{english}")).await;
    assert_eq!(history["total_count"], 4);
    assert!(server.stop().0.success());

    let server = Server::start(&data);
    let answer = server.say("Where does my sister keep her bees?", None).await;
    assert!(text(&answer, "content").contains("seventeen bees on her roof in Lisbon"), "{answer}");
    let answer = server.say("Quelle tarte ma grand-mere prepare-t-elle ?", None).await;
    assert!(text(&answer, "content").contains("tarte aux mirabelles"), "{answer}");
    assert!(!server.find("mirabelles").await.is_empty());

    // the conversations in which it was asked quote what is to be forgotten
    let list = server.get("/api/chat/conversations?limit=100").await;
    for conversation in list["conversations"].as_array().unwrap() {
        let id = text(conversation, "id");
        if id != french {
            server.ask(Method::DELETE, &format!("/api/chat/conversation/{id}"), None).await;
        }
    }
    for word in ["bees", "Beatrix", "honey"] {
        assert_eq!(server.find(word).await, Vec::<serde_json::Value>::new(), "{word} is still found");
    }
    let answer = server.say("Where does my sister keep her bees?", None).await;
    assert!(!text(&answer, "content").contains("Lisbon"), "{answer}");
    assert!(!server.find("mirabelles").await.is_empty(), "another conversation was forgotten too");
    let (status, gone) = server.try_ask(Method::GET, &format!("/api/chat/history/{english}"), None).await;
    assert_eq!((status.as_u16(), text(&gone["error"], "code")), (404, "not_found"));
}
