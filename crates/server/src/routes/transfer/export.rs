use axum::extract::State;

use crate::{
    download,
    error::ApiResult,
    extract::{Caller, UserQuery, Welcome},
    state::App,
};

/// Everything that is yours, in the form that `POST /api/import` takes
///
/// One JSON object a line, each after what it refers to, oldest first: sessions; conversations (archived ones and those in
/// the bin too), each followed by its messages with all branches and by its summary; memories, expired and superseded ones
/// included. The last line is `{"type":"end","sessions","conversations","messages","memories","exported_at"}` with how many
/// there were: a file without it is not whole, and the import says so when the numbers differ.
///
/// Ids are those of this server. Another server gives its own and keeps these in `metadata.imported_from`; this one
/// recognises what is still there. It is sent as it is read, at your pace. What changes meanwhile may or may not be in it.
#[utoipa::path(
    get, path = "/api/export", tag = "transfer", operation_id = "export",
    params(UserQuery),
    responses((status = 200, description = "As a file", body = String, content_type = "application/x-ndjson")),
)]
pub(crate) async fn handler(State(app): State<App>, welcome: Welcome, Caller(scope): Caller) -> ApiResult {
    let day = app.engine.now().to_utc().format("%Y-%m-%d");
    let pieces = app.engine.export.everything(scope);
    let file_name = format!("jarvis-export-{day}.jsonl");
    download::respond(pieces, "application/x-ndjson", &file_name, app.readiness.ending(), welcome).await
}
