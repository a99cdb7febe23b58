//! What lies between a client and the server: TLS, proxies, a path of one's own.

use std::path::{Path, PathBuf};

use jarvis_core::{
    Result,
    policy::networks::{ForwardedBy, Network, TrustedProxies},
};

use super::{resolve::Judge, sections::RawServer};

/// Files that make a server speak TLS. Read anew when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    /// The certificate and those that lead to its root, PEM.
    pub cert: PathBuf,
    /// The certificate's key, PEM.
    pub key: PathBuf,
}

pub(super) fn tls(judge: &Judge<'_>, raw: &RawServer, working_dir: &Path) -> Result<Option<TlsConfig>> {
    match (raw.tls_cert.as_str(), raw.tls_key.as_str()) {
        ("", "") => Ok(None),
        (_, "") => Err(judge.refuse("server.tls_key", "is empty, but server.tls_cert is not; name both files or none")),
        ("", _) => Err(judge.refuse("server.tls_cert", "is empty, but server.tls_key is not; name both files or none")),
        (cert, key) => Ok(Some(TlsConfig { cert: working_dir.join(cert), key: working_dir.join(key) })),
    }
}

pub(super) fn trusted_proxies(judge: &Judge<'_>, raw: &[String]) -> Result<TrustedProxies> {
    let networks = raw.iter().map(|text| {
        text.parse::<Network>().map_err(|_| {
            judge.refuse(
                "server.trusted_proxies",
                format!("holds `{text}`; write addresses such as 127.0.0.1 or networks such as 10.0.0.0/8"),
            )
        })
    });
    Ok(TrustedProxies::new(networks.collect::<Result<_>>()?))
}

pub(super) fn forwarded_by(judge: &Judge<'_>, text: &str) -> Result<ForwardedBy> {
    match text {
        "x-forwarded-for" => Ok(ForwardedBy::XForwardedFor),
        "forwarded" => Ok(ForwardedBy::Forwarded),
        other => {
            Err(judge.refuse("server.forwarded_header", format!("is `{other}`; write x-forwarded-for or forwarded")))
        }
    }
}

/// `/a/b`, without a slash at its end; empty is none.
pub(super) fn base_path(judge: &Judge<'_>, text: &str) -> Result<String> {
    let path = text.trim_end_matches('/');
    if path.is_empty() {
        return Ok(String::new());
    }
    let is_plain = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain)
    };
    match path.strip_prefix('/') {
        Some(parts) if path.len() <= 200 && parts.split('/').all(is_plain) => Ok(path.to_owned()),
        _ => Err(judge.refuse(
            "server.base_path",
            format!("is `{text}`; write a path such as /jarvis, of letters, digits, `-`, `_`, `.` and `~`"),
        )),
    }
}
