//! Texts through the network.

use jarvis_core::{Error, ErrorKind, Result, ports::EmbedPurpose};
use rten::{NodeId, Value, ValueOrView};
use rten_tensor::Layout as _;
use tokenizers::{PostProcessor as _, Tokenizer, TruncationParams};

use super::{
    directory::{Directory, Prefixes},
    pooling::Pooling,
    unusable,
};
use crate::embedders::vectors::normalise;

/// Tokens, padding included, that go through the network together: memory grows with them.
const TOGETHER: usize = 4_096;
/// Bytes of a text for each token that is looked at; no tokenizer has many tokens that are longer on average.
const BYTES_PER_TOKEN: usize = 32;

/// A network and its tokenizer.
pub(super) struct Model {
    network: rten::Model,
    tokenizer: Tokenizer,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    /// Not needed where the network pools.
    pooling: Option<Pooling>,
    max_tokens: usize,
    padding: u32,
    prefixes: Prefixes,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pooling, max_tokens, prefixes, .. } = self;
        write!(f, "Model({pooling:?}, {max_tokens} tokens, {prefixes:?})")
    }
}

/// What a network asks for, a number for each token.
#[derive(Clone, Copy, Debug)]
enum Input {
    Ids,
    /// 1 for a token, 0 for padding.
    Mask,
    /// Which of two texts a token belongs to; there is only one.
    Types,
}

impl Model {
    pub(super) fn load(directory: &Directory) -> Result<Self> {
        let network = rten::Model::load_file(&directory.network)
            .map_err(|error| unusable("the embedding model's network (model.onnx) cannot be run").with_source(error))?;
        let tokenizer = tokenizer(&directory.tokenizer, directory.max_tokens)?;
        let inputs = inputs(&network)?;
        let (output, is_pooled) = output(&network)?;
        let pooling = if is_pooled { None } else { Some(directory.pooling.clone()?) };
        let prefixes = Prefixes::clone(&directory.prefixes);
        let (max_tokens, padding) = (directory.max_tokens, directory.padding);
        Ok(Self { network, tokenizer, inputs, output, pooling, max_tokens, padding, prefixes })
    }

    /// As much of a text as can matter: splitting a whole book into tokens would be wasted.
    pub(super) fn beginning<'a>(&self, text: &'a str) -> &'a str {
        let text = text.trim_start();
        &text[..text.floor_char_boundary(self.max_tokens * BYTES_PER_TOKEN)]
    }

    /// The vectors of some texts that are not blank.
    pub(super) fn embed(&self, purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let prefix = self.prefixes.of(purpose);
        let tokens = texts.iter().map(|text| self.tokens(prefix, text)).collect::<Result<Vec<_>>>()?;
        // the longest first: those of about a length go together, and little is padded
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(tokens[index].len()));
        let mut vectors = vec![Vec::new(); tokens.len()];
        let mut rest = order.as_slice();
        while let Some(&longest) = rest.first() {
            let length = tokens[longest].len();
            let (now, later) = rest.split_at((TOGETHER / length.max(1)).clamp(1, rest.len()));
            let sequences: Vec<&[u32]> = now.iter().map(|&index| tokens[index].as_slice()).collect();
            for (&index, vector) in now.iter().zip(self.run(&sequences, length)?) {
                vectors[index] = vector;
            }
            rest = later;
        }
        Ok(vectors)
    }

    fn tokens(&self, prefix: &str, text: &str) -> Result<Vec<u32>> {
        let encoded = if prefix.is_empty() {
            self.tokenizer.encode_fast(text, true)
        } else {
            self.tokenizer.encode_fast(format!("{prefix}{text}"), true)
        };
        let tokens = encoded.map_err(Error::internal)?.get_ids().to_vec();
        // a tokenizer without marks may find nothing; a network needs something
        Ok(if tokens.is_empty() { vec![self.padding] } else { tokens })
    }

    /// Runs sequences of at most `length` tokens.
    fn run(&self, sequences: &[&[u32]], length: usize) -> Result<Vec<Vec<f32>>> {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for &(node, input) in &self.inputs {
            let mut numbers = Vec::with_capacity(sequences.len() * length);
            for sequence in sequences {
                numbers.extend(sequence.iter().map(|&token| input.of(token)));
                numbers.resize(numbers.len() + length - sequence.len(), input.of_padding(self.padding));
            }
            let value = Value::from_shape([sequences.len(), length], numbers).map_err(Error::internal)?;
            inputs.push((node, ValueOrView::from(value)));
        }
        let mut outputs = self.network.run(inputs, &[self.output], None).map_err(Error::internal)?;
        let output = outputs.pop().ok_or_else(|| Error::internal("the network gave no output"))?;
        self.vectors(output, sequences, length)
    }

    fn vectors(&self, output: Value, sequences: &[&[u32]], length: usize) -> Result<Vec<Vec<f32>>> {
        let shape = output.shape().to_vec();
        let numbers = output.into_tensor::<f32>().ok_or_else(|| unusable_output(&shape))?.into_data();
        let mut vectors: Vec<Vec<f32>> = match (shape.as_slice(), self.pooling) {
            (&[texts, tokens, dimension], Some(pooling))
                if texts == sequences.len() && tokens == length && dimension > 0 =>
            {
                let of_texts = numbers.chunks_exact(length * dimension).zip(sequences);
                of_texts
                    .map(|(of_text, tokens)| pooling.pool(&of_text[..tokens.len() * dimension], dimension))
                    .collect()
            }
            (&[texts, dimension], _) if texts == sequences.len() && dimension > 0 => {
                numbers.chunks_exact(dimension).map(<[f32]>::to_vec).collect()
            }
            _ => return Err(unusable_output(&shape)),
        };
        for vector in &mut vectors {
            if !vector.iter().all(|x| x.is_finite()) {
                return Err(unusable("the embedding model gives numbers that are not finite").with_source("not finite"));
            }
            normalise(vector);
        }
        Ok(vectors)
    }
}

impl Input {
    fn of(self, token: u32) -> i32 {
        match self {
            Self::Ids => token.cast_signed(),
            Self::Mask => 1,
            Self::Types => 0,
        }
    }

    fn of_padding(self, padding: u32) -> i32 {
        match self {
            Self::Ids => padding.cast_signed(),
            Self::Mask | Self::Types => 0,
        }
    }
}

fn tokenizer(file: &[u8], max_tokens: usize) -> Result<Tokenizer> {
    let broken = || unusable("the embedding model's tokenizer (tokenizer.json) cannot be used");
    let mut tokenizer = Tokenizer::from_bytes(file).map_err(|error| broken().with_source(error))?;
    let marks = tokenizer.get_post_processor().map_or(0, |marks| marks.added_tokens(false));
    if max_tokens <= marks {
        return Err(unusable("the embedding model leaves no room for a text (config.json)"));
    }
    // files say how their author last used it, which is often too short
    let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(|error| broken().with_source(error))?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

fn inputs(network: &rten::Model) -> Result<Vec<(NodeId, Input)>> {
    let mut inputs = Vec::new();
    for &node in network.input_ids() {
        let input = match name(network, node) {
            "input_ids" => Input::Ids,
            "attention_mask" => Input::Mask,
            "token_type_ids" => Input::Types,
            other => {
                let error = unusable("the embedding model's network (model.onnx) asks for more than a text's tokens");
                return Err(error.with_source(format!("input {other}")));
            }
        };
        inputs.push((node, input));
    }
    if inputs.iter().any(|(_, input)| matches!(input, Input::Ids)) {
        Ok(inputs)
    } else {
        Err(unusable("the embedding model's network (model.onnx) takes no tokens"))
    }
}

/// The output that is read, and whether it is known to be one vector for each text.
fn output(network: &rten::Model) -> Result<(NodeId, bool)> {
    let outputs = network.output_ids();
    let named = |wanted: &str| outputs.iter().copied().find(|&node| name(network, node) == wanted);
    if let Some(pooled) = named("sentence_embedding") {
        return Ok((pooled, true));
    }
    let tokens = ["last_hidden_state", "token_embeddings"].iter().find_map(|wanted| named(wanted));
    let output = tokens.or(outputs.first().copied());
    let output = output.ok_or_else(|| unusable("the embedding model's network (model.onnx) has no output"))?;
    let rank = network.node_info(output).and_then(|info| info.shape()).map(|shape| shape.len());
    Ok((output, rank == Some(2)))
}

fn name(network: &rten::Model, node: NodeId) -> &str {
    network.node_info(node).and_then(|info| info.name()).unwrap_or_default()
}

fn unusable_output(shape: &[usize]) -> Error {
    ErrorKind::Unsupported
        .error(
            "the embedding model's network (model.onnx) gives something else than vectors; set EMBEDDING_URL to \
             the directory of an ONNX sentence-transformer",
        )
        .with_code("embedding_model")
        .with_source(format!("output of shape {shape:?}"))
}
