use crate::{Error, Result, Timestamp, id::UserId};

/// A person, or a local user of open mode.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Unique; 1 to 50 of `a-z A-Z 0-9 _ -`.
    pub name: String,
    /// What the person may do.
    pub role: UserRole,
    /// IANA time zone in which "yesterday" is meant.
    pub time_zone: String,
    /// First seen.
    pub created_at: Timestamp,
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserRole {
    /// Their own data.
    User,
    /// Administration too.
    Admin,
}

impl UserRole {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// The role with this word; `field` names it in the error.
    pub fn of_word(field: &'static str, word: &str) -> Result<Self> {
        let found = [Self::User, Self::Admin].into_iter().find(|role| role.word() == word);
        found.ok_or_else(|| Error::invalid(field, "a role is user or admin"))
    }
}

/// A user to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewUser {
    /// Identity.
    pub id: UserId,
    /// Unique name.
    pub name: String,
    /// What the person may do.
    pub role: UserRole,
    /// Now.
    pub created_at: Timestamp,
}
