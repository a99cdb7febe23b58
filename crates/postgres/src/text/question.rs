//! A question as it is put to the server.

use chrono::{DateTime, Utc};
use jarvis_core::{
    Timestamp,
    ports::{KindFilter, TextQuery},
    text::search::{Form, Fuzzy, Phrase, Question},
    types::{DocKind, Role},
};
use uuid::Uuid;

use super::lexemes::{of_form, owner_prefix, quote, term};
use crate::{db::Db, documents::kind_number, error::Attempt};

/// Texts whose words are looked through for one that is spelled nearly so: the newest.
const NEWEST: i64 = 20_000;
/// Spellings of one such word.
const MAX_EXPANSIONS: usize = 50;
/// Letters by which the length of such a word may differ.
const MAX_EDITS: usize = 2;
/// The longest word there is.
const LONGEST: i32 = 64;

/// Where a question looks.
#[derive(Clone, Debug)]
pub(super) struct Filters {
    pub(super) user: Uuid,
    pub(super) kind: Option<i16>,
    pub(super) conversation: Option<Uuid>,
    pub(super) role: Option<&'static str>,
    pub(super) recallable_only: bool,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
}

impl Filters {
    pub(super) fn of(query: &TextQuery) -> Self {
        Self {
            user: *query.user_id.as_uuid(),
            kind: match query.kinds {
                KindFilter::All => None,
                KindFilter::Messages => Some(kind_number(DocKind::Message)),
                KindFilter::Memories => Some(kind_number(DocKind::Memory)),
            },
            conversation: query.conversation_id.map(|conversation| *conversation.as_uuid()),
            role: query.role.map(Role::as_str),
            recallable_only: query.recallable_only,
            from: query.from.map(Timestamp::to_utc),
            until: query.until.map(Timestamp::to_utc),
        }
    }
}

/// The words of a question as the server takes them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// For each form the number of its word.
    pub(super) terms: Vec<i32>,
    pub(super) lexemes: Vec<String>,
    /// The same, as `tsquery` reads them.
    pub(super) quoted: Vec<String>,
    /// What has any of them, as `tsquery`.
    pub(super) any: String,
    /// What must stand together and what must not occur, as `tsquery`.
    pub(super) conditions: Option<String>,
    /// Words.
    pub(super) count: i32,
}

impl Asked {
    /// The server's terms for a question; `near` holds the spellings of its fuzzy words.
    fn new(question: &Question, prefix: &str, near: &[Vec<String>]) -> Self {
        let mut asked = Self { count: question.terms.len() as i32, ..Self::default() };
        let mut fuzzy = near.iter();
        for (number, term) in (0..).zip(&question.terms) {
            let lexemes = match &term.fuzzy {
                Some(_) => fuzzy.next().cloned().unwrap_or_default(),
                None => term.forms.iter().map(|form| of_form(prefix, form)).collect(),
            };
            for lexeme in lexemes {
                let mut quoted = String::new();
                quote(&mut quoted, &lexeme);
                asked.terms.push(number);
                asked.lexemes.push(lexeme);
                asked.quoted.push(quoted);
            }
        }
        asked.any = asked.quoted.join(" | ");
        let wanted = question.phrases.iter().map(|phrase| together(phrase, prefix));
        let unwanted = question.excluded.iter().map(|phrase| format!("!({})", together(phrase, prefix)));
        let conditions: Vec<String> = wanted.chain(unwanted).collect();
        asked.conditions = (!conditions.is_empty()).then(|| conditions.join(" & "));
        asked
    }

    /// Whether no text can have any of it.
    pub(super) fn is_empty(&self) -> bool {
        self.lexemes.is_empty()
    }
}

/// Words in a row; each in any of its forms.
fn together(phrase: &Phrase, prefix: &str) -> String {
    let word = |forms: &Vec<Form>| {
        let mut out = String::from("(");
        for (number, form) in forms.iter().enumerate() {
            out.push_str(if number == 0 { "" } else { " | " });
            quote(&mut out, &of_form(prefix, form));
        }
        out + ")"
    };
    phrase.words.iter().map(word).collect::<Vec<_>>().join(" <-> ")
}

/// Puts a question to the server: only a misspelled word needs a look at what the person's texts hold.
pub(super) async fn ask(db: &mut Db, query: &TextQuery, filters: &Filters) -> Attempt<Asked> {
    let question = Question::parse(&query.text);
    let prefix = owner_prefix(query.user_id);
    let mut lengths: Option<(usize, usize)> = None;
    for fuzzy in question.terms.iter().filter(|term| term.fuzzy.is_some()) {
        for form in &fuzzy.forms {
            let (shortest, longest) = lengths.unwrap_or((usize::MAX, 0));
            let length = form.term.chars().count();
            // the word itself may be longer than its stems
            lengths = Some((shortest.min(length), longest.max(length + MAX_EDITS * 4)));
        }
    }
    let vocabulary = match lengths {
        Some((shortest, longest)) => {
            let extra = prefix.len() as i32;
            let shortest = extra + shortest.saturating_sub(MAX_EDITS).max(1) as i32;
            let longest = extra + i32::try_from(longest).unwrap_or(LONGEST).min(LONGEST);
            vocabulary(db, filters, shortest, longest).await?
        }
        None => Vec::new(),
    };
    let fuzzy = question.terms.iter().filter_map(|term| term.fuzzy.as_ref());
    let near: Vec<Vec<String>> = fuzzy.map(|fuzzy| nearest(fuzzy, &prefix, &vocabulary)).collect();
    Ok(Asked::new(&question, &prefix, &near))
}

/// The words of the newest texts of a scope whose length is within bounds.
async fn vocabulary(db: &mut Db, filters: &Filters, shortest: i32, longest: i32) -> Attempt<Vec<String>> {
    let words = sqlx::query_file_scalar!(
        "sql/text/vocabulary.sql",
        filters.user,
        filters.kind,
        filters.conversation,
        filters.role,
        filters.recallable_only,
        filters.from,
        filters.until,
        NEWEST,
        shortest,
        longest,
    );
    Ok(words.fetch_all(db.connection()).await?)
}

/// What is spelled nearly so, the nearest first.
fn nearest(fuzzy: &Fuzzy, prefix: &str, vocabulary: &[String]) -> Vec<String> {
    let edits = |word: &String| term(prefix, word).and_then(|term| fuzzy.distance(term));
    let mut near: Vec<(u8, &String)> = vocabulary.iter().filter_map(|word| Some((edits(word)?, word))).collect();
    near.sort_unstable();
    near.into_iter().take(MAX_EXPANSIONS).map(|(_, word)| word.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Asked {
        let near = vec![vec!["p:chien".to_owned()]];
        Asked::new(&Question::parse(text), "p:", &near)
    }

    #[test]
    fn forms_of_a_word_count_as_one() {
        let asked = asked("running wine");
        assert_eq!((asked.terms.as_slice(), asked.count), (&[0, 0, 1, 1][..], 2));
        assert_eq!(asked.any, "'p:run' | 'p:running' | 'p:wine' | 'p:win'");
        assert_eq!(asked.conditions, None);
    }

    #[test]
    fn conditions_and_misspelled_words_are_put_to_the_server() {
        let asked = asked("\"big dog\" chein~ -cat");
        assert!(asked.quoted.contains(&"'p:chien'".to_owned()) && !asked.any.contains("chein"), "{asked:?}");
        assert_eq!(
            asked.conditions.as_deref(),
            Some("('p:big' | 'p:_big') <-> ('p:dog' | 'p:_dog') & !(('p:cat' | 'p:_cat'))")
        );
    }

    #[test]
    fn nothing_is_asked_of_nothing() {
        assert!(asked("").is_empty() && asked("-cat").is_empty());
    }
}
