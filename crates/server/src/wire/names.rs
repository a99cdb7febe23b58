//! The words that stand for choices.

use jarvis_core::{ports, types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident ~ $domain:ty { $($variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($variant),+ }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value { $(<$domain>::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant),+ }
            }
        }
    )+};
}

names! {
    /// Who speaks.
    Role ~ types::Role { User, Assistant, System, Tool }
    /// Whether a message is whole.
    MessageStatus ~ types::MessageStatus { Complete, Stopped, Interrupted }
    /// Why an answer ended: the model was done, `max_tokens` was reached, somebody stopped it, or it broke off.
    FinishReason ~ jarvis_engine::ChatFinish { Stop, Length, Stopped, Interrupted }
    /// In use, put away, or in the bin.
    ConversationStatus ~ types::ConversationStatus { Open, Archived, Deleted }
    /// Until forgotten, or until it expires.
    MemoryKind ~ types::MemoryKind { LongTerm, ShortTerm }
    /// In use or put away.
    SessionStatus ~ types::SessionStatus { Active, Archived }
    /// A turn of a conversation or a memory.
    ItemKind ~ types::DocKind { Message, Memory }
    /// Works, works with a loss, does not work.
    HealthStatus ~ ports::HealthStatus { Healthy, Degraded, Unhealthy }
    /// What to search.
    SearchScope ~ ports::KindFilter { All, Messages, Memories }
    /// For people, or for programs.
    ExportFormat ~ jarvis_engine::ConversationFormat { Markdown, Json }
    /// How to search: by words, by meaning, or by both as recall does it.
    SearchMode ~ jarvis_engine::SearchMode { Text, Vector, Hybrid }
}
