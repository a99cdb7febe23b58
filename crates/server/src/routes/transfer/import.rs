use axum::extract::State;
use jarvis_core::Error;
use jarvis_engine::ImportFormat;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::{ApiResult, ErrorBody},
    extract::{Caller, Query, Upload, UserQuery},
    respond,
    state::App,
    wire::ImportReport,
};

/// What is sent.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// `jsonl`, `chatgpt`, `claude`, `openwebui`, `librechat` or `openconverse`; told from the file when absent.
    format: Option<String>,
}

/// Take in conversations, messages, memories and sessions
///
/// The file is known by its content: the `conversations.json` of ChatGPT or Claude, or the zip with it; chats of Open WebUI;
/// a conversation of LibreChat; a database of OpenConverse; or JSON lines. Titles, times, roles, models and branches stay as
/// they were. What a program keeps beside what was said, such as calls of tools, is counted in `left_out`; what cannot be
/// taken is named in `skipped`. Ids are the file's own; rows get new ones and keep the old ones in `metadata.imported_from`.
/// What an earlier import of the same file made is counted as `existing` and left as it is, so a file can be sent again:
/// that also completes an import that broke off.
///
/// JSON lines hold one object a line, each after what it refers to:
///
/// - `{"type":"session","id","name","role"?,"goals"?,"template"?,"created_at"?,"metadata"?}`
/// - `{"type":"conversation","id","session_id"?,"title"?,"created_at"?,"metadata"?}`
/// - `{"type":"message","conversation_id","role","content","id"?,"parent_id"?,"created_at"?,"author"?,"model"?,"tokens"?,"parts"?,"metadata"?}`
/// - `{"type":"summary","conversation_id","until","content"}`: of a conversation up to one of its messages
/// - `{"type":"end","sessions","conversations","messages","memories"}`: how many lines of each came before it
/// - `{"type":"memory","content","id"?,"kind"?,"category"?,"importance"?,"expires_at"?,"created_at"?,"metadata"?}`
///
/// A message's id need only be unique in its conversation; one without id is known by its place there. A title that is absent
/// is made from what the user said first, a time that is absent is the time of the import. A memory with the words of one
/// that is there is that one.
///
/// Lines of `/api/export` tell more, and rows become what they were: status, times, branches (`is_root` follows nothing),
/// what memories were taken from and what replaced them.
///
/// The body is a stream of any length; a line has at most 8 MiB, a conversation of another program 64 MiB, and a zip or a
/// database what `import.max_file_mib` says. It may take as long as it does; when nothing comes for the time that a request
/// may take, it is cut. An error on the way leaves what was stored before, and says how much. A form
/// (`multipart/form-data`) with a file is taken too.
#[utoipa::path(
    post, path = "/api/import", tag = "transfer", operation_id = "import",
    params(UserQuery, ImportQuery),
    request_body(
        content(
            (String = "application/x-ndjson", example = "{\"type\":\"conversation\",\"id\":\"trip\",\"title\":\"Lisbon\"}\n\
             {\"type\":\"message\",\"conversation_id\":\"trip\",\"role\":\"user\",\"content\":\"Where was that café?\"}\n"),
            (String = "application/json"),
            (String = "application/zip"),
            (String = "application/octet-stream"),
            (String = "multipart/form-data"),
        ),
    ),
    responses(
        (status = 200, description = "What came of it", body = ImportReport),
        (status = 400, description = "The body did not arrive whole, or is damaged; what came before is stored.", body = ErrorBody),
        (status = 413, description = "A zip or database that is too large.", body = ErrorBody),
        (status = 415, description = "The body has another type.", body = ErrorBody),
        (status = 422, description = "It is no export that is known.", body = ErrorBody),
        (status = 429, description = "Other zips or databases are being read; see `retry-after`.", body = ErrorBody),
    ),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Caller(scope): Caller,
    Query(query): Query<ImportQuery>,
    upload: Upload,
) -> ApiResult {
    let format = query.format.filter(|format| !format.is_empty()).map(|format| named(&format)).transpose()?;
    let report = app.engine.import.take(scope, format.or(upload.format), upload.pieces).await?;
    Ok(respond::ok(&ImportReport::from(&report), 512 + 100 * report.skipped.len()))
}

fn named(format: &str) -> Result<ImportFormat, Error> {
    ImportFormat::parse(format).ok_or_else(|| {
        let known = ImportFormat::ALL.map(ImportFormat::as_str).join(", ");
        Error::invalid("format", format!("format: write one of {known}"))
    })
}
