use hyper::Uri;
use jarvis_core::{Error, Result};

/// The settings of a server, as messages name them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Holds its address.
    pub(crate) url: &'static str,
    /// An address that would do.
    pub(crate) example: &'static str,
    /// Holds what lets us in; none where nothing is asked for.
    pub(crate) key: Option<&'static str>,
}

/// Where a server's API lies.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    base: String,
    is_secure: bool,
    has_path: bool,
}

impl Address {
    /// Refuses what is no plain address of the web; the error names the setting.
    pub(crate) fn parse(base_url: &str, settings: &Settings) -> Result<Self> {
        let refuse = |reason: String| Error::invalid("base_url", reason);
        let (setting, example) = (settings.url, settings.example);
        let base = base_url.trim().trim_end_matches('/');
        let uri: Uri =
            base.parse().map_err(|_| refuse(format!("{setting} is not an address; write one such as {example}")))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
            return Err(refuse(format!("{setting} must be an http:// or https:// address, such as {example}")));
        }
        if uri.query().is_some() || base.contains(['#', '@']) {
            let elsewhere = settings.key.map(|key| format!("; a key goes into {key}")).unwrap_or_default();
            return Err(refuse(format!("{setting} must be a plain address such as {example}{elsewhere}")));
        }
        let is_secure = uri.scheme_str() == Some("https");
        Ok(Self { base: base.to_owned(), is_secure, has_path: uri.path() != "/" })
    }

    /// Whether it is spoken to through TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The address with this path behind it if it has none of its own.
    #[cfg(feature = "openai")]
    pub(crate) fn or_path(mut self, path: &str) -> Self {
        if !self.has_path {
            self.base.push_str(path);
            self.has_path = true;
        }
        self
    }

    /// The address without this end, if it ends so.
    #[cfg(feature = "openai")]
    pub(crate) fn without(&self, end: &str) -> Self {
        let base = self.base.strip_suffix(end).unwrap_or(&self.base).to_owned();
        Self { base, ..self.clone() }
    }

    /// The address of one call.
    pub(crate) fn join(&self, path: &str) -> Result<Uri> {
        format!("{}{path}", self.base).parse().map_err(Error::internal)
    }
}
