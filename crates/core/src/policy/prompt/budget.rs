//! How many tokens a prompt may have.

/// What a chat template adds around each message, and once around all.
pub const MESSAGE_TOKENS: u32 = 8;

/// A quarter of the window, and never more than this, is kept for an answer whose length nobody has set.
const MAX_RESERVE: u32 = 4_096;

/// Estimated tokens that a prompt and its parts may have. The shares of a large part are its bounds only while there is
/// room: a part that is absent leaves its share to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The whole prompt.
    pub total: u32,
    /// Earlier turns: at most half.
    pub history: u32,
    /// Recalled texts: at most a quarter.
    pub recalled: u32,
    /// The summary: at most an eighth.
    pub summary: u32,
}

/// What is left of a model's window beside its answer and a margin, in estimated tokens when `ratio` real ones were
/// counted for each: `max_tokens`, or a quarter of the window, is the answer's, but at most half.
pub fn of_model(window: u32, max_tokens: Option<u32>, ratio: f32, history: u32, recalled: u32) -> Budget {
    let reserve = max_tokens.unwrap_or((window / 4).min(MAX_RESERVE)).min(window / 2);
    let real = window.saturating_sub(reserve).saturating_sub(window / 32);
    let total = (real as f32 / ratio.max(1.0)) as u32;
    shares(Budget { total, history, recalled, summary: total })
}

/// Half of a budget, for a model that counted more than was estimated.
pub fn halved(budget: &Budget) -> Budget {
    shares(Budget { total: budget.total / 2, ..*budget })
}

fn shares(budget: Budget) -> Budget {
    let Budget { total, history, recalled, summary } = budget;
    Budget {
        total,
        history: history.min(total / 2),
        recalled: recalled.min(total / 4),
        summary: summary.min(total / 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_and_a_margin_are_kept_free() {
        let usual = of_model(8_192, None, 1.0, 3_000, 1_500);
        assert_eq!(usual, Budget { total: 5_888, history: 2_944, recalled: 1_472, summary: 736 });
        assert_eq!(of_model(8_192, Some(100), 1.0, 3_000, 1_500).total, 7_836);
        assert_eq!(of_model(8_192, Some(u32::MAX), 1.0, 3_000, 1_500).total, 3_840);
        assert_eq!(of_model(8_192, None, 4.0, 3_000, 1_500).total, 1_472);
        assert_eq!(halved(&usual), Budget { total: 2_944, history: 1_472, recalled: 736, summary: 368 });
        assert_eq!(of_model(0, None, 0.0, 1, 1).total, 0);
    }
}
