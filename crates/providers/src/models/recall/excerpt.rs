//! The part of a long text that a question is about.

use std::collections::HashSet;

use jarvis_core::text::fold;

/// Longest excerpt, in characters, the marks of what was cut included.
pub(super) const MAX_CHARS: usize = 280;

/// Room for `…` and a space on both sides.
const MARKS: usize = 4;

/// Letters two words must share at their beginning: a cheap stem, enough to choose a passage ("walks", "walking").
const STEM: usize = 5;

/// Shorter words of a question say little about where its answer is.
const MIN_WORD: usize = 3;

/// `text` when it is short, or the passage of at most [`MAX_CHARS`] characters with the most words of `question`, whole
/// words, with `…` where it was cut. `text` is one line.
pub(super) fn excerpt(text: &str, question: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    let words = words(text);
    let wanted = stems(question);
    let stems: Vec<_> = words.iter().map(|word| stem(word).filter(|stem| wanted.contains(stem))).collect();
    let (start, end) = best_window(&words, &stems);
    let passage = words[start..end].join(" ");
    let before = if start > 0 { "… " } else { "" };
    let after = if end < words.len() { " …" } else { "" };
    format!("{before}{passage}{after}")
}

/// The words between spaces; one that would fill an excerpt alone is cut into several.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        words.extend(letters.chunks(MAX_CHARS - MARKS).map(|part| part.iter().collect::<String>()));
    }
    words
}

/// The first longest-fitting window with the most different wanted words; a lead of context stays before the first.
fn best_window(words: &[String], stems: &[Option<String>]) -> (usize, usize) {
    let mut best = (0, 0, 0);
    let (mut end, mut length) = (0, 0);
    for start in 0..words.len() {
        while let Some(word) = words.get(end) {
            let longer = length + word.chars().count() + usize::from(end > start);
            if longer > MAX_CHARS - MARKS {
                break;
            }
            length = longer;
            end += 1;
        }
        let found = stems[start..end].iter().flatten().collect::<HashSet<_>>().len();
        if found > best.2 || start == 0 {
            best = (start, end, found);
        }
        length = length.saturating_sub(words[start].chars().count() + 1);
    }
    (best.0, best.1)
}

fn stems(question: &str) -> HashSet<String> {
    question.split(|c: char| !c.is_alphanumeric()).filter_map(stem).collect()
}

fn stem(word: &str) -> Option<String> {
    let folded = fold(word.trim_matches(|c: char| !c.is_alphanumeric()));
    // l'orage is about "orage"
    let bare = folded.rsplit('\'').next().unwrap_or_default();
    (bare.chars().count() >= MIN_WORD).then(|| bare.chars().take(STEM).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_texts_stay_whole() {
        assert_eq!(excerpt("My dog is called Rex.", "dog"), "My dog is called Rex.");
    }

    #[test]
    fn the_passage_with_the_answer_is_shown() {
        let filler = "and then some more was said about nothing at all ".repeat(12);
        let text = format!("{filler}my dog, Rex, walks in l'Été {filler}");
        let shown = excerpt(text.trim(), "Where does my dog walk in ete?");
        assert!(shown.contains("my dog, Rex, walks in l'Été"), "{shown}");
        assert!(shown.starts_with("… ") && shown.ends_with(" …"));
    }

    #[test]
    fn without_a_match_the_beginning_is_shown() {
        let shown = excerpt(&"word ".repeat(100), "unrelated");
        assert!(shown.starts_with("word word") && shown.ends_with("word …"), "{shown}");
    }

    proptest! {
        #[test]
        fn an_excerpt_is_never_too_long(text in "(\\PC{0,40} ?){0,20}", question in "\\PC{0,30}") {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert!(excerpt(&text, &question).chars().count() <= MAX_CHARS);
        }

        #[test]
        fn an_excerpt_is_part_of_the_text(text in "([a-z]{1,9} ){0,120}[a-z]{1,400}", question in "[a-z]{0,9}") {
            let shown = excerpt(&text, &question);
            let passage = shown.trim_start_matches("… ").trim_end_matches(" …");
            prop_assert!(!passage.is_empty() && passage.split(' ').all(|word| text.contains(word)));
        }
    }
}
