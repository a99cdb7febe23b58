use std::sync::Arc;

use arc_swap::ArcSwap;
use jarvis_core::policy::{
    networks::{ForwardedBy, TrustedProxies},
    request_limits::RequestLimits,
};

use super::cors::Cors;
use crate::extract::MAX_BODY_BYTES;

/// What may change while the server runs.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Web origins, besides loopback ones, whose pages may call the API: `https://example.org`.
    pub allowed_origins: Vec<String>,
    /// How often people and addresses may ask.
    pub requests: RequestLimits,
    /// Whose word counts about where a request came from.
    pub trusted_proxies: TrustedProxies,
    /// Where they say it.
    pub forwarded_by: ForwardedBy,
    /// Bytes of a request's body, other than an import's.
    pub max_body_bytes: usize,
}

impl Default for Policy {
    /// No foreign pages, no limits on requests, no proxies, bodies of 1 MiB.
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            requests: RequestLimits::default(),
            trusted_proxies: TrustedProxies::default(),
            forwarded_by: ForwardedBy::default(),
            max_body_bytes: MAX_BODY_BYTES,
        }
    }
}

/// The policy in effect, shared by whoever serves and whoever changes it. A request sees one policy from its beginning to
/// its end, and takes no lock for it.
#[derive(Clone)]
pub struct Settings(Arc<ArcSwap<InEffect>>);

/// A policy, made ready to be asked.
pub(crate) struct InEffect {
    pub(super) cors: Cors,
    pub(crate) policy: Policy,
}

impl Settings {
    /// With this policy at first.
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(InEffect::new(policy))))
    }

    /// Requests that come from now on see this policy.
    pub fn replace(&self, policy: Policy) {
        self.0.store(Arc::new(InEffect::new(policy)));
    }

    pub(crate) fn load(&self) -> Arc<InEffect> {
        self.0.load_full()
    }
}

impl InEffect {
    fn new(policy: Policy) -> Self {
        Self { cors: Cors::new(&policy.allowed_origins), policy }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.load().policy.fmt(f)
    }
}
