//! What earlier turns were about, without a model: whole sentences of the person and the assistant, chosen.
//!
//! A sentence is worth the mean weight of the words it shares with the rest of the talk (a word counts for the logarithm
//! of how many sentences use it; stop words count for nothing), more when the person said it, when it tells rather than
//! asks, when it opens its turn, and less the more of its words the sentences already chosen have. The best are taken
//! until the room is used up and written in the order they were said, one a line, each with who said it. Lines of the
//! summary so far take part like sentences, so what was once worth keeping stays until something is worth more.

use std::collections::{HashMap, HashSet};

use super::{questions, sentences::sentences, words::content_words};
use crate::types::Role;

/// Fewer words say nothing on their own ("Yes, please.").
const MIN_WORDS: usize = 4;

/// Longer sentences, in characters, would take the room of several.
const MAX_SENTENCE_CHARS: usize = 300;

/// Sentences looked at most, the latest: choosing compares each with those chosen.
const MAX_SENTENCES: usize = 400;

/// What keeps a line of the summary so far against a new sentence of the same weight.
const KEPT_BONUS: f32 = 1.15;

struct Sentence<'t> {
    who: Option<Role>,
    text: &'t str,
    words: HashSet<String>,
    opens: bool,
}

/// A summary of at most `max_chars` characters of what `so_far` summed up and of the `turns` after it, oldest first.
pub fn extract(so_far: Option<&str>, turns: &[(Role, &str)], max_chars: usize) -> String {
    let kept = so_far.unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
    let mut all: Vec<Sentence<'_>> = kept.map(|line| sentence(None, line, true)).collect();
    for (role, text) in turns {
        let said = sentences(text).into_iter().enumerate();
        all.extend(said.map(|(at, text)| sentence(Some(*role), text, at == 0)).filter(says_something));
    }
    let all = &all[all.len().saturating_sub(MAX_SENTENCES)..];
    let mut chosen = choose(all, max_chars);
    chosen.sort_unstable();
    chosen.into_iter().map(|at| line(&all[at])).collect::<Vec<_>>().join("\n")
}

fn sentence(who: Option<Role>, text: &str, opens: bool) -> Sentence<'_> {
    Sentence { who, text, words: content_words(text), opens }
}

fn says_something(sentence: &Sentence<'_>) -> bool {
    let words = sentence.text.split_whitespace().count();
    words >= MIN_WORDS && !sentence.words.is_empty() && sentence.text.chars().count() <= MAX_SENTENCE_CHARS
}

/// The best sentences, in the order chosen.
fn choose(all: &[Sentence<'_>], max_chars: usize) -> Vec<usize> {
    let mut uses: HashMap<&str, u32> = HashMap::new();
    for word in all.iter().flat_map(|sentence| &sentence.words) {
        *uses.entry(word).or_default() += 1;
    }
    let weight = |word: &String| (1.0 + uses.get(word.as_str()).copied().unwrap_or(0) as f32).ln();
    let worths: Vec<f32> = all.iter().map(|sentence| worth(sentence, weight)).collect();
    let mut covered: HashSet<&str> = HashSet::new();
    let mut left: Vec<usize> = (0..all.len()).collect();
    let mut room = max_chars;
    let mut chosen = Vec::new();
    let novelty = |sentence: &Sentence<'_>, covered: &HashSet<&str>| {
        let new = sentence.words.iter().filter(|word| !covered.contains(word.as_str())).count();
        new as f32 / sentence.words.len().max(1) as f32
    };
    loop {
        left.retain(|at| line(&all[*at]).chars().count() < room);
        let score = |at: usize| worths[at] * novelty(&all[at], &covered);
        let Some(best) = left.iter().copied().max_by(|a, b| score(*a).total_cmp(&score(*b)).then(b.cmp(a))) else {
            return chosen;
        };
        if score(best) <= 0.0 {
            return chosen;
        }
        room -= line(&all[best]).chars().count() + 1;
        covered.extend(all[best].words.iter().map(String::as_str));
        left.retain(|at| *at != best);
        chosen.push(best);
    }
}

fn worth(sentence: &Sentence<'_>, weight: impl Fn(&String) -> f32) -> f32 {
    // a root rather than the number of words: a long sentence tells more than a short one, but not in proportion
    let mean = sentence.words.iter().map(weight).sum::<f32>() / (sentence.words.len().max(1) as f32).sqrt();
    let by = match sentence.who {
        None => KEPT_BONUS,
        Some(Role::User) => 1.0,
        Some(_) => 0.75,
    };
    let tells = if questions::sentence_asks(sentence.text) { 0.6 } else { 1.0 };
    mean * by * tells * if sentence.opens { 1.1 } else { 1.0 }
}

fn line(sentence: &Sentence<'_>) -> String {
    match sentence.who {
        None => sentence.text.to_owned(),
        Some(Role::User) => format!("User: {}", sentence.text),
        Some(_) => format!("Assistant: {}", sentence.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_the_talk_is_about_is_kept_in_order() {
        let turns = [
            (Role::User, "Hi! I want to plan a trip to Brittany with my two children in May."),
            (
                Role::Assistant,
                "Lovely. Brittany in May is mild, and the children will like the beaches. Anything else?",
            ),
            (Role::User, "Thanks. Our budget for the trip is 900 euros."),
            (Role::Assistant, "Understood."),
            (Role::User, "What about the weather?"),
        ];
        insta::assert_snapshot!(extract(None, &turns, 120), @r"
        User: I want to plan a trip to Brittany with my two children in May.
        User: Our budget for the trip is 900 euros.
        ");
    }

    #[test]
    fn french_talk_is_summed_up_the_same_way() {
        let turns = [
            (Role::User, "Bonjour ! Je prépare un semi-marathon à Nantes au mois de mai."),
            (Role::Assistant, "Très bien. Pour un semi-marathon, trois sorties par semaine suffisent."),
            (Role::User, "D'accord. Mon genou gauche me fait mal depuis la dernière sortie."),
        ];
        let summary = extract(None, &turns, 230);
        assert!(summary.contains("User: Je prépare un semi-marathon à Nantes"), "{summary}");
        assert!(summary.contains("genou gauche"), "{summary}");
    }

    #[test]
    fn a_summary_rolls_on_and_does_not_grow() {
        let first = extract(None, &[(Role::User, "My thesis about whales is due in June.")], 160);
        assert_eq!(first, "User: My thesis about whales is due in June.");
        let turns = [
            (Role::User, "The second chapter of my thesis needs figures."),
            (Role::Assistant, "I can help with figures."),
        ];
        let second = extract(Some(&first), &turns, 160);
        assert!(second.starts_with(&first) && second.contains("second chapter"), "{second}");
        assert!(second.chars().count() <= 160);
    }

    #[test]
    fn a_thing_said_twice_is_kept_once() {
        let turns =
            [(Role::User, "The garden needs water every day."), (Role::User, "The garden needs water every day!")];
        assert_eq!(extract(None, &turns, 500).lines().count(), 1);
    }

    proptest! {
        #[test]
        fn any_talk_fits_and_nothing_is_invented(
            so_far in prop::option::of("[a-zé .\n]{0,80}"),
            turns in prop::collection::vec("[a-zA-Zéà .!?\n]{0,120}", 0..6),
            room in 0_usize..200,
        ) {
            let turns: Vec<_> = turns.iter().map(|text| (Role::User, text.as_str())).collect();
            let summary = extract(so_far.as_deref(), &turns, room);
            prop_assert!(summary.chars().count() <= room);
            for line in summary.lines() {
                let text = line.strip_prefix("User: ").unwrap_or(line);
                let said = turns.iter().any(|(_, turn)| turn.contains(text));
                prop_assert!(said || so_far.as_deref().is_some_and(|so_far| so_far.contains(line)));
            }
        }
    }
}
