//! A text cut into words as the uncased BERT models do it: Devlin et al. 2018, `BasicTokenizer`.

use std::ops::ControlFlow;

use unicode_categories::UnicodeCategories as _;
use unicode_normalization::char::decompose_canonical;

/// A longer word has no pieces, whatever it is made of.
pub(crate) const MAX_CHARS: usize = 100;

/// Collects the words of a text in a buffer that is used again for each.
pub(crate) struct Words {
    word: String,
    chars: usize,
}

impl Words {
    pub(crate) fn new() -> Self {
        // a character of up to four bytes, and one more than may be
        Self { word: String::with_capacity(4 * (MAX_CHARS + 1)), chars: 0 }
    }

    /// Shows every word, lowercase and without accents, until `visit` breaks. Of a word longer than [`MAX_CHARS`] only
    /// so much is shown that this can be seen.
    pub(crate) fn visit(&mut self, text: &str, mut visit: impl FnMut(&str) -> ControlFlow<()>) {
        self.clear();
        let flow = text.chars().try_for_each(|c| self.read(c, &mut visit));
        if flow.is_continue() {
            // Breaking at the last word changes nothing.
            let _ = self.end_word(&mut visit);
        }
    }

    fn read(&mut self, c: char, visit: &mut impl FnMut(&str) -> ControlFlow<()>) -> ControlFlow<()> {
        if c.is_ascii() {
            return self.read_plain(c.to_ascii_lowercase(), visit);
        }
        if c == char::REPLACEMENT_CHARACTER || c.is_other() {
            return ControlFlow::Continue(());
        }
        if is_ideograph(c) {
            self.end_word(visit)?;
            self.read_composed(c, visit)?;
            return self.end_word(visit);
        }
        self.read_composed(c, visit)
    }

    /// A character outside ASCII: its parts without accents. The order of several accents does not matter, since all
    /// of them go.
    fn read_composed(&mut self, c: char, visit: &mut impl FnMut(&str) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut flow = ControlFlow::Continue(());
        decompose_canonical(c, |part| {
            if !part.is_mark_nonspacing() {
                for lower in part.to_lowercase() {
                    if flow.is_continue() {
                        flow = self.read_plain(lower, visit);
                    }
                }
            }
        });
        flow
    }

    fn read_plain(&mut self, c: char, visit: &mut impl FnMut(&str) -> ControlFlow<()>) -> ControlFlow<()> {
        if c.is_ascii_alphanumeric() {
            self.push(c);
        } else if c.is_whitespace() {
            self.end_word(visit)?;
        } else if c.is_ascii_punctuation() || c.is_punctuation() {
            self.end_word(visit)?;
            self.push(c);
            self.end_word(visit)?;
        } else if !c.is_ascii_control() {
            self.push(c);
        }
        ControlFlow::Continue(())
    }

    fn push(&mut self, c: char) {
        if self.chars <= MAX_CHARS {
            self.word.push(c);
            self.chars += 1;
        }
    }

    fn end_word(&mut self, visit: &mut impl FnMut(&str) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.word.is_empty() {
            return ControlFlow::Continue(());
        }
        let flow = visit(&self.word);
        self.clear();
        flow
    }

    fn clear(&mut self) {
        self.word.clear();
        self.chars = 0;
    }
}

/// The ideographs that stand as words of their own; the ranges are those of the original, which are not Unicode's
/// newest.
fn is_ideograph(c: char) -> bool {
    matches!(
        c,
        '\u{4e00}'..='\u{9fff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{20000}'..='\u{2a6df}'
            | '\u{2a700}'..='\u{2b73f}'
            | '\u{2b740}'..='\u{2b81f}'
            | '\u{2b920}'..='\u{2ceaf}'
            | '\u{f900}'..='\u{faff}'
            | '\u{2f800}'..='\u{2fa1f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        Words::new().visit(text, |word| {
            all.push(word.to_owned());
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn case_accents_and_invisible_characters_go() {
        assert_eq!(words("  Été\u{200b} À\tL’ŒUVRE e\u{301} \0x\u{fffd}"), ["ete", "a", "l", "’", "œuvre", "e", "x"]);
        assert_eq!(words("İSTANBUL ΣΑΣ"), ["istanbul", "σασ"]);
    }

    #[test]
    fn punctuation_and_ideographs_stand_alone() {
        assert_eq!(words("f(x)=$2, «oui»"), ["f", "(", "x", ")", "=", "$", "2", ",", "«", "oui", "»"]);
        assert_eq!(words("我a爱"), ["我", "a", "爱"]);
    }

    #[test]
    fn a_long_word_does_not_fill_the_memory() {
        let word = &words(&"é".repeat(10_000))[0];
        assert_eq!(word.len(), MAX_CHARS + 1);
    }

    #[test]
    fn nothing_is_read_after_the_visitor_stops() {
        let mut seen = 0;
        Words::new().visit("one two three", |_| {
            seen += 1;
            ControlFlow::Break(())
        });
        assert_eq!(seen, 1);
    }
}
