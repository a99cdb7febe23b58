//! Dates that a question names, and how near a moment is to them. English and French.

use chrono::{Datelike, NaiveDate};

use crate::Timestamp;

/// Each month's names, folded; the first letters of the English ones are names too.
const MONTHS: [&[&str]; 12] = [
    &["january", "janvier"],
    &["february", "fevrier"],
    &["march", "mars"],
    &["april", "avril"],
    &["may", "mai"],
    &["june", "juin"],
    &["july", "juillet"],
    &["august", "aout"],
    &["september", "septembre", "sept"],
    &["october", "octobre"],
    &["november", "novembre"],
    &["december", "decembre"],
];

/// Names that are other words as well: they need a day, a year or one of [`BEFORE_MONTHS`].
const AMBIGUOUS: [&str; 4] = ["may", "march", "mars", "mar"];
const BEFORE_MONTHS: &str =
    "in of during since until before after by on early late mid this last next en de debut fin mi";

/// How well a turn's time fits a day: then or told within a week; another day of the month.
const THEN: f32 = 1.0;
const OTHER_DAY_OF_MONTH: f32 = 0.4;
/// A month, and a year.
const SAME_MONTH: f32 = 0.6;
const SAME_YEAR: f32 = 0.3;

/// A date as far as it was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
}

/// The dates that a question names, given its folded words.
pub(super) fn named(words: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some(month) = month(word) else { continue };
        let word_at = |away: isize| at.checked_add_signed(away).and_then(|at| words.get(at)).map(String::as_str);
        let before = word_at(-1).filter(|word| !matches!(*word, "of" | "de")).or_else(|| word_at(-2)).and_then(day);
        let after = word_at(1).and_then(day);
        let year = word_at(1).and_then(year).or_else(|| after.and_then(|_| word_at(2).and_then(year)));
        let introduced = word_at(-1).is_some_and(|word| BEFORE_MONTHS.split(' ').any(|known| known == word));
        let day = before.or(after);
        if !AMBIGUOUS.contains(&word.as_str()) || day.is_some() || year.is_some() || introduced {
            found.push(Named { year, month: Some(month), day });
        }
    }
    if found.is_empty() {
        let years = words.iter().filter_map(|word| year(word));
        found.extend(years.map(|year| Named { year: Some(year), month: None, day: None }));
    }
    found
}

/// Whether a folded word belongs to a date: a month, a year, a day.
pub(super) fn is_date_word(word: &str) -> bool {
    month(word).is_some() || year(word).is_some() || day(word).is_some()
}

fn month(word: &str) -> Option<u32> {
    let is = |names: &&[&str]| names.contains(&word) || (word.len() == 3 && names[0].starts_with(word));
    (1..).zip(&MONTHS).find(|(_, names)| is(names)).map(|(number, _)| number)
}

fn day(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ending = &word[digits.len()..];
    let day = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
    matches!(ending, "" | "st" | "nd" | "rd" | "th" | "er").then_some(day)
}

fn year(word: &str) -> Option<i32> {
    word.parse().ok().filter(|year| (1900..2100).contains(year))
}

/// How well a moment fits the best of the dates, 0 to 1.
pub(super) fn fit(dates: &[Named], at: Timestamp) -> f32 {
    let at = at.to_utc().date_naive();
    dates.iter().map(|date| date.fit(at)).fold(0.0, f32::max)
}

impl Named {
    fn fit(self, at: NaiveDate) -> f32 {
        if self.year.is_some_and(|year| year != at.year()) {
            return 0.0;
        }
        let Some(month) = self.month else { return SAME_YEAR };
        let Some(day) = self.day else {
            return if at.month() == month { SAME_MONTH } else { 0.0 };
        };
        let days = NaiveDate::from_ymd_opt(self.year.unwrap_or(at.year()), month, day)
            .map(|date| at.signed_duration_since(date).num_days());
        match days {
            Some(-1..=7) => THEN,
            _ if at.month() == month => OTHER_DAY_OF_MONTH,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::cues::words, *};

    fn dates(question: &str) -> Vec<(Option<i32>, Option<u32>, Option<u32>)> {
        named(&words(question)).into_iter().map(|date| (date.year, date.month, date.day)).collect()
    }

    #[test]
    fn dates_are_read_in_both_languages() {
        assert_eq!(dates("What did I do on 7 May 2023?"), [(Some(2023), Some(5), Some(7))]);
        assert_eq!(dates("on May 7th, 2023"), [(Some(2023), Some(5), Some(7))]);
        assert_eq!(dates("the 3rd of August"), [(None, Some(8), Some(3))]);
        assert_eq!(dates("Où étais-je le 1er août 2024 ?"), [(Some(2024), Some(8), Some(1))]);
        assert_eq!(dates("in March or in sept 2022"), [(None, Some(3), None), (Some(2022), Some(9), None)]);
        assert_eq!(dates("Que s'est-il passé en 2021 ?"), [(Some(2021), None, None)]);
    }

    #[test]
    fn what_only_looks_like_a_date_is_none() {
        for question in ["May I ask?", "the march of time", "It costs 2000000", "on page 12"] {
            assert_eq!(dates(question), [], "{question}");
        }
    }

    #[test]
    fn nearer_moments_fit_better() {
        let fit = |question: &str, at: &str| fit(&named(&words(question)), at.parse().unwrap());
        let close = |a: f32, b: f32| (a - b).abs() < f32::EPSILON;
        assert!(close(fit("on 7 May 2023", "2023-05-08T10:00:00Z"), 1.0));
        assert!(close(fit("on 7 May 2023", "2023-05-15T10:00:00Z"), 0.4));
        assert!(close(fit("on 7 May 2023", "2023-05-30T10:00:00Z"), 0.4));
        assert!(close(fit("on 7 May 2023", "2022-05-07T10:00:00Z"), 0.0));
        assert!(close(fit("in December", "2023-12-05T10:00:00Z"), 0.6));
        assert!(close(fit("in December", "2023-01-05T10:00:00Z"), 0.0));
        assert!(close(fit("in 2023", "2023-01-05T10:00:00Z"), 0.3));
        assert!(close(fit("on 31 February", "2023-02-05T10:00:00Z"), 0.4));
        assert!(close(fit("whenever", "2023-02-05T10:00:00Z"), 0.0));
    }
}
