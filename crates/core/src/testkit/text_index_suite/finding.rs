//! Which texts a question finds, and the passages shown.

use uuid::Uuid;

use super::{BOB, Desk, GARDEN, KITCHEN, alice, at, conversation, doc, message};
use crate::{
    Result,
    id::UserId,
    ports::{KindFilter, TextQuery},
    types::{DocKind, DocRef, IndexChange, IndexDocument, Role},
};

pub(super) async fn keeps_owners_apart(mut desk: Desk) -> Result<()> {
    let of_bob = |number, text| IndexDocument { user_id: UserId::from(Uuid::from_u128(BOB)), ..message(number, text) };
    desk.change(IndexChange::Upsert(of_bob(1, "secret treasure"))).await?;
    desk.say(2, "my treasure").await?;
    desk.expect("treasure", &[2]).await?;
    desk.expect("\"secret treasure\"", &[]).await?;
    desk.expect("secrt~", &[]).await?;
    let mut query = alice("treasure");
    query.conversation_id = Some(conversation(GARDEN));
    assert_eq!(desk.ask(&query).await?, [2], "not even in a conversation that names both");
    assert!(desk.index.score(&query, &[doc(1)]).await?.docs[0].score <= 0.0, "nor by score");
    query.user_id = UserId::from(Uuid::from_u128(BOB));
    assert_eq!(desk.ask(&query).await?, [1]);
    Ok(())
}

/// What is narrowed, how, and what is then found.
type Narrowing = (&'static str, fn(&mut TextQuery), &'static [u128]);

pub(super) async fn filters(mut desk: Desk) -> Result<()> {
    desk.say(1, "apple cake").await?;
    let assistant = IndexDocument { role: Some(Role::Assistant), recallable: false, ..message(2, "apple pie") };
    desk.change(IndexChange::Upsert(assistant)).await?;
    let kitchen = IndexDocument { conversation_id: Some(conversation(KITCHEN)), ..message(3, "apple juice") };
    desk.change(IndexChange::Upsert(kitchen)).await?;
    let memory = IndexDocument {
        doc: DocRef { kind: DocKind::Memory, id: Uuid::from_u128(4) },
        conversation_id: None,
        role: None,
        ..message(4, "likes apples")
    };
    desk.change(IndexChange::Upsert(memory)).await?;
    let narrowings: [Narrowing; 9] = [
        ("all", |_| (), &[1, 2, 3, 4]),
        ("messages", |query| query.kinds = KindFilter::Messages, &[1, 2, 3]),
        ("memories", |query| query.kinds = KindFilter::Memories, &[4]),
        ("a conversation", |query| query.conversation_id = Some(conversation(KITCHEN)), &[3]),
        ("another conversation", |query| query.conversation_id = Some(conversation(0xdead)), &[]),
        ("a role", |query| query.role = Some(Role::Assistant), &[2]),
        ("from, inclusive", |query| query.from = Some(at(3)), &[3, 4]),
        ("until, exclusive", |query| query.until = Some(at(3)), &[1, 2]),
        ("what recall may propose", |query| query.recallable_only = true, &[1, 3, 4]),
    ];
    for (name, narrow, numbers) in narrowings {
        let mut query = alice("apple");
        narrow(&mut query);
        let mut found = desk.ask(&query).await?;
        found.sort_unstable();
        assert_eq!(found, numbers, "filter: {name}, commits {:?}", desk.commits);
        let score = desk.index.score(&query, &[doc(1)]).await?.docs[0].score;
        assert_eq!(score > 0.0, numbers.contains(&1), "scores keep to the filter: {name}");
    }
    Ok(())
}

pub(super) async fn understands_questions(mut desk: Desk) -> Result<()> {
    desk.say(1, "The big brown bear sleeps in the forest").await?;
    desk.say(2, "A brown fox and a big dog").await?;
    desk.say(3, "Version v1.2.3 of foo_bar by jean.dupont@example.com").await?;
    desk.say(4, "To be or not to be").await?;
    desk.expect("\"big brown bear\"", &[1]).await?;
    desk.expect("\"brown big\"", &[]).await?;
    desk.expect("\"sleeps in the forest\"", &[1]).await?;
    desk.expect("\"brown fox\" -dog", &[]).await?;
    desk.expect("brown -dog", &[1]).await?;
    desk.expect("brown -\"brown fox\"", &[1]).await?;
    desk.expect("forrest~", &[1]).await?;
    desk.expect("forrest", &[]).await?;
    desk.expect("brwon~", &[1, 2]).await?;
    for part in ["v1.2.3", "foo_bar", "foo", "dupont", "example"] {
        desk.expect(part, &[3]).await?;
    }
    desk.expect("to be", &[4]).await?;
    desk.expect("\"not to be\"", &[4]).await?;
    for nothing in ["", "   ", "\"", "-", "~", "-bear", "?!", "\"\" ~ -\""] {
        desk.expect(nothing, &[]).await?;
    }
    desk.expect("\"unclosed bear", &[1]).await?;
    desk.expect(&"word ".repeat(5_000), &[]).await
}

pub(super) async fn understands_english_and_french(mut desk: Desk) -> Result<()> {
    desk.say(1, "Nous avons visité les vieilles églises de la région").await?;
    desk.say(2, "L'école de Zoé est fermée aujourd'hui").await?;
    desk.say(3, "She was running through the old churches").await?;
    desk.say(4, "Les eleves etudiaient l'histoire").await?;
    for visited in ["églises", "eglise", "ÉGLISE", "visiter", "visitée", "régions"] {
        desk.expect(visited, &[1]).await?;
    }
    for school in ["ecole", "l'école", "quelles écoles", "fermé", "aujourd’hui"] {
        desk.expect(school, &[2]).await?;
    }
    for ran in ["runs", "church", "she runs"] {
        desk.expect(ran, &[3]).await?;
    }
    for studied in ["élèves", "étudier", "histoires"] {
        desk.expect(studied, &[4]).await?;
    }
    desk.expect("\"l'histoire\"", &[4]).await
}

pub(super) async fn marks_matches(desk: Desk) -> Result<()> {
    let long = format!("{}les écoles de Lyon", "du texte avant ".repeat(50));
    let snippets = desk.index.snippets("école Lyon", &["L’École, à Lyon", &long, "rien", ""]).await?;
    assert_eq!(snippets.len(), 4);
    let matches = |index: usize| -> Vec<&str> {
        let snippet = &snippets[index];
        snippet.matches.iter().map(|range| snippet.text.get(range.clone()).unwrap_or("not on a boundary")).collect()
    };
    assert_eq!(matches(0), ["École", "Lyon"]);
    assert_eq!(matches(1), ["écoles", "Lyon"]);
    assert!(snippets[1].text.starts_with('…') && snippets[1].text.chars().count() <= 240, "{:?}", snippets[1]);
    assert!(matches(2).is_empty() && snippets[2].text == "rien");
    assert!(snippets[3].text.is_empty());
    Ok(())
}
