//! Which addresses belong together, and from where a request came when proxies passed it on.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use crate::{Error, Result};

/// Proxies that are looked through at most.
const MAX_HOPS: usize = 16;

/// An address, or all that begin like it: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether `address` is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => {
                (ours.to_bits() ^ other.to_bits()).checked_shr(32 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                (ours.to_bits() ^ other.to_bits()).checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = || Error::invalid("network", format!("`{text}` is no address such as 10.0.0.1 or 10.0.0.0/8"));
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| refuse())?)),
            None => (text.trim(), None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| refuse())?.to_canonical();
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        if prefix > longest { Err(refuse()) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Whom a proxy must be to be believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// All of these.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether what `address` says of others is believed.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// From where a request came that `peer` handed over. `hops` are those before it as each told of the one before, the
    /// latest first; `None` is a hop that cannot be read. Only what a trusted proxy told counts: the first that is not
    /// trusted is the client, whatever it says itself.
    pub fn client(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in hops.take(MAX_HOPS) {
            if !self.contains(client) {
                break;
            }
            let Some(hop) = hop else { break };
            client = hop.to_canonical();
        }
        client
    }
}

/// In which header proxies tell from where a request came. Only one counts: a proxy writes one, and passes on whatever a
/// client put into the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`, with `X-Forwarded-Proto` and `X-Forwarded-Host`.
    #[default]
    XForwardedFor,
    /// `Forwarded` of RFC 7239.
    Forwarded,
}

/// What of an address stands for its owner: whoever has an IPv6 address has the 2^64 beside it too.
pub fn owner_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_holds_what_begins_like_it() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.168.1.7", "192.168.1.7", "192.168.1.6"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(ip(inside)) && !parsed.contains(ip(outside)), "{network}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0", "::1/129", "example.org", "10.0.0.0/x", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_trusted_hops_are_looked_through() {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let client =
            |peer: &str, hops: &[&str]| trusted.client(ip(peer), hops.iter().map(|hop| hop.parse().ok())).to_string();
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "nobody asked this one");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(
            client("10.0.0.1", &["10.0.0.2", "203.0.113.9", "127.0.0.1"]),
            "203.0.113.9",
            "what it says is its own"
        );
        assert_eq!(client("10.0.0.1", &["unknown", "203.0.113.9"]), "10.0.0.1", "nothing behind what cannot be read");
        let endless = vec!["10.0.0.9"; 10_000];
        assert_eq!(client("10.0.0.1", &endless), "10.0.0.9");
    }

    #[test]
    fn an_owner_of_ipv6_has_a_whole_network() {
        assert_eq!(owner_of(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(owner_of(ip("::ffff:10.0.0.1")), ip("10.0.0.1"));
        assert_eq!(owner_of(ip("10.0.0.1")), ip("10.0.0.1"));
    }
}
