//! What the files of a sentence-transformer say.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use jarvis_core::{Result, ports::EmbedPurpose};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::{pooling::Pooling, unusable};

const NETWORKS: [&str; 2] = ["model.onnx", "onnx/model.onnx"];
/// Tokens of a text that are looked at, whatever the model could take: memory grows with their square.
const MAX_TOKENS: usize = 1_024;
/// What is assumed when the files do not say; the most that BERT takes.
const USUAL_TOKENS: usize = 512;
const MAX_CONFIG_BYTES: u64 = 1 << 20;
const MAX_TOKENIZER_BYTES: u64 = 64 << 20;

/// A model's files, read but for the network itself.
#[derive(Debug)]
pub(super) struct Directory {
    /// The directory's name, and a hash of whatever the vectors depend on.
    pub(super) id: String,
    pub(super) network: PathBuf,
    pub(super) tokenizer: Vec<u8>,
    /// How token vectors become a text's, or why that cannot be done here; a network may do it itself.
    pub(super) pooling: Result<Pooling>,
    pub(super) max_tokens: usize,
    pub(super) padding: u32,
    pub(super) prefixes: Prefixes,
}

/// What the model wants to see before a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefixes {
    query: String,
    passage: String,
}

impl Prefixes {
    pub(super) fn of(&self, purpose: EmbedPurpose) -> &str {
        match purpose {
            EmbedPurpose::Query => &self.query,
            EmbedPurpose::Passage => &self.passage,
        }
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    model_type: String,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<u32>,
}

impl Config {
    /// Tokens that there are positions for. RoBERTa's descendants begin to count behind the padding's number.
    fn positions(&self) -> usize {
        let unused = match self.model_type.as_str() {
            "roberta" | "xlm-roberta" | "camembert" | "mpnet" => self.pad_token_id.unwrap_or(1) as usize + 1,
            _ => 0,
        };
        self.max_position_embeddings.unwrap_or(USUAL_TOKENS).saturating_sub(unused)
    }
}

#[derive(Deserialize)]
struct Module {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
struct Lengths {
    max_seq_length: Option<usize>,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    prompts: PromptTexts,
}

#[derive(Default, Deserialize)]
struct PromptTexts {
    query: Option<String>,
    #[serde(alias = "document")]
    passage: Option<String>,
}

impl Directory {
    pub(super) fn read(dir: &Path) -> Result<Self> {
        if !dir.is_dir() {
            return Err(unusable("the directory of the embedding model is not there"));
        }
        let network = NETWORKS.iter().map(|name| dir.join(name)).find(|path| path.is_file());
        let network = network.ok_or_else(|| unusable("the embedding model has no network (model.onnx)"))?;
        let tokenizer = read(&dir.join("tokenizer.json"), MAX_TOKENIZER_BYTES)
            .map_err(|error| unusable("the embedding model has no tokenizer (tokenizer.json)").with_source(error))?;
        let config: Config = required(dir, "config.json", "configuration")?;
        let lengths: Lengths = optional(dir, "sentence_bert_config.json", "limits")?.unwrap_or_default();
        let prompts: Prompts = optional(dir, "config_sentence_transformers.json", "prompts")?.unwrap_or_default();
        let PromptTexts { query, passage } = prompts.prompts;
        let positions = config.positions();
        let mut read = Self {
            id: String::new(),
            network,
            tokenizer,
            pooling: pooling(dir)?,
            max_tokens: lengths.max_seq_length.unwrap_or(positions).min(positions).min(MAX_TOKENS),
            padding: config.pad_token_id.unwrap_or(0),
            prefixes: Prefixes { query: query.unwrap_or_default(), passage: passage.unwrap_or_default() },
        };
        read.id = read.name(dir)?;
        Ok(read)
    }

    fn name(&self, dir: &Path) -> Result<String> {
        let broken = |error| unusable("the embedding model's network (model.onnx) cannot be read").with_source(error);
        let mut hash = Sha256::new();
        let mut network = File::open(&self.network).map_err(broken)?;
        io::copy(&mut network, &mut HashWriter(&mut hash)).map_err(broken)?;
        hash.update(&self.tokenizer);
        hash.update(format!("{:?} {} {:?}", self.pooling.as_ref().ok(), self.max_tokens, self.prefixes));
        // through links and `..`, to a name that says something
        let place = dir.canonicalize().map_err(broken)?;
        let mut name = place.file_name().map_or_else(|| "onnx".into(), |name| name.to_string_lossy().into_owned());
        name.push('-');
        for byte in &hash.finalize()[..8] {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        Ok(name)
    }
}

/// A hasher as something that is written to.
struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The steps behind the network. An error inside says what stands in the way of doing them here; one outside, that a
/// file is broken.
fn pooling(dir: &Path) -> Result<Result<Pooling>> {
    let modules: Vec<Module> = optional(dir, "modules.json", "list of modules")?.unwrap_or_default();
    let known = |module: &&Module| {
        let name = module.kind.rsplit('.').next().unwrap_or_default();
        // vectors are made of length 1 in any case
        matches!(name, "Transformer" | "Pooling" | "Normalize")
    };
    if let Some(module) = modules.iter().find(|module| !known(module)) {
        let error = unusable("the embedding model has a step that is not in this build (modules.json)");
        return Ok(Err(error.with_source(module.kind.clone())));
    }
    Ok(match optional(dir, "1_Pooling/config.json", "pooling")? {
        Some(config) => Pooling::choose(&config),
        None => Err(unusable("the embedding model does not say how it pools (1_Pooling/config.json)")),
    })
}

fn required<T: DeserializeOwned>(dir: &Path, name: &str, role: &str) -> Result<T> {
    optional(dir, name, role)?.ok_or_else(|| unusable(&format!("the embedding model has no {role} ({name})")))
}

/// A configuration, or nothing when the file is not there.
fn optional<T: DeserializeOwned>(dir: &Path, name: &str, role: &str) -> Result<Option<T>> {
    let broken = || unusable(&format!("the embedding model's {role} ({name}) cannot be read"));
    match read(&dir.join(name), MAX_CONFIG_BYTES) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| broken().with_source(error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(broken().with_source(error)),
    }
}

fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(io::Error::other("the file is too large")) } else { Ok(bytes) }
}
