use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use hyper::StatusCode;

use crate::http::Refusal;

/// How a server wants to be asked where servers differ, learned from what it refused.
#[derive(Debug, Default)]
pub(super) struct Habits {
    without_figures: AtomicBool,
    completion_tokens: AtomicBool,
}

/// How one request is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ways {
    /// Without `stream_options`, which older servers do not know.
    pub(super) without_figures: bool,
    /// With `max_completion_tokens`, which OpenAI's newer models want instead of `max_tokens`.
    pub(super) completion_tokens: bool,
}

impl Habits {
    pub(super) fn ways(&self) -> Ways {
        Ways {
            without_figures: self.without_figures.load(Relaxed),
            completion_tokens: self.completion_tokens.load(Relaxed),
        }
    }

    /// Whether a request that was written in these ways may be accepted when written anew.
    pub(super) fn learn(&self, ways: Ways, refusal: &Refusal) -> bool {
        if !matches!(refusal.status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) {
            return false;
        }
        let dislikes_figures = !ways.without_figures && refusal.mentions(&["stream_options"]);
        let renames_tokens = !ways.completion_tokens && refusal.mentions(&["max_completion_tokens"]);
        self.without_figures.fetch_or(dislikes_figures, Relaxed);
        self.completion_tokens.fetch_or(renames_tokens, Relaxed);
        dislikes_figures || renames_tokens
    }
}
