use axum::http::Method;
use jarvis_core::types::Permission;

use crate::{page, routes::service::PAGES};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Everybody, unasked.
    Public,
    /// Everybody; administrators, who say that they are, are told more.
    Probe,
    /// Whoever says who they are.
    Anyone,
    /// Whoever is logged in; no key.
    Person,
    /// Whoever has this permission.
    Needs(Permission),
    /// The same as for chats, said by the first message at the latest.
    Socket,
    /// Administrators, and whoever has the token of the data directory.
    Admin,
    /// Administrators who are logged in, and whoever has the token of the data directory: what gives somebody access. A key that
    /// could do it could give itself everything, and outlive its removal.
    Grantor,
    /// Whoever has [`Permission::Metrics`] or administers where people log in, everybody otherwise: figures about the whole,
    /// without anything of anybody.
    Operator,
    /// Nobody: a route that was not thought about.
    Nobody,
}

impl Class {
    /// Whether open mode lets in whoever asks.
    pub(crate) const fn is_for_anyone(self) -> bool {
        !matches!(self, Self::Admin | Self::Grantor | Self::Nobody)
    }
}

use Class::{Admin, Anyone, Grantor, Needs, Nobody, Operator, Person, Probe, Public, Socket};
use Permission::{Chat, Data, Memory, Search};

/// Every route of the API; those for people are beside it. Sorted by what they are about.
const CLASSES: &[(&str, Class)] = &[
    ("/", Public),
    ("/health", Probe),
    ("/health/live", Public),
    ("/ready", Public),
    ("/openapi.json", Public),
    ("/metrics", Operator),
    ("/api/auth", Public),
    ("/api/auth/register", Public),
    ("/api/auth/login", Public),
    ("/api/auth/refresh", Public),
    ("/api/auth/verify", Anyone),
    ("/api/auth/whoami", Anyone),
    ("/api/auth/logout", Person),
    ("/api/auth/password", Person),
    ("/api/auth/sessions", Person),
    ("/api/auth/sessions/{id}", Person),
    ("/api/auth/keys", Person),
    ("/api/auth/keys/{id}", Person),
    ("/api/me", Person),
    ("/api/chat", Needs(Chat)),
    ("/api/chat/conversation/{id}", Needs(Chat)),
    ("/api/chat/conversation/{id}/branches", Needs(Chat)),
    ("/api/chat/conversation/{id}/export", Needs(Data)),
    ("/api/chat/conversations", Needs(Chat)),
    ("/api/chat/history", Needs(Chat)),
    ("/api/chat/history/{id}", Needs(Chat)),
    ("/api/chat/message/{id}", Needs(Chat)),
    ("/api/chat/models", Needs(Chat)),
    ("/api/chat/regenerate/{message_id}", Needs(Chat)),
    ("/api/chat/running", Needs(Chat)),
    ("/api/chat/stop/{message_id}", Needs(Chat)),
    ("/api/chat/stream/{message_id}", Needs(Chat)),
    ("/api/sessions", Needs(Chat)),
    ("/api/sessions/{id}", Needs(Chat)),
    ("/ws", Socket),
    ("/api/memory", Needs(Memory)),
    ("/api/memory/add", Needs(Memory)),
    ("/api/memory/list", Needs(Memory)),
    ("/api/memory/search", Needs(Memory)),
    ("/api/memory/{id}", Needs(Memory)),
    ("/api/search", Needs(Search)),
    ("/api/export", Needs(Data)),
    ("/api/import", Needs(Data)),
    ("/api/me/data", Needs(Data)),
    ("/api/stats", Needs(Data)),
    ("/api/stats/activity", Needs(Data)),
    ("/api/admin/reindex", Admin),
    ("/api/admin/config/reload", Admin),
    ("/api/admin/keys", Admin),
    ("/api/admin/keys/rotate", Admin),
    ("/api/admin/audit", Admin),
    ("/api/admin/audit/verify", Admin),
    ("/api/admin/users", Admin),
    ("/api/admin/users/{id}", Admin),
    ("/api/admin/users/{id}/password", Admin),
    ("/api/admin/users/{id}/sessions", Admin),
    ("/api/admin/users/{id}/keys", Admin),
    ("/api/admin/users/{id}/keys/{key}", Admin),
    ("/api/admin/invites", Admin),
    ("/api/admin/invites/{id}", Admin),
];

/// Of routes for administrators, what gives somebody access. A change of an account does so by what it changes, see
/// [`AccountChange::gives_access`](jarvis_engine::AccountChange::gives_access).
const GRANTING: &[(Method, &str)] = &[
    (Method::POST, "/api/admin/users"),
    (Method::POST, "/api/admin/users/{id}/password"),
    (Method::POST, "/api/admin/users/{id}/keys"),
    (Method::POST, "/api/admin/invites"),
];

/// The class of a route, by its template.
pub(crate) fn class_of(method: &Method, template: &str) -> Class {
    if GRANTING.iter().any(|(granting, route)| granting == method && *route == template) {
        return Grantor;
    }
    let of_the_api = CLASSES.iter().find(|(known, _)| *known == template).map(|(_, class)| *class);
    let of_the_page = || (template == page::ASSETS || PAGES.contains(&template)).then_some(Public);
    of_the_api.or_else(of_the_page).unwrap_or(Nobody)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::documented;

    #[test]
    fn every_route_has_a_class_and_every_class_a_route() {
        let document = documented().into_openapi();
        let paths: Vec<&String> = document.paths.paths.keys().collect();
        assert!(paths.len() > 30);
        for path in &paths {
            assert_ne!(class_of(&Method::GET, path), Nobody, "{path}: say in CLASSES who may use it");
        }
        for template in
            CLASSES.iter().map(|(template, _)| template).chain(GRANTING.iter().map(|(_, template)| template))
        {
            assert!(paths.iter().any(|path| path == template), "{template} is no route any more");
        }
    }

    #[test]
    fn what_was_not_thought_about_is_for_nobody() {
        assert_eq!(class_of(&Method::GET, "/api/new"), Nobody);
        assert_eq!(class_of(&Method::GET, "/docs/{*file}"), Public);
    }
}
