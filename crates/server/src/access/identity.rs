use std::sync::Arc;

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    types::{Permissions, Principal, UserRole, Via},
};
use jarvis_engine::{Engine, LOCAL_USER};

/// Who is asking; among the extensions of every request of a route.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// Whoever reaches the server, in open mode.
    Open,
    /// Whoever has the token of the data directory, by the operating system's name of them where they tell it. They act on
    /// behalf of anybody.
    Local(Arc<str>),
    /// A person, or a program with a key of theirs.
    Person(Arc<Principal>),
    /// Somebody who has not said who they are.
    Nobody,
}

impl Identity {
    /// On whose behalf they act, when they name somebody or nobody. `is_new` says whether a local user whom nobody has seen
    /// before is made known: looking must not leave a user behind for every name that is tried.
    pub(crate) async fn scope(&self, engine: &Engine, named: Option<&str>, is_new: bool) -> Result<Scope> {
        match self {
            Self::Open if is_new => engine.users.local(named).await,
            Self::Open => engine.users.known(named).await,
            Self::Local(_) => engine.users.meant(named, is_new).await,
            Self::Person(principal) => match named {
                Some(named) if *named != *principal.name && named != principal.user().to_string() => {
                    let message = "user_id names somebody else; leave it out, you act as yourself";
                    Err(Error::invalid("user_id", message))
                }
                _ => Ok(principal.scope),
            },
            Self::Nobody => Err(ErrorKind::Unauthenticated.error("say who you are first")),
        }
    }

    /// Who they are themselves; in open mode the local user.
    pub(crate) async fn principal(&self, engine: &Engine) -> Result<Arc<Principal>> {
        // whoever has the token of the data directory is nobody in particular
        let (via, role, name, scope) = match self {
            Self::Person(principal) => return Ok(Arc::clone(principal)),
            Self::Open => (Via::Open, UserRole::User, LOCAL_USER.into(), engine.users.known(None).await?),
            Self::Local(operator) => (Via::Local, UserRole::Admin, Arc::clone(operator), Scope::nobody()),
            Self::Nobody => return Err(ErrorKind::Unauthenticated.error("say who you are first")),
        };
        Ok(Arc::new(Principal { scope, name, role, permissions: Permissions::of_role(role), via, by: None }))
    }

    /// Whether they are told how much everybody has together: administrators, and in open mode everybody.
    pub(crate) fn sees_the_whole(&self) -> bool {
        matches!(self, Self::Open) || self.administers()
    }

    /// Whether they administer.
    pub(crate) fn administers(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Person(principal) => principal.permissions.has(jarvis_core::types::Permission::Admin),
            Self::Open | Self::Nobody => false,
        }
    }
}
