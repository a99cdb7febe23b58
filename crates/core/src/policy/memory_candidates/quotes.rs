//! Where a sentence repeats somebody's words.

use std::ops::Range;

/// Byte ranges between matching quotation marks. An apostrophe is not a mark: `'` counts only around whole words.
pub(super) fn spans(sentence: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some((start, closing)) = sentence[from..].char_indices().find_map(|(at, c)| {
        let at = from + at;
        closing_mark(c, &sentence[..at]).map(|closing| (at + c.len_utf8(), closing))
    }) {
        from = start;
        if let Some(length) = closing_at(&sentence[start..], closing) {
            spans.push(start..start + length);
            from = start + length + closing.len_utf8();
        }
    }
    spans
}

fn closing_mark(c: char, before: &str) -> Option<char> {
    match c {
        '"' => Some('"'),
        '“' | '„' => Some('”'),
        '«' => Some('»'),
        '‘' => Some('’'),
        '`' => Some('`'),
        '\'' if before.is_empty() || before.ends_with([' ', '(', ':']) => Some('\''),
        _ => None,
    }
}

fn closing_at(text: &str, mark: char) -> Option<usize> {
    let is_apostrophe = |at: usize| text[at + mark.len_utf8()..].starts_with(char::is_alphanumeric);
    text.char_indices()
        .find(|(at, c)| *c == mark && !(matches!(mark, '\'' | '’') && is_apostrophe(*at)))
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_must_match_and_apostrophes_are_not_marks() {
        let cases: &[(&str, &[&str])] = &[
            ("she said \"I love cats\" twice", &["I love cats"]),
            ("il dit « j'aime » et “non”", &[" j'aime ", "non"]),
            ("he said: 'I don't know' and left", &["I don't know"]),
            ("I don't know the boys' names", &[]),
            ("5\" disk", &[]),
            ("\"a\" \"b\"", &["a", "b"]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = spans(text).into_iter().map(|span| &text[span]).collect();
            assert_eq!(&found, expected, "{text}");
        }
    }
}
