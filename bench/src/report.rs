//! Rows of the results table, in Markdown for people and JSON for programs.

use serde::Serialize;

/// One measured row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// What came out, with its unit.
    pub(crate) measured: String,
    /// What must hold, if the row has a bar.
    pub(crate) bar: String,
}

/// Rows as they come.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    /// Adds a row and shows it at once: a long run should not be silent.
    pub(crate) fn row(&mut self, what: impl Into<String>, measured: impl Into<String>, bar: impl Into<String>) {
        let row = Row { what: what.into(), measured: measured.into(), bar: bar.into() };
        eprintln!("{}: {} (bar: {})", row.what, row.measured, row.bar);
        self.0.push(row);
    }

    /// Writes everything to standard output.
    #[expect(clippy::print_stdout, reason = "the results are this program's data")]
    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string_pretty(&self.0)?);
            return Ok(());
        }
        println!("{}\n", machine());
        println!("| what | measured | bar |\n|---|---|---|");
        for Row { what, measured, bar } in &self.0 {
            println!("| {what} | {measured} | {bar} |");
        }
        Ok(())
    }
}

/// The machine in one line.
fn machine() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("?", |found| found.1);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?");
    format!("Machine: {model}, {cores} cores, Linux {}, load {load} at the end.", kernel.trim())
}

/// Whether a bar is met.
pub(crate) fn yes(met: bool) -> &'static str {
    if met { "yes" } else { "no" }
}
