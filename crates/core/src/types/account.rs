use std::fmt;

use super::{User, UserRole};
use crate::{Timestamp, id::UserId};

/// A person who can log in. A local user of open mode has no account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The person.
    pub user: User,
    /// What their password is compared with.
    pub password: PasswordHash,
    /// Since when nothing of theirs lets anybody in; none while they may log in.
    pub disabled_at: Option<Timestamp>,
    /// When the password was chosen.
    pub password_changed_at: Timestamp,
    /// The latest login.
    pub last_login_at: Option<Timestamp>,
    /// How much they may have.
    pub quotas: Quotas,
    /// Since when they have an account.
    pub created_at: Timestamp,
}

/// A password that was hashed, in the form of the Password Hashing Competition (`$argon2id$…`). Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// As it was written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// To be stored or compared with.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The SHA-256 of a token that nobody can guess: all that is kept of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// How much a person may have; none of a kind is without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Messages that are kept.
    pub messages: Option<u64>,
    /// Tokens of all that was said and answered.
    pub tokens: Option<u64>,
    /// Bytes of text that are kept.
    pub storage_bytes: Option<u64>,
}

impl Quotas {
    /// Whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }
}

/// An account to be added to a user who is there.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAccount {
    /// Whose.
    pub user_id: UserId,
    /// Their password.
    pub password: PasswordHash,
    /// Now.
    pub created_at: Timestamp,
}

/// What changes about an account; none leaves a value as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another role.
    pub role: Option<UserRole>,
    /// Another time zone.
    pub time_zone: Option<String>,
    /// Another password, and when it was chosen.
    pub password: Option<(PasswordHash, Timestamp)>,
    /// Whether, and since when, it is disabled.
    pub disabled_at: Option<Option<Timestamp>>,
    /// When they logged in.
    pub last_login_at: Option<Timestamp>,
    /// Other quotas.
    pub quotas: Option<Quotas>,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountCounts {
    /// All.
    pub accounts: u64,
    /// Administrators who may log in.
    pub administrators: u64,
}
