//! Words with a meaning, for policies that compare what texts are about.

use std::collections::HashSet;

use crate::text::{Language, fold, is_stop_word};

/// Letters that words of one family share, in place of a stemmer.
const STEM_CHARS: usize = 6;

/// The words with a meaning, folded, cut to what a family shares. English and French stop words are left out, whatever
/// the language of the text.
pub(super) fn content_words(text: &str) -> HashSet<String> {
    let folded = fold(text);
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()) || word.chars().nth(1).is_some());
    let means =
        |word: &&str| ![Language::English, Language::French].iter().any(|language| is_stop_word(word, *language));
    words.filter(means).map(stem).collect()
}

/// What a folded word shares with its family: a plural is its singular, and the end of a long word does not matter.
pub(super) fn stem(folded: &str) -> String {
    let end = if folded.len() > 3 { folded.strip_suffix('s').unwrap_or(folded) } else { folded };
    end.chars().take(STEM_CHARS).collect()
}

/// The share of their words that two texts have in common, 0 to 1.
pub(super) fn overlap(one: &HashSet<String>, other: &HashSet<String>) -> f32 {
    let both = one.intersection(other).count();
    let all = one.len() + other.len() - both;
    both as f32 / all.max(1) as f32
}
