use std::time::Duration;

/// How something outside is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthStatus {
    /// As it should be.
    Healthy,
    /// Works, with a loss.
    Degraded,
    /// Does not work.
    Unhealthy,
}

/// The answer of a port's `check()`: really asked, never assumed. A check answers within two seconds and never fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// How long the check took.
    pub response_time: Duration,
    /// What is wrong and what to do, when something is. Safe to show.
    pub error: Option<String>,
    /// Figures worth showing, by name.
    pub figures: Vec<(&'static str, u64)>,
}

/// The figure of a store that takes no writes.
const READ_ONLY: &str = "read_only";

impl Health {
    /// All is well.
    pub fn healthy(response_time: Duration) -> Self {
        Self { status: HealthStatus::Healthy, response_time, error: None, figures: Vec::new() }
    }

    /// It works, with a loss.
    pub fn degraded(response_time: Duration, error: impl Into<String>) -> Self {
        Self { status: HealthStatus::Degraded, response_time, error: Some(error.into()), figures: Vec::new() }
    }

    /// A store that answers, and takes no writes.
    pub fn read_only(response_time: Duration, error: impl Into<String>) -> Self {
        Self::degraded(response_time, error).with_figure(READ_ONLY, 1)
    }

    /// It does not work.
    pub fn unhealthy(response_time: Duration, error: impl Into<String>) -> Self {
        Self { status: HealthStatus::Unhealthy, response_time, error: Some(error.into()), figures: Vec::new() }
    }

    /// Whether it was made by [`Health::read_only`].
    pub fn is_read_only(&self) -> bool {
        self.figures.iter().any(|(name, _)| *name == READ_ONLY)
    }

    /// Adds a figure.
    #[must_use]
    pub fn with_figure(mut self, name: &'static str, value: u64) -> Self {
        self.figures.push((name, value));
        self
    }
}
