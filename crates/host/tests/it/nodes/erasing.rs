//! An erasure on one node reaches the others.

use jarvis_core::{
    ErrorKind, Scope,
    testkit::{Feed, ScriptedModel},
    types::NodeId,
};
use jarvis_engine::{Actor, GenerationEvent};

use super::{Node, Place, everywhere, until};

everywhere![
    an_erasure_stops_and_purges_on_every_node_and_says_who_is_away,
    an_erasure_that_nobody_goes_on_with_is_done_by_whoever_leads,
];

async fn an_erasure_stops_and_purges_on_every_node_and_says_who_is_away(place: &dyn Place) {
    let (feed, script) = Feed::new();
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let two = Node::start(place, "two", ScriptedModel::new([script])).await;
    let away = Node::start(place, "away", ScriptedModel::new([])).await;
    one.say("I have a secret", None).await;
    let elsewhere = away.stop().await;
    let generation = two.begin("another", None).await;
    feed.say("begun ");
    let mut reader = generation.reader();
    while !matches!(reader.next().await, Some(GenerationEvent::Text { .. })) {}

    let receipt = one.engine().erasure.everything(&Actor::user(one.scope), one.scope).await.unwrap();
    feed.abandoned().await;
    assert_eq!((receipt.stopped, receipt.rows.conversations), (1, 2));
    assert_eq!(receipt.away, ["away".parse::<NodeId>().unwrap()]);
    let id = generation.start.message_id;
    for node in [&one, &two] {
        let gone = node.engine().chat.generation(&node.scope, id).await.map(|found| found.start);
        assert_eq!(gone.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(node.engine().indexes.text.lag().await.unwrap(), 0);
    }
    until("the name is forgotten everywhere", async || {
        let again = (one.engine().users.local(None).await.unwrap(), two.engine().users.local(None).await.unwrap());
        again.0 == again.1 && again.0.user() != one.scope.user()
    })
    .await;
    let owes = async |node: &str| {
        let nodes = one.store().nodes().list(&Scope::system()).await.unwrap();
        let node = nodes.into_iter().find(|known| known.id.as_str() == node).unwrap();
        node.scrub_due > node.scrubbed
    };
    assert_eq!((owes("one").await, owes("two").await, owes("away").await), (false, false, true));
    let away = Node::start_in(elsewhere, place.shared().await, "away", ScriptedModel::new([])).await;
    until("it rewrites its indexes when it is back", async || !owes("away").await).await;
    for node in [one, two, away] {
        node.stop().await;
    }
}

async fn an_erasure_that_nobody_goes_on_with_is_done_by_whoever_leads(place: &dyn Place) {
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    one.say("hello", None).await;
    let (user, at) = (one.scope.user(), one.engine().now());
    let request = one.store();
    request
        .write(move |tx| Box::pin(async move { tx.erasures().request(&Scope::system(), user, at).await }))
        .await
        .unwrap();
    until("the request is done", async || two.store().erasures().pending(&Scope::system()).await.unwrap().is_empty())
        .await;
    assert_eq!(two.store().users().get(&Scope::system(), user).await.unwrap(), None);
    one.stop().await;
    two.stop().await;
}
