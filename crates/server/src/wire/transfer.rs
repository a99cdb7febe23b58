use jarvis_engine as engine;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// What came of an import.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportReport<'a> {
    /// What it was: `jsonl`, `chatgpt`, `claude`, `openwebui`, `librechat` or `openconverse`; absent when there was nothing in
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    /// What is new.
    imported: ImportCounts,
    /// What an earlier import had made, or the lines hold twice.
    existing: ImportCounts,
    /// The first thousand lines, or parts of an export, that could not be taken.
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<SkippedLine>)]
    skipped: &'a [engine::SkippedLine],
    /// All that could not be taken.
    skipped_total: u64,
    /// What was not to be taken: what a program keeps beside what was said.
    left_out: Vec<LeftOut<'a>>,
}

/// How many of each.
#[derive(Serialize, ToSchema)]
struct ImportCounts {
    conversations: u64,
    messages: u64,
    memories: u64,
    sessions: u64,
}

/// Something that could not be taken.
#[derive(Serialize, ToSchema)]
struct SkippedLine<'a> {
    /// The line, or the conversation of an export, from 1; 0 for a file as a whole.
    line: u64,
    /// Where in an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    /// Why.
    reason: &'a str,
}

/// Something of an export that is no part of a conversation.
#[derive(Serialize, ToSchema)]
struct LeftOut<'a> {
    /// What.
    what: &'a str,
    /// How many.
    count: u64,
}

impl<'a> From<&'a engine::ImportReport> for ImportReport<'a> {
    fn from(report: &'a engine::ImportReport) -> Self {
        let left_out = report.left_out.iter().map(|left| LeftOut { what: &left.what, count: left.count });
        Self {
            format: report.format.map(engine::ImportFormat::as_str),
            left_out: left_out.collect(),
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
        Self { line: skipped.line, path: skipped.path.as_deref(), reason: &skipped.reason }
    }
}

fn rows<S: Serializer>(rows: &[engine::SkippedLine], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, SkippedLine<'_>, _>(rows, serializer)
}
