use super::*;
use crate::{id::ConversationId, types::DocKind};
use proptest::prelude::*;
use std::time::Duration;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_795_248_000_000_000);
const WORDS: [f32; 3] = [1.0, 2.0, 3.0];

fn turn(position: i64, content: &str) -> Candidate<'_> {
    let at = NOW.minus(Duration::from_hours(1)).plus(Duration::from_mins(position.unsigned_abs()));
    Candidate {
        doc: DocRef { kind: DocKind::Message, id: Uuid::from_u128(position.unsigned_abs().into()) },
        place: Some(Place { conversation: ConversationId::from(Uuid::from_u128(7)), position, at }),
        role: Some(Role::User),
        author: None,
        content,
        created_at: NOW,
        importance: None,
        text: TextScore::default(),
        vector: 0.0,
    }
}

fn matched(score: f32, words: u64) -> TextScore {
    TextScore { score, words }
}

fn ask(text: &str) -> Question<'_> {
    Question { text, at: NOW, words: &WORDS, similar_from: Some(0.3) }
}

fn part(worth: &Worth, name: &str) -> f32 {
    worth.parts.iter().find(|part| part.name == name).map_or(0.0, |part| part.value)
}

fn is(value: f32, expected: f32) -> bool {
    (value - expected).abs() < 1e-5
}

#[test]
fn words_and_meaning_are_relative_to_the_candidates() {
    let candidates = [
        Candidate { text: matched(4.0, 0b100), vector: 0.2, ..turn(1, "a") },
        Candidate { text: matched(2.0, 0b001), vector: 0.6, ..turn(20, "b") },
        Candidate { vector: 0.1, ..turn(40, "c") },
    ];
    let worths = rank(&ask("?"), &candidates);
    assert!(
        is(part(&worths[0], "words"), 1.0) && is(part(&worths[1], "words"), 0.5) && is(part(&worths[2], "words"), 0.0)
    );
    assert!(is(part(&worths[1], "meaning"), MEANING) && is(part(&worths[2], "meaning"), 0.0));
    assert!(is(part(&worths[0], "coverage"), 0.5 * COVERAGE));
    assert_eq!(worths.map_grounded(), [true, true, false]);
}

#[test]
fn an_answer_gets_what_its_question_has() {
    let candidates = [
        Candidate { text: matched(2.0, 0b111), ..turn(1, "Where did you buy the kayak?") },
        turn(2, "In Brest, from an old sailor."),
        turn(3, "Nice!"),
    ];
    let worths = rank(&ask("Where was the kayak bought?"), &candidates);
    assert!(is(part(&worths[1], "sitting"), SITTING) && is(part(&worths[1], "answer"), ANSWER));
    assert!(is(part(&worths[1], "coverage"), COVERAGE) && is(part(&worths[2], "answer"), 0.0));
    assert!(is(part(&worths[0], "question"), QUESTION));
    assert!(worths[1].is_grounded);
}

#[test]
fn another_sitting_lends_nothing() {
    let mut later = turn(2, "In Brest.");
    later.place = later.place.map(|place| Place { at: place.at.plus(Duration::from_hours(7)), ..place });
    let candidates = [Candidate { text: matched(2.0, 0b1), ..turn(1, "Where?") }, later];
    let worths = rank(&ask("kayak"), &candidates);
    assert!(worths[1].parts.is_empty() && worths[1].score <= 0.0, "{:?}", worths[1]);
}

#[test]
fn who_and_when_the_question_names_count() {
    let by = |author, content| Candidate { author: Some(author), ..turn(1, content) };
    let candidates = [by("Ada", "I went last Friday"), by("Bob", "I went there")];
    let worths = rank(&ask("When did Ada go, in November 2026?"), &candidates);
    assert!(is(part(&worths[0], "speaker"), SPEAKER) && is(part(&worths[1], "speaker"), 0.0));
    assert!(is(part(&worths[0], "time"), TIME) && is(part(&worths[1], "time"), 0.0));
    assert!(part(&worths[0], "date") > 0.0);
}

#[test]
fn importance_role_and_age_weigh_a_little() {
    let memory = |importance| Candidate { importance: Some(importance), place: None, role: None, ..turn(1, "m") };
    let old = Candidate { created_at: NOW.minus(Duration::from_hours(24 * 365 * 10)), ..turn(20, "old") };
    let answer = Candidate { role: Some(Role::Assistant), ..turn(40, "answer") };
    let said = |candidate| Candidate { text: matched(1.0, 0b111), ..candidate };
    let candidates = [said(memory(0.9)), said(memory(0.1)), said(turn(60, "said")), said(old), said(answer)];
    let scores: Vec<f32> = rank(&ask("m"), &candidates).iter().map(|worth| worth.score).collect();
    assert!(scores[0] > scores[1]);
    assert!(scores[2] > scores[3] && scores[3] > 0.89 * scores[2]);
    assert!(scores[2] > scores[4]);
}

#[test]
fn a_model_that_does_not_know_the_language_says_little() {
    let candidates = [Candidate { vector: 0.9, ..turn(1, "a") }, Candidate { vector: 0.1, ..turn(20, "b") }];
    let worths = rank(&Question { similar_from: None, ..ask("?") }, &candidates);
    assert!(is(part(&worths[0], "meaning"), MEANING_OF_OTHER_LANGUAGES));
    assert!(!worths[0].is_grounded);
}

trait Grounded {
    fn map_grounded(&self) -> Vec<bool>;
}

impl Grounded for Vec<Worth> {
    fn map_grounded(&self) -> Vec<bool> {
        self.iter().map(|worth| worth.is_grounded).collect()
    }
}

proptest! {
    #[test]
    fn parts_add_up_for_any_candidates(
        all in prop::collection::vec((0_i64..30, -1.0_f32..1.0, 0.0_f32..20.0, any::<u64>(), prop::option::of(0.0_f32..=1.0)), 0..20),
        question in "\\PC{0,60}",
    ) {
        let make = |&(position, vector, score, words, importance)| {
            Candidate { vector, text: TextScore { score, words }, importance, ..turn(position, "It was last May?") }
        };
        let candidates: Vec<_> = all.iter().map(make).collect();
        let worths = rank(&ask(&question), &candidates);
        prop_assert_eq!(worths.len(), candidates.len());
        for worth in worths {
            let sum: f32 = worth.parts.iter().map(|part| part.value).sum();
            prop_assert!(worth.score.is_finite() && is(worth.score, sum.max(0.0)));
        }
    }

    /// What is not read because of what its scores promise would not have come first: of memories that are alike but for
    /// their scores, the order is the same.
    #[test]
    fn scores_promise_the_order_in_which_memories_are_ranked(
        all in prop::collection::vec((-1.0_f32..1.0, 0.0_f32..20.0, 0_u64..8), 1..60),
    ) {
        let memory = |&(vector, score, words)| Candidate {
            place: None, role: None, importance: Some(0.5), vector, text: TextScore { score, words }, ..turn(1, "A dog.")
        };
        let candidates: Vec<_> = all.iter().map(memory).collect();
        let scores: Vec<_> = candidates.iter().map(|candidate| (candidate.text, candidate.vector)).collect();
        let (promises, worths) = (promises(&WORDS, &scores), rank(&ask("dog"), &candidates));
        for (a, b) in (0..all.len()).zip(1..all.len()) {
            let (promised, ranked) = (promises[a] - promises[b], worths[a].score - worths[b].score);
            prop_assert!(promised * ranked >= 0.0 || promised.abs() < 1e-4, "{promised} {ranked}");
        }
    }
}
