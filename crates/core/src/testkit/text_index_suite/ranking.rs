//! Scores, order and pages.

use super::{Desk, GARDEN, KITCHEN, alice, at, conversation, doc, message};
use crate::{
    Result,
    ports::{TextQuery, TextScore},
    types::{DocRef, IndexChange, IndexDocument},
};

pub(super) async fn scores_as_it_searches(mut desk: Desk) -> Result<()> {
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
        assert_eq!(scores.docs.len(), asked.len(), "one score for each, in the order asked");
        for (doc, TextScore { score, words }) in asked.iter().zip(scores.docs) {
            assert_eq!(words != 0, score > 0.0, "{text}: {doc:?} has words exactly when it matches");
            assert!(words < 1 << scores.words.len(), "{text}: {doc:?} has words that were not asked for");
            let expected = hits.iter().find(|hit| hit.doc == *doc).map_or(0.0, |hit| hit.score);
            assert!((score - expected).abs() < f32::EPSILON, "{text}: {doc:?} {score} is not {expected}");
        }
    }
    Ok(())
}

/// Which words of the query each document has, and how much each word tells.
pub(super) async fn tells_which_words_matched(mut desk: Desk) -> Result<()> {
    for (number, text) in (1..).zip(["red roses", "red wine", "red glass", "white wine"]) {
        desk.say(number, text).await?;
    }
    let scores = desk.index.score(&alice("the red wine elephant"), &[doc(1), doc(2), doc(4), doc(77)]).await?;
    let words: Vec<u64> = scores.docs.iter().map(|score| score.words).collect();
    assert_eq!(words, [0b001, 0b011, 0b010, 0]);
    assert_eq!(scores.words.len(), 3, "one for each word with a meaning: {scores:?}");
    let (red, wine, elephant) = (scores.words[0], scores.words[1], scores.words[2]);
    assert!(0.0 < red && red < wine, "the rarer word tells more: {red} < {wine}");
    assert!(elephant <= 0.0, "a word that nobody said tells nothing: {elephant}");
    Ok(())
}

/// Frequencies are those of the scope: a word that every text of a conversation has says little in it.
pub(super) async fn scores_by_the_scope(mut desk: Desk) -> Result<()> {
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
    let salad = desk.index.score(&scores("salad"), &[doc(1)]).await?.docs[0].score;
    let tomato = desk.index.score(&scores("tomato"), &[doc(1)]).await?.docs[0].score;
    assert!(salad > tomato, "rare in this conversation: {salad} > {tomato}");
    query.conversation_id = None;
    let scores = |text: &str| TextQuery { text: text.to_owned(), ..query.clone() };
    let salad = desk.index.score(&scores("salad"), &[doc(1)]).await?.docs[0].score;
    let tomato = desk.index.score(&scores("tomato"), &[doc(1)]).await?.docs[0].score;
    assert!(salad < tomato, "frequent everywhere: {salad} < {tomato}");
    Ok(())
}

pub(super) async fn orders_equals_newest_first(mut desk: Desk) -> Result<()> {
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

pub(super) async fn pages(mut desk: Desk) -> Result<()> {
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
