//! What every index of texts shares, so that all find the same: from a text to what is indexed of it, from what a person
//! typed to what is looked for, and the passage that shows why a text was found.

mod fuzzy;
mod question;
mod snippet;
mod stem;
mod words;

pub use fuzzy::Fuzzy;
pub use question::{Form, Phrase, Question, Term};
pub use snippet::snippet;
pub use words::{Word, words};

use crate::text::{Language, detect, is_stop_word};
use stem::stem;

/// What is indexed of one word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// A stem of the text's language; a stop word stays as it is.
    pub term: String,
    /// Its number in the text: stop words count, so that phrases know the distance.
    pub position: u32,
    /// Stop words are kept apart: only phrases, and questions made of nothing else, look at them.
    pub is_stop: bool,
}

/// The tokens of a text, in the language it is most likely in.
pub fn analyse(text: &str) -> Vec<Token> {
    let language = detect(text);
    words(text)
        .into_iter()
        .map(|word| {
            let is_stop = is_stop(&word, language);
            let term = if is_stop { word.folded } else { stem(&word.folded, language) };
            Token { term, position: word.position, is_stop }
        })
        .collect()
}

/// Whether a word carries no meaning of its own.
fn is_stop(word: &Word, language: Language) -> bool {
    word.is_clitic || is_stop_word(&word.folded, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_keep_their_place() {
        let tokens = analyse("Où est l'école de Zoé ?");
        let shown: Vec<String> = tokens
            .iter()
            .map(|token| format!("{}{}{}", token.position, if token.is_stop { "-" } else { ":" }, token.term))
            .collect();
        assert_eq!(shown, ["0-ou", "1-est", "2-l", "3:ecol", "4-de", "5:zo"]);
    }

    #[test]
    fn accents_change_nothing() {
        for text in ["Les élèves étudiées à l’université", "La forêt brûlée était là", "Œuvres complètes de Molière"]
        {
            assert_eq!(analyse(text), analyse(&crate::text::fold(text)), "{text}");
        }
    }
}
