use axum::extract::State;
use jarvis_core::id::ConversationId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    download,
    error::ApiResult,
    extract::{Caller, Id, Query, UserQuery, Welcome},
    state::App,
    wire::ExportFormat,
};

/// How a conversation is handed over.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// `markdown` when absent: for people. `json`: session, conversation and messages as the lines of `/api/export`.
    #[param(inline)]
    format: Option<ExportFormat>,
    /// True for every branch; otherwise that which the next turn would follow, with a note where others stand.
    #[serde(default)]
    all: bool,
}

/// A conversation as a file
#[utoipa::path(
    get, path = "/api/chat/conversation/{id}/export", tag = "chat", operation_id = "exportConversation",
    params(("id" = Uuid, Path, description = "The conversation"), How, UserQuery),
    responses((status = 200, description = "The file", content(
        (String = "text/markdown; charset=utf-8"), (Object = "application/json"),
    ))),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Id(id): Id<ConversationId>,
    Query(How { format, all }): Query<How>,
    Caller(scope): Caller,
    welcome: Welcome,
) -> ApiResult {
    let format = format.unwrap_or(ExportFormat::Markdown);
    let pieces = app.engine.export.conversation(scope, id, format.into(), all).await?;
    let (media_type, end) = match format {
        ExportFormat::Markdown => ("text/markdown; charset=utf-8", "md"),
        ExportFormat::Json => ("application/json", "json"),
    };
    let file_name = format!("conversation-{id}.{end}");
    download::respond(pieces, media_type, &file_name, app.readiness.ending(), welcome).await
}
