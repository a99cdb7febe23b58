use jarvis_core::{
    Timestamp,
    types::{self, Principal, Via},
};
use jarvis_engine::{LoggedIn, Registration, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::account::secret;

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"username": "ann", "password": "correct horse battery"}))]
pub(crate) struct LoginBody {
    pub(crate) username: String,
    #[schema(format = Password)]
    pub(crate) password: String,
    /// For pages: the refresh token comes as a cookie that scripts cannot read, and is left out of the answer.
    #[serde(default)]
    pub(crate) cookie: bool,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"username": "ann", "password": "correct horse battery", "invite": "…"}))]
pub(crate) struct RegisterBody {
    /// 1 to 50 letters, digits, `_` or `-`.
    username: String,
    /// 8 to 1000 bytes.
    #[schema(format = Password)]
    password: String,
    /// Makes the first administrator.
    #[serde(default)]
    #[schema(format = Password)]
    setup_token: Option<String>,
    /// An invitation of an administrator.
    #[serde(default)]
    #[schema(format = Password)]
    invite: Option<String>,
    /// With the setup token: the local user of open mode whose data becomes yours, usually `default`.
    #[serde(default)]
    take_over: Option<String>,
    /// For pages: the refresh token comes as a cookie that scripts cannot read, and is left out of the answer.
    #[serde(default)]
    pub(crate) cookie: bool,
}

impl RegisterBody {
    pub(crate) fn into_request(self, client: crate::extract::Client) -> jarvis_engine::RegisterRequest {
        let Self { username, password, setup_token, invite, take_over, cookie: _ } = self;
        jarvis_engine::RegisterRequest {
            name: username,
            password: Secret::new(password),
            setup_token: secret(setup_token),
            invite: secret(invite),
            take_over,
            address: client.address,
            label: client.label,
        }
    }
}

/// A refresh token.
#[derive(Deserialize, Default, ToSchema)]
pub(crate) struct RefreshBody {
    /// The one in the cookie when absent.
    #[serde(default)]
    #[schema(format = Password)]
    pub(crate) refresh_token: Option<String>,
}

/// What ends.
#[derive(Deserialize, Default, ToSchema)]
pub(crate) struct LogoutBody {
    /// Ends all your logins, not only this one.
    #[serde(default)]
    pub(crate) everywhere: bool,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PasswordBody {
    #[schema(format = Password)]
    pub(crate) current_password: String,
    /// 8 to 1000 bytes.
    #[schema(format = Password)]
    pub(crate) new_password: String,
    /// Removes all your API keys as well.
    #[serde(default)]
    pub(crate) remove_keys: bool,
}

/// What another password brought with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordChanged {
    ended_sessions: u64,
    removed_keys: u64,
    /// Keys that go on letting programs in.
    remaining_keys: u64,
}

impl From<jarvis_engine::PasswordChanged> for PasswordChanged {
    fn from(changed: jarvis_engine::PasswordChanged) -> Self {
        let jarvis_engine::PasswordChanged { ended, removed_keys, remaining_keys } = changed;
        Self { ended_sessions: ended, removed_keys, remaining_keys }
    }
}

/// What changes about yourself.
#[derive(Deserialize, ToSchema)]
pub(crate) struct MePatch {
    /// An IANA name such as `Europe/Paris`: what "yesterday" means.
    pub(crate) time_zone: String,
}

/// A login, and the tokens that go on with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens<'a> {
    /// To be sent as `authorization: Bearer …`.
    #[schema(value_type = String)]
    access_token: &'a str,
    /// Always `Bearer`.
    #[schema(value_type = String)]
    token_type: &'static str,
    /// Seconds for which the access token is good.
    expires_in: u64,
    /// To be exchanged for new tokens, once. Absent when it came as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    refresh_token: Option<&'a str>,
    /// Until when it can be.
    #[schema(value_type = String, format = DateTime)]
    refresh_expires_at: Timestamp,
    /// The login.
    session_id: Uuid,
    user_id: Uuid,
    #[schema(value_type = String)]
    username: &'a str,
    /// `user` or `admin`.
    #[schema(value_type = String)]
    role: &'static str,
    #[schema(value_type = Vec<String>)]
    permissions: Vec<&'static str>,
}

impl<'a> From<&'a LoggedIn> for Tokens<'a> {
    fn from(logged_in: &'a LoggedIn) -> Self {
        let user = &logged_in.account.user;
        Self {
            access_token: logged_in.access_token.reveal(),
            token_type: "Bearer",
            expires_in: logged_in.access_lifetime.as_secs(),
            refresh_token: Some(logged_in.refresh_token.reveal()),
            refresh_expires_at: logged_in.login.expires_at,
            session_id: *logged_in.login.id.as_uuid(),
            user_id: *user.id.as_uuid(),
            username: &user.name,
            role: user.role.word(),
            permissions: logged_in.permissions.words().collect(),
        }
    }
}

impl Tokens<'_> {
    /// Without what a page must not see.
    pub(crate) fn without_refresh_token(self) -> Self {
        Self { refresh_token: None, ..self }
    }
}

/// How one gets in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Entrance {
    /// `open` (whoever reaches the server is trusted) or `required`.
    #[schema(value_type = String)]
    mode: &'static str,
    /// Who may make an account by themselves: `open` (everybody), `invite` or `closed`.
    #[schema(value_type = String)]
    registration: &'static str,
    /// Whether the first administrator is still to be made, with the setup token.
    needs_setup: bool,
    /// Whether the first administrator may take over (`"take_over": "default"`) what was said in open mode.
    can_take_over: bool,
}

impl From<jarvis_engine::Entrance> for Entrance {
    fn from(entrance: jarvis_engine::Entrance) -> Self {
        let registration = match entrance.registration {
            Registration::Open => "open",
            Registration::Invite => "invite",
            Registration::Closed => "closed",
        };
        Self {
            mode: if entrance.required { "required" } else { "open" },
            registration,
            needs_setup: entrance.needs_setup,
            can_take_over: entrance.can_take_over,
        }
    }
}

/// Whose a token is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Verified<'a> {
    /// Always true.
    valid: bool,
    user_id: Uuid,
    #[schema(value_type = String)]
    username: &'a str,
    #[schema(value_type = Vec<String>)]
    permissions: Vec<&'static str>,
}

impl<'a> From<&'a Principal> for Verified<'a> {
    fn from(principal: &'a Principal) -> Self {
        Self {
            valid: true,
            user_id: *principal.user().as_uuid(),
            username: &principal.name,
            permissions: principal.permissions.words().collect(),
        }
    }
}

/// How many logins ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ended {
    pub(crate) ended_sessions: u64,
}

/// A login and all that came of it by refreshing.
#[derive(Serialize, ToSchema)]
struct Login<'a> {
    id: Uuid,
    /// What logged in, as it called itself.
    #[schema(value_type = Option<String>)]
    label: Option<&'a str>,
    /// Whether it is the one that asks.
    current: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The latest refresh.
    #[schema(value_type = String, format = DateTime)]
    used_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Logins, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Logins<'a> {
    #[schema(inline)]
    sessions: Vec<Login<'a>>,
}

impl<'a> Logins<'a> {
    pub(crate) fn new(logins: &'a [types::Login], asks: Via) -> Self {
        let of = |login: &'a types::Login| Login {
            id: *login.id.as_uuid(),
            label: login.label.as_deref(),
            current: asks == Via::AccessToken { login: login.id },
            created_at: login.created_at,
            used_at: login.used_at,
            expires_at: login.expires_at,
        };
        Self { sessions: logins.iter().map(of).collect() }
    }
}
