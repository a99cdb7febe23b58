use crate::support::{Place, append, message, someone};
use jarvis_core::ports::Store;
use jarvis_core::types::MessageQuery;

#[tokio::test]
async fn smoke() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    for i in 0..30 {
        append(&*store, scope, message(conversation, &format!("m{i}"))).await.unwrap();
    }
    let page = store
        .messages()
        .page(&scope, conversation, &MessageQuery { before: None, since: None, limit: 20 })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(page.messages.len(), 20);
    assert!(page.has_more);
    assert_eq!(page.conversation.message_count, 30);
    println!("{:?}", store.check().await);
    store.close().await.unwrap();
}
