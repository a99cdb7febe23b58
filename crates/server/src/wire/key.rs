use jarvis_core::{
    Timestamp,
    types::{self, UserRole},
};
use jarvis_engine::{MadeInvite, MadeKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"name": "laptop", "permissions": ["chat", "search"], "expires_in_days": 90}))]
pub(crate) struct KeyBody {
    /// What it is for, 1 to 200 characters.
    pub(crate) name: String,
    /// Among `chat`, `memory`, `search`, `data` and, for administrators, `admin` and `metrics`.
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

fn days(days: u32) -> std::time::Duration {
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
            permissions: key.permissions.words().collect(),
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
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
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
