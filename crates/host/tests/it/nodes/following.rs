//! What one node writes is heard and found on the others.

use jarvis_core::{
    ports::KindFilter,
    testkit::{LossyBus, ScriptedModel},
    types::{ConversationPatch, MemoryKind},
};
use jarvis_engine::{AddMemory, Channel, LiveNews, SearchMode, SearchRequest, Told};
use jarvis_host::Shared;

use super::{DEADLINE, Node, Place, everywhere, until};

everywhere![live_events_reach_every_node, what_is_written_on_one_is_found_on_the_others];

async fn live_events_reach_every_node(place: &dyn Place) {
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let conversation = one.say("hello", None).await;
    let mut listening = two.engine().live.subscribe(&two.scope);
    listening.add(Channel::Conversations).await.unwrap();
    listening.add(Channel::Conversation(conversation)).await.unwrap();
    let patch = ConversationPatch { title: Some("Renamed".to_owned()), ..ConversationPatch::default() };
    one.engine().conversations.update(one.scope, conversation, patch).await.unwrap();
    let mut told = Vec::new();
    let renamed = async {
        loop {
            match listening.next().await {
                Told::News(news) => match &*news {
                    LiveNews::ConversationUpdated(head) if head.title == "Renamed" => return,
                    other => told.push(format!("{other:?}")),
                },
                // from before the bus could be heard
                Told::Missed(_) => {}
            }
        }
    };
    tokio::time::timeout(DEADLINE, renamed).await.unwrap();
    one.engine().conversations.erase(one.scope, conversation).await.unwrap();
    let erased = LiveNews::ConversationErased(conversation);
    // what was told before may still be on its way
    let heard = async { while !matches!(listening.next().await, Told::News(news) if *news == erased) {} };
    tokio::time::timeout(DEADLINE, heard).await.unwrap();
    one.stop().await;
    two.stop().await;
}

fn query(text: &str) -> SearchRequest {
    SearchRequest {
        query: text.to_owned(),
        mode: SearchMode::Text,
        explain: false,
        kinds: KindFilter::All,
        conversation_id: None,
        role: None,
        from: None,
        until: None,
        limit: 10,
        offset: 0,
    }
}

async fn what_is_written_on_one_is_found_on_the_others(place: &dyn Place) {
    let shared = place.shared().await;
    let lossy = Shared { bus: LossyBus::new(shared.bus.clone()), ..shared };
    let one = Node::start_in(tempfile::tempdir().unwrap(), lossy.clone(), "one", ScriptedModel::new([])).await;
    let two = Node::start_in(tempfile::tempdir().unwrap(), lossy, "two", ScriptedModel::new([])).await;
    for number in 0..12 {
        let add = AddMemory {
            content: format!("plum jam number {number}"),
            kind: MemoryKind::LongTerm,
            category: "note".to_owned(),
            importance: 0.5,
            expires_at: None,
            metadata: None,
        };
        one.engine().memories.add(one.scope, add, None).await.unwrap();
        let found =
            async || two.engine().search.find(&two.scope, &query(&format!("{number}"))).await.unwrap().hits.len() == 1;
        until("it is found on the other node, though notices are lost", found).await;
    }
    until("nothing is outstanding", async || two.engine().indexes.text.lag().await.unwrap() == 0).await;
    one.stop().await;
    two.stop().await;
}
