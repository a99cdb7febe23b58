//! What the `recall` model says around its quotes, in English and French.

use chrono::{Datelike, Days, NaiveDate};
use jarvis_core::{Timestamp, text::Language, types::Role};

/// The sentences of one language.
pub(super) struct Wording {
    pub(super) from_memory: &'static str,
    pub(super) nothing_known: &'static str,
    pub(super) noted: &'static str,
    pub(super) forgetting: &'static str,
    pub(super) remembered: &'static str,
    /// French puts a space before it.
    pub(super) colon: &'static str,
    quotation_marks: [&'static str; 2],
    /// The person, the assistant, instructions, a tool.
    speakers: [&'static str; 4],
    today: &'static str,
    yesterday: &'static str,
    /// Before a date.
    on: &'static str,
    /// After the number of the first day of a month.
    first: &'static str,
    months: [&'static str; 12],
}

const ENGLISH: Wording = Wording {
    from_memory: "From memory (without a language model I quote what was said before):",
    nothing_known: "I keep this in our conversation, but my memory holds nothing about it yet. I have no language model, so \
                    I can only quote what you told me before.",
    noted: "Noted:",
    forgetting: "I remove what I remembered of just that, if anything. What you said stays in its conversation until you \
                 delete that.",
    remembered: "Remembered",
    colon: ":",
    quotation_marks: ["“", "”"],
    speakers: ["You", "I", "Instructions", "A tool"],
    today: "earlier today",
    yesterday: "yesterday",
    on: "on ",
    first: "",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

const FRENCH: Wording = Wording {
    from_memory: "De mémoire (sans modèle de langage, je cite ce qui a été dit) :",
    nothing_known: "Je garde ceci dans notre conversation, mais je n'ai encore rien en mémoire à ce sujet. Sans modèle de \
                    langage, je ne peux que citer ce que vous m'avez dit.",
    noted: "Noté :",
    forgetting: "J'efface ce que j'avais retenu de cela, s'il y a lieu. Ce que vous avez dit reste dans sa conversation \
                 jusqu'à ce que vous la supprimiez.",
    remembered: "Retenu",
    colon: " :",
    quotation_marks: ["« ", " »"],
    speakers: ["Vous", "Moi", "Consignes", "Un outil"],
    today: "plus tôt aujourd'hui",
    yesterday: "hier",
    on: "le ",
    first: "er",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
};

/// The wording of a language.
pub(super) const fn of(language: Language) -> &'static Wording {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

impl Wording {
    pub(super) fn quoted(&self, text: &str) -> String {
        let [open, close] = self.quotation_marks;
        format!("{open}{text}{close}")
    }

    pub(super) const fn speaker(&self, role: Role) -> &'static str {
        let [person, assistant, instructions, tool] = self.speakers;
        match role {
            Role::User => person,
            Role::Assistant => assistant,
            Role::System => instructions,
            Role::Tool => tool,
        }
    }

    /// `on 12 March 2026`, or `yesterday (20 November 2026)`. Days are those of UTC, the only ones known here.
    pub(super) fn when(&self, at: Timestamp, now: Timestamp) -> String {
        let (day, today) = (at.to_utc().date_naive(), now.to_utc().date_naive());
        let date = self.date(day);
        if day == today {
            format!("{} ({date})", self.today)
        } else if Some(day) == today.checked_sub_days(Days::new(1)) {
            format!("{} ({date})", self.yesterday)
        } else {
            format!("{}{date}", self.on)
        }
    }

    fn date(&self, day: NaiveDate) -> String {
        let ordinal = if day.day() == 1 { self.first } else { "" };
        let month = self.months.get(day.month0() as usize).copied().unwrap_or_default();
        format!("{}{ordinal} {month} {}", day.day(), day.year())
    }
}
