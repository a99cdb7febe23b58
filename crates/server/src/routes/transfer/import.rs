use axum::extract::State;

use crate::{
    error::{ApiResult, ErrorBody},
    extract::{Caller, Upload, UserQuery},
    respond,
    state::App,
    wire::ImportReport,
};

/// Take in conversations, messages, memories and sessions
///
/// One JSON object a line, each after what it refers to:
///
/// - `{"type":"session","id","name","role"?,"goals"?,"template"?,"created_at"?,"metadata"?}`
/// - `{"type":"conversation","id","session_id"?,"title"?,"created_at"?,"metadata"?}`
/// - `{"type":"message","conversation_id","role","content","id"?,"parent_id"?,"created_at"?,"author"?,"model"?,"tokens"?,"parts"?,"metadata"?}`
/// - `{"type":"summary","conversation_id","until","content"}`: of a conversation up to one of its messages
/// - `{"type":"end","sessions","conversations","messages","memories"}`: how many lines of each came before it
/// - `{"type":"memory","content","id"?,"kind"?,"category"?,"importance"?,"expires_at"?,"created_at"?,"metadata"?}`
///
/// Ids are the file's own; rows get new ones and keep the old ones in `metadata.imported_from`. A message's id need only
/// be unique in its conversation; one without id is known by its place there. What an earlier import of the same lines
/// made is counted as `existing` and left as it is, so a file can be sent again: that also completes an import that broke
/// off. A title that is absent is made from what the user said first, a time that is absent is the time of the import. A
/// memory with the words of one that is there is that one. Lines that cannot be taken are skipped and named.
///
/// Lines of `/api/export` tell more, and rows become what they were: status, times, branches (`is_root` follows nothing),
/// what memories were taken from and what replaced them.
///
/// The body is a stream of any length; one line has at most 8 MiB. It may take as long as it does; when nothing comes for
/// the time that a request may take, it is cut. An error on the way leaves what was stored before, and says how much.
#[utoipa::path(
    post, path = "/api/import", tag = "transfer", operation_id = "import",
    params(UserQuery),
    request_body(
        content = String, content_type = "application/x-ndjson",
        example = "{\"type\":\"conversation\",\"id\":\"trip\",\"title\":\"Lisbon\"}\n\
                   {\"type\":\"message\",\"conversation_id\":\"trip\",\"role\":\"user\",\"content\":\"Where was that café?\"}\n",
    ),
    responses(
        (status = 200, description = "What came of it", body = ImportReport),
        (status = 400, description = "The body did not arrive whole; what came before is stored.", body = ErrorBody),
        (status = 415, description = "The body is not `application/x-ndjson`.", body = ErrorBody),
    ),
)]
pub(crate) async fn handler(State(app): State<App>, Caller(scope): Caller, Upload(pieces): Upload) -> ApiResult {
    let report = app.engine.import.jsonl(scope, pieces).await?;
    Ok(respond::ok(&ImportReport::from(&report), 512 + 100 * report.skipped.len()))
}
