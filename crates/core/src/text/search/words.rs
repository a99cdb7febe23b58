//! Cutting a text into words.

use crate::text::fold;
use std::ops::Range;

/// Letters of a word that count; the rest of a longer run (a hash, a blob) is ignored.
const MAX_CHARS: usize = 40;

/// A word as it stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lowercase, without accents; never empty.
    pub folded: String,
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Its number in the text, from 0.
    pub position: u32,
    /// A grammatical piece cut off at an apostrophe, in whatever language: `l'`, `qu'`, `'s`, `n't`.
    pub is_clitic: bool,
}

/// The words of a text: runs of letters and digits. Ideographs and kana, which are written without spaces, are a word
/// each, so that a phrase of them can be found.
pub fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut run: Option<usize> = None;
    let mut joined = false;
    for (at, c) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        let inside = c.is_alphanumeric() && !is_unspaced(c) || is_combining(c);
        if inside {
            run.get_or_insert(at);
            continue;
        }
        let after_apostrophe = std::mem::take(&mut joined);
        if let Some(start) = run.take() {
            push(&mut words, text, start..at, after_apostrophe);
            joined = is_apostrophe(c);
        }
        if is_unspaced(c) {
            push(&mut words, text, at..at + c.len_utf8(), false);
        }
    }
    words
}

fn push(words: &mut Vec<Word>, text: &str, range: Range<usize>, after_apostrophe: bool) {
    let mut folded = fold(&text[range.clone()]);
    if let Some((cut, _)) = folded.char_indices().nth(MAX_CHARS) {
        folded.truncate(cut);
    }
    if folded.is_empty() {
        return; // combining marks alone
    }
    let mut is_clitic = false;
    if after_apostrophe && let Some(before) = words.last_mut() {
        if before.folded == "aujourd" && folded == "hui" {
            before.folded.push_str("hui");
            before.range.end = range.end;
            return;
        }
        before.is_clitic |= is_elided(&before.folded) || (folded == "t" && before.folded.ends_with('n'));
        is_clitic = matches!(folded.as_str(), "s" | "t" | "re" | "ve" | "ll" | "d" | "m");
    }
    let position = words.len() as u32;
    words.push(Word { folded, range, position, is_clitic });
}

fn is_elided(folded: &str) -> bool {
    matches!(folded, "l" | "d" | "j" | "m" | "t" | "s" | "n" | "c" | "qu" | "jusqu" | "lorsqu" | "puisqu" | "quoiqu")
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
        && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<String> {
        words(text)
            .into_iter()
            .map(|word| if word.is_clitic { format!("({})", word.folded) } else { word.folded })
            .collect()
    }

    #[test]
    fn elisions_and_contractions_are_cut_off() {
        assert_eq!(cut("L’été d'Hélène, jusqu'ici"), ["(l)", "ete", "(d)", "helene", "(jusqu)", "ici"]);
        assert_eq!(cut("don't; John's"), ["(don)", "(t)", "john", "(s)"]);
        assert_eq!(cut("Aujourd'hui rock'n'roll"), ["aujourdhui", "rock", "(n)", "roll"]);
    }

    #[test]
    fn identifiers_fall_into_their_parts() {
        assert_eq!(cut("v1.2.3 foo_bar a-b"), ["v1", "2", "3", "foo", "bar", "a", "b"]);
        assert_eq!(cut("jean.dupont@example.com"), ["jean", "dupont", "example", "com"]);
    }

    #[test]
    fn ideographs_are_a_word_each() {
        assert_eq!(cut("東京 is Tokyo"), ["東", "京", "is", "tokyo"]);
    }

    proptest! {
        #[test]
        fn ranges_lie_on_character_boundaries_in_order(text in "\\PC{0,60}") {
            let mut end = 0;
            for (position, word) in words(&text).into_iter().enumerate() {
                prop_assert!(text.get(word.range.clone()).is_some());
                prop_assert!(word.range.start >= end && !word.folded.is_empty());
                prop_assert_eq!(word.position as usize, position);
                end = word.range.end;
            }
        }
    }
}
