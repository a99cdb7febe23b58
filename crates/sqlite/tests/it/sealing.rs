//! What people wrote reaches the disk only through the sealer.

use jarvis_core::{
    ErrorKind, Json, Result, Scope,
    id::{MemoryId, MessageId, SessionId},
    ports::{Ids, Sealer, Store, SystemIds},
    testkit::FixedClock,
    types::{
        ConversationPatch, ConversationQuery, ConversationStatus, GenerationPart, MemoryKind, NewGeneration, NewMemory,
        NewMessage, NewSession, Slot,
    },
};
use jarvis_sqlite::SqliteStore;
use std::{borrow::Cow, sync::Arc};

use crate::support::{Place, append, bytes, conversation, message, now, someone};

/// Turns every byte around and binds it to its column: enough to show what passed through it.
#[derive(Debug)]
struct Turned;

impl Sealer for Turned {
    fn seal<'a>(&self, text: &'a str, column: &'static str) -> Result<Cow<'a, [u8]>> {
        let turned = text.bytes().map(|byte| !byte);
        Ok(Cow::Owned(column.bytes().chain([0]).chain(turned).collect()))
    }

    fn open(&self, stored: Vec<u8>, column: &'static str) -> Result<String> {
        let wrong = || ErrorKind::Corrupt.error("sealed for another column");
        let rest = stored.strip_prefix(column.as_bytes()).and_then(|rest| rest.strip_prefix(&[0]));
        let text = rest.ok_or_else(wrong)?.iter().map(|byte| !byte).collect();
        String::from_utf8(text).map_err(|_| wrong())
    }
}

/// In every text that a person writes.
const SECRET: &str = "the cat's name is Mirabelle";

async fn write_secrets(store: &dyn Store) -> Scope {
    let (scope, _) = someone(store).await;
    let secret = || Some(SECRET.to_owned());
    let json = || Some(Json::encode(&SECRET).unwrap());
    let session = NewSession {
        id: SessionId::from(SystemIds.next()),
        name: SECRET.into(),
        role: secret(),
        goals: secret(),
        template: secret(),
        metadata: json(),
        created_at: now(),
    };
    let talk = conversation(store, scope, SECRET).await;
    let patch = ConversationPatch { summary: Some(secret()), metadata: Some(json()), ..ConversationPatch::default() };
    let turn = NewMessage { author: secret(), parts: json(), metadata: json(), ..message(talk, SECRET) };
    let memory = NewMemory {
        id: MemoryId::from(SystemIds.next()),
        kind: MemoryKind::LongTerm,
        category: "fact".into(),
        content: SECRET.into(),
        importance: 0.5,
        expires_at: None,
        source_message_ids: vec![turn.id],
        slot: Some(Slot { key: SECRET.into(), alone: true }),
        metadata: json(),
        created_at: now(),
    };
    let generation = NewGeneration {
        message_id: MessageId::from(SystemIds.next()),
        conversation_id: talk,
        user_message_id: turn.id,
        node: "here".into(),
        started_at: now(),
    };
    let part = GenerationPart {
        message_id: generation.message_id,
        model: "m".into(),
        start: 0,
        text: SECRET.into(),
        at: now(),
    };
    append(store, scope, turn).await.unwrap();
    store
        .write(move |tx| {
            Box::pin(async move {
                tx.generations().begin(&scope, generation).await?;
                tx.generations().keep(&Scope::system(), vec![part]).await?;
                tx.sessions().insert(&scope, session).await?;
                tx.conversations().update(&scope, talk, patch, now()).await?;
                tx.memories().insert(&scope, memory).await
            })
        })
        .await
        .unwrap();
    scope
}

#[tokio::test]
async fn nothing_that_people_write_is_stored_in_the_clear() {
    let place = Place::new();
    let open = || SqliteStore::open(place.options(), Arc::new(Turned), Arc::new(FixedClock::default())).unwrap();
    let store = open();
    let scope = write_secrets(&*store).await;
    store.close().await.unwrap();
    let file = bytes(&place.database());
    let found = |needle: &[u8]| file.windows(needle.len()).any(|window| window == needle);
    assert!(!found(SECRET.as_bytes()) && !found(b"Mirabelle"));
    let turned: Vec<u8> = SECRET.bytes().map(|byte| !byte).collect();
    assert!(found(&turned), "it is there all the same");

    let store = open();
    let query = ConversationQuery {
        status: ConversationStatus::Open,
        session_id: None,
        title_contains: Some("MIRABELLE".into()),
        limit: 10,
        after: None,
    };
    let page = store.conversations().list(&scope, &query).await.unwrap();
    assert_eq!((page.items.len(), page.total), (1, 1));
    assert_eq!(page.items[0].summary.as_deref(), Some(SECRET));
    let memory = store.memories().same_content(&scope, "The cat's name is MIRABELLE!", now()).await.unwrap().unwrap();
    assert_eq!(memory.content, SECRET);
    assert_eq!(store.generations().unfinished(&Scope::system(), "here", 9).await.unwrap()[0].content, SECRET);
}

#[tokio::test]
async fn another_sealer_is_an_error_and_never_an_answer() {
    let place = Place::new();
    let store = place.open();
    let (scope, talk) = someone(&*store).await;
    let turn = append(&*store, scope, message(talk, SECRET)).await.unwrap();
    store.close().await.unwrap();
    let store = SqliteStore::open(place.options(), Arc::new(Turned), Arc::new(FixedClock::default())).unwrap();
    assert_eq!(store.messages().get(&scope, turn).await.unwrap_err().kind(), ErrorKind::Corrupt);
    let query = ConversationQuery {
        status: ConversationStatus::Open,
        session_id: None,
        title_contains: Some("x".into()),
        limit: 10,
        after: None,
    };
    assert_eq!(store.conversations().list(&scope, &query).await.unwrap_err().kind(), ErrorKind::Corrupt);
}
