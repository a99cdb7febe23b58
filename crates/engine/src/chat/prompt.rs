use jarvis_core::{
    ports::PromptMessage,
    text::estimate_tokens,
    types::{Message, Role, Session},
};

/// Earlier turns in a prompt at most, whatever their size.
pub(super) const MAX_TURNS: u32 = 40;

/// The prompt: the session's role and goals, what the caller adds, the latest turns that fit into `budget` estimated
/// tokens, and last what the person just said, which is always in it.
pub(super) fn build(
    session: Option<&Session>,
    context: Option<&str>,
    earlier: &[Message],
    said: &str,
    budget: u32,
) -> Vec<PromptMessage> {
    let mut prompt = Vec::with_capacity(earlier.len() + 2);
    let instructions = instructions(session, context);
    if !instructions.is_empty() {
        prompt.push(PromptMessage { role: Role::System, content: instructions });
    }
    let mut left = budget;
    let fits = |message: &&Message| {
        let tokens = estimate_tokens(&message.content);
        let fits = tokens <= left;
        left = left.saturating_sub(tokens);
        fits
    };
    // The newest turns matter most: stop at the first that does not fit, so that no hole is left in the middle.
    let turns: Vec<&Message> = earlier.iter().rev().take_while(fits).collect();
    prompt.extend(turns.into_iter().rev().map(|turn| PromptMessage { role: turn.role, content: turn.content.clone() }));
    prompt.push(PromptMessage { role: Role::User, content: said.to_owned() });
    prompt
}

fn instructions(session: Option<&Session>, context: Option<&str>) -> String {
    let mut parts = Vec::new();
    if let Some(role) = session.and_then(|session| session.role.as_deref()) {
        parts.push(format!("Your role: {role}"));
    }
    if let Some(goals) = session.and_then(|session| session.goals.as_deref()) {
        parts.push(format!("The goals of this session: {goals}"));
    }
    if let Some(context) = context {
        parts.push(format!("Context given by the user: {context}"));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::{
        Timestamp,
        id::{ConversationId, MessageId},
        types::MessageStatus,
    };
    use uuid::Uuid;

    fn turn(position: i64, role: Role, content: &str) -> Message {
        Message {
            id: MessageId::from(Uuid::from_u128(position as u128)),
            conversation_id: ConversationId::from(Uuid::nil()),
            position,
            parent_id: None,
            role,
            author: None,
            content: content.to_owned(),
            parts: None,
            tokens: None,
            model: None,
            status: MessageStatus::Complete,
            recall_score: None,
            metadata: None,
            created_at: Timestamp::default(),
        }
    }

    #[test]
    fn the_newest_turns_that_fit_are_kept_in_order_without_holes() {
        let earlier = [
            turn(1, Role::User, "short"),
            turn(2, Role::Assistant, &"long ".repeat(100)),
            turn(3, Role::User, "third"),
            turn(4, Role::Assistant, "fourth"),
        ];
        let prompt = build(None, None, &earlier, "now", 20);
        let contents: Vec<&str> = prompt.iter().map(|turn| turn.content.as_str()).collect();
        assert_eq!(contents, ["third", "fourth", "now"]);
    }

    #[test]
    fn what_was_just_said_is_always_there() {
        let prompt = build(None, Some("it rains"), &[], &"word ".repeat(1_000), 1);
        assert_eq!(prompt[0].content, "Context given by the user: it rains");
        assert_eq!(prompt.last().map(|turn| turn.role), Some(Role::User));
    }
}
