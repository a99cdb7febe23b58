use std::{fmt, sync::Arc};

use crate::{
    Error, Scope,
    id::{ApiKeyId, LoginId, UserId},
    types::UserRole,
};

/// What somebody may do. A person may do all of it on their own data, and [`Permission::Admin`] and
/// [`Permission::Metrics`] only with the role; a key what was chosen when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Conversations, sessions, answers, history, sockets.
    Chat,
    /// What is remembered.
    Memory,
    /// Finding texts.
    Search,
    /// Export, import, erasure, statistics.
    Data,
    /// Administration, but for what gives somebody access: that takes a person.
    Admin,
    /// Figures about the whole, for monitoring.
    Metrics,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Chat, Self::Memory, Self::Search, Self::Data, Self::Admin, Self::Metrics];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Memory => "memory",
            Self::Search => "search",
            Self::Data => "data",
            Self::Admin => "admin",
            Self::Metrics => "metrics",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// What a person with this role may do.
    pub fn of_role(role: UserRole) -> Self {
        let all = Permission::ALL.into_iter().collect::<Self>();
        match role {
            UserRole::Admin => all,
            UserRole::User => Self(all.0 & !(Permission::Admin.bit() | Permission::Metrics.bit())),
        }
    }

    /// Whether this is among them.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are among both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Their words, always in the same order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Permission::ALL.into_iter().filter(move |one| self.has(*one)).map(Permission::word)
    }

    /// Of words; `field` names them in the error.
    pub fn of_words<'a>(field: &'static str, words: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let of = |word: &str| {
            Permission::ALL.into_iter().find(|one| one.word() == word).ok_or_else(|| {
                let known = Permission::ALL.map(Permission::word).join(", ");
                Error::invalid(field, format!("there is no such permission; choose among {known}"))
            })
        };
        words.into_iter().map(of).collect()
    }

    /// As stored: words with a space between them.
    pub fn to_text(self) -> String {
        self.words().collect::<Vec<_>>().join(" ")
    }

    /// The same back.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::of_words("permissions", text.split_ascii_whitespace()).ok()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, one| bits | one.bit()))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.words()).finish()
    }
}

/// What proved who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// Nothing: in open mode whoever reaches the server is trusted.
    Open,
    /// An access token.
    AccessToken {
        /// The login it came of.
        login: LoginId,
    },
    /// A key.
    ApiKey {
        /// Which.
        id: ApiKeyId,
    },
    /// The token that the owner of the data directory wrote into it.
    Local,
}

/// Who is asking, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Whose data they reach: their own.
    pub scope: Scope,
    /// Their name; empty for the owner of the data directory when no person is named.
    pub name: Arc<str>,
    /// Their role.
    pub role: UserRole,
    /// What they may do.
    pub permissions: Permissions,
    /// What proved it.
    pub via: Via,
    /// Who acts in their place, when it is not they themselves.
    pub by: Option<Arc<Principal>>,
}

impl Principal {
    /// Whether they came with a key.
    pub const fn via_key(&self) -> bool {
        matches!(self.via, Via::ApiKey { .. })
    }

    /// Who they are.
    pub const fn user(&self) -> UserId {
        self.scope.user()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_sets_of_words() {
        let some = Permissions::of_words("permissions", ["search", "chat", "chat"]).unwrap();
        assert_eq!(some.to_text(), "chat search");
        assert_eq!(Permissions::from_text("chat search"), Some(some));
        assert_eq!(Permissions::from_text("everything"), None);
        assert!(some.has(Permission::Chat) && !some.has(Permission::Admin));
        assert_eq!(Permissions::from_text(""), Some(Permissions::NONE));
    }

    #[test]
    fn only_administrators_may_administer() {
        assert!(Permissions::of_role(UserRole::Admin).has(Permission::Admin));
        let person = Permissions::of_role(UserRole::User);
        assert_eq!(person.to_text(), "chat memory search data");
        assert_eq!(Permissions::of_role(UserRole::Admin).to_text(), "chat memory search data admin metrics");
        assert_eq!(Permissions::of_role(UserRole::Admin).and(person), person);
    }
}
