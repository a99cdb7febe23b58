//! What proxies tell of a request that they pass on. Read only when a trusted one handed it over.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use jarvis_core::policy::networks::{ForwardedBy, TrustedProxies};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Where a request came from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin<'a> {
    pub(super) address: IpAddr,
    /// The scheme that the client used, when a trusted proxy tells.
    pub(super) is_https: Option<bool>,
    /// The host that the client named, when a trusted proxy tells.
    pub(super) host: Option<&'a str>,
}

pub(super) fn origin<'a>(
    peer: IpAddr,
    headers: &'a HeaderMap,
    trusted: &TrustedProxies,
    by: ForwardedBy,
) -> Origin<'a> {
    if !trusted.contains(peer) {
        return Origin { address: peer.to_canonical(), is_https: None, host: None };
    }
    let (address, proto, host) = match by {
        ForwardedBy::XForwardedFor => {
            let hops = latest_first(headers, &FOR).map(address);
            let last = |name| latest_first(headers, &name).next();
            (trusted.client(peer, hops), last(PROTO), last(HOST))
        }
        ForwardedBy::Forwarded => {
            let hops = latest_first(headers, &header::FORWARDED).map(|hop| address(pair(hop, "for")?));
            let last = latest_first(headers, &header::FORWARDED).next();
            let of_last = |name| last.and_then(|hop| pair(hop, name));
            (trusted.client(peer, hops), of_last("proto"), of_last("host"))
        }
    };
    let is_https = proto.map(|proto| proto.eq_ignore_ascii_case("https"));
    Origin { address, is_https, host: host.filter(|host| !host.is_empty()) }
}

/// The items of a list that may stand in several headers, from its end.
fn latest_first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    let items = |value: &'a axum::http::HeaderValue| value.to_str().unwrap_or_default().rsplit(',').map(str::trim);
    values.into_iter().rev().flat_map(items)
}

/// The value of a pair in `for=…;proto=…`.
fn pair<'a>(hop: &'a str, name: &str) -> Option<&'a str> {
    hop.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// An address with or without a port; none for what hides it.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, headers: &[(&'static str, &str)], by: ForwardedBy) -> (String, Option<bool>, Option<String>) {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let origin = origin(peer.parse().unwrap(), &map, &trusted, by);
        (origin.address.to_string(), origin.is_https, origin.host.map(str::to_owned))
    }

    #[test]
    fn what_a_stranger_says_of_itself_does_not_count() {
        let headers =
            [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https"), ("forwarded", "for=127.0.0.1")];
        for by in [ForwardedBy::XForwardedFor, ForwardedBy::Forwarded] {
            assert_eq!(told("203.0.113.9", &headers, by), ("203.0.113.9".to_owned(), None, None));
        }
    }

    #[test]
    fn the_hop_before_the_last_trusted_one_is_the_client() {
        let by = ForwardedBy::XForwardedFor;
        for (list, client) in [
            (vec![("x-forwarded-for", "203.0.113.9")], "203.0.113.9"),
            (vec![("x-forwarded-for", "127.0.0.1, 203.0.113.9, 10.0.0.2")], "203.0.113.9"),
            (vec![("x-forwarded-for", "127.0.0.1, 203.0.113.9"), ("x-forwarded-for", "10.0.0.2")], "203.0.113.9"),
            (vec![("x-forwarded-for", "203.0.113.9:4711")], "203.0.113.9"),
            (vec![("x-forwarded-for", "2001:db8::1")], "2001:db8::1"),
            (vec![("x-forwarded-for", "unknown")], "10.0.0.1"),
            (vec![("x-forwarded-for", "")], "10.0.0.1"),
            (vec![("forwarded", "for=203.0.113.9")], "10.0.0.1"),
            (vec![], "10.0.0.1"),
        ] {
            assert_eq!(told("10.0.0.1", &list, by).0, client, "{list:?}");
        }
        let headers = [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-proto", "HTTPS"),
            ("x-forwarded-host", "evil.example, jarvis.example"),
        ];
        assert_eq!(told("10.0.0.1", &headers, by), ("203.0.113.9".into(), Some(true), Some("jarvis.example".into())));
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let by = ForwardedBy::Forwarded;
        let headers = [
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1, For=\"[2001:db8::1]:4711\"; proto=http; host=a.example"),
            ("forwarded", "for=\"[fd00::1]\";proto=https;host=\"jarvis.example\""),
        ];
        assert_eq!(told("10.0.0.1", &headers, by), ("2001:db8::1".into(), Some(true), Some("jarvis.example".into())));
        assert_eq!(told("10.0.0.1", &[("forwarded", "for=_hidden")], by).0, "10.0.0.1");
        assert_eq!(told("10.0.0.1", &[("forwarded", "for=\"a,b\"")], by).0, "10.0.0.1");
    }
}
