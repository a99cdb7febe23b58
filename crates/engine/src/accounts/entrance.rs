use jarvis_core::{Result, Scope};

use super::{Accounts, Registration};
use crate::LOCAL_USER;

/// How one gets in: what anybody may know who has not said who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// Whether everybody has to say who they are.
    pub required: bool,
    /// Who may make an account by themselves.
    pub registration: Registration,
    /// Whether the first administrator is still to be made.
    pub needs_setup: bool,
    /// Whether the first administrator may take over what the local user of open mode had.
    pub can_take_over: bool,
}

impl Accounts {
    /// How one gets in here.
    pub async fn entrance(&self) -> Result<Entrance> {
        let (required, registration) = (self.are_required(), self.options().registration);
        let needs_setup = required && self.need_setup().await?;
        let can_take_over = needs_setup && self.has_local_user().await?;
        Ok(Entrance { required, registration, needs_setup, can_take_over })
    }

    async fn has_local_user(&self) -> Result<bool> {
        let (system, store) = (Scope::system(), &self.context.ports.store);
        match store.users().by_name(&system, LOCAL_USER).await? {
            Some(user) => Ok(store.accounts().get(&system, user.id).await?.is_none()),
            None => Ok(false),
        }
    }
}
