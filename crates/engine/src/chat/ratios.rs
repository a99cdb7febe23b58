use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Models remembered at most; beyond, one that is not known yet is estimated as usual.
const MAX_MODELS: usize = 64;
/// A model that counts more than this many tokens for an estimated one is not believed.
const MAX_RATIO: f32 = 8.0;
/// How fast a ratio comes down again.
const EASE: f32 = 0.2;
/// What is added when a model refuses a prompt as too long.
const REFUSED: f32 = 1.5;

/// How many tokens each model really counts for an estimated one, never less than one: a server with a tokenizer of its
/// own kind (bytes, say) teaches us to send it less.
#[derive(Debug, Default)]
pub(super) struct TokenRatios(Mutex<HashMap<String, f32>>);

impl TokenRatios {
    pub(super) fn of(&self, model: &str) -> f32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(model).copied().unwrap_or(1.0)
    }

    /// Learns from a prompt that was counted: up at once, since the next prompt must fit; down slowly.
    pub(super) fn observe(&self, model: &str, estimated: u32, real: u32) {
        if estimated == 0 {
            return;
        }
        let seen = real as f32 / estimated as f32;
        self.change(model, |ratio| if seen > ratio { seen } else { ratio + EASE * (seen.max(1.0) - ratio) });
    }

    /// Learns from a prompt that was refused as too long.
    pub(super) fn refused(&self, model: &str) {
        self.change(model, |ratio| ratio * REFUSED);
    }

    fn change(&self, model: &str, to: impl Fn(f32) -> f32) {
        let mut ratios = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ratio = to(ratios.get(model).copied().unwrap_or(1.0)).clamp(1.0, MAX_RATIO);
        if let Some(known) = ratios.get_mut(model) {
            *known = ratio;
        } else if ratio > 1.0 && ratios.len() < MAX_MODELS {
            ratios.insert(model.to_owned(), ratio);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_rises_at_once_falls_slowly_and_stays_in_bounds() {
        let ratios = TokenRatios::default();
        ratios.observe("bytes", 100, 350);
        assert!((ratios.of("bytes") - 3.5).abs() < 1e-6);
        ratios.observe("bytes", 100, 100);
        assert!((ratios.of("bytes") - 3.0).abs() < 1e-6);
        ratios.observe("bytes", 1, u32::MAX);
        assert!((ratios.of("bytes") - MAX_RATIO).abs() < 1e-6);
        ratios.observe("usual", 100, 80);
        ratios.observe("usual", 0, 80);
        assert!((ratios.of("usual") - 1.0).abs() < 1e-6);
        ratios.refused("usual");
        assert!((ratios.of("usual") - REFUSED).abs() < 1e-6);
        for model in 0..2 * MAX_MODELS {
            ratios.refused(&model.to_string());
        }
        assert_eq!(ratios.0.lock().unwrap().len(), MAX_MODELS);
    }
}
