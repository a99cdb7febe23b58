use serde::Serialize;
use utoipa::ToSchema;

use crate::Reloaded;

/// What became of a configuration that was read again.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"changed": ["limits.user.chat"], "restart": ["server.port"]}))]
pub(crate) struct ConfigReloaded {
    /// Keys whose new values are in effect.
    changed: Vec<String>,
    /// Keys whose new values take effect at the next start.
    restart: Vec<String>,
}

impl From<Reloaded> for ConfigReloaded {
    fn from(reloaded: Reloaded) -> Self {
        let Reloaded { changed, restart } = reloaded;
        Self { changed, restart }
    }
}
