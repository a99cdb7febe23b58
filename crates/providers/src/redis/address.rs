//! Where Redis is: `redis://`, `redis+cluster://a,b,c`, `redis+sentinel://a,b,c/master`, each with TLS as `rediss`.

use jarvis_core::{Error, Result};
use redis::{ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo};

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26_379;

/// Where to begin.
#[derive(Clone, Debug)]
pub(super) enum Address {
    /// One server, or any one node of a cluster.
    Node(ConnectionInfo),
    /// Some nodes of a cluster.
    Cluster(Vec<ConnectionInfo>),
    /// Those who know which server is the master.
    Sentinel {
        sentinels: Vec<ConnectionInfo>,
        /// What they call it.
        name: String,
        /// How it is spoken to, whichever it is.
        master: RedisConnectionInfo,
        tls: bool,
    },
}

impl Address {
    /// Understands an address. The error shows none of it: there may be a password.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once("://") else { return Err(wrong()) };
        let (plain, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        if !matches!(plain, "redis" | "rediss") {
            return Err(wrong());
        }
        let (who, rest) = rest.rsplit_once('@').map_or(("", rest), |(who, rest)| (who, rest));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        match kind {
            "" => Ok(Self::Node(info(plain, who, hosts, PORT, path)?)),
            "cluster" => {
                let nodes: Result<_> = hosts.split(',').map(|host| info(plain, who, host, PORT, "")).collect();
                Ok(Self::Cluster(nodes?))
            }
            "sentinel" => {
                let (name, database) = path.split_once('/').unwrap_or((path, ""));
                if name.is_empty() {
                    return Err(wrong());
                }
                let sentinels: Result<_> =
                    hosts.split(',').map(|host| info(plain, "", host, SENTINEL_PORT, "")).collect();
                let master = info(plain, who, "localhost", PORT, database)?.redis_settings().clone();
                Ok(Self::Sentinel { sentinels: sentinels?, name: name.to_owned(), master, tls: plain == "rediss" })
            }
            _ => Err(wrong()),
        }
    }

    /// Whether what is said is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        let tls = |info: &ConnectionInfo| matches!(info.addr(), redis::ConnectionAddr::TcpTls { .. });
        match self {
            Self::Node(info) => tls(info),
            Self::Cluster(nodes) => nodes.iter().any(tls),
            Self::Sentinel { tls, .. } => *tls,
        }
    }
}

fn info(scheme: &str, who: &str, host: &str, port: u16, path: &str) -> Result<ConnectionInfo> {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    let host = if has_port { host.to_owned() } else { format!("{host}:{port}") };
    let at = if who.is_empty() { "" } else { "@" };
    let url = format!("{scheme}://{who}{at}{host}/{path}");
    // what it says may contain the address
    url.into_connection_info().map_err(|_| wrong())
}

/// What `fuzz/` drives: the address of a Redis.
#[cfg(fuzzing)]
pub fn fuzz(text: &str) {
    let _ = Address::parse(text).map(|address| address.is_encrypted());
}

fn wrong() -> Error {
    let message = "write redis://[user:password@]host[:port][/database], redis+cluster://host,host,… or \
                   redis+sentinel://host,host,…/name-of-the-master; rediss instead of redis encrypts";
    Error::invalid("redis.url", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> String {
        match Address::parse(url).unwrap() {
            Address::Node(info) => format!("{} db {}", info.addr(), info.redis_settings().db()),
            Address::Cluster(nodes) => nodes.iter().map(|info| info.addr().to_string()).collect::<Vec<_>>().join(" "),
            Address::Sentinel { sentinels, name, master, tls } => {
                let sentinels: Vec<_> = sentinels.iter().map(|info| info.addr().to_string()).collect();
                format!("{name} of {} db {} {:?} {tls}", sentinels.join(" "), master.db(), master.password())
            }
        }
    }

    #[test]
    fn every_way_to_redis_has_an_address() {
        for (url, expected) in [
            ("redis://localhost", "localhost:6379 db 0"),
            ("redis://me:secret@10.0.0.1:7000/3", "10.0.0.1:7000 db 3"),
            ("redis://[::1]", "::1:6379 db 0"),
            ("rediss://cache.example:6380", "cache.example:6380 db 0"),
            ("redis+cluster://a,b:7001,[::1]:7002", "a:6379 b:7001 ::1:7002"),
            ("redis+sentinel://a,b:5000/main", "main of a:26379 b:5000 db 0 None false"),
            ("rediss+sentinel://:pw@a/main/2", r#"main of a:26379 db 2 Some("pw") true"#),
        ] {
            assert_eq!(told(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for url in
            ["", "localhost", "http://x", "redis+ring://x", "redis+sentinel://:secret@a", "redis://:secret@a:port"]
        {
            let error = Address::parse(url).unwrap_err();
            assert!(error.field() == Some("redis.url") && !format!("{error:?}").contains("secret"), "{url}: {error:?}");
        }
    }
}
