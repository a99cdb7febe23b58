use serde::{Deserialize, Serialize};

/// How many of what a person owns.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) conversations: u64,
    pub(super) messages: u64,
    pub(super) memories: u64,
    pub(super) sessions: u64,
}

impl From<jarvis_engine::ImportCounts> for Counts {
    fn from(counts: jarvis_engine::ImportCounts) -> Self {
        let jarvis_engine::ImportCounts { conversations, messages, memories, sessions } = counts;
        Self { conversations, messages, memories, sessions }
    }
}

impl Counts {
    /// Adds others.
    pub(super) fn add(&mut self, more: Self) {
        self.conversations += more.conversations;
        self.messages += more.messages;
        self.memories += more.memories;
        self.sessions += more.sessions;
    }

    /// All of them.
    pub(super) fn total(&self) -> u64 {
        self.conversations + self.messages + self.memories + self.sessions
    }

    /// `2 conversations, 1 memory`; `nothing` when there is nothing.
    pub(super) fn words(&self) -> String {
        let nouns = [
            (self.conversations, "conversation", "conversations"),
            (self.messages, "message", "messages"),
            (self.memories, "memory", "memories"),
            (self.sessions, "session", "sessions"),
        ];
        let some = nouns.into_iter().filter(|(count, ..)| *count > 0);
        let words: Vec<String> =
            some.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many })).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn counts_are_told_in_words() {
        let counts = |conversations, messages, memories, sessions| {
            Counts { conversations, messages, memories, sessions }.words()
        };
        assert_eq!(counts(1, 2, 1, 0), "1 conversation, 2 messages, 1 memory");
        assert_eq!(counts(0, 0, 0, 2), "2 sessions");
        assert_eq!(counts(0, 0, 0, 0), "nothing");
    }
}
