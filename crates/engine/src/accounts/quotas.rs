//! How much a person may have. Asked where something new would be stored, of counters that are kept anyway.

use jarvis_core::{ErrorKind, Result, Scope, types::Quotas};

use crate::context::Context;

impl Context {
    /// Refuses to store more for somebody who has reached a quota. What runs already is finished.
    ///
    /// Errors: `Forbidden` with code `quota_exceeded`.
    pub(crate) async fn allow_more(&self, scope: &Scope) -> Result<()> {
        if !self.options.accounts.required {
            return Ok(());
        }
        let quotas = self.quotas_of(scope).await?;
        if quotas.is_unlimited() {
            return Ok(());
        }
        let stats = self.ports.store.stats().user(scope).await?;
        let counted = [
            ("messages", stats.messages, quotas.messages),
            ("tokens", stats.tokens, quotas.tokens),
            ("bytes of storage", stats.bytes, quotas.storage_bytes),
        ];
        for (what, has, most) in counted {
            if let Some(most) = most.filter(|most| has >= *most) {
                let message = format!(
                    "you have reached your {most} {what}; delete what you need no more, or ask an administrator for more"
                );
                return Err(ErrorKind::Forbidden.error(message).with_code("quota_exceeded"));
            }
        }
        Ok(())
    }

    async fn quotas_of(&self, scope: &Scope) -> Result<Quotas> {
        let user = scope.user();
        if let Some(quotas) = self.gate.quotas(user) {
            return Ok(quotas);
        }
        let epoch = self.gate.epoch();
        let account = self.ports.store.accounts().get(scope, user).await?;
        let quotas = account.map(|account| account.quotas).unwrap_or_default();
        self.gate.keep_quotas(epoch, user, quotas);
        Ok(quotas)
    }
}
