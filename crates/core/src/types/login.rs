use super::{Permissions, TokenHash, UserRole};
use crate::{
    Timestamp,
    id::{ApiKeyId, InviteId, LoginId, UserId},
};

/// A login and all that came of it by refreshing: a device, a browser, a program. It is over when its row is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// Identity.
    pub id: LoginId,
    /// Whose.
    pub user_id: UserId,
    /// What logged in, as it called itself.
    pub label: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// The latest refresh.
    pub used_at: Timestamp,
    /// Until when it can be refreshed.
    pub expires_at: Timestamp,
}

/// A login to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLogin {
    /// The login.
    pub login: Login,
    /// Its first refresh token.
    pub token: TokenHash,
}

/// A refresh token that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The token.
    pub token: TokenHash,
    /// The one that comes after it.
    pub next: TokenHash,
    /// When.
    pub now: Timestamp,
    /// Until when the next one is good.
    pub expires_at: Timestamp,
    /// When it was exchanged for the same next one after this moment, and nobody has used that, it is repeated; never when none.
    pub repeat_since: Option<Timestamp>,
}

/// What became of a refresh token that was used.
#[derive(Clone, Debug, PartialEq)]
pub enum Rotation {
    /// It was exchanged for the next one.
    Rotated(Login),
    /// It was exchanged for the same next one a moment ago, which nobody has used yet: it is told again.
    Repeated(Login),
    /// It had been exchanged before, so somebody else has it too: its login is over now.
    Reused(Login),
    /// Nobody knows it, or it is too old.
    Unknown,
}

/// A key of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Identity.
    pub id: ApiKeyId,
    /// Whose.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// The part of it that may be shown.
    pub prefix: String,
    /// What it may do.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good; for ever when none.
    pub expires_at: Option<Timestamp>,
    /// About when it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// A key to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// All of it.
    pub token: TokenHash,
}

/// An invitation to register, good once.
#[derive(Clone, Debug, PartialEq)]
pub struct Invite {
    /// Identity.
    pub id: InviteId,
    /// The role of whoever takes it.
    pub role: UserRole,
    /// Who invites; none for the owner of the data directory.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}
