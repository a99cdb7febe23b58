//! What a person typed, understood.

use crate::text::{Language, detect};

use super::{Fuzzy, Word, is_stop, stem, words};

/// Words looked at; the rest of a longer question is ignored.
const MAX_WORDS: usize = 64;

/// A question in terms of the index.
#[derive(Debug, Default)]
pub struct Question {
    /// What scores: any may match. Distinct.
    pub terms: Vec<Term>,
    /// What must stand together.
    pub phrases: Vec<Phrase>,
    /// What must not occur; a single word is a phrase of one.
    pub excluded: Vec<Phrase>,
}

/// One word, in all the forms it may have in the index; together they count as one.
#[derive(Debug)]
pub struct Term {
    /// These, any of them.
    pub forms: Vec<Form>,
    /// Set for `word~`.
    pub fuzzy: Option<Fuzzy>,
}

/// A term as it stands in the index. A document was stemmed by *its* language, and three words are too few to be sure
/// of the question's, so a word is looked for under the stems of both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// A stem, or a stop word as it stands.
    pub term: String,
    /// Whether it is looked for among the stop words, which are kept apart.
    pub is_stop: bool,
}

/// Words in a row.
#[derive(Debug)]
pub struct Phrase {
    /// The forms of each word; their places are their indices.
    pub words: Vec<Vec<Form>>,
}

impl Question {
    /// Never fails: what cannot be understood is taken as words.
    pub fn parse(text: &str) -> Self {
        let language = detect(text);
        let mut question = Self::default();
        let mut scored: Vec<(Word, bool)> = Vec::new();
        let mut budget = MAX_WORDS;
        for part in parts(text) {
            let mut found = words(part.text);
            found.truncate(budget);
            budget -= found.len();
            if found.is_empty() {
                continue;
            }
            if part.negative {
                question.excluded.push(Phrase::new(&found));
                continue;
            }
            if part.quoted && found.len() > 1 {
                question.phrases.push(Phrase::new(&found));
            }
            let fuzzy_at = if part.fuzzy { found.len() - 1 } else { usize::MAX };
            scored.extend(found.into_iter().enumerate().map(|(at, word)| (word, at == fuzzy_at)));
        }
        question.terms = Self::scored_terms(&scored, language);
        question
    }

    /// Stop words count only where there is nothing else.
    fn scored_terms(scored: &[(Word, bool)], language: Language) -> Vec<Term> {
        let has_meaning = |(word, fuzzy): &&(Word, bool)| *fuzzy || !is_stop(word, language);
        let only_stops = !scored.iter().any(|entry| has_meaning(&entry));
        let mut terms: Vec<Term> = Vec::new();
        for (word, fuzzy) in scored.iter().filter(|entry| only_stops || has_meaning(entry)) {
            let forms = if only_stops { all_forms(word) } else { stems(word) };
            if !terms.iter().any(|term| term.forms == forms && term.fuzzy.is_some() == *fuzzy) {
                let fuzzy = fuzzy.then(|| Fuzzy::new(&word.folded, &forms));
                terms.push(Term { forms, fuzzy });
            }
        }
        terms
    }

    /// Whether a match must meet more than the words.
    pub fn has_conditions(&self) -> bool {
        !self.phrases.is_empty() || !self.excluded.is_empty()
    }

    /// Whether nothing can match: nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl Phrase {
    fn new(words: &[Word]) -> Self {
        Self { words: words.iter().map(all_forms).collect() }
    }
}

/// The distinct stems of a word.
pub(super) fn stems(word: &Word) -> Vec<Form> {
    let mut forms = vec![Form { term: stem(&word.folded, Language::English), is_stop: false }];
    let french = Form { term: stem(&word.folded, Language::French), is_stop: false };
    if !forms.contains(&french) {
        forms.push(french);
    }
    forms
}

/// The stems, and the word itself among the stop words.
fn all_forms(word: &Word) -> Vec<Form> {
    let mut forms = stems(word);
    forms.push(Form { term: word.folded.clone(), is_stop: true });
    forms
}

/// A piece of a question between spaces or quotation marks.
#[derive(Debug, PartialEq, Eq)]
struct Part<'t> {
    text: &'t str,
    quoted: bool,
    negative: bool,
    fuzzy: bool,
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return parts;
        }
        // a lone or trailing hyphen excludes nothing
        let (negative, body) = match rest.strip_prefix('-') {
            Some(body) if body.starts_with(|c: char| c.is_alphanumeric() || is_quote(c)) => (true, body),
            _ => (false, rest),
        };
        if let Some((quoted, after)) = in_quotes(body) {
            parts.push(Part { text: quoted, quoted: true, negative, fuzzy: false });
            rest = after;
            continue;
        }
        let body = body.trim_start_matches(is_quote);
        let end = body.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(body.len());
        let (word, after) = body.split_at(end);
        let bare = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        let fuzzy = bare.ends_with('~') && !negative;
        parts.push(Part { text: word, quoted: false, negative, fuzzy });
        rest = after;
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '«' | '»')
}

/// The text between the quotation mark at the start and the next one, and what follows; none when it is not closed.
fn in_quotes(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix(is_quote)?;
    let end = inner.find(is_quote)?;
    let after = inner[end..].chars().next().map_or(end, |quote| end + quote.len_utf8());
    Some((&inner[..end], &inner[after..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `term|form` for what scores, `"…"` for phrases, `-` for what is excluded, `~` for fuzzy.
    fn shown(text: &str) -> Vec<String> {
        let question = Question::parse(text);
        let word = |forms: &[Form]| {
            let forms: Vec<String> =
                forms.iter().map(|form| format!("{}{}", if form.is_stop { "_" } else { "" }, form.term)).collect();
            forms.join("|")
        };
        let phrase = |phrase: &Phrase| {
            let words: Vec<String> = phrase.words.iter().map(|forms| word(forms)).collect();
            words.join(" ")
        };
        let terms = question.terms.iter().map(|t| word(&t.forms) + if t.fuzzy.is_some() { "~" } else { "" });
        let phrases = question.phrases.iter().map(|p| format!("\"{}\"", phrase(p)));
        let excluded = question.excluded.iter().map(|p| format!("-{}", phrase(p)));
        terms.chain(phrases).chain(excluded).collect()
    }

    #[test]
    fn words_are_looked_for_under_the_stems_of_both_languages() {
        assert_eq!(shown("where did Jean go running?"), ["jean", "go", "run|running"]);
        assert_eq!(shown("Quelles étaient les activités ?"), ["activit|activ"]);
    }

    #[test]
    fn stop_words_count_when_there_is_nothing_else() {
        assert_eq!(shown("to be"), ["to|_to", "be|_be"]);
    }

    #[test]
    fn phrases_fuzzy_and_excluded_words_are_understood() {
        insta::assert_debug_snapshot!(shown("\"the cat\" chein~ -dog -\"big dog\" tail"), @r#"
        [
            "cat",
            "chein~",
            "tail",
            "\"the|_the cat|_cat\"",
            "-dog|_dog",
            "-big|_big dog|_dog",
        ]
        "#);
    }

    #[test]
    fn what_cannot_be_understood_is_words() {
        assert_eq!(shown("\"unclosed cat"), ["unclos|unclosed", "cat"]);
        assert_eq!(shown("a - cat -- ~ \"\" - \""), ["cat"]);
        assert_eq!(shown("foo-bar"), ["foo", "bar"]);
        assert!(shown("~ - \" «»").is_empty());
    }

    #[test]
    fn long_questions_are_cut() {
        let text: String = (0..500).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(Question::parse(&text).terms.len(), MAX_WORDS);
    }

    proptest! {
        #[test]
        fn anything_can_be_asked(text in "(\\PC|[\"~ -]){0,80}") {
            let question = Question::parse(&text);
            prop_assert!(question.terms.len() <= MAX_WORDS);
            prop_assert!(question.phrases.iter().chain(&question.excluded).all(|phrase| !phrase.words.is_empty()));
        }
    }
}
