//! Reading objects of other programs: what is absent and what has another type than expected are the same, and nothing
//! is read deeper than it is asked for, however deep it goes.

use std::fmt;

use jarvis_core::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object, in their order.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// None when the text is no object.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// A field's text; none when it is absent or null. Of several with the same name the last counts.
    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, raw)| raw.get()).filter(|text| *text != "null")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    pub(super) fn object(&self, name: &str) -> Option<Self> {
        Self::read(self.raw(name)?)
    }

    /// The elements of a list; none when it is absent.
    pub(super) fn list(&self, name: &str) -> Vec<&'a str> {
        self.raw(name).map(list).unwrap_or_default()
    }

    /// The objects of a list; what else is in it is left out.
    pub(super) fn objects(&self, name: &str) -> impl Iterator<Item = Self> {
        self.list(name).into_iter().filter_map(Self::read)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        text(self.raw(name)?)
    }

    /// A text with something in it.
    pub(super) fn some_text(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// An id: a text, or a whole number as its digits.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        let raw = self.raw(name)?;
        text(raw).filter(|id| !id.is_empty()).or_else(|| raw.parse::<i64>().ok().map(|id| id.to_string()))
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.raw(name) == Some("true")
    }

    /// A moment, as RFC 3339 or as seconds, milliseconds or microseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        let raw = self.raw(name)?;
        match text(raw) {
            Some(text) => text.parse().ok(),
            None => raw.parse().ok().and_then(moment),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, raw)| (name.as_str(), raw.get()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A moment from a number whose unit follows from its size: none of these was before 1973 in the next smaller unit.
pub(super) fn moment(number: f64) -> Option<Timestamp> {
    let micros = match number {
        n if n.is_nan() || n <= 0.0 => return None,
        n if n < 1e11 => n * 1e6,
        n if n < 1e14 => n * 1e3,
        n => n,
    };
    Some(Timestamp::from_micros(micros.round() as i64))
}

/// The elements of a list; none when the text is no list.
pub(super) fn list(text: &str) -> Vec<&str> {
    let read: Result<Vec<&RawValue>, _> = serde_json::from_str(text);
    read.map(|raws| raws.into_iter().map(RawValue::get).collect()).unwrap_or_default()
}

/// A string, also one with half a character of UTF-16, which stands for itself as U+FFFD.
pub(super) fn text(raw: &str) -> Option<String> {
    if !raw.starts_with('"') {
        return None;
    }
    serde_json::from_str(raw).ok().or_else(|| serde_json::from_str::<Lossy>(raw).ok().map(|Lossy(text)| text))
}

/// The fields of an object, read without its depth.
impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Names).map(Self)
    }
}

struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Lossy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_types_are_as_good_as_nothing() {
        let fields =
            Fields::read(r#"{"a":1,"b":"x","c":null,"d":[1,{"e":2}],"b":"y","t":1.5,"u":"2024-01-01T00:00:00Z"}"#);
        let fields = fields.unwrap();
        assert_eq!((fields.text("a"), fields.id("a").as_deref()), (None, Some("1")));
        assert_eq!(fields.text("b").as_deref(), Some("y"), "the last counts");
        assert!(!fields.has("c") && !fields.flag("b") && fields.object("d").is_none());
        assert_eq!((fields.list("d").len(), fields.objects("d").count()), (2, 1));
        assert_eq!(fields.time("t").map(Timestamp::as_micros), Some(1_500_000));
        assert_eq!(fields.time("u").map(|at| at.to_string()).as_deref(), Some("2024-01-01T00:00:00.000000Z"));
        assert!(Fields::read("[1]").is_none() && Fields::read("{").is_none());
    }

    #[test]
    fn moments_come_in_several_units() {
        let micros = 1_700_000_000_000_000;
        for number in [1.7e9, 1.7e12, 1.7e15] {
            assert_eq!(moment(number).map(Timestamp::as_micros), Some(micros));
        }
        assert_eq!((moment(0.0), moment(-1.0)), (None, None));
        assert!(moment(f64::INFINITY).is_some(), "clamped");
    }

    #[test]
    fn half_a_character_costs_itself_alone() {
        assert_eq!(text(r#""a\ud83db""#).as_deref(), Some("a\u{fffd}\u{fffd}\u{fffd}b"));
        assert_eq!(text(r#""\ud83d\ude00""#).as_deref(), Some("😀"));
        assert_eq!((text("1"), text("\"open")), (None, None));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{{\"a\":{}1{},\"b\":\"x\"}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Fields::read(&deep).unwrap().text("b").as_deref(), Some("x"));
    }
}
