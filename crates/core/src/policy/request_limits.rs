//! How often a person, or an address, may ask for what.

use std::time::Duration;

use super::rate_limit::RateLimit;
use crate::Result;

/// Requests that are counted together, because they cost about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteClass {
    /// Proving who one is: what is guessed here opens an account.
    Auth,
    /// Having an answer made.
    Chat,
    /// Changing something.
    Write,
    /// Reading something.
    Read,
    /// Looking for something.
    Search,
    /// Taking in, taking out or erasing very much.
    Transfer,
    /// Looking after the server.
    Admin,
}

impl RouteClass {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; 7] =
        [Self::Auth, Self::Chat, Self::Write, Self::Read, Self::Search, Self::Transfer, Self::Admin];

    /// Its word, in the configuration and in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Chat => "chat",
            Self::Write => "write",
            Self::Read => "read",
            Self::Search => "search",
            Self::Transfer => "transfer",
            Self::Admin => "admin",
        }
    }
}

/// The limit of each class; a class without one is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassLimits([Option<RateLimit>; RouteClass::ALL.len()]);

impl ClassLimits {
    /// So many in any minute, all of them at once if need be, in the order of [`RouteClass::ALL`]; 0 is no limit.
    pub fn per_minute(counts: [u32; RouteClass::ALL.len()]) -> Result<Self> {
        let mut limits = Self::default();
        for (limit, count) in limits.0.iter_mut().zip(counts) {
            *limit = (count > 0).then(|| RateLimit::new(count, Duration::from_mins(1), count)).transpose()?;
        }
        Ok(limits)
    }

    /// The limit of a class.
    pub const fn of(&self, class: RouteClass) -> Option<&RateLimit> {
        self.0[class as usize].as_ref()
    }
}

/// Every limit on requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestLimits {
    /// Of one person, on whatever address.
    pub user: ClassLimits,
    /// Of one address, whoever asks there.
    pub address: ClassLimits,
    /// Whether loopback addresses, which all programs of a machine share, are limited as addresses too.
    pub loopback: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_own_limit_or_none() {
        let limits = ClassLimits::per_minute([1, 2, 3, 0, 5, 6, 60_000_000]).unwrap();
        let bursts = RouteClass::ALL.map(|class| limits.of(class).map(RateLimit::burst));
        assert_eq!(bursts, [Some(1), Some(2), Some(3), None, Some(5), Some(6), Some(60_000_000)]);
        assert!(ClassLimits::per_minute([60_000_001; 7]).is_err());
    }
}
