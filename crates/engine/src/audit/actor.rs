use jarvis_core::{
    Scope,
    types::{Principal, Via},
};

/// Who does something, for the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub(super) scope: Scope,
    pub(super) via: String,
    pub(super) operator: Option<String>,
}

impl Actor {
    /// Whoever is asking; when they act in somebody's place, they and not that person.
    pub fn of(principal: &Principal) -> Self {
        let principal = principal.by.as_deref().unwrap_or(principal);
        match principal.via {
            Via::AccessToken { login } => Self::person(principal.scope, format!("login:{login}")),
            Via::ApiKey { id } => Self::person(principal.scope, format!("key:{id}")),
            // the local user of open mode is whoever reaches the server
            Via::Open => Self { scope: Scope::system(), via: "open".to_owned(), operator: None },
            Via::Local => Self::operator(&principal.name),
        }
    }

    /// The person of a scope, by whichever way they came in.
    pub fn user(scope: Scope) -> Self {
        Self::person(scope, "user".to_owned())
    }

    /// Jarvis itself.
    pub fn system() -> Self {
        Self { scope: Scope::system(), via: "system".to_owned(), operator: None }
    }

    /// Whoever owns the data directory, by the operating system's name of them; empty when it is not known.
    pub fn operator(name: &str) -> Self {
        let operator = (!name.is_empty()).then(|| name.to_owned());
        Self { scope: Scope::system(), via: "command line".to_owned(), operator }
    }

    fn person(scope: Scope, via: String) -> Self {
        Self { scope, via, operator: None }
    }
}
