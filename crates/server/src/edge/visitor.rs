use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use axum::{
    extract::Request,
    http::{Extensions, header},
};
use jarvis_core::{Result, id::UserId, policy::request_limits::RouteClass};

use super::{
    allowances::{Allowances, Standing},
    forwarded,
    settings::InEffect,
};

/// The other end of the connection over which a request came. The accept loop tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: IpAddr,
    /// Whether the connection is TLS.
    pub(crate) is_tls: bool,
}

impl Peer {
    /// Of requests that did not come over a connection.
    const HERE: Self = Self { address: IpAddr::V4(Ipv4Addr::LOCALHOST), is_tls: false };
}

/// Who sent a request, what is in effect for it, and what of its allowance is left.
#[derive(Clone)]
pub(crate) struct Visitor(Arc<Inner>);

struct Inner {
    address: IpAddr,
    is_https: bool,
    /// The host that the client named.
    host: Option<Box<str>>,
    /// None for what is not limited.
    class: Option<RouteClass>,
    settings: Arc<InEffect>,
    allowances: Arc<Allowances>,
    tightest: Mutex<Option<Standing>>,
    user: OnceLock<UserId>,
}

impl Visitor {
    pub(super) fn of(request: &Request, class: Option<RouteClass>, allowances: &Arc<Allowances>) -> Self {
        let settings = allowances.settings();
        let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer::HERE);
        let (trusted, by) = (&settings.policy.trusted_proxies, settings.policy.forwarded_by);
        let origin = forwarded::origin(peer.address, request.headers(), trusted, by);
        let address = origin.address;
        let is_https = origin.is_https.unwrap_or(peer.is_tls);
        let named = || request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = origin.host.or_else(named).map(Box::from);
        let allowances = Arc::clone(allowances);
        let (tightest, user) = (Mutex::new(None), OnceLock::new());
        Self(Arc::new(Inner { address, is_https, host, class, settings, allowances, tightest, user }))
    }

    /// Of the request with these extensions; none outside of the edge.
    pub(crate) fn among(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// From where it came, as far as proxies that are trusted tell.
    pub(crate) fn address(&self) -> IpAddr {
        self.0.address
    }

    /// Whether the client speaks TLS, be it with a proxy that is trusted.
    pub(crate) fn is_https(&self) -> bool {
        self.0.is_https
    }

    /// The host that the client named.
    pub(crate) fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// Who sent it, once that is known.
    pub(super) fn user(&self) -> Option<UserId> {
        self.0.user.get().copied()
    }

    pub(crate) fn settings(&self) -> &InEffect {
        &self.0.settings
    }

    /// Counts the request for its address; fails when there were too many.
    pub(super) async fn spend_as_address(&self) -> Result<()> {
        let Some(class) = self.0.class else { return Ok(()) };
        self.settle(self.0.allowances.address(&self.0.settings, class, self.0.address).await?)
    }

    /// Counts the request for the person who sent it; fails when there were too many.
    pub(crate) async fn spend_as(&self, user: UserId) -> Result<()> {
        // who it was first is who it was
        let _ = self.0.user.set(user);
        let Some(class) = self.0.class else { return Ok(()) };
        self.settle(self.0.allowances.user(&self.0.settings, class, user).await?)
    }

    fn settle(&self, standing: Option<Standing>) -> Result<()> {
        let Some(standing) = standing else { return Ok(()) };
        let mut tightest = self.0.tightest.lock().unwrap_or_else(PoisonError::into_inner);
        *tightest = Some(standing.tighter(*tightest));
        standing.admitted()
    }

    /// How the visitor stands, when it was counted.
    pub(super) fn standing(&self) -> Option<Standing> {
        *self.0.tightest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
