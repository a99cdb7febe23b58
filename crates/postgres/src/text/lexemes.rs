//! How words lie in a `tsvector`.

use jarvis_core::{
    id::UserId,
    text::search::{Form, analyse},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Raise it with every change to `jarvis_core::text::search` or to what is stored: an index of another version begins anew.
pub(super) const VERSION: i32 = 1;

/// Letters of the owner before each word.
const OWNER_LETTERS: u32 = 6;
/// A stop word begins with it; words are letters and digits.
const STOP: char = '_';

/// Places kept of one word; the server keeps no more.
const MAX_PLACES: usize = 255;
/// Places behind this one cannot be told apart by the server.
const LAST_PLACE: u32 = 16_383;
/// Bytes of one text's words; the server takes a mebibyte. What is behind cannot be found.
const MAX_BYTES: usize = 900_000;

/// What is indexed of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lexemes {
    /// As `tsvector` reads it.
    pub(super) body: String,
    /// How often words occur that occur more than once: a JSON object.
    pub(super) repeats: Option<String>,
    /// Words with a meaning.
    pub(super) words: i32,
}

/// The words of a text.
pub(super) fn lexemes(owner: UserId, text: &str) -> Lexemes {
    let prefix = owner_prefix(owner);
    let mut places: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let (mut words, mut bytes) = (0, 0);
    for token in analyse(text) {
        if !token.is_stop {
            words += 1;
        }
        let lexeme = lexeme(&prefix, &token.term, token.is_stop);
        let length = lexeme.len();
        match places.get_mut(&lexeme) {
            Some(places) => places.push(token.position),
            None if bytes + length > MAX_BYTES => continue,
            None => {
                bytes += length;
                places.insert(lexeme, vec![token.position]);
            }
        }
        bytes += 4; // a place, at most
    }
    let mut repeats = Map::new();
    let mut body = String::with_capacity(bytes * 2);
    for (lexeme, places) in places {
        if !body.is_empty() {
            body.push(' ');
        }
        quote(&mut body, &lexeme);
        for (number, place) in places.iter().take(MAX_PLACES).enumerate() {
            body.push(if number == 0 { ':' } else { ',' });
            body.push_str(&(place + 1).min(LAST_PLACE).to_string());
        }
        if places.len() > 1 {
            repeats.insert(lexeme, Value::from(places.len()));
        }
    }
    let repeats = (!repeats.is_empty()).then(|| Value::Object(repeats).to_string());
    Lexemes { body, repeats, words }
}

/// Some letters of an owner: enough that hardly anybody shares them. The owner is compared too, so sharing costs time only.
pub(super) fn owner_prefix(owner: UserId) -> String {
    let bits = owner.as_uuid().as_u128();
    let digit = |group: u32| char::from_digit(((bits >> (group * 5)) & 0x1f) as u32, 32).unwrap_or('0');
    (0..OWNER_LETTERS).rev().map(digit).collect()
}

/// A word as it is stored.
pub(super) fn lexeme(prefix: &str, term: &str, is_stop: bool) -> String {
    let mut lexeme = String::with_capacity(prefix.len() + term.len() + 1);
    lexeme.push_str(prefix);
    if is_stop {
        lexeme.push(STOP);
    }
    lexeme.push_str(term);
    lexeme
}

/// The same of a form that is asked for.
pub(super) fn of_form(prefix: &str, form: &Form) -> String {
    lexeme(prefix, &form.term, form.is_stop)
}

/// The word in something stored; none for a stop word.
pub(super) fn term<'l>(prefix: &str, lexeme: &'l str) -> Option<&'l str> {
    lexeme.strip_prefix(prefix).filter(|term| !term.starts_with(STOP))
}

/// Appends a lexeme as `tsvector` and `tsquery` read it.
pub(super) fn quote(out: &mut String, lexeme: &str) {
    out.push('\'');
    for c in lexeme.chars() {
        if matches!(c, '\'' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn words_have_their_owner_and_their_places() {
        let found = lexemes(Uuid::from_u128(0x1f).into(), "The rose is a rose");
        assert_eq!(found.body, "'00000v_a':4 '00000v_is':3 '00000v_the':1 '00000vrose':2,5");
        assert_eq!((found.repeats.as_deref(), found.words), (Some(r#"{"00000vrose":2}"#), 2));
        assert_eq!(lexemes(Uuid::nil().into(), " ?! "), Lexemes { body: String::new(), repeats: None, words: 0 });
    }

    #[test]
    fn what_is_stored_is_bounded() {
        let many: String = (0..200_000).flat_map(|number| [format!("word{number}"), " same ".to_owned()]).collect();
        let found = lexemes(Uuid::nil().into(), &many);
        assert!(found.body.len() < 2 * MAX_BYTES, "{}", found.body.len());
        assert!(found.body.contains("'000000word1':3"));
        assert!(!found.body.contains("'000000word199999'"));
    }

    #[test]
    fn stop_words_are_no_terms() {
        assert_eq!(term("00000v", "00000vrose"), Some("rose"));
        assert_eq!(term("00000v", "00000v_the"), None);
        assert_eq!(term("00000v", "000000rose"), None);
    }

    #[test]
    fn quotation_marks_are_doubled() {
        let mut out = String::new();
        quote(&mut out, r"a'b\c");
        assert_eq!(out, r"'a''b\\c'");
    }
}
