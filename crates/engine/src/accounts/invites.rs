use std::{collections::HashSet, time::Duration};

use jarvis_core::{
    Error, Result, Scope,
    id::{InviteId, UserId},
    types::{Invite, Principal, UserRole, Via},
};

use super::{Accounts, Secret, administers, secrets};
use crate::audit::{Act, Actor};

/// How long an invitation is good at most.
const MAX_LIFETIME: Duration = Duration::from_hours(90 * 24);

/// An invitation that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeInvite {
    /// What the invited person sends: shown this once.
    pub code: Secret,
    /// What is known of it.
    pub invite: Invite,
}

impl Accounts {
    /// Invites somebody, once. For administrators.
    #[tracing::instrument(name = "accounts.invite", target = "jarvis", skip_all)]
    pub async fn invite(&self, principal: &Principal, role: UserRole, lifetime: Duration) -> Result<MadeInvite> {
        if lifetime.is_zero() || lifetime > MAX_LIFETIME {
            return Err(Error::invalid("expires_in_days", "an invitation is good from 1 to 90 days"));
        }
        let (code, token) = secrets::token(&*self.context.ports.entropy)?;
        let (id, created_at) = (InviteId::new(&*self.context.ports.ids), self.context.now());
        let is_person = matches!(principal.via, Via::AccessToken { .. } | Via::ApiKey { .. });
        let created_by = is_person.then(|| principal.user());
        let invite = Invite { id, role, created_by, created_at, expires_at: created_at.plus(lifetime) };
        let told = serde_json::json!({"role": role.word(), "expires_at": invite.expires_at.to_string()});
        let act = Act::new(&self.context, &Actor::of(principal), "invite.make", id)?.after(&told)?;
        let new = invite.clone();
        self.context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    tx.invites().insert(&Scope::system(), new, token).await?;
                    act.record(tx).await
                })
            })
            .await?;
        Ok(MadeInvite { code: Secret::new(code), invite })
    }

    /// The invitations that are still good, newest first. For administrators.
    #[tracing::instrument(name = "accounts.invites", target = "jarvis", skip_all)]
    pub async fn invites(&self) -> Result<Vec<Invite>> {
        let store = &self.context.ports.store;
        let mut invites = store.invites().list(&Scope::system(), self.context.now()).await?;
        let makers: HashSet<UserId> = invites.iter().filter_map(|invite| invite.created_by).collect();
        for maker in makers {
            let account = store.accounts().get(&Scope::system(), maker).await?;
            if !account.is_some_and(|account| administers(&account)) {
                invites.retain(|invite| invite.created_by != Some(maker));
            }
        }
        Ok(invites)
    }

    /// Takes an invitation back. For administrators.
    #[tracing::instrument(name = "accounts.remove_invite", target = "jarvis", skip_all)]
    pub async fn remove_invite(&self, principal: &Principal, id: InviteId) -> Result<()> {
        let act = Act::new(&self.context, &Actor::of(principal), "invite.remove", id)?;
        let removed = self
            .context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    let removed = tx.invites().remove(&Scope::system(), id).await?;
                    if removed {
                        act.record(tx).await?;
                    }
                    Ok(removed)
                })
            })
            .await?;
        if removed { Ok(()) } else { Err(Error::not_found("invitation")) }
    }
}
