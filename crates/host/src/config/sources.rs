//! Where configuration comes from: defaults < file < `.env` < environment < flags.

use std::path::{Path, PathBuf};

use figment::{Figment, providers::Serialized, value::Value};
use jarvis_core::{Error, Result};

use super::{
    layer::{self, Layer},
    sections::RawConfig,
    variables::{Effect, VARIABLES},
};
use crate::{data_dir::platform_default, fs};

/// Names a configuration file may have where it is looked for.
const FILE_NAMES: [&str; 2] = ["jarvis.toml", "jarvis.json"];
/// Names of ours in `.env` begin like this; others there may be meant for other programs.
const OUR_PREFIX: &str = "JARVIS_";

/// Values given on the command line; `None` leaves a value to the other places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config`: the configuration file.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--host`.
    pub host: Option<String>,
    /// `--port`.
    pub port: Option<u16>,
}

/// Everything that is asked for values.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Where `.env` and the configuration file are looked for, and what relative paths are relative to.
    pub working_dir: PathBuf,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The command line.
    pub flags: Flags,
}

/// What was found, not yet judged.
pub(super) struct Gathered {
    pub(super) figment: Figment,
}

/// A variable that is set, and where.
struct Set {
    variable: &'static super::variables::Variable,
    text: String,
    place: &'static str,
}

impl Sources {
    /// This process's working directory and environment, and the command line's flags.
    pub fn of_process(flags: Flags) -> Result<Self> {
        let working_dir = std::env::current_dir().map_err(|cause| fs::error("find", Path::new("."), cause))?;
        // A variable that is not UTF-8 is none that we know.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Ok(Self { working_dir, environment: std::env::vars_os().filter_map(text).collect(), flags })
    }

    /// The configuration file that is read: the one that is named, be it there or not, or else the one that is found.
    pub fn file(&self) -> Result<Option<PathBuf>> {
        self.config_file(&self.variables()?)
    }

    pub(super) fn gather(&self) -> Result<Gathered> {
        let set = self.variables()?;
        let file = self.config_file(&set)?.map(|path| match fs::read_text(&path)? {
            Some(text) => Ok((path, text)),
            None => Err(missing(&path)),
        });
        self.merged(&set, file.transpose()?)
    }

    /// `file` is the configuration file and its text.
    fn merged(&self, set: &[Set], file: Option<(PathBuf, String)>) -> Result<Gathered> {
        let mut figment = Figment::from(Serialized::defaults(RawConfig::default()));
        if let Some(base) = platform_default(|name| self.environment_value(name)) {
            figment = figment.merge(Layer::single("default", "data_dir", path_value(&base)));
        }
        if let Some((path, text)) = file {
            figment = figment.merge(Layer::file(&path, &text, &known_keys()?)?);
        }
        for Set { variable, text, place } in set {
            let value = variable.parse(text, place)?;
            let name = variable.name;
            match variable.effect {
                Effect::Sets(key) => figment = figment.merge(Layer::single(format!("{name} {place}"), key, value)),
                Effect::ChoosesFile | Effect::Nothing => {}
            }
        }
        let Flags { config: _, data_dir, host, port } = &self.flags;
        let flags = [
            ("--data-dir", "data_dir", data_dir.as_deref().map(path_value)),
            ("--host", "server.host", host.as_deref().map(Value::from)),
            ("--port", "server.port", port.map(Value::from)),
        ];
        for (flag, key, value) in flags {
            if let Some(value) = value {
                figment = figment.merge(Layer::single(flag, key, value));
            }
        }
        Ok(Gathered { figment })
    }

    /// The variables that are set, those that win last.
    fn variables(&self) -> Result<Vec<Set>> {
        let dotenv = fs::read_text(&self.working_dir.join(".env"))?.unwrap_or_default();
        self.variables_with(&dotenv)
    }

    /// `dotenv` is the text of `.env`.
    fn variables_with(&self, dotenv: &str) -> Result<Vec<Set>> {
        let dotenv = super::dotenv::parse(dotenv)?;
        for (name, _) in &dotenv {
            if name.starts_with(OUR_PREFIX) && !VARIABLES.iter().any(|variable| variable.name == name) {
                let ours = VARIABLES.iter().map(|variable| variable.name).filter(|name| name.starts_with(OUR_PREFIX));
                let ours = ours.collect::<Vec<_>>().join(", ");
                return Err(Error::invalid(
                    name.clone(),
                    format!(".env has the unknown name {name}; known are {ours}"),
                ));
            }
        }
        let places = [(&dotenv, "in .env"), (&self.environment, "in the environment")];
        let set = places.into_iter().flat_map(|(variables, place)| {
            VARIABLES.iter().filter_map(move |variable| {
                let (_, text) = variables.iter().rev().find(|(name, _)| name == variable.name)?;
                (!text.is_empty()).then(|| Set { variable, text: text.clone(), place })
            })
        });
        Ok(set.collect())
    }

    /// What `fuzz/` drives: `.env` up to a line of `---`, then a configuration file, which is of JSON when it begins like it.
    #[cfg(fuzzing)]
    pub(super) fn gather_from(&self, text: &str) -> Result<Gathered> {
        let (dotenv, file) = text.split_once("---\n").unwrap_or((text, ""));
        let name = if file.starts_with('{') { FILE_NAMES[1] } else { FILE_NAMES[0] };
        self.merged(&self.variables_with(dotenv)?, Some((name.into(), file.to_owned())))
    }

    fn environment_value(&self, name: &str) -> Option<String> {
        self.environment
            .iter()
            .find(|(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value.clone())
    }

    /// The file that is named, or else the one in the working directory, or else the one in the data directory.
    fn config_file(&self, set: &[Set]) -> Result<Option<PathBuf>> {
        let value_of =
            |name| set.iter().rev().find(|set| set.variable.name == name).map(|set| PathBuf::from(&set.text));
        if let Some(path) = self.flags.config.clone().or_else(|| value_of("JARVIS_CONFIG")) {
            return Ok(Some(self.working_dir.join(path)));
        }
        let data_dir = self
            .flags
            .data_dir
            .clone()
            .or_else(|| value_of("JARVIS_DATA_DIR"))
            .or_else(|| platform_default(|name| self.environment_value(name)));
        let places = [Some(self.working_dir.clone()), data_dir.map(|dir| self.working_dir.join(dir))];
        for dir in places.into_iter().flatten() {
            if let Some(path) = one_file_in(&dir)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

fn one_file_in(dir: &Path) -> Result<Option<PathBuf>> {
    let mut found = Vec::new();
    for name in FILE_NAMES {
        let path = dir.join(name);
        if path.try_exists().map_err(|cause| fs::error("look for", &path, cause))? {
            found.push(path);
        }
    }
    if found.len() > 1 {
        let dir = dir.display();
        let message = format!("{dir} holds both {}; keep one of them", FILE_NAMES.join(" and "));
        return Err(Error::invalid("config", message));
    }
    Ok(found.pop())
}

fn path_value(path: &Path) -> Value {
    path.to_string_lossy().as_ref().into()
}

fn missing(path: &Path) -> Error {
    let path = path.display();
    Error::invalid("config", format!("there is no configuration file {path}; `jarvis config default` prints one"))
}

/// Every key that a file may hold.
pub(super) fn known_keys() -> Result<Vec<String>> {
    match Value::serialize(RawConfig::default()).map_err(Error::internal)? {
        Value::Dict(_, dict) => Ok(layer::keys(&dict)),
        _ => Err(Error::internal("the configuration is not made of sections")),
    }
}
