//! Tokens a language model would count, when it does not tell.
//!
//! An estimate that is too low costs an answer (the model refuses the prompt), one that is too high costs a turn or two
//! of history, so every rule here leans to more. It is additive over lines: `a`, a line break and `b` together count for
//! `a`, 1 and `b`, so that a prompt may be measured piece by piece.

/// What a letter, sign or break counts for, in quarters of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Part of a word in Latin script; a whole word is rounded up.
    InWord(u32),
    /// Counts by itself and ends a word.
    Alone(u32),
}

/// A token has four quarters.
const QUARTERS: u32 = 4;

/// About one token for four Latin letters, counted word by word and rounded up; one for each digit, sign and line break;
/// one for each letter of another alphabet; one and a half for each Chinese, Japanese or Korean character; one for each
/// byte of an emoji.
pub fn estimate_tokens(text: &str) -> u32 {
    let (mut whole, mut word, mut in_spaces) = (0_u32, 0_u32, false);
    for c in text.chars() {
        let is_space = c == ' ';
        match weigh(c, in_spaces) {
            Weight::InWord(quarters) => word = word.saturating_add(quarters),
            Weight::Alone(quarters) => {
                whole = whole.saturating_add(word.next_multiple_of(QUARTERS)).saturating_add(quarters);
                word = 0;
            }
        }
        in_spaces = is_space;
    }
    whole.saturating_add(word.next_multiple_of(QUARTERS)).div_ceil(QUARTERS)
}

fn weigh(c: char, after_space: bool) -> Weight {
    match c {
        // the first space belongs to the word that follows it; code is indented with several
        ' ' => Weight::Alone(u32::from(after_space) * 2),
        'a'..='z' | 'A'..='Z' => Weight::InWord(1),
        '\0'..='\x7f' => Weight::Alone(QUARTERS),
        // Latin letters with accents split a word into more pieces
        '\u{c0}'..='\u{24f}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}' => Weight::InWord(3),
        // Hangul, kana, Han and their signs
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' => {
            Weight::Alone(6)
        }
        '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' => Weight::Alone(6),
        _ if c.len_utf8() == 4 => Weight::Alone(4 * QUARTERS),
        _ if c.is_alphabetic() => Weight::Alone(QUARTERS),
        // dashes, quotation marks, symbols
        _ => Weight::Alone(2 * QUARTERS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_script_counts_for_what_it_costs() {
        let cases = [
            ("", 0),
            ("a", 1),
            ("I live in Paris.", 6),
            ("remember", 2),
            ("internationalisation", 5),
            ("préféré", 4),
            ("2026-11-21", 10),
            ("fn main() {}", 6),
            ("a    b", 4),
            ("猫が好き", 6),
            ("Привет", 6),
            ("🙂", 4),
            ("a\n\nb", 4),
        ];
        for (text, expected) in cases {
            assert_eq!(estimate_tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn plain_prose_is_not_overestimated_by_half() {
        let english =
            "When I was a child we lived by the sea, and every evening my mother walked with us to the harbour.";
        let words = u32::try_from(english.split(' ').count()).unwrap();
        assert!((words..words * 3 / 2 + 1).contains(&estimate_tokens(english)), "{}", estimate_tokens(english));
    }

    proptest! {
        #[test]
        fn lines_add_up(a in "\\PC{0,40}", b in "\\PC{0,40}") {
            let (one, other) = (estimate_tokens(&a), estimate_tokens(&b));
            let both = estimate_tokens(&format!("{a}\n{b}"));
            prop_assert!(both <= one + 1 + other);
            prop_assert!(both + 1 >= one + other);
        }

        #[test]
        fn more_text_never_counts_for_less(a in "\\PC{0,40}", b in "\\PC{0,40}") {
            let both = estimate_tokens(&[a.as_str(), b.as_str()].concat());
            prop_assert!(both >= estimate_tokens(&a));
        }
    }
}
