//! What every [`TextIndex`] must do.

use std::sync::Arc;
use uuid::Uuid;

use crate::{
    Result, Timestamp,
    id::{ConversationId, UserId},
    ports::{HealthStatus, KindFilter, TextIndex, TextQuery},
    types::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, OutboxSeq, Role},
};

/// Runs every check on indexes that `open` makes, each new and empty. Panics, naming the check, where one fails.
///
/// Each check runs with its changes in memory, committed, and half of each: nobody may notice the difference.
pub async fn text_index_suite<F: AsyncFn() -> Result<Arc<dyn TextIndex>>>(open: F) -> Result<()> {
    for commits in [Commits::Never, Commits::Always, Commits::EverySecond] {
        let fresh = async || open().await.map(|index| Desk { index, commits, seq: 0 });
        finds_what_was_applied(fresh().await?).await?;
        applies_once(fresh().await?).await?;
        takes_a_snapshot(fresh().await?).await?;
        keeps_owners_apart(fresh().await?).await?;
        filters(fresh().await?).await?;
        understands_questions(fresh().await?).await?;
        understands_english_and_french(fresh().await?).await?;
        replaces_and_deletes(fresh().await?).await?;
        deletes_conversations(fresh().await?).await?;
        scores_as_it_searches(fresh().await?).await?;
        scores_by_the_scope(fresh().await?).await?;
        orders_equals_newest_first(fresh().await?).await?;
        pages(fresh().await?).await?;
        marks_matches(fresh().await?).await?;
        keeps_its_position(fresh().await?).await?;
        forgets(fresh().await?).await?;
    }
    Ok(())
}

/// When the checks commit.
#[derive(Clone, Copy, Debug)]
enum Commits {
    Never,
    Always,
    EverySecond,
}

const ALICE: u128 = 0xa11ce;
const BOB: u128 = 0xb0b;
const GARDEN: u128 = 0xc1;
const KITCHEN: u128 = 0xc2;

/// An index and the order of its changes.
struct Desk {
    index: Arc<dyn TextIndex>,
    commits: Commits,
    seq: OutboxSeq,
}

impl Desk {
    async fn change(&mut self, change: IndexChange) -> Result<()> {
        self.seq += 1;
        self.index.apply(vec![OutboxEntry { seq: self.seq, change }]).await?;
        let commit = match self.commits {
            Commits::Never => false,
            Commits::Always => true,
            Commits::EverySecond => self.seq.is_multiple_of(2),
        };
        if commit {
            let position = self.index.commit().await?;
            assert_eq!(position, self.seq, "a commit takes all that was applied");
        }
        Ok(())
    }

    /// A message of Alice's in the garden conversation; later numbers are said later.
    async fn say(&mut self, number: u128, text: &str) -> Result<()> {
        self.change(IndexChange::Upsert(message(number, text))).await
    }

    /// Numbers of what a query finds, best first.
    async fn ask(&self, query: &TextQuery) -> Result<Vec<u128>> {
        let found = self.index.search(query).await?;
        if found.total_is_exact && query.offset == 0 && query.limit >= 100 {
            assert_eq!(found.total, found.hits.len() as u64, "{query:?}");
        }
        Ok(found.hits.into_iter().map(|hit| hit.doc.id.as_u128()).collect())
    }

    /// The same for plain words of Alice's, in ascending order.
    async fn find(&self, text: &str) -> Result<Vec<u128>> {
        let mut found = self.ask(&alice(text)).await?;
        found.sort_unstable();
        Ok(found)
    }

    async fn expect(&self, text: &str, numbers: &[u128]) -> Result<()> {
        assert_eq!(self.find(text).await?, numbers, "{text:?} with commits {:?}", self.commits);
        Ok(())
    }
}

fn alice(text: &str) -> TextQuery {
    TextQuery::new(text, UserId::from(Uuid::from_u128(ALICE)), 100)
}

fn doc(number: u128) -> DocRef {
    DocRef { kind: DocKind::Message, id: Uuid::from_u128(number) }
}

fn at(number: u128) -> Timestamp {
    Timestamp::from_micros(1_795_248_000_000_000 + number as i64 * 1_000_000)
}

fn conversation(number: u128) -> ConversationId {
    ConversationId::from(Uuid::from_u128(number))
}

fn message(number: u128, text: &str) -> IndexDocument {
    IndexDocument {
        doc: doc(number),
        user_id: UserId::from(Uuid::from_u128(ALICE)),
        conversation_id: Some(conversation(GARDEN)),
        role: Some(Role::User),
        recallable: true,
        created_at: at(number),
        text: text.to_owned(),
    }
}

async fn finds_what_was_applied(mut desk: Desk) -> Result<()> {
    assert_eq!(desk.index.count().await?, 0);
    assert!(desk.find("roses").await?.is_empty(), "an empty index finds nothing");
    desk.say(1, "The roses need water").await?;
    desk.expect("roses", &[1]).await?;
    desk.say(2, "Roses and tulips").await?;
    desk.expect("roses", &[1, 2]).await?;
    desk.expect("tulips water", &[1, 2]).await?;
    assert_eq!(desk.index.count().await?, 2);
    let health = desk.index.check().await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    Ok(())
}

async fn applies_once(mut desk: Desk) -> Result<()> {
    let entries = |texts: &[&str]| -> Vec<OutboxEntry> {
        let entry = |(seq, text): (u64, &&str)| OutboxEntry {
            seq,
            change: IndexChange::Upsert(message(u128::from(seq), text)),
        };
        (1_u64..).zip(texts).map(entry).collect()
    };
    desk.index.apply(entries(&["one tree", "two trees"])).await?;
    desk.index.apply(entries(&["another text", "another one", "three trees"])).await?;
    assert_eq!(desk.index.applied().await?, 3);
    desk.expect("trees", &[1, 2, 3]).await?;
    desk.expect("another", &[]).await?;
    desk.seq = 3;
    desk.say(4, "four trees").await?;
    assert_eq!(desk.index.count().await?, 4);
    Ok(())
}

async fn takes_a_snapshot(mut desk: Desk) -> Result<()> {
    let snapshot = |number, text| OutboxEntry { seq: 0, change: IndexChange::Upsert(message(number, text)) };
    desk.index.apply(vec![snapshot(1, "an old tree"), snapshot(2, "an older tree")]).await?;
    desk.index.apply(vec![snapshot(2, "an older tree")]).await?;
    assert_eq!(desk.index.applied().await?, 0, "a snapshot does not move the position");
    desk.expect("tree", &[1, 2]).await?;
    desk.index.resume_at(41).await?;
    assert_eq!(desk.index.applied().await?, 41);
    desk.index.apply(vec![OutboxEntry { seq: 41, change: IndexChange::Delete(doc(1)) }]).await?;
    desk.seq = 41;
    desk.say(3, "a new tree").await?;
    desk.expect("tree", &[1, 2, 3]).await?;
    assert_eq!(desk.index.commit().await?, 42);
    desk.expect("tree", &[1, 2, 3]).await
}

async fn keeps_owners_apart(mut desk: Desk) -> Result<()> {
    let of_bob = |number, text| IndexDocument { user_id: UserId::from(Uuid::from_u128(BOB)), ..message(number, text) };
    desk.change(IndexChange::Upsert(of_bob(1, "secret treasure"))).await?;
    desk.say(2, "my treasure").await?;
    desk.expect("treasure", &[2]).await?;
    desk.expect("\"secret treasure\"", &[]).await?;
    desk.expect("secrt~", &[]).await?;
    let mut query = alice("treasure");
    query.conversation_id = Some(conversation(GARDEN));
    assert_eq!(desk.ask(&query).await?, [2], "not even in a conversation that names both");
    assert!(desk.index.score(&query, &[doc(1)]).await?[0] <= 0.0, "nor by score");
    query.user_id = UserId::from(Uuid::from_u128(BOB));
    assert_eq!(desk.ask(&query).await?, [1]);
    Ok(())
}

/// What is narrowed, how, and what is then found.
type Narrowing = (&'static str, fn(&mut TextQuery), &'static [u128]);

async fn filters(mut desk: Desk) -> Result<()> {
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
        let score = desk.index.score(&query, &[doc(1)]).await?[0];
        assert_eq!(score > 0.0, numbers.contains(&1), "scores keep to the filter: {name}");
    }
    Ok(())
}

async fn understands_questions(mut desk: Desk) -> Result<()> {
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

async fn understands_english_and_french(mut desk: Desk) -> Result<()> {
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

async fn replaces_and_deletes(mut desk: Desk) -> Result<()> {
    desk.say(1, "green apples").await?;
    desk.say(2, "green pears").await?;
    desk.say(1, "red apples").await?;
    desk.expect("green", &[2]).await?;
    desk.expect("red", &[1]).await?;
    assert_eq!(desk.index.count().await?, 2);
    desk.change(IndexChange::Delete(doc(2))).await?;
    desk.expect("green", &[]).await?;
    desk.change(IndexChange::Delete(doc(99))).await?;
    desk.say(2, "yellow pears").await?;
    desk.expect("pears apples", &[1, 2]).await?;
    desk.index.commit().await?;
    desk.expect("pears apples", &[1, 2]).await?;
    desk.expect("green", &[]).await?;
    assert_eq!(desk.index.count().await?, 2);
    desk.say(1, "blue apples").await?;
    desk.say(1, "white apples").await?;
    desk.expect("apples", &[1]).await?;
    desk.expect("red blue", &[]).await?;
    let scores = desk.index.score(&alice("red white"), &[doc(1), doc(77)]).await?;
    assert!(scores[0] > 0.0 && scores[1] <= 0.0, "unknown documents score nothing: {scores:?}");
    Ok(())
}

async fn deletes_conversations(mut desk: Desk) -> Result<()> {
    let kitchen =
        |number, text| IndexDocument { conversation_id: Some(conversation(KITCHEN)), ..message(number, text) };
    desk.say(1, "soup recipe").await?;
    desk.change(IndexChange::Upsert(kitchen(2, "soup pot"))).await?;
    desk.change(IndexChange::Upsert(kitchen(3, "soup spoon"))).await?;
    desk.change(IndexChange::DeleteConversation(conversation(KITCHEN))).await?;
    desk.expect("soup", &[1]).await?;
    desk.change(IndexChange::Upsert(kitchen(4, "soup bowl"))).await?;
    desk.expect("soup", &[1, 4]).await?;
    desk.index.commit().await?;
    desk.expect("soup", &[1, 4]).await?;
    assert_eq!(desk.index.count().await?, 2);
    Ok(())
}

async fn scores_as_it_searches(mut desk: Desk) -> Result<()> {
    for (number, text) in (1..).zip([
        "the garden has a red rose",
        "red red red roses everywhere in the garden, said the gardener",
        "nothing of the kind",
        "a rose is a rose is a rose",
        "le jardin et sa rose rouge",
    ]) {
        desk.say(number, text).await?;
    }
    for text in ["red rose", "garden roses", "\"red rose\"", "rose -garden", "gardn~ rose"] {
        let query = alice(text);
        let hits = desk.index.search(&query).await?.hits;
        assert!(!hits.is_empty() && hits.is_sorted_by(|a, b| a.score >= b.score), "{text}: {hits:?}");
        let mut asked: Vec<DocRef> = (1..=6).map(doc).collect();
        asked.reverse();
        let scores = desk.index.score(&query, &asked).await?;
        assert_eq!(scores.len(), asked.len(), "one score for each, in the order asked");
        for (doc, score) in asked.iter().zip(scores) {
            let expected = hits.iter().find(|hit| hit.doc == *doc).map_or(0.0, |hit| hit.score);
            assert!((score - expected).abs() < f32::EPSILON, "{text}: {doc:?} {score} is not {expected}");
        }
    }
    Ok(())
}

/// Frequencies are those of the scope: a word that every text of a conversation has says little in it.
async fn scores_by_the_scope(mut desk: Desk) -> Result<()> {
    for number in 1..=6 {
        desk.say(number, if number == 1 { "tomato salad" } else { "tomato soup" }).await?;
    }
    for number in 11..=30 {
        let elsewhere = IndexDocument {
            conversation_id: Some(conversation(KITCHEN)),
            ..message(number, if number < 25 { "salad bowl" } else { "empty plate" })
        };
        desk.change(IndexChange::Upsert(elsewhere)).await?;
    }
    let mut query = alice("tomato salad");
    query.conversation_id = Some(conversation(GARDEN));
    let scores = |text: &str| TextQuery { text: text.to_owned(), ..query.clone() };
    let salad = desk.index.score(&scores("salad"), &[doc(1)]).await?[0];
    let tomato = desk.index.score(&scores("tomato"), &[doc(1)]).await?[0];
    assert!(salad > tomato, "rare in this conversation: {salad} > {tomato}");
    query.conversation_id = None;
    let scores = |text: &str| TextQuery { text: text.to_owned(), ..query.clone() };
    let salad = desk.index.score(&scores("salad"), &[doc(1)]).await?[0];
    let tomato = desk.index.score(&scores("tomato"), &[doc(1)]).await?[0];
    assert!(salad < tomato, "frequent everywhere: {salad} < {tomato}");
    Ok(())
}

async fn orders_equals_newest_first(mut desk: Desk) -> Result<()> {
    for (number, said) in [(5, 20), (1, 10), (4, 30), (3, 10), (2, 10)] {
        let document = IndexDocument { created_at: at(said), ..message(number, "same words") };
        desk.change(IndexChange::Upsert(document)).await?;
    }
    assert_eq!(desk.ask(&alice("words")).await?, [4, 5, 1, 2, 3]);
    let mut query = alice("words");
    query.limit = 2;
    assert_eq!(desk.ask(&query).await?, [4, 5]);
    Ok(())
}

async fn pages(mut desk: Desk) -> Result<()> {
    for number in 1..=7 {
        desk.say(number, "page").await?;
    }
    let all = desk.ask(&alice("page")).await?;
    let mut query = alice("page");
    (query.limit, query.offset) = (3, 2);
    assert_eq!(desk.ask(&query).await?, all[2..5]);
    (query.limit, query.offset) = (3, 6);
    assert_eq!(desk.ask(&query).await?, all[6..]);
    (query.limit, query.offset) = (3, usize::MAX);
    assert!(desk.ask(&query).await?.is_empty());
    (query.limit, query.offset) = (0, 0);
    assert!(desk.ask(&query).await?.is_empty());
    Ok(())
}

async fn marks_matches(desk: Desk) -> Result<()> {
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

async fn keeps_its_position(mut desk: Desk) -> Result<()> {
    assert_eq!((desk.index.position().await?, desk.index.applied().await?), (0, 0));
    desk.say(1, "first").await?;
    assert_eq!(desk.index.applied().await?, 1);
    assert!(desk.index.position().await? <= 1);
    let skipped = OutboxEntry { seq: 10, change: IndexChange::Delete(doc(9)) };
    desk.index.apply(vec![skipped]).await?;
    assert_eq!(desk.index.applied().await?, 10);
    assert_eq!(desk.index.commit().await?, 10);
    assert_eq!(desk.index.commit().await?, 10, "nothing new to commit");
    assert_eq!(desk.index.position().await?, 10);
    Ok(())
}

async fn forgets(mut desk: Desk) -> Result<()> {
    desk.say(1, "something").await?;
    desk.say(2, "something else").await?;
    desk.index.clear().await?;
    desk.expect("something", &[]).await?;
    assert_eq!(desk.index.count().await?, 0);
    assert_eq!((desk.index.position().await?, desk.index.applied().await?), (0, 0));
    desk.seq = 0;
    desk.say(1, "something new").await?;
    desk.expect("something", &[1]).await
}
