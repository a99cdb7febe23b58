//! What a question asks for and what a text looks like, by its words. English and French.

use std::{collections::HashSet, sync::LazyLock};

use super::dates;
use crate::text::fold;

/// Words that say when something was or will be.
static TIMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let english = "yesterday today tonight tomorrow last ago week weekend month year recently morning night \
        monday tuesday wednesday thursday friday saturday sunday \
        january february april june july august september october november december";
    let french = "hier aujourd demain dernier derniere semaine weekend mois annee an recemment matin soir nuit \
        lundi mardi mercredi jeudi vendredi samedi dimanche \
        janvier fevrier avril mai juin juillet aout septembre octobre novembre decembre";
    english.split_whitespace().chain(french.split_whitespace()).collect()
});

/// The words of a text, folded.
pub(super) fn words(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether it asks for a time.
pub(super) fn asks_when(words: &[String]) -> bool {
    let pair =
        |first: &str, second: &[&str]| words.windows(2).any(|two| two[0] == first && second.contains(&two[1].as_str()));
    words.iter().any(|word| word == "when" || word == "quand")
        || pair("how", &["long"])
        || pair("what", &["time", "day", "date", "year", "month"])
        || pair("which", &["day", "date", "year", "month"])
        || pair("quelle", &["date", "heure", "annee"])
        || pair("quel", &["jour", "mois"])
        || pair("combien", &["temps"])
}

/// Whether it says when something was.
pub(super) fn tells_a_time(text: &str) -> bool {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).any(|word| TIMES.contains(word))
}

/// Whether it ends as a question.
pub(super) fn asks(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '»' | ')')).ends_with('?')
}

/// The one author whom the question names, folded; none when it names nobody or several.
pub(super) fn named<'a>(words: &[String], authors: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut found = authors.map(fold).filter(|author| is_named(words, author)).collect::<Vec<_>>();
    found.sort_unstable();
    found.dedup();
    if found.len() == 1 { found.pop() } else { None }
}

/// Whether a folded name, all of it, is among the words.
fn is_named(words: &[String], name: &str) -> bool {
    let mut parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(|part| words.iter().any(|word| word == part))
}

/// The question without the names of authors: who speaks is a part of its own, and a name in the text of a turn mostly
/// says who is spoken to.
pub fn without_names<'a>(question: &str, authors: impl Iterator<Item = &'a str>) -> String {
    let names: HashSet<String> = authors.flat_map(words).collect();
    if names.is_empty() {
        return question.to_owned();
    }
    let is_name = |piece: &str| {
        let bare = piece.trim_end_matches("'s").trim_end_matches("’s");
        let found = words(bare);
        !found.is_empty() && found.iter().all(|word| names.contains(word))
    };
    let kept: Vec<&str> = question.split_whitespace().filter(|piece| !is_name(piece)).collect();
    // a question of nothing but a name is about that name
    if kept.iter().all(|piece| words(piece).is_empty()) { question.to_owned() } else { kept.join(" ") }
}

/// The question without the dates it names: the time at which something was said is a part of its own, and a number or a
/// month in a text is mostly another one. A question that names no date stays as it is.
pub fn without_dates(question: &str) -> String {
    if dates::named(&words(question)).is_empty() {
        return question.to_owned();
    }
    let is_date = |piece: &str| {
        let found = words(piece);
        !found.is_empty() && found.iter().all(|word| dates::is_date_word(word))
    };
    question.split_whitespace().filter(|piece| !is_date(piece)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_about_time_are_told_in_both_languages() {
        for asks in
            ["When did I move?", "Since when?", "how long ago was it", "Quand ai-je déménagé ?", "À quelle date ?"]
        {
            assert!(asks_when(&words(asks)), "{asks}");
        }
        for other in ["Where do I live?", "How do I get there?", "Où ai-je mis les clés ?"] {
            assert!(!asks_when(&words(other)), "{other}");
        }
    }

    #[test]
    fn texts_that_tell_a_time_are_told_in_both_languages() {
        for tells in ["I went there last Friday", "C’était en août", "Je l’ai vu hier"] {
            assert!(tells_a_time(tells), "{tells}");
        }
        assert!(!tells_a_time("I may go there"));
    }

    #[test]
    fn a_question_mark_may_stand_before_a_quote() {
        assert!(asks("Really? ") && asks("« Vraiment ? »") && asks("(what?)"));
        assert!(!asks("Why? Because."));
    }

    #[test]
    fn one_named_author_is_found_and_several_are_nobody() {
        let authors = || ["Chloé", "Jean Paul", "Ada"].into_iter();
        let who = |question: &str| named(&words(question), authors());
        assert_eq!(who("What did chloe say?").as_deref(), Some("chloe"));
        assert_eq!(who("Does Jean-Paul ski?").as_deref(), Some("jean paul"));
        assert_eq!(who("Did Ada meet Chloé?"), None);
        assert_eq!(who("Does Jean ski?"), None);
    }

    #[test]
    fn dates_leave_the_question() {
        assert_eq!(without_dates("What did I do on 7th May, 2023?"), "What did I do on");
        assert_eq!(without_dates("Qu'ai-je fait en août ?"), "Qu'ai-je fait en ?");
        assert_eq!(without_dates("Who are the 3 of us?"), "Who are the 3 of us?");
    }

    #[test]
    fn names_of_authors_leave_the_question() {
        let strip = |question: &str| without_names(question, ["Chloé", "Ada"].into_iter());
        assert_eq!(strip("What is Chloé's dog called?"), "What is dog called?");
        assert_eq!(strip("Did Ada, or Chloe, ski?"), "Did or ski?");
        assert_eq!(strip("Ada?"), "Ada?");
    }
}
