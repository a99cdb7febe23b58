//! What can be typed at the prompt beside messages.

/// How the commands are explained.
pub(super) const HELP: &str = "\
/new            begin a new conversation
/model [NAME]   ask another model; without a name, list them
/memories       show what memory gave the last answer
/help           show this
/quit           end, as Ctrl-D does
Ctrl-C stops an answer; what there is of it is kept.";

/// A line that was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed<'a> {
    Nothing,
    Message(&'a str),
    New,
    Model(Option<&'a str>),
    Memories,
    Help,
    Quit,
    Unknown(&'a str),
}

/// A path, or anything else that only begins with a slash, is a message.
pub(super) fn parse(line: &str) -> Typed<'_> {
    let line = line.trim();
    if line.is_empty() {
        return Typed::Nothing;
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = Some(rest.trim()).filter(|rest| !rest.is_empty());
    match (word, rest) {
        ("/new", None) => Typed::New,
        ("/model", name) => Typed::Model(name),
        ("/memories", None) => Typed::Memories,
        ("/help" | "/?", None) => Typed::Help,
        ("/quit" | "/exit", None) => Typed::Quit,
        (word, None) if is_like_a_command(word) => Typed::Unknown(word),
        _ => Typed::Message(line),
    }
}

fn is_like_a_command(word: &str) -> bool {
    word.strip_prefix('/').is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_are_commands() {
        let cases = [
            ("  \n", Typed::Nothing),
            (" Où est-elle ?\n", Typed::Message("Où est-elle ?")),
            ("/new", Typed::New),
            ("/model", Typed::Model(None)),
            ("/model  gpt-5 ", Typed::Model(Some("gpt-5"))),
            ("/memories\n", Typed::Memories),
            ("/?", Typed::Help),
            ("/memory", Typed::Unknown("/memory")),
            ("/new ideas for the garden", Typed::Message("/new ideas for the garden")),
            ("/etc/hosts is empty, why?", Typed::Message("/etc/hosts is empty, why?")),
            ("/", Typed::Message("/")),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(line), expected, "{line}");
        }
    }
}
