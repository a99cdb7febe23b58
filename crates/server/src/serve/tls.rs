use std::{path::Path, sync::Arc};

use arc_swap::ArcSwap;
use jarvis_core::{Error, Result};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// Spoken inside TLS.
const PROTOCOLS: [&[u8]; 1] = [b"http/1.1"];

/// What a server proves its name with; may be replaced while it serves. Connections that are open keep theirs.
#[derive(Clone)]
pub struct Tls(Arc<ArcSwap<TlsIdentity>>);

/// A certificate with its key, made ready to be used.
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
    chain: Vec<CertificateDer<'static>>,
}

impl TlsIdentity {
    /// Reads both from PEM files.
    ///
    /// Errors: `Invalid` that says which file is at fault and how.
    pub fn load(cert: &Path, key: &Path) -> Result<Self> {
        let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|why| refuse("server.tls_cert", cert, "cannot be read", &why))?;
        if chain.is_empty() {
            return Err(refuse("server.tls_cert", cert, "holds no certificate", &"it must be PEM"));
        }
        let private =
            PrivateKeyDer::from_pem_file(key).map_err(|why| refuse("server.tls_key", key, "holds no key", &why))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_no_client_auth()
            .with_single_cert(chain.clone(), private);
        let mut config =
            config.map_err(|why| refuse("server.tls_key", key, "does not belong to the certificate", &why))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self { config: Arc::new(config), chain })
    }
}

fn refuse(key: &'static str, path: &Path, what: &str, why: &dyn std::fmt::Display) -> Error {
    Error::invalid(key, format!("{key}: the file {} {what}: {why}", path.display()))
}

impl Tls {
    /// With this identity at first.
    pub fn new(identity: TlsIdentity) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(identity)))
    }

    /// Connections that begin from now on see this identity. Answers whether its certificates are others.
    pub fn replace(&self, identity: TlsIdentity) -> bool {
        let chain = identity.chain.clone();
        self.0.swap(Arc::new(identity)).chain != chain
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.load().config))
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsIdentity")
    }
}
