use futures_util::future::BoxFuture;
use jarvis_core::Result;
use jarvis_engine::Actor;

/// What can read the configuration again while the server runs. The router calls it for whoever may administer.
pub trait Reload: Send + Sync {
    /// Puts into effect what can be, or nothing at all when something in it is wrong, and notes by whom.
    fn reload(&self, by: Actor) -> BoxFuture<'_, Result<Reloaded>>;
}

/// What became of a configuration that was read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Keys whose new values are in effect.
    pub changed: Vec<String>,
    /// Keys whose new values take effect at the next start.
    pub restart: Vec<String>,
}
