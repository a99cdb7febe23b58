//! What somebody may have at most holds however many write at once, on however many nodes.

use std::fmt::Write as _;

use futures_util::{future::join_all, stream};
use jarvis_core::{
    Error, ErrorKind, Json, Result, Scope,
    types::{ConversationPatch, ConversationQuery, ConversationStatus, MemoryKind, UserRole, UserStats},
};
use jarvis_engine::{
    AccountChange, AddMemory, ChatRequest, Engine, ImportFormat, NewPerson, QuotasChange, RegenerateRequest,
};

use super::{Node, Place, everywhere, operator};

everywhere![
    as_many_messages_are_kept_as_there_may_be,
    as_much_is_remembered_as_there_may_be,
    heads_of_conversations_take_of_what_there_may_be,
    an_import_stops_at_what_there_may_be,
];

/// Two nodes, and somebody with a limit.
async fn limited(place: &dyn Place, quotas: QuotasChange) -> ([Node; 2], Scope) {
    let nodes = [Node::start_required(place, "one").await, Node::start_required(place, "two").await];
    let accounts = &nodes[0].engine().accounts;
    let bob = NewPerson { name: "bob".into(), password: None, role: UserRole::User, take_over: None };
    let bob = accounts.add(&operator(), bob).await.unwrap().account.user.id;
    accounts.change(&operator(), bob, AccountChange { quotas, ..AccountChange::default() }).await.unwrap();
    (nodes, Scope::of(bob))
}

fn messages(most: u64) -> QuotasChange {
    QuotasChange { messages: Some(Some(most)), ..QuotasChange::default() }
}

fn storage(most: u64) -> QuotasChange {
    QuotasChange { storage_bytes: Some(Some(most)), ..QuotasChange::default() }
}

async fn stats(node: &Node, scope: &Scope) -> UserStats {
    node.store().stats().user(scope).await.unwrap()
}

/// How many were let through; all others were refused for the quota.
fn let_through<T>(outcomes: Vec<Result<T>>) -> usize {
    let (through, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    refused.into_iter().filter_map(Result::err).for_each(|error| is_exceeded(&error));
    through.len()
}

fn is_exceeded(error: &Error) {
    assert_eq!((error.kind(), error.code()), (ErrorKind::Forbidden, "quota_exceeded"), "{error}");
}

async fn stop(nodes: [Node; 2]) {
    for node in nodes {
        node.stop().await;
    }
}

async fn as_many_messages_are_kept_as_there_may_be(place: &dyn Place) {
    let (nodes, bob) = limited(place, messages(6)).await;
    let say = async |node: &Node| node.engine().chat.send(bob, ChatRequest::new("hello")).await?.answer().await;
    let said = join_all((0..24).map(|number| say(&nodes[number % 2]))).await;
    let answered = said.iter().find_map(|said| said.as_ref().ok()).map(|answer| answer.id);
    assert_eq!(let_through(said), 3);
    assert_eq!(stats(&nodes[0], &bob).await.messages, 6);
    // another answer to what was said is one more message
    let again = RegenerateRequest {
        message_id: answered.unwrap(),
        model: None,
        params: ChatRequest::new("").params,
        save_memory: false,
        idempotency: None,
        join: false,
    };
    let again = nodes[0].engine().chat.regenerate(bob, again).await.map(|begun| begun.start);
    is_exceeded(&again.unwrap_err());
    stop(nodes).await;
}

fn memory(number: usize) -> AddMemory {
    AddMemory {
        content: format!("{number:03}{}", "x".repeat(2_997)),
        kind: MemoryKind::LongTerm,
        category: "note".into(),
        importance: 0.5,
        expires_at: None,
        metadata: None,
    }
}

async fn as_much_is_remembered_as_there_may_be(place: &dyn Place) {
    let (nodes, bob) = limited(place, storage(20_000)).await;
    let add = |number: usize| nodes[number % 2].engine().memories.add(bob, memory(number), None);
    assert_eq!(let_through(join_all((0..30).map(add)).await), 6);
    assert_eq!(stats(&nodes[1], &bob).await.bytes, 18_000);
    stop(nodes).await;
}

async fn import(engine: &Engine, bob: Scope, text: String) -> Result<u64> {
    let file = stream::iter([Ok(text.into_bytes())]);
    Ok(engine.import.take(bob, Some(ImportFormat::Jsonl), file).await?.imported.total())
}

async fn heads_of_conversations_take_of_what_there_may_be(place: &dyn Place) {
    let (nodes, bob) = limited(place, storage(130_000)).await;
    let engine = nodes[0].engine();
    let line = |number: usize, metadata: usize| {
        format!(
            "{{\"type\":\"conversation\",\"id\":\"{number}\",\"metadata\":{{\"k\":\"{}\"}}}}\n",
            "z".repeat(metadata)
        )
    };
    is_exceeded(&import(engine, bob, (0..3).map(|number| line(number, 60_000)).collect()).await.unwrap_err());
    assert_eq!(stats(&nodes[0], &bob).await.bytes, 0);
    assert_eq!(import(engine, bob, line(1, 60_000)).await.unwrap(), 1);
    let status = ConversationStatus::Open;
    let query = ConversationQuery { status, session_id: None, title_contains: None, limit: 1, after: None };
    let made = engine.conversations.list(&bob, &query).await.unwrap().items.remove(0);
    let with = |metadata: usize| {
        let metadata = Json::from_text(format!("{{\"k\":\"{}\"}}", "y".repeat(metadata))).unwrap();
        let patch = ConversationPatch { metadata: Some(Some(metadata)), ..ConversationPatch::default() };
        engine.conversations.update(bob, made.id, patch)
    };
    with(62_000).await.unwrap();
    engine.memories.add(bob, AddMemory { content: "m".repeat(50_000), ..memory(0) }, None).await.unwrap();
    engine.memories.add(bob, AddMemory { content: "n".repeat(17_000), ..memory(0) }, None).await.unwrap();
    is_exceeded(&with(64_000).await.unwrap_err());
    with(100).await.unwrap();
    let left = stats(&nodes[0], &bob).await.bytes;
    assert!((67_000..68_000).contains(&left), "{left}");
    stop(nodes).await;
}

async fn an_import_stops_at_what_there_may_be(place: &dyn Place) {
    let (nodes, bob) = limited(place, storage(1_500_000)).await;
    let mut text = "{\"type\":\"conversation\",\"id\":\"r\"}\n".to_owned();
    for number in 0..400 {
        let said = "y".repeat(9_000);
        writeln!(
            text,
            "{{\"type\":\"message\",\"conversation_id\":\"r\",\"role\":\"user\",\"content\":\"{number} {said}\"}}"
        )
        .unwrap();
    }
    let error = import(nodes[0].engine(), bob, text).await.unwrap_err();
    is_exceeded(&error);
    assert!(error.message().contains("send all of it again"), "{error}");
    let kept = stats(&nodes[0], &bob).await;
    assert!(kept.messages > 0 && kept.bytes <= 1_500_000, "{kept:?}");
    stop(nodes).await;
}
