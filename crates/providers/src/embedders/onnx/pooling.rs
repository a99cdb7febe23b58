use jarvis_core::Result;
use serde::Deserialize;

use super::unusable;

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pooling {
    /// Their mean.
    Mean,
    /// The first, of the mark at the beginning.
    First,
    /// The largest number in each dimension.
    Max,
}

/// `1_Pooling/config.json`.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "so is the file")]
pub(super) struct PoolingConfig {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    /// The mean up to a factor, which making the vector of length 1 takes out.
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default = "yes")]
    include_prompt: bool,
}

fn yes() -> bool {
    true
}

impl Pooling {
    pub(super) fn choose(config: &PoolingConfig) -> Result<Self> {
        let modes = [
            (config.pooling_mode_mean_tokens, Self::Mean),
            (config.pooling_mode_mean_sqrt_len_tokens, Self::Mean),
            (config.pooling_mode_cls_token, Self::First),
            (config.pooling_mode_max_tokens, Self::Max),
        ];
        let mut chosen = modes.iter().filter(|(is_chosen, _)| *is_chosen);
        match (chosen.next(), chosen.next()) {
            (Some((_, pooling)), None) if config.include_prompt => Ok(*pooling),
            _ => Err(unusable("the embedding model pools in a way that is not in this build (1_Pooling/config.json)")),
        }
    }

    /// One vector from those of a text's tokens, one behind the other; there is at least one.
    pub(super) fn pool(self, tokens: &[f32], dimension: usize) -> Vec<f32> {
        let mut rows = tokens.chunks_exact(dimension);
        let mut vector = rows.next().unwrap_or_default().to_vec();
        match self {
            Self::First => {}
            // a sum has the direction of the mean
            Self::Mean => rows.for_each(|row| vector.iter_mut().zip(row).for_each(|(sum, x)| *sum += x)),
            Self::Max => rows.for_each(|row| vector.iter_mut().zip(row).for_each(|(max, x)| *max = max.max(*x))),
        }
        vector
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(json: &str) -> Result<Pooling> {
        Pooling::choose(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn one_known_way_is_chosen() {
        assert_eq!(choose(r#"{"pooling_mode_cls_token":true}"#).unwrap(), Pooling::First);
        assert_eq!(choose(r#"{"pooling_mode_mean_sqrt_len_tokens":true}"#).unwrap(), Pooling::Mean);
        for unknown in [
            "{}",
            r#"{"pooling_mode_lasttoken":true}"#,
            r#"{"pooling_mode_cls_token":true,"pooling_mode_max_tokens":true}"#,
            r#"{"pooling_mode_cls_token":true,"include_prompt":false}"#,
        ] {
            assert!(choose(unknown).unwrap_err().message().contains("1_Pooling/config.json"));
        }
    }

    #[test]
    fn tokens_become_one_vector() {
        let tokens = [1.0, 5.0, 3.0, -2.0];
        for (pooling, wanted) in
            [(Pooling::Mean, [4.0_f32, 3.0]), (Pooling::First, [1.0, 5.0]), (Pooling::Max, [3.0, 5.0])]
        {
            let bits = |vector: &[f32]| vector.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&pooling.pool(&tokens, 2)), bits(&wanted), "{pooling:?}");
        }
    }
}
