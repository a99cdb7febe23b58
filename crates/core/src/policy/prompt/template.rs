//! What a session may say instead of the usual system message: a text with `{{placeholders}}`.
//!
//! A template is read once into literal pieces and places, so a value that holds `{{…}}` itself is never expanded.

use std::fmt;

/// What may stand between `{{` and `}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Whom the assistant plays.
    Role,
    /// What the person wants to reach.
    Goals,
    /// The session's name.
    Name,
    /// Today.
    Date,
    /// The person's name.
    User,
    /// What memory found, delimited.
    Memories,
    /// The summary of what no longer fits, delimited.
    Summary,
    /// What the caller added to this request, delimited.
    Context,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 8] =
        [Self::Role, Self::Goals, Self::Name, Self::Date, Self::User, Self::Memories, Self::Summary, Self::Context];

    /// Its name in a template.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Goals => "goals",
            Self::Name => "name",
            Self::Date => "date",
            Self::User => "user",
            Self::Memories => "memories",
            Self::Summary => "summary",
            Self::Context => "context",
        }
    }
}

/// A template, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(Place),
}

/// A placeholder that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPlace(String);

impl fmt::Display for UnknownPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Place::ALL.map(|place| format!("{{{{{}}}}}", place.as_str())).join(", ");
        write!(f, "there is no placeholder {{{{{}}}}}; known are: {known}", self.0)
    }
}

/// Characters of an unknown placeholder that are repeated to the person.
const MAX_SHOWN: usize = 40;

impl Template {
    /// Reads a template; spaces inside the braces do not matter, braces without an end are text.
    pub fn parse(text: &str) -> Result<Self, UnknownPlace> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let Some(length) = rest[at + 2..].find("}}") else { break };
            let name = rest[at + 2..at + 2 + length].trim();
            let place = Place::ALL.into_iter().find(|place| place.as_str() == name);
            let place = place.ok_or_else(|| UnknownPlace(name.chars().take(MAX_SHOWN).collect()))?;
            pieces.push(Piece::Text(rest[..at].to_owned()));
            pieces.push(Piece::Place(place));
            rest = &rest[at + 2 + length + 2..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// Whether it names a place.
    pub fn names(&self, place: Place) -> bool {
        self.0.contains(&Piece::Place(place))
    }

    /// The template with the value of each place; a place is filled once where it stands first, so that data is not
    /// shown twice.
    pub fn fill(&self, literal: impl Fn(&str) -> String, value: impl Fn(Place) -> String) -> String {
        let mut filled = Vec::new();
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(&literal(text)),
                Piece::Place(place) if is_data(*place) && filled.contains(place) => {}
                Piece::Place(place) => {
                    filled.push(*place);
                    out.push_str(&value(*place));
                }
            }
        }
        out
    }
}

/// Whether what fills a place was said by somebody rather than set by the owner.
pub(super) const fn is_data(place: Place) -> bool {
    matches!(place, Place::Memories | Place::Summary | Place::Context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fill(template: &str, value: &str) -> String {
        Template::parse(template).unwrap().fill(str::to_owned, |_| value.to_owned())
    }

    #[test]
    fn values_are_inserted_once_and_never_expanded() {
        assert_eq!(fill("You are {{role}}. {{ goals }}!", "{{date}}"), "You are {{date}}. {{date}}!");
        assert_eq!(fill("{{memories}}, {{memories}}", "x"), "x, ", "data stands once");
        assert_eq!(fill("no end {{role", "x"), "no end {{role");
        assert_eq!(fill("", "x"), "");
    }

    #[test]
    fn an_unknown_place_is_named_with_the_known_ones() {
        let told = Template::parse("{{rôle}}").unwrap_err().to_string();
        assert_eq!(
            told,
            "there is no placeholder {{rôle}}; known are: {{role}}, {{goals}}, {{name}}, {{date}}, {{user}}, \
             {{memories}}, {{summary}}, {{context}}"
        );
        assert!(Template::parse("{{}}").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\{\\{|\\}\\}|role|[a-z é\n]){0,20}", value in "\\PC{0,20}") {
            if let Ok(template) = Template::parse(&text) {
                let filled = template.fill(str::to_owned, |_| value.clone());
                prop_assert!(filled.len() <= text.len() + 20 * value.len());
            }
        }
    }
}
