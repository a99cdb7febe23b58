use jarvis_core::{ports::ModelRequest, types::Role};
use serde::Serialize;

/// A turn of a prompt as the protocols write it.
#[derive(Serialize)]
pub(super) struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

pub(super) fn turns(request: &ModelRequest) -> Vec<Turn<'_>> {
    let turn = |role, content| Turn { role, content };
    request.messages.iter().map(|message| turn(written(message.role), message.content.as_str())).collect()
}

/// What a tool said is data for the model like what a person said: the role of a tool needs a call before it.
fn written(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Assistant => "assistant",
        Role::User | Role::Tool => "user",
    }
}
