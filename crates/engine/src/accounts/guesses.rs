//! How often somebody may be wrong about a secret. A guess is taken before anything is compared, so that many at once are no way
//! around it, and given back when it was right: who knows the password is never punished for logging in often.
//!
//! Names are counted whether or not somebody has them. Whoever guesses at a name from many addresses uses up what all of
//! them have together; then the few that each network has by itself are left, so nobody is kept out from elsewhere who
//! is not wrong all the time.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jarvis_core::{
    ErrorKind, Result,
    id::UserId,
    policy::{networks::owner_of, rate_limit::RateLimit},
};
use sha2::{Digest, Sha256};

use super::Accounts;

/// So many at once, then one after each such time.
type Limit = (u32, Duration);

/// From one address at one name.
const NEAR: Limit = (10, Duration::from_secs(30));
/// From anywhere at one name.
const ANYWHERE: Limit = (60, Duration::from_secs(10));
/// From one network at one name when those from anywhere are used up.
const OF_NETWORK: Limit = (3, Duration::from_hours(8));
/// Of somebody who is logged in already, at their own password.
const OWN: Limit = (10, Duration::from_secs(30));

/// A guess that was taken.
#[derive(Debug)]
pub(super) struct Guess(Vec<(String, RateLimit)>);

impl Accounts {
    /// Takes a guess at a name from those that are left.
    pub(super) async fn guess(&self, name: &str, address: Option<IpAddr>) -> Result<Guess> {
        // a name is one in upper and in lower case
        let name = Sha256::digest(name.to_lowercase());
        let name = BASE64.encode(&name[..16]);
        let words = |address: Option<IpAddr>| address.map_or_else(|| "?".to_owned(), |address| address.to_string());
        let (near, network) = (words(address.map(owner_of)), words(address.map(network_of)));
        let mut guess = Guess(Vec::with_capacity(2));
        self.take(&mut guess, format!("guess:{near}:{name}"), NEAR).await?;
        if let Err(refusal) = self.take(&mut guess, format!("guess:{name}"), ANYWHERE).await {
            let of_network = self.take(&mut guess, format!("guess:of:{network}:{name}"), OF_NETWORK).await;
            // told when the first of both comes back
            of_network.map_err(|_| refusal)?;
        }
        Ok(guess)
    }

    /// Takes a guess at the password of somebody who is logged in: what others guess does not count there.
    pub(super) async fn guess_own(&self, user: UserId) -> Result<Guess> {
        let mut guess = Guess(Vec::with_capacity(1));
        self.take(&mut guess, format!("guess:own:{user}"), OWN).await?;
        Ok(guess)
    }

    async fn take(&self, guess: &mut Guess, key: String, (burst, per): Limit) -> Result<()> {
        let limit = RateLimit::new(1, per, burst)?;
        let decision = self.context.ports.limiter.take(&key, &limit, 1).await?;
        if !decision.allowed {
            return Err(ErrorKind::RateLimited
                .error("too many attempts to log in; wait, then try again")
                .with_code("too_many_attempts")
                .with_retry_after(decision.retry_after));
        }
        guess.0.push((key, limit));
        Ok(())
    }

    /// It was right, or none: gives it back.
    pub(super) async fn give_back(&self, Guess(taken): Guess) {
        for (key, limit) in taken {
            if let Err(error) = self.context.ports.limiter.give_back(&key, &limit, 1).await {
                tracing::debug!(?error, "a guess that was right stays counted");
            }
        }
    }
}

/// What somebody may have many addresses of: 256 of IPv4, 65 536 networks of IPv6.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & !0xff)),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 80 << 80)),
    }
}

#[cfg(test)]
mod tests {
    use super::network_of;

    #[test]
    fn neighbours_are_one_network() {
        for (address, network) in [
            ("203.0.113.9", "203.0.113.0"),
            ("::ffff:203.0.113.9", "203.0.113.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ] {
            assert_eq!(network_of(address.parse().unwrap()), network.parse::<std::net::IpAddr>().unwrap());
        }
    }
}
