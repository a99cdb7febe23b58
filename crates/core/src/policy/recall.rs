//! Which of the texts that were ranked are worth showing to a model.
//!
//! From the best down: what only asks, or repeats something already chosen, is left out, and what does not fit the budget
//! makes room for something smaller.

use std::collections::HashSet;

use super::{memory_candidates, questions};
use crate::{
    Timestamp,
    text::{estimate_tokens, normalise},
    types::{DocRef, Role},
};

/// What is worth less than this share of the best matches by accident, such as through one common word.
const FLOOR: f32 = 0.25;

/// A text of more words has more to say than one fact.
const LONG_WORDS: usize = 30;

/// Two words say something from this length on; languages without spaces do in fewer.
const SHORTEST_CHARS: usize = 12;

/// A text that was ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Identity.
    pub doc: DocRef,
    /// Its worth, above 0.
    pub score: f32,
    /// Who said it; none for memories.
    pub role: Option<Role>,
    /// The text.
    pub content: String,
    /// Said or made at.
    pub created_at: Timestamp,
    /// Turns a memory was taken from, so that turn and memory are not both shown.
    pub sources: Vec<DocRef>,
}

/// What is chosen, best first, with scores normalised to 0..1.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The text.
    pub proposal: Proposal,
    /// 0 to 1, relative to the best.
    pub score: f32,
}

/// Limits of one recall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Texts at most.
    pub items: usize,
    /// Estimated tokens of all texts together at most.
    pub tokens: u32,
}

/// Chooses from what search proposed, best first; equals are ordered newest first, then by id. Never more than `budget`.
pub fn choose(proposals: Vec<Proposal>, budget: Budget) -> Vec<Chosen> {
    let mut chosen = Vec::new();
    let mut shown = Shown::default();
    let mut tokens_left = budget.tokens;
    for candidate in ranked(proposals) {
        if chosen.len() == budget.items {
            break;
        }
        let tokens = estimate_tokens(&candidate.proposal.content);
        if tokens <= tokens_left && shown.add(&candidate.proposal) {
            tokens_left -= tokens;
            chosen.push(candidate);
        }
    }
    chosen
}

/// Proposals above the floor with their worth relative to the best, best first.
fn ranked(proposals: Vec<Proposal>) -> Vec<Chosen> {
    // A question quotes nothing: who asks "what is my dog called?" wants the answer, not the time they asked before.
    let asks = |proposal: &Proposal| proposal.role.is_some() && questions::text_asks(&proposal.content);
    let tells = |proposal: &Proposal| says_something(proposal) && !asks(proposal);
    let mut ranked: Vec<_> = proposals
        .into_iter()
        .filter(tells)
        .map(|proposal| Chosen { score: proposal.score, proposal })
        // also drops what is not a number
        .filter(|candidate| candidate.score > 0.0 && candidate.score.is_finite())
        .collect();
    let best = ranked.iter().map(|candidate| candidate.score).fold(f32::MIN_POSITIVE, f32::max);
    for candidate in &mut ranked {
        candidate.score /= best;
    }
    ranked.retain(|candidate| candidate.score >= FLOOR);
    ranked.sort_by(|a, b| {
        let newest = b.proposal.created_at.cmp(&a.proposal.created_at);
        b.score.total_cmp(&a.score).then(newest).then(a.proposal.doc.cmp(&b.proposal.doc))
    });
    ranked
}

/// Whether there is more to a text than a greeting or a thank-you; a memory is worth remembering whatever its length.
fn says_something(proposal: &Proposal) -> bool {
    let content = proposal.content.trim();
    let is_long = content.split_whitespace().nth(2).is_some() || content.chars().nth(SHORTEST_CHARS - 1).is_some();
    !content.is_empty() && (proposal.role.is_none() || is_long) && !asks_to_forget(proposal)
}

/// Whether a person said it to have something forgotten; quoting that would tell it again.
fn asks_to_forget(proposal: &Proposal) -> bool {
    const STEMS: [&str; 6] = ["orget", "ublie", "fface", "elete", "rase", "upprim"];
    // most texts are seen through at a glance
    proposal.role == Some(Role::User)
        && STEMS.iter().any(|stem| proposal.content.contains(stem))
        && !memory_candidates::to_forget(&proposal.content).is_empty()
}

/// Sentences of `text` without those that say one of `gone`; none when too little is left to say something, or when what
/// is gone stands in no sentence of a short text as it was noted.
pub fn without(text: &str, gone: &[&str]) -> Option<String> {
    let mut rest = text.to_owned();
    for gone in gone {
        match rest.find(gone).filter(|_| !gone.is_empty()) {
            Some(at) => rest.replace_range(at..at + gone.len(), ""),
            // put in other words: only a long text has more to say
            None if text.split_whitespace().count() <= LONG_WORDS => return None,
            None => {}
        }
    }
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let joins = [" and", " but", " et", " mais", ","];
    let rest = joins.iter().fold(rest.as_str(), |rest, join| rest.strip_suffix(join).unwrap_or(rest)).to_owned();
    (rest.split(' ').filter(|word| word.contains(char::is_alphanumeric)).count() >= 3).then_some(rest)
}

/// What the chosen texts already say.
#[derive(Default)]
struct Shown {
    texts: HashSet<String>,
    docs: HashSet<DocRef>,
    sources: HashSet<DocRef>,
}

impl Shown {
    /// Whether the proposal says something new; it is noted if so.
    fn add(&mut self, proposal: &Proposal) -> bool {
        let mut key = normalise(&proposal.content);
        if key.is_empty() {
            // only signs: compared as they are
            key.push_str(proposal.content.trim());
        }
        let is_repeated = self.texts.contains(&key)
            || self.docs.contains(&proposal.doc)
            || self.sources.contains(&proposal.doc)
            || proposal.sources.iter().any(|source| self.docs.contains(source));
        if !is_repeated {
            self.texts.insert(key);
            self.docs.insert(proposal.doc);
            self.sources.extend(proposal.sources.iter().copied());
        }
        !is_repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::DocKind;
    use proptest::prelude::*;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_795_248_000_000_000);
    const ROOM: Budget = Budget { items: 10, tokens: 1000 };

    fn doc(kind: DocKind, id: u128) -> DocRef {
        DocRef { kind, id: Uuid::from_u128(id) }
    }

    fn said(id: u128, score: f32, content: &str) -> Proposal {
        Proposal {
            doc: doc(DocKind::Message, id),
            score,
            role: Some(Role::User),
            content: content.to_owned(),
            created_at: NOW,
            sources: Vec::new(),
        }
    }

    fn memory(id: u128, score: f32, content: &str, source: u128) -> Proposal {
        Proposal {
            doc: doc(DocKind::Memory, id),
            role: None,
            sources: vec![doc(DocKind::Message, source)],
            ..said(id, score, content)
        }
    }

    fn contents(chosen: &[Chosen]) -> Vec<&str> {
        chosen.iter().map(|chosen| chosen.proposal.content.as_str()).collect()
    }

    #[test]
    fn statements_come_before_answers_and_questions_never_come() {
        let mut answer = said(3, 10.0, "I believe it is Rex.");
        answer.role = Some(Role::Assistant);
        let chosen =
            choose(vec![said(1, 14.0, "What is my dog called?"), said(2, 10.0, "My dog is called Rex."), answer], ROOM);
        assert_eq!(contents(&chosen), ["My dog is called Rex.", "I believe it is Rex."]);
        assert!((chosen[0].score - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_gone_is_cut_out() {
        let paris = "I live in Paris.";
        assert_eq!(without(paris, &[paris]), None);
        assert_eq!(without("Hi! I live in Paris.", &[paris]), None);
        assert_eq!(without("Tom came to visit. I live in Paris.", &[paris]).as_deref(), Some("Tom came to visit."));
        let joined = without("Hi! My dog is called Rex and I live in Paris.", &[paris]);
        assert_eq!(joined.as_deref(), Some("Hi! My dog is called Rex"));
        assert_eq!(without("In Paris is where I live", &["The user lives in Paris"]), None);
        let long = "word ".repeat(40);
        assert_eq!(without(&long, &["The user lives in Paris"]).as_deref(), Some(long.trim()));
    }

    #[test]
    fn weak_matches_are_dropped() {
        let chosen = choose(vec![said(1, 10.0, "a good match"), said(2, 2.4, "one common word")], ROOM);
        assert_eq!(contents(&chosen), ["a good match"]);
    }

    #[test]
    fn a_text_is_shown_once_and_a_memory_stands_for_its_turn() {
        let chosen = choose(
            vec![
                said(1, 9.0, "My dog is called Rex!"),
                said(2, 10.0, "my dog is called REX"),
                memory(3, 8.0, "The dog's name is Rex", 2),
                memory(4, 7.0, "I have a dog", 7),
                said(7, 6.0, "As I said, I have a dog"),
            ],
            ROOM,
        );
        assert_eq!(contents(&chosen), ["my dog is called REX", "I have a dog"]);
    }

    #[test]
    fn greetings_are_not_worth_showing_and_short_memories_are() {
        let chosen = choose(
            vec![
                said(1, 9.0, "Hello!"),
                said(2, 9.0, "ok thanks"),
                memory(3, 8.0, "vegan", 9),
                said(4, 7.0, "猫がとても好きなんですよね"),
            ],
            ROOM,
        );
        assert_eq!(contents(&chosen), ["vegan", "猫がとても好きなんですよね"]);
    }

    #[test]
    fn what_does_not_fit_makes_room_for_something_smaller() {
        let long = "long ".repeat(50);
        let budget = Budget { items: 2, tokens: 10 };
        let chosen =
            choose(vec![said(1, 10.0, &long), said(2, 9.0, "a short text"), said(3, 8.0, "another short")], budget);
        assert_eq!(contents(&chosen), ["a short text", "another short"]);
    }

    #[test]
    fn rubbish_scores_and_blank_texts_are_left_out() {
        let rubbish = vec![
            said(1, f32::NAN, "a whole text a"),
            said(2, 0.0, "a whole text b"),
            said(3, -1.0, "a whole text c"),
            said(4, f32::INFINITY, "a whole text d"),
            said(5, 1.0, " "),
        ];
        assert!(choose(rubbish, ROOM).is_empty());
        assert!(choose(vec![said(1, 1.0, "a whole text")], Budget { items: 0, tokens: 9 }).is_empty());
    }

    fn proposals() -> impl Strategy<Value = Vec<Proposal>> {
        let one =
            (0_u128..12, 0.1_f32..20.0, "[a-c]{1,2}( [a-c]{1,9}){0,3}[?.]?", 0_u64..4000, any::<bool>(), 0_u128..12);
        prop::collection::vec(one, 0..24).prop_map(|all| {
            let make = |(id, score, content, age, is_memory, source): (u128, f32, String, u64, bool, u128)| {
                let mut made = if is_memory { memory(id, score, &content, source) } else { said(id, score, &content) };
                made.created_at = NOW.minus(std::time::Duration::from_hours(age));
                made
            };
            all.into_iter().map(make).collect()
        })
    }

    proptest! {
        #[test]
        fn the_rules_hold_for_any_proposals(proposals in proposals(), items in 0_usize..8, tokens in 0_u32..40) {
            let budget = Budget { items, tokens };
            let chosen = choose(proposals, budget);
            prop_assert!(chosen.len() <= items);
            prop_assert!(chosen.iter().map(|chosen| estimate_tokens(&chosen.proposal.content)).sum::<u32>() <= tokens);
            prop_assert!(chosen.is_sorted_by(|a, b| a.score >= b.score));
            prop_assert!(chosen.iter().all(|chosen| (FLOOR..=1.0).contains(&chosen.score)));
            let texts: HashSet<_> = chosen.iter().map(|chosen| normalise(&chosen.proposal.content)).collect();
            prop_assert_eq!(texts.len(), chosen.len());
            let docs: HashSet<_> = chosen.iter().map(|chosen| chosen.proposal.doc).collect();
            prop_assert_eq!(docs.len(), chosen.len());
            prop_assert!(!chosen.iter().flat_map(|chosen| &chosen.proposal.sources).any(|source| docs.contains(source)));

            let again: Vec<_> = chosen.iter().map(|chosen| chosen.proposal.clone()).collect();
            let twice: Vec<_> = choose(again.clone(), budget).into_iter().map(|chosen| chosen.proposal).collect();
            prop_assert_eq!(twice, again);
        }

        #[test]
        fn the_order_proposed_does_not_matter(proposals in proposals()) {
            let mut turned = proposals.clone();
            turned.reverse();
            // one document is proposed once
            let mut seen = HashSet::new();
            prop_assume!(proposals.iter().all(|proposal| seen.insert(proposal.doc)));
            prop_assert_eq!(choose(turned, ROOM), choose(proposals, ROOM));
        }
    }
}
