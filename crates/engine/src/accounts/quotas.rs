//! How much a person may have, of counters that are kept anyway. What cannot succeed is refused early; what decides is the
//! look of the unit that writes, since several may write at once.

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::MessageId,
    ports::Tx,
    types::{Quotas, UserGrowth, UserStats},
};

use crate::context::Context;

/// Answers of one person that are counted while they are being produced.
const MAX_COMING: u32 = 1_000;

/// The code of what is refused because of a quota.
pub(crate) const QUOTA_EXCEEDED: &str = "quota_exceeded";

/// What the units of one request may make of what their person has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance(Quotas);

impl Allowance {
    /// Refuses a unit that makes what its person has larger than they may have. Asked last: until the unit ends, others of
    /// this person wait.
    ///
    /// Errors: `Forbidden` with code `quota_exceeded`.
    pub(crate) async fn check(self, tx: &dyn Tx, scope: &Scope) -> Result<()> {
        self.check_with(tx, scope, None).await
    }

    /// The same of a unit with which an answer begins. Other answers that are being produced count as if they were there.
    pub(crate) async fn check_with(self, tx: &dyn Tx, scope: &Scope, begun: Option<MessageId>) -> Result<()> {
        let Self(quotas) = self;
        if quotas.is_unlimited() {
            return Ok(());
        }
        let (mut stats, mut growth) = tx.stats().hold(scope).await?;
        if begun.is_some() {
            if quotas.messages.is_some() {
                let running = tx.generations().running(scope, MAX_COMING).await?;
                stats.messages += running.iter().filter(|row| Some(row.message_id) != begun).count() as u64;
            }
            // an answer to what was said before
            if growth.messages == 0 {
                (stats.messages, growth.messages) = (stats.messages + 1, 1);
            }
        }
        for (what, has, by, most) in counted(&stats, growth, quotas) {
            if by > 0 && has > most {
                return Err(exceeded(&format!("this would be more than your {most} {what}")));
            }
        }
        Ok(())
    }
}

impl Context {
    /// What somebody's units may make of what they have. Refuses to begin what stores more when a quota is reached already.
    /// What runs is finished.
    ///
    /// Errors: `Forbidden` with code `quota_exceeded`.
    pub(crate) async fn allow_more(&self, scope: &Scope) -> Result<Allowance> {
        let Allowance(quotas) = self.allowance(scope).await?;
        if quotas.is_unlimited() {
            return Ok(Allowance(quotas));
        }
        let stats = self.ports.store.stats().user(scope).await?;
        for (what, has, _, most) in counted(&stats, UserGrowth::default(), quotas) {
            if has >= most {
                return Err(exceeded(&format!("you have reached your {most} {what}")));
            }
        }
        Ok(Allowance(quotas))
    }

    /// The same for what may also make less of what there is.
    pub(crate) async fn allowance(&self, scope: &Scope) -> Result<Allowance> {
        if !self.options.accounts.required {
            return Ok(Allowance(Quotas::default()));
        }
        let user = scope.user();
        if let Some(quotas) = self.gate.quotas(user) {
            return Ok(Allowance(quotas));
        }
        let epoch = self.gate.epoch();
        let account = self.ports.store.accounts().get(scope, user).await?;
        let quotas = account.map(|account| account.quotas).unwrap_or_default();
        self.gate.keep_quotas(epoch, user, quotas);
        Ok(Allowance(quotas))
    }
}

/// Everything that is limited: what it is called, how much there is, by how much it grew, and the most there may be.
fn counted(
    stats: &UserStats,
    growth: UserGrowth,
    quotas: Quotas,
) -> impl Iterator<Item = (&'static str, u64, i64, u64)> {
    let all = [
        ("messages", stats.messages, growth.messages, quotas.messages),
        ("tokens", stats.tokens, growth.tokens, quotas.tokens),
        ("bytes of storage", stats.bytes, growth.bytes, quotas.storage_bytes),
    ];
    all.into_iter().filter_map(|(what, has, by, most)| Some((what, has, by, most?)))
}

fn exceeded(what: &str) -> Error {
    let message = format!("{what}; delete what you need no more, or ask an administrator for more");
    ErrorKind::Forbidden.error(message).with_code(QUOTA_EXCEEDED)
}
