use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::output;

const DASHBOARD: &str = include_str!("../../../../deploy/grafana-dashboard.json");
const RULES: &str = include_str!("../../../../deploy/prometheus-rules.yaml");

/// Print what monitors a server: a Grafana dashboard, rules for Prometheus
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis monitor export-dashboard > jarvis.json\n  jarvis monitor export-rules > jarvis.rules.yaml && promtool check rules jarvis.rules.yaml"
)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the dashboard as JSON, to be imported into Grafana
    #[command(after_help = "Examples:\n  jarvis monitor export-dashboard > jarvis.json")]
    ExportDashboard,
    /// Print recording rules and alerts as YAML, to be named under `rule_files` of Prometheus
    #[command(after_help = "Examples:\n  jarvis monitor export-rules > jarvis.rules.yaml")]
    ExportRules,
}

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let text = match self.what {
            What::ExportDashboard => DASHBOARD,
            What::ExportRules => RULES,
        };
        output::print(|out| out.write_all(text.as_bytes()))?;
        Ok(ExitCode::SUCCESS)
    }
}
