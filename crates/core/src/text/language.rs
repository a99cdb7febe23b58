//! Which language a text is in, of those that search stems.
//!
//! Questions are often three words long, where statistics over letters guess. So the words that make up the grammar of
//! each language, its accents, elisions and spelling habits vote first; letter statistics break a tie.

use super::{fold, stop_words::is_stop_word};

/// A language that search analyses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, and the default for what cannot be told.
    English,
    /// French.
    French,
}

/// Words looked at; the language of a long text shows early.
const WORDS_READ: usize = 200;

/// The language of a text; English when it cannot be told.
pub fn detect(text: &str) -> Language {
    // positive: French, negative: English
    let mut votes = 0_i32;
    for word in text.split(|c: char| !(c.is_alphanumeric() || is_apostrophe(c))).take(WORDS_READ) {
        votes += vote(word);
    }
    match votes {
        1.. => Language::French,
        ..=-1 => Language::English,
        0 => by_letters(text),
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

/// What one word (apostrophes included) says.
fn vote(word: &str) -> i32 {
    const SURE: i32 = 4;
    if word.is_empty() {
        return 0;
    }
    let accent = if word.chars().any(|c| matches!(c.to_ascii_lowercase(), 'à'..='ü' | 'À'..='Ü' | 'œ' | 'Œ')) {
        SURE
    } else {
        0
    };
    let mut parts = word.split(is_apostrophe);
    let first = fold(parts.next().unwrap_or_default());
    let Some(second) = parts.next().map(fold).filter(|second| !second.is_empty()) else {
        return accent + grammar(&first, SURE) + spelling(&first);
    };
    let elided = matches!(
        first.as_str(),
        "l" | "d" | "j" | "m" | "t" | "s" | "n" | "c" | "qu" | "jusqu" | "lorsqu" | "puisqu" | "aujourd"
    );
    let contracted = matches!(second.as_str(), "s" | "t" | "re" | "ve" | "ll" | "d" | "m");
    match (elided, contracted) {
        (true, false) => accent + SURE + grammar(&second, SURE) + spelling(&second),
        (false, true) => accent - SURE,
        _ => accent,
    }
}

/// A word of one language's grammar and not of the other's.
fn grammar(folded: &str, weight: i32) -> i32 {
    match (
        is_stop_word(folded, Language::French) || FRENCH_MARKERS.contains(&folded),
        is_stop_word(folded, Language::English) || ENGLISH_MARKERS.contains(&folded),
    ) {
        (true, false) => weight,
        (false, true) => -weight,
        _ => 0,
    }
}

/// Frequent words with a meaning, in one language only, that short questions and notes are made of.
const FRENCH_MARKERS: &[&str] = &[
    "aime", "bien", "bonjour", "bonsoir", "chat", "chien", "combien", "demain", "deux", "dire", "faire", "faut",
    "hier", "jour", "jamais", "maison", "merci", "oui", "parle", "peut", "peux", "plus", "quelque", "rien", "salut",
    "semaine", "toujours", "tout", "tous", "toute", "trois", "va", "vais", "veut", "veux", "voir", "voiture",
];

/// The same for English.
const ENGLISH_MARKERS: &[&str] = &[
    "always",
    "bye",
    "day",
    "find",
    "get",
    "give",
    "go",
    "going",
    "good",
    "hello",
    "hi",
    "last",
    "let",
    "like",
    "list",
    "make",
    "many",
    "much",
    "need",
    "never",
    "new",
    "next",
    "now",
    "one",
    "please",
    "say",
    "show",
    "tell",
    "thanks",
    "think",
    "today",
    "tomorrow",
    "two",
    "want",
    "week",
    "well",
    "yes",
    "yesterday",
];

/// What the spelling of a word with a meaning suggests; weaker than grammar.
fn spelling(folded: &str) -> i32 {
    const FRENCH: &[&str] = &[
        "eur", "eurs", "euse", "eux", "aux", "eau", "eaux", "ez", "ais", "ait", "aient", "oir", "oire", "ette", "elle",
        "ique", "iques", "age", "ee", "ees", "tre", "ier", "iere", "ois", "oix", "aine", "erie", "ance", "isse",
    ];
    const ENGLISH: &[&str] = &[
        "ing", "ings", "ly", "ness", "ship", "ful", "less", "ight", "ty", "ry", "ed", "th", "ck", "sh", "ay", "ey",
        "er", "ers", "ow", "ew", "wn", "ll", "ss", "ch", "ook", "ool", "eed", "oom", "ood", "my", "dy", "ny",
    ];
    const MIN_LETTERS: usize = 4;
    if folded.len() < MIN_LETTERS {
        return 0;
    }
    let letters = i32::from(folded.contains(['w', 'k'])) + i32::from(folded.contains("th"));
    let suffix = |list: &[&str]| i32::from(list.iter().any(|suffix| folded.ends_with(suffix)));
    suffix(FRENCH) - suffix(ENGLISH) - letters
}

fn by_letters(text: &str) -> Language {
    let detector = whatlang::Detector::with_allowlist(vec![whatlang::Lang::Eng, whatlang::Lang::Fra]);
    match detector.detect_lang(text) {
        Some(whatlang::Lang::Fra) => Language::French,
        _ => Language::English,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Share of the committed sentences of one language that are told right.
    fn accuracy(sentences: &str, language: Language) -> f64 {
        let lines: Vec<&str> = sentences.lines().filter(|line| !line.is_empty()).collect();
        assert!(lines.len() >= 200, "the measured set has at least 200 sentences a language");
        let wrong: Vec<&&str> = lines.iter().filter(|line| detect(line) != language).collect();
        println!("{language:?}: {} of {} wrong: {wrong:#?}", wrong.len(), lines.len());
        1.0 - wrong.len() as f64 / lines.len() as f64
    }

    #[test]
    fn short_sentences_are_told_right() {
        assert!(accuracy(include_str!("language/english.txt"), Language::English) >= 0.98);
        assert!(accuracy(include_str!("language/french.txt"), Language::French) >= 0.98);
    }

    #[test]
    fn what_cannot_be_told_is_english() {
        for text in ["", "   ", "42", "v1.2.3", "???"] {
            assert_eq!(detect(text), Language::English, "{text:?}");
        }
    }

    #[test]
    fn short_texts_without_accents_are_told() {
        assert_eq!(detect("ou est le chat"), Language::French);
        assert_eq!(detect("l’ecole"), Language::French);
        assert_eq!(detect("where's my cat"), Language::English);
    }
}
