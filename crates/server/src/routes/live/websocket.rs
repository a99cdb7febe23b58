use axum::{
    Extension,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
};
use jarvis_core::ErrorKind;

use crate::{
    access::Identity,
    edge::RequestId,
    error::ApiResult,
    extract::{Query, UserQuery},
    serve::Taken,
    state::App,
    ws,
};

/// Talk and listen over a WebSocket
///
/// Messages are text frames of at most 128 KiB, each a JSON object. The first one chooses the dialect.
///
/// **Typed**: every message has a `type`, and may have a `request_id` (a string of the client's choice) that its answers
/// repeat.
///
/// | to the server | |
/// |---|---|
/// | `chat_message` | the fields of `POST /api/chat` (`content` is `message`), and `idempotency_key`; the answer comes as `chat_start`, `chat_token`…, `chat_response`; up to 8 answers at once |
/// | `resume` `{message_id, last_event_id?, user_id?}` | the answer from that byte on, running or over: after a lost connection nothing is lost or doubled |
/// | `stop` `{message_id, user_id?}` | ends an answer and keeps what was produced; answered with `chat_stopped` `{message_id, conversation_id, stopped}`, and whoever follows it gets its `chat_response` |
/// | `subscribe`, `unsubscribe` `{channels}` | `conversations`, `conversation:ID`, `system`; answered with `subscribed` `{channels}`, all that are subscribed to now |
/// | `ping` | answered with `pong` |
/// | `auth` `{token}` | answered with `auth_ok`; where people log in, first of all when the handshake had no token; in open mode any token is |
/// | `audio_data` | answered with the error `voice_unavailable` |
///
/// | from the server | |
/// |---|---|
/// | `chat_start` | `{message_id, user_message_id, conversation_id, model}` |
/// | `chat_token` | `{message_id, text, id}`; `id` is the number of bytes of text so far, for `resume` |
/// | `chat_response` | `{message, conversation_id, user_message_id, memory_saved, memories_used, usage, finish_reason, response_time_ms}` |
/// | `conversation_updated` `{conversation}`, `conversation_erased` `{conversation_id}` | on `conversations` and on its own channel |
/// | `memory_created` `{memory}` | on `conversations` |
/// | `data_erased` | on `conversations`: all that the user had was erased; show nothing of it, and connect again |
/// | `message_created` `{message}` | on `conversation:ID` |
/// | `system_status` `{phase, status}` | on `system`: after subscribing, and when a part changes or the server ends; `status` is that of `/health` |
/// | `missed` `{count}` | the client was too slow for so many events; read again what is shown |
/// | `error` | `{code, message, details?, retry_after?, message_id?, socket_id}`; the socket stays open |
///
/// **Plain** (the first message has no `type`): `{message, user_id?, save_memory?}` is answered with `{response,
/// timestamp}` or `{error, timestamp}`. All that one socket says for one user is one conversation.
///
/// The server pings every 30 seconds and gives a client up that leaves two pings unanswered. It closes with 1001 when it
/// ends, 1008 after 32 messages in a row that cannot be understood, 1009 when a message is too large, 1013 when it is
/// ending or too many sockets are open. A client that takes nothing of what waits for it for 10 seconds is cut within 10
/// more; one that takes it slowly is not.
#[utoipa::path(
    get, path = "/ws", tag = "live", operation_id = "openWebSocket",
    params(UserQuery),
    responses(
        (status = 101, description = "The connection is a WebSocket from now on"),
        (status = 400, description = "This is no WebSocket handshake (`websocket_expected`)", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    identity: Identity,
    Query(query): Query<UserQuery>,
    request_id: RequestId,
    taken: Option<Extension<Taken>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult {
    let upgrade = upgrade.map_err(|rejection| {
        ErrorKind::Malformed
            .error("this route speaks WebSocket only; open it with a WebSocket client (RFC 6455, version 13)")
            .with_code("websocket_expected")
            .with_source(rejection)
    })?;
    // A name that cannot be is refused here, where it can be said with a status.
    if !matches!(identity, Identity::Nobody) {
        identity.scope(&app.engine, query.user_id.as_deref(), false).await?;
    }
    let taken = taken.map(|Extension(taken)| taken).unwrap_or_default();
    Ok(ws::open(app, upgrade, taken, ws::Caller { identity, named: query.user_id }, request_id))
}
