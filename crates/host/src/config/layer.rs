//! One place that gives values: the defaults, a file, a variable, a flag.

use std::path::Path;

use figment::{
    Metadata, Profile, Provider,
    providers::{Format, Json, Toml},
    util::nest,
    value::{Dict, Map, Value},
};
use jarvis_core::{Error, Result};

/// Values and where they come from, as a person would name the place.
pub(super) struct Layer {
    origin: String,
    values: Dict,
}

impl Layer {
    /// One value: `key` is dotted.
    pub(super) fn single(origin: impl Into<String>, key: &str, value: Value) -> Self {
        let values = match nest(key, value) {
            Value::Dict(_, dict) => dict,
            _ => Dict::new(),
        };
        Self { origin: origin.into(), values }
    }

    /// The text of a configuration file; its name says whether it is TOML or JSON. Unknown keys are refused.
    pub(super) fn file(path: &Path, text: &str, known: &[String]) -> Result<Self> {
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let parsed = if is_json {
            Json::from_str(text).map_err(|error| error.to_string())
        } else {
            Toml::from_str(text).map_err(|error| error.to_string())
        };
        let origin = path.display().to_string();
        let values: Dict = parsed.map_err(|why| {
            let format = if is_json { "JSON" } else { "TOML" };
            Error::invalid("config", format!("{origin} is not valid {format}: {}", why.trim_end()))
        })?;
        for key in keys(&values) {
            check_known(&key, &origin, known)?;
        }
        Ok(Self { origin, values })
    }
}

/// The dotted keys of the values in `dict`; an empty section counts as a key of its own.
pub(super) fn keys(dict: &Dict) -> Vec<String> {
    let below = |(name, value): (&String, &Value)| match value {
        Value::Dict(_, inner) if !inner.is_empty() => {
            keys(inner).into_iter().map(|key| format!("{name}.{key}")).collect()
        }
        _ => vec![name.clone()],
    };
    dict.iter().flat_map(below).collect()
}

fn check_known(key: &str, origin: &str, known: &[String]) -> Result<()> {
    let is_section = known.iter().any(|known| known.starts_with(&format!("{key}.")));
    if is_section || known.iter().any(|known| known == key) {
        return Ok(());
    }
    let section = key.rsplit_once('.').map_or("", |(section, _)| section);
    let beside: Vec<&str> = known
        .iter()
        .filter(|known| known.rsplit_once('.').map_or("", |(section, _)| section) == section)
        .map(String::as_str)
        .collect();
    let accepted = if beside.is_empty() { known.join(", ") } else { beside.join(", ") };
    Err(Error::invalid(key.to_owned(), format!("{origin} has the unknown key {key}; known are {accepted}")))
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
