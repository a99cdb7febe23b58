/// A form in which conversations come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportFormat {
    /// Jarvis' own: one JSON object a line.
    Jsonl,
    /// The `conversations.json` of a ChatGPT export, or several of them.
    ChatGpt,
    /// The `conversations.json` of a Claude export.
    Claude,
    /// A list of chats exported from Open WebUI.
    OpenWebUi,
    /// A conversation exported from LibreChat.
    LibreChat,
    /// A database of OpenConverse.
    OpenConverse,
}

impl ImportFormat {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Jsonl, Self::ChatGpt, Self::Claude, Self::OpenWebUi, Self::LibreChat, Self::OpenConverse];

    /// As on the wire and the command line; also the source under which foreign ids are kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::ChatGpt => "chatgpt",
            Self::Claude => "claude",
            Self::OpenWebUi => "openwebui",
            Self::LibreChat => "librechat",
            Self::OpenConverse => "openconverse",
        }
    }

    /// The inverse of [`ImportFormat::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}
