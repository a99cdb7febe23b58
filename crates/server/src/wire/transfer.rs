use jarvis_engine as engine;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// What came of an import.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportReport<'a> {
    /// What is new.
    imported: ImportCounts,
    /// What an earlier import had made, or the lines hold twice.
    existing: ImportCounts,
    /// The first thousand lines that were not taken.
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<SkippedLine>)]
    skipped: &'a [engine::SkippedLine],
    /// All lines that were not taken.
    skipped_total: u64,
}

/// How many of each.
#[derive(Serialize, ToSchema)]
struct ImportCounts {
    conversations: u64,
    messages: u64,
    memories: u64,
    sessions: u64,
}

/// A line that was not taken.
#[derive(Serialize, ToSchema)]
struct SkippedLine<'a> {
    /// From 1.
    line: u64,
    /// Why.
    reason: &'a str,
}

impl<'a> From<&'a engine::ImportReport> for ImportReport<'a> {
    fn from(report: &'a engine::ImportReport) -> Self {
        Self {
            imported: report.imported.into(),
            existing: report.existing.into(),
            skipped: &report.skipped,
            skipped_total: report.skipped_total,
        }
    }
}

impl From<engine::ImportCounts> for ImportCounts {
    fn from(counts: engine::ImportCounts) -> Self {
        let engine::ImportCounts { conversations, messages, memories, sessions } = counts;
        Self { conversations, messages, memories, sessions }
    }
}

impl<'a> From<&'a engine::SkippedLine> for SkippedLine<'a> {
    fn from(skipped: &'a engine::SkippedLine) -> Self {
        Self { line: skipped.line, reason: &skipped.reason }
    }
}

fn rows<S: Serializer>(rows: &[engine::SkippedLine], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, SkippedLine<'_>, _>(rows, serializer)
}
