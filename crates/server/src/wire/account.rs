use jarvis_core::{
    Timestamp,
    types::{self, Principal, UserRole, Via},
};
use jarvis_engine::{AccountChange, LoggedIn, MadeInvite, MadeKey, Myself, NewPerson, ResetPassword, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{Change, present};

fn permissions(set: types::Permissions) -> Vec<&'static str> {
    set.words().collect()
}

fn secret(text: Option<String>) -> Option<Secret> {
    text.filter(|text| !text.is_empty()).map(Secret::new)
}

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"username": "ann", "password": "correct horse battery"}))]
pub(crate) struct LoginBody {
    pub(crate) username: String,
    #[schema(format = Password)]
    pub(crate) password: String,
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
}

impl RegisterBody {
    pub(crate) fn into_request(self, client: crate::extract::Client) -> jarvis_engine::RegisterRequest {
        let Self { username, password, setup_token, invite, take_over } = self;
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
#[derive(Deserialize, ToSchema)]
pub(crate) struct RefreshBody {
    #[schema(format = Password)]
    pub(crate) refresh_token: String,
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
    /// To be exchanged for new tokens, once.
    #[schema(value_type = String)]
    refresh_token: &'a str,
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
            refresh_token: logged_in.refresh_token.reveal(),
            refresh_expires_at: logged_in.login.expires_at,
            session_id: *logged_in.login.id.as_uuid(),
            user_id: *user.id.as_uuid(),
            username: &user.name,
            role: user.role.word(),
            permissions: permissions(logged_in.permissions),
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
            permissions: permissions(principal.permissions),
        }
    }
}

/// How much somebody may have; null is without limit.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct Quotas {
    /// Messages that are kept.
    #[serde(default)]
    messages: Option<u64>,
    /// Tokens of all that was said and answered.
    #[serde(default)]
    tokens: Option<u64>,
}

impl From<types::Quotas> for Quotas {
    fn from(quotas: types::Quotas) -> Self {
        Self { messages: quotas.messages, tokens: quotas.tokens }
    }
}

impl From<Quotas> for types::Quotas {
    fn from(quotas: Quotas) -> Self {
        Self { messages: quotas.messages, tokens: quotas.tokens, storage_bytes: None }
    }
}

/// Who you are.
#[derive(Serialize, ToSchema)]
pub(crate) struct WhoAmI<'a> {
    user_id: Uuid,
    #[schema(value_type = String)]
    username: &'a str,
    /// `user` or `admin`.
    #[schema(value_type = String)]
    role: &'static str,
    #[schema(value_type = Vec<String>)]
    permissions: Vec<&'static str>,
    /// What proved it: `open`, `login`, `key` or `local`.
    #[schema(value_type = String)]
    via: &'static str,
    /// The login or the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    via_id: Option<Uuid>,
    #[schema(value_type = String)]
    time_zone: &'a str,
    #[schema(inline)]
    quotas: Quotas,
    /// Messages that you have.
    messages: u64,
    /// Tokens of all that was said and answered.
    tokens: u64,
}

impl<'a> WhoAmI<'a> {
    pub(crate) fn new(principal: &'a Principal, myself: &'a Myself) -> Self {
        let (via, via_id) = match principal.via {
            Via::Open => ("open", None),
            Via::Local => ("local", None),
            Via::AccessToken { login } => ("login", Some(*login.as_uuid())),
            Via::ApiKey { id } => ("key", Some(*id.as_uuid())),
        };
        let account = myself.account.as_ref();
        Self {
            user_id: *principal.user().as_uuid(),
            username: &principal.name,
            role: principal.role.word(),
            permissions: permissions(principal.permissions),
            via,
            via_id,
            time_zone: account.map_or("UTC", |account| &account.user.time_zone),
            quotas: account.map(|account| account.quotas).unwrap_or_default().into(),
            messages: myself.stats.messages,
            tokens: myself.stats.tokens,
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

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"name": "laptop", "permissions": ["chat", "search"], "expires_in_days": 90}))]
pub(crate) struct KeyBody {
    /// What it is for, 1 to 200 characters.
    pub(crate) name: String,
    /// Among `chat`, `memory`, `search`, `data` and, for administrators, `admin`.
    pub(crate) permissions: Vec<String>,
    /// For ever when absent.
    #[serde(default)]
    pub(crate) expires_in_days: Option<u32>,
}

impl KeyBody {
    pub(crate) fn into_request(self) -> jarvis_core::Result<jarvis_engine::KeyRequest> {
        let permissions = types::Permissions::of_words("permissions", self.permissions.iter().map(String::as_str))?;
        Ok(jarvis_engine::KeyRequest { name: self.name, permissions, lifetime: self.expires_in_days.map(days) })
    }
}

pub(crate) fn days(days: u32) -> std::time::Duration {
    std::time::Duration::from_hours(24 * u64::from(days))
}

/// A key of a program.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKey<'a> {
    id: Uuid,
    #[schema(value_type = String)]
    name: &'a str,
    /// How it begins, behind `jrv_`.
    #[schema(value_type = String)]
    prefix: &'a str,
    #[schema(value_type = Vec<String>)]
    permissions: Vec<&'static str>,
    /// The key itself: shown once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    key: Option<&'a str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// About when it was used last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

impl<'a> From<&'a types::ApiKey> for ApiKey<'a> {
    fn from(key: &'a types::ApiKey) -> Self {
        Self {
            id: *key.id.as_uuid(),
            name: &key.name,
            prefix: &key.prefix,
            permissions: permissions(key.permissions),
            key: None,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

impl<'a> From<&'a MadeKey> for ApiKey<'a> {
    fn from(made: &'a MadeKey) -> Self {
        Self { key: Some(made.secret.reveal()), ..Self::from(&made.key) }
    }
}

/// Keys, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeys<'a> {
    keys: Vec<ApiKey<'a>>,
}

impl<'a> From<&'a [types::ApiKey]> for ApiKeys<'a> {
    fn from(keys: &'a [types::ApiKey]) -> Self {
        Self { keys: keys.iter().map(ApiKey::from).collect() }
    }
}

/// Somebody who can log in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account<'a> {
    id: Uuid,
    #[schema(value_type = String)]
    username: &'a str,
    /// `user` or `admin`.
    #[schema(value_type = String)]
    role: &'static str,
    disabled: bool,
    #[schema(value_type = String)]
    time_zone: &'a str,
    #[schema(inline)]
    quotas: Quotas,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_login_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    password_changed_at: Timestamp,
    /// The password, when it was made by the server: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    password: Option<&'a str>,
}

impl<'a> From<&'a types::Account> for Account<'a> {
    fn from(account: &'a types::Account) -> Self {
        Self {
            id: *account.user.id.as_uuid(),
            username: &account.user.name,
            role: account.user.role.word(),
            disabled: account.disabled_at.is_some(),
            time_zone: &account.user.time_zone,
            quotas: account.quotas.into(),
            created_at: account.created_at,
            last_login_at: account.last_login_at,
            password_changed_at: account.password_changed_at,
            password: None,
        }
    }
}

impl<'a> From<&'a ResetPassword> for Account<'a> {
    fn from(reset: &'a ResetPassword) -> Self {
        Self { password: reset.password.as_ref().map(Secret::reveal), ..Self::from(&reset.account) }
    }
}

/// Who can log in, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accounts<'a> {
    users: Vec<Account<'a>>,
    /// Ask with it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// People in the whole list.
    total: u64,
}

impl<'a> From<&'a types::Page<types::Account>> for Accounts<'a> {
    fn from(page: &'a types::Page<types::Account>) -> Self {
        let users = page.items.iter().map(Account::from).collect();
        Self { users, next_cursor: page.next.map(|cursor| cursor.to_string()), total: page.total }
    }
}

/// An account to be made for somebody.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"username": "bob", "role": "user"}))]
pub(crate) struct AccountBody {
    /// 1 to 50 letters, digits, `_` or `-`.
    username: String,
    /// 8 to 1000 bytes; made, and answered once, when absent.
    #[serde(default)]
    #[schema(format = Password)]
    password: Option<String>,
    /// `user` (when absent) or `admin`.
    #[serde(default)]
    role: Option<String>,
    /// A local user of open mode whose data becomes theirs.
    #[serde(default)]
    take_over: Option<String>,
}

impl TryFrom<AccountBody> for NewPerson {
    type Error = jarvis_core::Error;

    fn try_from(body: AccountBody) -> jarvis_core::Result<Self> {
        let AccountBody { username, password, role, take_over } = body;
        let role = UserRole::of_word("role", role.as_deref().unwrap_or("user"))?;
        Ok(Self { name: username, password: secret(password), role, take_over })
    }
}

/// Changes to an account; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"disabled": true}))]
pub(crate) struct AccountPatch {
    /// `user` or `admin`.
    #[serde(default)]
    role: Option<String>,
    /// Whether nothing of theirs lets anybody in, from now on.
    #[serde(default)]
    disabled: Option<bool>,
    #[serde(default)]
    time_zone: Option<String>,
    /// All of them; null is without limit.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Quotas>)]
    quotas: Change<Quotas>,
}

impl TryFrom<AccountPatch> for AccountChange {
    type Error = jarvis_core::Error;

    fn try_from(patch: AccountPatch) -> jarvis_core::Result<Self> {
        let AccountPatch { role, disabled, time_zone, quotas } = patch;
        let role = role.map(|role| UserRole::of_word("role", &role)).transpose()?;
        let quotas = quotas.map(|quotas| quotas.map(Into::into).unwrap_or_default());
        Ok(Self { role, disabled, time_zone, quotas })
    }
}

/// A password for somebody.
#[derive(Deserialize, Default, ToSchema)]
pub(crate) struct ResetBody {
    /// 8 to 1000 bytes; made, and answered once, when absent.
    #[serde(default)]
    #[schema(format = Password)]
    new_password: Option<String>,
}

impl ResetBody {
    pub(crate) fn into_secret(self) -> Option<Secret> {
        secret(self.new_password)
    }
}

/// Whom to invite.
#[derive(Deserialize, Default, ToSchema)]
pub(crate) struct InviteBody {
    /// `user` (when absent) or `admin`.
    #[serde(default)]
    role: Option<String>,
    /// 1 to 90; 7 when absent.
    #[serde(default)]
    expires_in_days: Option<u32>,
}

impl InviteBody {
    pub(crate) fn role(&self) -> jarvis_core::Result<UserRole> {
        UserRole::of_word("role", self.role.as_deref().unwrap_or("user"))
    }

    pub(crate) fn lifetime(&self) -> std::time::Duration {
        days(self.expires_in_days.unwrap_or(7))
    }
}

/// An invitation to register, good once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invite<'a> {
    id: Uuid,
    /// What the invited person sends as `invite`: shown once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    invite: Option<&'a str>,
    /// `user` or `admin`.
    #[schema(value_type = String)]
    role: &'static str,
    /// Who invites; null for the owner of the data directory.
    created_by: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<&types::Invite> for Invite<'_> {
    fn from(invite: &types::Invite) -> Self {
        Self {
            id: *invite.id.as_uuid(),
            invite: None,
            role: invite.role.word(),
            created_by: invite.created_by.map(|user| *user.as_uuid()),
            created_at: invite.created_at,
            expires_at: invite.expires_at,
        }
    }
}

impl<'a> From<&'a MadeInvite> for Invite<'a> {
    fn from(made: &'a MadeInvite) -> Self {
        Self { invite: Some(made.code.reveal()), ..Self::from(&made.invite) }
    }
}

/// Invitations that are still good, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invites<'a> {
    invites: Vec<Invite<'a>>,
}

impl From<&[types::Invite]> for Invites<'_> {
    fn from(invites: &[types::Invite]) -> Self {
        Self { invites: invites.iter().map(Invite::from).collect() }
    }
}
