//! The short table at the end of a command.

use std::time::{Duration, Instant};

/// Named steps with their outcome and duration.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    outcome: String,
    took: Duration,
}

impl Report {
    /// Runs a step, timed; its outcome becomes a row. The error is the caller's to show.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        run: impl FnOnce() -> anyhow::Result<T>,
        describe: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<T> {
        let started = Instant::now();
        let result = run();
        let outcome = match &result {
            Ok(value) => describe(value),
            Err(_) => "FAILED".to_owned(),
        };
        self.rows.push(Row { name, outcome, took: started.elapsed() });
        result
    }

    /// Prints the table: name, seconds, outcome.
    pub(crate) fn print(&self) {
        println!();
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
        for row in &self.rows {
            println!("  {:width$}  {:>7.1} s  {}", row.name, row.took.as_secs_f64(), row.outcome);
        }
    }
}
