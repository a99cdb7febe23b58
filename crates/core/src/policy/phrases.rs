//! Phrases as data: the policies list what people say as short patterns, and this module matches them.
//!
//! A pattern is a list of elements separated by spaces, matched against folded words (lowercase, no accents, split at
//! apostrophes and hyphens, so `J'habite` is `j habite`):
//!
//! - `word` or `one|other`: one of these; `two_words` stand side by side;
//! - `@name`: any word of a named set;
//! - `#` a word that starts with a digit, `^` a capitalised word, `*` any word, `$` the end of the clause;
//! - `..` up to four words within the same clause;
//! - a trailing `?` makes an element optional.
//!
//! All but `..` mix: `@pet|@family|flat|#`.
//!
//! A pattern matches a beginning: what follows it does not matter.

use crate::text::fold;

/// Words that `..` may stand for at most: more would join what does not belong together.
const MAX_GAP: usize = 4;

/// Phrases that are skipped one after the other at most. Every clause is asked what it begins with: without an end, "so, so, so, …"
/// would cost the square of its length.
const MAX_SKIPPED: usize = 8;

/// A word of a text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Lowercase, without accents.
    pub(super) folded: String,
    /// Byte offset of its first letter.
    pub(super) start: usize,
    /// Byte offset after its last letter.
    pub(super) end: usize,
    /// Whether it begins with a capital.
    pub(super) capitalised: bool,
    /// Whether a comma, colon, semicolon, dash or bracket stands before it.
    pub(super) after_break: bool,
}

/// The words of `text`, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut after_break = false;
    let mut start = None;
    let mut previous = ' ';
    // a separator after the end closes the last word
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if is_word_char(c) {
            start.get_or_insert(at);
        } else {
            if let Some(start) = start.take() {
                let word = &text[start..at];
                words.push(Word {
                    folded: fold(word),
                    start,
                    end: at,
                    capitalised: word.chars().next().is_some_and(char::is_uppercase),
                    after_break: std::mem::take(&mut after_break),
                });
            }
            // a hyphen inside a word joins, one between spaces separates
            after_break |= matches!(c, ',' | ';' | ':' | '(' | ')' | '–' | '—') || (c == '-' && previous == ' ');
        }
        previous = c;
    }
    words
}

fn is_word_char(c: char) -> bool {
    // combining accents belong to the letter before them
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Named sets: a name, then its words separated by spaces.
pub(super) type Sets = &'static [(&'static str, &'static str)];

/// A pattern, read once.
#[derive(Debug)]
pub(super) struct Phrase(Vec<Element>);

#[derive(Debug)]
struct Element {
    /// Nothing for `..`.
    one_of: Vec<Atom>,
    optional: bool,
}

#[derive(Debug)]
enum Atom {
    Words(Vec<&'static str>),
    Number,
    Capitalised,
    Any,
    End,
}

impl Phrase {
    /// Reads a pattern; `sets` resolves its `@name`s.
    pub(super) fn new(pattern: &'static str, sets: Sets) -> Self {
        Self(pattern.split_whitespace().map(|element| Element::new(element, sets)).collect())
    }

    /// Reads many patterns that name no sets.
    pub(super) fn plain(patterns: &[&'static str]) -> Vec<Self> {
        patterns.iter().map(|pattern| Self::new(pattern, &[])).collect()
    }

    /// How many of `words` it takes when they begin with it; the shortest way when there are several.
    pub(super) fn matches(&self, words: &[Word]) -> Option<usize> {
        take(&self.0, words, 0)
    }

    /// Whether a set is unknown or an element says nothing: a slip that a test refuses.
    #[cfg(test)]
    pub(super) fn is_broken(&self) -> bool {
        let is_slip =
            |word: &str| word.is_empty() || !word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let atoms = || self.0.iter().flat_map(|element| &element.one_of);
        self.0.is_empty()
            || atoms().any(|atom| matches!(atom, Atom::Words(words) if words.iter().any(|word| is_slip(word))))
    }
}

impl Element {
    fn new(text: &'static str, sets: Sets) -> Self {
        let (text, optional) = text.strip_suffix('?').map_or((text, false), |text| (text, true));
        let mut one_of = Vec::new();
        for atom in text.split('|').filter(|_| text != "..") {
            match atom {
                "#" => one_of.push(Atom::Number),
                "^" => one_of.push(Atom::Capitalised),
                "*" => one_of.push(Atom::Any),
                "$" => one_of.push(Atom::End),
                _ => match atom.strip_prefix('@').and_then(|name| sets.iter().find(|(known, _)| *known == name)) {
                    Some((_, set)) => one_of.extend(set.split_whitespace().map(|word| Atom::Words(vec![word]))),
                    None => one_of.push(Atom::Words(atom.split('_').collect())),
                },
            }
        }
        Self { one_of, optional }
    }
}

impl Atom {
    /// How many of `words` it takes.
    fn takes(&self, words: &[Word]) -> Option<usize> {
        let first = words.first();
        match self {
            Self::Words(all) => {
                let same = words.len() >= all.len() && all.iter().zip(words).all(|(word, found)| found.folded == *word);
                same.then_some(all.len())
            }
            Self::Number => first.filter(|word| word.folded.starts_with(|c: char| c.is_ascii_digit())).map(|_| 1),
            Self::Capitalised => first.filter(|word| word.capitalised).map(|_| 1),
            Self::Any => first.map(|_| 1),
            Self::End => first.is_none_or(|word| word.after_break).then_some(0),
        }
    }
}

/// Backtracks over alternatives, optional elements and gaps; patterns are short, so the recursion is a dozen deep at most.
fn take(elements: &[Element], words: &[Word], taken: usize) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else { return Some(taken) };
    let left = &words[taken..];
    if element.one_of.is_empty() {
        let reach = left.iter().take(MAX_GAP).take_while(|word| !word.after_break).count();
        return (0..=reach).find_map(|gap| take(rest, words, taken + gap));
    }
    let here =
        element.one_of.iter().filter_map(|atom| atom.takes(left)).find_map(|more| take(rest, words, taken + more));
    if here.is_none() && element.optional { take(rest, words, taken) } else { here }
}

/// How many of `words` are skipped one phrase after the other; `skip` answers how many the next one takes, 0 when it is none.
pub(super) fn skipped(words: &[Word], skip: impl Fn(&[Word]) -> usize) -> usize {
    let mut taken = 0;
    for _ in 0..MAX_SKIPPED {
        match skip(&words[taken..]) {
            0 => break,
            more => taken += more,
        }
    }
    taken
}

/// The most words that one of `phrases` takes at the beginning of `words`; 0 when none matches.
pub(super) fn longest(phrases: &[Phrase], words: &[Word]) -> usize {
    phrases.iter().filter_map(|phrase| phrase.matches(words)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SETS: Sets = &[("pet", "dog cat")];

    fn matches(pattern: &'static str, text: &str) -> Option<usize> {
        Phrase::new(pattern, SETS).matches(&words(text))
    }

    #[test]
    fn words_are_folded_and_know_their_place() {
        let text = "J’habite à Été-sur-Mer, (près) - là";
        let found = words(text);
        let folded: Vec<_> = found.iter().map(|word| word.folded.as_str()).collect();
        assert_eq!(folded, ["j", "habite", "a", "ete", "sur", "mer", "pres", "la"]);
        assert!(found.iter().all(|word| fold(&text[word.start..word.end]) == word.folded));
        let breaks: Vec<_> = found.iter().filter(|word| word.after_break).map(|word| word.folded.as_str()).collect();
        assert_eq!(breaks, ["pres", "la"]);
    }

    #[test]
    fn elements_match_as_documented() {
        assert_eq!(matches("i love|hate", "I hate rain"), Some(2));
        assert_eq!(matches("i really? love", "I love rain"), Some(2));
        assert_eq!(matches("i really? love", "I really love rain"), Some(3));
        assert_eq!(matches("my @pet", "My cat sleeps"), Some(2));
        assert_eq!(matches("my @pet|bird", "My bird sleeps"), Some(2));
        assert_eq!(matches("my @pet", "My car"), None);
        assert_eq!(matches("i am # years", "I am 34 years old"), Some(4));
        assert_eq!(matches("i am ^", "I am Anna"), Some(3));
        assert_eq!(matches("i am ^", "I am anna"), None);
        assert_eq!(matches("i have .. dog", "I have a big old brown dog"), Some(7));
        assert_eq!(matches("i have .. dog", "I have a very big old brown dog"), None);
        assert_eq!(matches("i have .. dog", "I have time, a dog"), None);
        assert_eq!(matches("i am ok $", "I am ok, thanks"), Some(3));
        assert_eq!(matches("i am ok $", "I am ok with it"), None);
        assert_eq!(matches("i live alone|on_my_own $", "I live on my own"), Some(5));
        assert_eq!(matches("i live on_my_own", "I live on my"), None);
        assert_eq!(matches("i am #|^|$", "I am"), Some(2));
        assert_eq!(matches("*", ""), None);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,80}") {
            for word in words(&text) {
                prop_assert!(word.start < word.end && text.is_char_boundary(word.start) && text.is_char_boundary(word.end));
            }
        }
    }
}
