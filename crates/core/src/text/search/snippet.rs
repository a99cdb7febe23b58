//! The passage of a text that shows why it was found.

use crate::ports::Snippet;
use std::{collections::HashMap, ops::Range};

use super::{Question, Term, Word, question::stems, words};

/// Characters of a passage, without the marks of a cut.
const MAX_CHARS: usize = 238;
/// Of which stand before the first match, for its context.
const CONTEXT_CHARS: usize = 60;

/// The passage of a text, at most 240 characters, with the most different words of the question, and its matches.
pub fn snippet(question: &Question, text: &str) -> Snippet {
    let words = words(text);
    let hits: Vec<(usize, Range<usize>)> =
        words.into_iter().filter_map(|word| Some((matching(question, &word)?, word.range))).collect();
    let passage = passage(text, best_start(text, &hits));
    let mut out = String::with_capacity(passage.len() + 6);
    if !text[..passage.start].trim_start().is_empty() {
        out.push('…');
    }
    let shift = out.len();
    out.push_str(&text[passage.clone()]);
    if passage.end < text.trim_end().len() {
        out.push('…');
    }
    let inside = hits.into_iter().map(|(_, range)| range).filter(|r| r.start >= passage.start && r.end <= passage.end);
    let matches = inside.map(|r| r.start - passage.start + shift..r.end - passage.start + shift).collect();
    Snippet { text: out, matches }
}

/// Which term of the question a word is.
fn matching(question: &Question, word: &Word) -> Option<usize> {
    // stemming costs, and most words begin with another letter than all that was asked for: a stem keeps its first
    let first = word.folded.chars().next();
    let may_match =
        |term: &Term| term.fuzzy.is_some() || term.forms.iter().any(|form| form.term.chars().next() == first);
    if !question.terms.iter().any(may_match) {
        return None;
    }
    let stems = stems(word);
    question.terms.iter().position(|term| {
        term.forms.iter().any(|form| if form.is_stop { form.term == word.folded } else { stems.contains(form) })
            || term.fuzzy.as_ref().is_some_and(|fuzzy| {
                fuzzy.distance(&word.folded).is_some() || stems.iter().any(|stem| fuzzy.distance(&stem.term).is_some())
            })
    })
}

/// Where the densest run of matches begins; the beginning when nothing matches.
fn best_start(text: &str, hits: &[(usize, Range<usize>)]) -> usize {
    let room = MAX_CHARS - CONTEXT_CHARS;
    let (mut best, mut start) = ((0, 0), 0);
    let mut inside: HashMap<usize, usize> = HashMap::new();
    let mut last = 0;
    for (first, (term, range)) in hits.iter().enumerate() {
        while last < hits.len() && text[range.start..hits[last].1.end].chars().nth(room).is_none() {
            *inside.entry(hits[last].0).or_default() += 1;
            last += 1;
        }
        let found = (inside.len(), last - first);
        if found > best {
            (best, start) = (found, range.start);
        }
        if last == first {
            last += 1; // a word longer than a passage
        } else if let Some(count) = inside.get_mut(term) {
            *count -= 1;
            if *count == 0 {
                inside.remove(term);
            }
        }
    }
    start
}

/// The bytes to show: some context before `at`, cut between words where there are any.
fn passage(text: &str, at: usize) -> Range<usize> {
    let trimmed = text.len() - text.trim_start().len();
    let before = text[..at].char_indices().rev().take(CONTEXT_CHARS).last().map_or(at, |(index, _)| index);
    let start = if before <= trimmed {
        trimmed
    } else {
        text[before..at]
            .char_indices()
            .find(|(_, c)| c.is_whitespace())
            .map_or(before, |(index, c)| before + index + c.len_utf8())
    };
    let end = text[start..].char_indices().nth(MAX_CHARS).map_or(text.len(), |(index, _)| start + index);
    if end == text.len() {
        return start..text.trim_end().len().max(start);
    }
    // a space in the second half, or a cut within a word longer than that
    let space = text[start..end].rfind(char::is_whitespace).map(|index| start + index);
    let end = space.filter(|space| *space > start + (end - start) / 2).unwrap_or(end);
    start..start + text[start..end].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The passage with its matches in brackets.
    fn shown(question: &str, text: &str) -> String {
        let snippet = snippet(&Question::parse(question), text);
        let mut out = snippet.text.clone();
        for range in snippet.matches.into_iter().rev() {
            out.insert(range.end, ']');
            out.insert(range.start, '[');
        }
        out
    }

    #[test]
    fn matches_are_marked_by_stem_and_without_accents() {
        assert_eq!(shown("ecole", "Les écoles de l'École"), "Les [écoles] de l'[École]");
        assert_eq!(shown("running dogs", "A dog runs."), "A [dog] [runs].");
        assert_eq!(shown("chein~", "mon chien dort"), "mon [chien] dort");
        assert_eq!(shown("zebra", "  nothing here  "), "nothing here");
    }

    #[test]
    fn long_texts_are_cut_around_the_matches() {
        let text = format!("{}the blue garden has roses{}", "filler words ".repeat(60), " more words".repeat(60));
        let shown = shown("roses garden", &text);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("blue [garden] has [roses]"), "{shown}");
    }

    proptest! {
        #[test]
        fn passages_are_short_and_ranges_valid(text in "(\\PC|[ aé'’\n]){0,600}", question in "[a-zé \"~-]{0,20}") {
            let snippet = snippet(&Question::parse(&question), &text);
            prop_assert!(snippet.text.chars().count() <= 240);
            let mut end = 0;
            for range in snippet.matches {
                prop_assert!(range.start >= end && snippet.text.get(range.clone()).is_some_and(|m| !m.is_empty()));
                end = range.end;
            }
        }
    }
}
