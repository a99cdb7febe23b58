use std::{fmt, time::Duration};

/// Who may make an account by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Whoever has an invitation.
    #[default]
    Invite,
    /// Nobody: administrators make accounts.
    Closed,
}

/// A secret that signs or opens. Never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// As it was written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// To be used.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How people get in.
#[derive(Clone, Debug)]
pub struct AccountOptions {
    /// Whether everybody has to say who they are. Otherwise whoever reaches the server is trusted.
    pub required: bool,
    /// Who may make an account by themselves.
    pub registration: Registration,
    /// How long an access token is good.
    pub access_lifetime: Duration,
    /// How long a login lasts that is not used.
    pub refresh_lifetime: Duration,
    /// What signs access tokens, 32 bytes or more; without one nobody logs in.
    pub signing_key: Option<Secret>,
    /// What makes its bearer the first administrator; nothing does when none.
    pub setup_token: Option<Secret>,
}

impl Default for AccountOptions {
    fn default() -> Self {
        Self {
            required: false,
            registration: Registration::default(),
            access_lifetime: Duration::from_mins(30),
            refresh_lifetime: Duration::from_hours(7 * 24),
            signing_key: None,
            setup_token: None,
        }
    }
}
