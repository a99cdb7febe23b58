//! Typed identifiers: UUIDv7 everywhere, one type per noun so that they cannot be confused.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::{Error, Result, ports::Ids};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $noun:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier, later than all that `ids` gave before.
            pub fn new(ids: &dyn Ids) -> Self {
                Self(ids.next())
            }

            /// The bare value, for providers.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                Uuid::try_parse(text).map(Self).map_err(|_| {
                    Error::invalid("id", concat!("a ", $noun, " id is a UUID such as 0190b5a8-7d3c-7000-8000-000000000001"))
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )+};
}

ids! {
    /// A person, or the local user of open mode.
    UserId => "user",
    /// A named context that groups conversations.
    SessionId => "session",
    /// A conversation.
    ConversationId => "conversation",
    /// One turn of a conversation.
    MessageId => "message",
    /// Something worth remembering.
    MemoryId => "memory",
    /// A login and all that came of it by refreshing.
    LoginId => "login",
    /// A key of a program.
    ApiKeyId => "key",
    /// An invitation to register.
    InviteId => "invite",
}
