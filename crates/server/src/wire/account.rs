use jarvis_core::{
    Timestamp,
    types::{self, Principal, UserRole, Via},
};
use jarvis_engine::{AccountChange, Myself, NewPerson, QuotasChange, ResetPassword, Secret};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{Change, present_object};

/// A field that is left empty is one that is left out.
pub(super) fn secret(text: Option<String>) -> Option<Secret> {
    text.filter(|text| !text.is_empty()).map(Secret::new)
}

/// How much somebody may have; null is without limit.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Quotas {
    /// Messages that are kept.
    messages: Option<u64>,
    /// Tokens of all that was said and answered.
    tokens: Option<u64>,
    /// Bytes of conversations, messages, memories and sessions, as they are stored.
    storage_bytes: Option<u64>,
}

/// Which quotas change; what is absent stays, null lifts it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct QuotasPatch {
    /// Messages that are kept.
    #[serde(default, deserialize_with = "storable")]
    #[schema(value_type = Option<u64>)]
    messages: Change<u64>,
    /// Tokens of all that was said and answered.
    #[serde(default, deserialize_with = "storable")]
    #[schema(value_type = Option<u64>)]
    tokens: Change<u64>,
    /// Bytes of conversations, messages, memories and sessions, as they are stored.
    #[serde(default, deserialize_with = "storable")]
    #[schema(value_type = Option<u64>)]
    storage_bytes: Change<u64>,
}

/// What no store can keep is no quota.
fn storable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Change<u64>, D::Error> {
    let most = Option::<u64>::deserialize(deserializer)?;
    match most.map(i64::try_from) {
        Some(Err(_)) => Err(de::Error::custom(format!("expected a whole number from 0 to {}", i64::MAX))),
        _ => Ok(Some(most)),
    }
}

impl From<types::Quotas> for Quotas {
    fn from(quotas: types::Quotas) -> Self {
        Self { messages: quotas.messages, tokens: quotas.tokens, storage_bytes: quotas.storage_bytes }
    }
}

impl From<QuotasPatch> for QuotasChange {
    fn from(patch: QuotasPatch) -> Self {
        Self { messages: patch.messages, tokens: patch.tokens, storage_bytes: patch.storage_bytes }
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
    /// Bytes of your messages, memories and sessions, as they are stored.
    storage_bytes: u64,
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
            permissions: principal.permissions.words().collect(),
            via,
            via_id,
            time_zone: account.map_or("UTC", |account| &account.user.time_zone),
            quotas: account.map(|account| account.quotas).unwrap_or_default().into(),
            messages: myself.stats.messages,
            tokens: myself.stats.tokens,
            storage_bytes: myself.stats.bytes,
        }
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
    /// What is absent stays; null lifts all of them.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = Option<QuotasPatch>)]
    quotas: Change<QuotasPatch>,
}

impl TryFrom<AccountPatch> for AccountChange {
    type Error = jarvis_core::Error;

    fn try_from(patch: AccountPatch) -> jarvis_core::Result<Self> {
        let AccountPatch { role, disabled, time_zone, quotas } = patch;
        let role = role.map(|role| UserRole::of_word("role", &role)).transpose()?;
        let quotas = match quotas {
            None => QuotasChange::default(),
            Some(None) => QuotasChange::LIFTED,
            Some(Some(quotas)) => quotas.into(),
        };
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
