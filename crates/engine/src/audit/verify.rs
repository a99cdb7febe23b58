use std::collections::HashSet;

use jarvis_core::{
    Result, Scope,
    id::UserId,
    policy::audit_chain::{Break, Verifier},
    types::AuditHead,
};

use super::Audit;

/// Acts that make an account; its trail begins with one of them.
const MAKING: [&str; 2] = ["user.add", "user.register"];
/// Entries that are read at once.
const AT_ONCE: u32 = 500;

/// Whether the trail is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Entries that were found whole, one after the other.
    pub entries: u64,
    /// Where it ends. Kept somewhere else, it shows later whether the newest entries were cut off together with their head.
    pub head: AuditHead,
    /// Where it is broken first.
    pub broken: Option<Break>,
}

/// A trail that lacks what was noted when an account was made was emptied, and perhaps begun anew.
fn emptied() -> Break {
    let why =
        "the trail does not tell of the making of every account that is there: it was emptied, and entries are lost";
    Break { seq: 1, id: None, why }
}

impl Audit {
    /// Looks at every entry of the trail, from the first to the one that was newest at the beginning. Others go on adding
    /// meanwhile.
    pub async fn verify(&self) -> Result<AuditVerdict> {
        self.try_to_chain_older().await?;
        // before the head: whoever has an account by then was noted before it
        let mut untold = self.people().await?;
        let head = self.head().await?;
        let mut verifier = Verifier::default();
        let broken = 'look: loop {
            let left = head.seq.saturating_sub(verifier.seq()).min(u64::from(AT_ONCE)) as u32;
            // one more at the end, where there should be none: added since, or behind a head that was set back
            let some = if left == 0 { Vec::new() } else { self.entries(verifier.seq(), left).await? };
            if some.is_empty() {
                break verifier.end(head);
            }
            for entry in &some {
                if let Some(broken) = verifier.look(entry) {
                    break 'look Some(broken);
                }
                if MAKING.contains(&entry.act.as_str())
                    && let Ok(person) = entry.object.parse::<UserId>()
                {
                    untold.remove(&person);
                }
            }
        };
        let broken = match broken {
            None => self.behind(head).await?,
            broken => broken,
        };
        match broken {
            None if !untold.is_empty() => Ok(AuditVerdict { entries: 0, head, broken: Some(emptied()) }),
            broken => Ok(AuditVerdict { entries: verifier.seq(), head, broken }),
        }
    }

    /// Everybody with an account.
    async fn people(&self) -> Result<HashSet<UserId>> {
        let (mut people, mut after) = (HashSet::new(), None);
        loop {
            let page = self.context.ports.store.accounts().list(&Scope::system(), AT_ONCE, after).await?;
            people.extend(page.items.iter().map(|account| account.user.id));
            after = page.next;
            if after.is_none() {
                return Ok(people);
            }
        }
    }

    /// An entry behind a head that did not move has no right to be there.
    async fn behind(&self, head: AuditHead) -> Result<Option<Break>> {
        let next = self.entries(head.seq, 1).await?.into_iter().next();
        let Some(next) = next else { return Ok(None) };
        if self.head().await?.seq > head.seq {
            return Ok(None);
        }
        Ok(Some(Break { seq: next.seq, id: Some(next.id), why: "the entry stands behind the head of the trail" }))
    }

    /// Read where it is written: a copy that lags would lack the newest.
    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<jarvis_core::types::AuditRecord>> {
        let store = &self.context.ports.store;
        store.write(move |tx| Box::pin(async move { tx.audit().entries(&Scope::system(), after, limit).await })).await
    }

    async fn head(&self) -> Result<AuditHead> {
        let store = &self.context.ports.store;
        store.write(|tx| Box::pin(async move { tx.audit().head(&Scope::system()).await })).await
    }
}
