use jarvis_core::{
    ErrorKind,
    ports::KindFilter,
    types::{ConversationPatch, ConversationStatus, MemoryKind, Role},
};
use jarvis_engine::{AddMemory, SearchItem, SearchMode, SearchRequest, SearchResults};

use super::TestEngine;
use jarvis_core::testkit::ScriptedModel;

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

async fn find(test: &TestEngine, request: SearchRequest) -> SearchResults {
    test.engine.search.find(&test.scope, &request).await.expect("results")
}

fn contents(results: &SearchResults) -> Vec<&str> {
    results.hits.iter().map(|hit| hit.item.content()).collect()
}

/// The texts a plain search finds.
pub(super) async fn hits(test: &TestEngine, text: &str) -> Vec<String> {
    contents(&find(test, query(text)).await).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_text_is_found_the_moment_it_is_stored_with_its_passage() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    for word in ["alpha", "bravo", "charlie"] {
        test.say(&format!("the word is {word}"), None).await;
        let results = find(&test, SearchRequest { role: Some(Role::User), ..query(word) }).await;
        assert_eq!(contents(&results), [format!("the word is {word}")]);
        let snippet = &results.hits[0].snippet;
        let marked: Vec<&str> = snippet.matches.iter().map(|range| &snippet.text[range.clone()]).collect();
        assert_eq!(marked, [word]);
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps_even_across_the_bin() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let mut binned = None;
    for number in 0..12 {
        let answer = test.say(&format!("needle number {number}"), None).await;
        if number == 5 {
            binned = Some(answer.conversation_id);
        }
    }
    let bin = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    test.engine.conversations.update(test.scope, binned.expect("a conversation"), bin).await.unwrap();
    let (mut seen, mut offset) = (Vec::new(), 0);
    loop {
        let page = SearchRequest { role: Some(Role::User), limit: 4, offset, ..query("needle") };
        let results = find(&test, page).await;
        seen.extend(results.hits.iter().map(|hit| hit.item.content().to_owned()));
        match results.next_offset {
            Some(next) => offset = next,
            None => break,
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 11);
    assert!(!seen.contains(&"needle number 5".to_owned()));
}

#[tokio::test]
async fn memories_and_messages_are_told_apart_and_forgotten_ones_are_gone() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    test.say("zebra stripes in the zoo today were something", None).await;
    let add = AddMemory {
        content: "Prefers the zebra enclosure".to_owned(),
        kind: MemoryKind::LongTerm,
        category: "preference".to_owned(),
        importance: 0.8,
        expires_at: None,
        metadata: None,
    };
    let memory = test.engine.memories.add(test.scope, add, None).await.unwrap().value;
    let memories = find(&test, SearchRequest { kinds: KindFilter::Memories, ..query("zebra") }).await;
    assert!(memories.hits.iter().all(|hit| matches!(hit.item, SearchItem::Memory(_))));
    assert!(contents(&memories).contains(&"Prefers the zebra enclosure"));
    test.engine.memories.delete(test.scope, memory.id).await.unwrap();
    let memories = find(&test, SearchRequest { kinds: KindFilter::Memories, ..query("enclosure") }).await;
    assert_eq!(contents(&memories), Vec::<&str>::new());
}

#[tokio::test]
async fn nobody_finds_what_is_not_theirs() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    test.say("the treasure lies under the oak", None).await;
    let stranger = test.engine.users.local(Some("stranger")).await.unwrap();
    let results = test.engine.search.find(&stranger, &query("treasure")).await.unwrap();
    assert_eq!((results.hits.len(), results.total), (0, 0));
}

#[tokio::test]
async fn bounds_are_told() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let refused = [
        (query(" "), "q"),
        (query(&"x".repeat(1_001)), "q"),
        (SearchRequest { limit: 0, ..query("x") }, "limit"),
        (SearchRequest { limit: 201, ..query("x") }, "limit"),
        (SearchRequest { offset: 10_001, ..query("x") }, "cursor"),
    ];
    for (request, field) in refused {
        let error = test.engine.search.find(&test.scope, &request).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some(field)));
    }
}

#[tokio::test]
async fn looking_under_an_unknown_name_leaves_nobody_behind() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    test.say("the treasure lies under the oak", None).await;
    let nobody = test.engine.users.known(Some("passer-by")).await.unwrap();
    assert_eq!(test.engine.search.find(&nobody, &query("treasure")).await.unwrap().hits.len(), 0);
    assert_eq!(test.engine.stats.report(&nobody).await.unwrap().totals.users, 1);
    assert_eq!(test.engine.users.known(None).await.unwrap(), test.scope);
}
