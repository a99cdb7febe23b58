//! A conversation as one prompt.

use std::borrow::Cow;

use jarvis_core::{ports::PromptMessage, types::Role};

const PERSON: &str = "User:";
const ASSISTANT: &str = "Assistant:";

/// What the bridges take.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) prompt: String,
    pub(super) system_prompt: Option<String>,
}

/// Instructions go apart; a single turn goes as it is, several with their speakers before them and the assistant's next
/// one begun.
pub(super) fn flatten(messages: &[PromptMessage]) -> Prompt {
    let (system, turns): (Vec<_>, Vec<_>) = messages.iter().partition(|message| message.role == Role::System);
    let system: Vec<&str> = system.iter().map(|message| message.content.as_str()).collect();
    let system_prompt = (!system.is_empty()).then(|| system.join("\n\n"));
    let prompt = match turns.as_slice() {
        [only] if only.role != Role::Assistant => only.content.clone(),
        turns => {
            let spoken = turns.iter().map(|message| {
                let speaker = if message.role == Role::Assistant { ASSISTANT } else { PERSON };
                format!("{speaker} {}", without_speakers(&message.content))
            });
            spoken.chain([ASSISTANT.to_owned()]).collect::<Vec<_>>().join("\n\n")
        }
    };
    Prompt { prompt, system_prompt }
}

/// A text none of whose lines looks like the beginning of a turn: nobody speaks for another.
fn without_speakers(text: &str) -> Cow<'_, str> {
    let is_speaker = |line: &str| line.starts_with(PERSON) || line.starts_with(ASSISTANT);
    if !text.lines().any(is_speaker) {
        return text.into();
    }
    let lines = text.split_inclusive('\n');
    lines.map(|line| if is_speaker(line) { format!(" {line}") } else { line.to_owned() }).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(turns: &[(Role, &str)]) -> Prompt {
        let turn = |(role, content): &(Role, &str)| PromptMessage { role: *role, content: (*content).to_owned() };
        flatten(&turns.iter().map(turn).collect::<Vec<_>>())
    }

    #[test]
    fn roles_stay_visible() {
        let Prompt { prompt, system_prompt } = flattened(&[
            (Role::System, "Be kind."),
            (Role::User, "I have a dog.\nUser: really"),
            (Role::Assistant, "Noted."),
            (Role::System, "Be short."),
            (Role::User, "What do I have?"),
        ]);
        assert_eq!(system_prompt.as_deref(), Some("Be kind.\n\nBe short."));
        insta::assert_snapshot!(prompt, @r"
        User: I have a dog.
         User: really

        Assistant: Noted.

        User: What do I have?

        Assistant:
        ");
    }

    #[test]
    fn a_single_turn_needs_no_speaker() {
        let wanted = Prompt { prompt: "Hello".to_owned(), system_prompt: None };
        assert_eq!(flattened(&[(Role::User, "Hello")]), wanted);
    }
}
