//! How much of what is allowed has been used, and by whom.

use std::{net::IpAddr, sync::Arc};

use axum::http::{HeaderName, HeaderValue};
use jarvis_core::{
    Error, ErrorKind, Result,
    id::UserId,
    policy::{
        networks::owner_of,
        rate_limit::{RateDecision, RateLimit},
        request_limits::RouteClass,
    },
    ports::RateLimiter,
};
use metrics::{Counter, counter, describe_counter};

use super::settings::{InEffect, Settings};
use crate::error::whole_seconds;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const LIMITED: &str = "jarvis_http_limited_total";

/// Counts what is asked for. Without a limiter nothing is limited.
pub(crate) struct Allowances {
    settings: Settings,
    limiter: Option<Arc<dyn RateLimiter>>,
    /// Of each class: refused to addresses, refused to people.
    refused: [[Counter; 2]; RouteClass::ALL.len()],
}

/// How somebody stands after a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    limit: u32,
    decision: RateDecision,
}

/// Whose requests are counted.
#[derive(Clone, Copy)]
enum Whose {
    Address(IpAddr),
    User(UserId),
}

impl Allowances {
    pub(crate) fn new(settings: Settings, limiter: Option<Arc<dyn RateLimiter>>) -> Self {
        describe_counter!(LIMITED, "Requests that were refused because too many came, by class and by whom.");
        let refused =
            |class: RouteClass| ["address", "user"].map(|by| counter!(LIMITED, "class" => class.as_str(), "by" => by));
        Self { settings, limiter, refused: RouteClass::ALL.map(refused) }
    }

    /// What is in effect now.
    pub(crate) fn settings(&self) -> Arc<InEffect> {
        self.settings.load()
    }

    /// Counts an answer that is asked for in a way that is no request of its own, such as over a WebSocket.
    pub(crate) async fn answer(&self, user: UserId) -> Result<()> {
        self.user(&self.settings(), RouteClass::Chat, user).await?.map_or(Ok(()), Standing::admitted)
    }

    /// Counts a request of an address. None when it is not limited.
    pub(super) async fn address(
        &self,
        settings: &InEffect,
        class: RouteClass,
        address: IpAddr,
    ) -> Result<Option<Standing>> {
        let limits = &settings.policy.requests;
        match limits.address.of(class) {
            Some(limit) if limits.loopback || !address.is_loopback() => {
                Ok(self.take(class, limit, Whose::Address(owner_of(address))).await)
            }
            _ => Ok(None),
        }
    }

    /// Counts a request of a person. None when it is not limited.
    pub(super) async fn user(&self, settings: &InEffect, class: RouteClass, user: UserId) -> Result<Option<Standing>> {
        match settings.policy.requests.user.of(class) {
            Some(limit) => Ok(self.take(class, limit, Whose::User(user)).await),
            None => Ok(None),
        }
    }

    async fn take(&self, class: RouteClass, limit: &RateLimit, whose: Whose) -> Option<Standing> {
        let limiter = self.limiter.as_ref()?;
        let (key, by) = match whose {
            Whose::Address(address) => (format!("address:{address}:{}", class.as_str()), 0),
            Whose::User(user) => (format!("user:{user}:{}", class.as_str()), 1),
        };
        match limiter.take(&key, limit, 1).await {
            Ok(decision) => {
                if !decision.allowed {
                    self.refused[class as usize][by].increment(1);
                }
                Some(Standing { limit: limit.burst(), decision })
            }
            // what counts is away: better to serve too much than nothing
            Err(error) => {
                tracing::debug!(target: "http", ?error, "a limit was not counted");
                None
            }
        }
    }
}

impl Standing {
    /// The refusal, when it is one.
    pub(super) fn admitted(self) -> Result<()> {
        if self.decision.allowed {
            return Ok(());
        }
        let wait = self.decision.retry_after.unwrap_or_default();
        let seconds = whole_seconds(wait);
        let plural = if seconds == 1 { "" } else { "s" };
        let message = format!("too many requests of this kind; go on in {seconds} second{plural}");
        let error: Error = ErrorKind::RateLimited.error(message);
        Err(error.with_retry_after(wait))
    }

    /// The one that leaves less room.
    pub(super) fn tighter(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.decision.remaining < self.decision.remaining => other,
            _ => self,
        }
    }

    /// As a client reads it; the reset is in seconds from now.
    pub(super) fn headers(self) -> [(HeaderName, HeaderValue); 3] {
        let reset = self.decision.full_after.as_secs() + u64::from(self.decision.full_after.subsec_nanos() > 0);
        [
            (LIMIT, HeaderValue::from(self.limit)),
            (REMAINING, HeaderValue::from(self.decision.remaining)),
            (RESET, HeaderValue::from(reset)),
        ]
    }
}
