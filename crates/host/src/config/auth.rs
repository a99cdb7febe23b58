use std::time::Duration;

use jarvis_core::Result;
use jarvis_engine::{Registration, Secret};

use super::{resolve::Judge, sections::RawAuth};

/// Bytes that a key has at least.
const MIN_KEY_BYTES: usize = 32;
const MIN_TOKEN_BYTES: usize = 8;

/// Who may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthConfig {
    /// Whether everybody has to say who they are; otherwise only a loopback address is served.
    pub required: bool,
    /// Who may make an account by themselves.
    pub registration: Registration,
    /// How long an access token is good.
    pub access_lifetime: Duration,
    /// How long a login lasts that is not used.
    pub refresh_lifetime: Duration,
    /// What signs access tokens; made and kept in the data directory when none.
    pub jwt_secret_key: Option<Secret>,
    /// What makes the first administrator; made and kept in the data directory when none.
    pub setup_token: Option<Secret>,
}

pub(super) fn auth(judge: &Judge<'_>, raw: RawAuth) -> Result<AuthConfig> {
    let required = match raw.mode.as_str() {
        "open" => false,
        "required" => true,
        other => return Err(judge.refuse("auth.mode", format!("is `{other}`; write open or required"))),
    };
    let registration = match raw.registration.as_str() {
        "open" => Registration::Open,
        "invite" => Registration::Invite,
        "closed" => Registration::Closed,
        other => return Err(judge.refuse("auth.registration", format!("is `{other}`; write open, invite or closed"))),
    };
    let minutes = judge.within("auth.access_minutes", raw.access_minutes.into(), 1, 24 * 60)?;
    let days = judge.within("auth.refresh_days", raw.refresh_days.into(), 1, 365)?;
    Ok(AuthConfig {
        required,
        registration,
        access_lifetime: Duration::from_mins(minutes),
        refresh_lifetime: Duration::from_hours(days * 24),
        jwt_secret_key: secret(judge, "auth.jwt_secret_key", raw.jwt_secret_key, MIN_KEY_BYTES)?,
        setup_token: secret(judge, "auth.setup_token", raw.setup_token, MIN_TOKEN_BYTES)?,
    })
}

fn secret(judge: &Judge<'_>, key: &'static str, text: String, min_bytes: usize) -> Result<Option<Secret>> {
    match text.len() {
        0 => Ok(None),
        short if short < min_bytes => {
            Err(judge
                .refuse(key, format!("has {short} bytes; write {min_bytes} or more that nobody can guess, or none")))
        }
        _ => Ok(Some(Secret::new(text))),
    }
}
