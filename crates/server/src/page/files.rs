//! The files of the page, and what is worked out about them once.

use std::{
    borrow::Cow,
    io::Write,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "../../ui"]
#[exclude = "*.md"]
struct Files;

/// A file as it is sent.
#[derive(Clone)]
pub(super) struct File {
    pub(super) plain: Bytes,
    /// The same, packed; absent where packing gains nothing.
    pub(super) packed: Option<Bytes>,
    pub(super) media_type: &'static str,
}

/// The file at `path`, or nothing when the page has none.
pub(super) fn file(path: &str) -> Option<File> {
    if cfg!(debug_assertions) {
        return read(path);
    }
    release().iter().find(|(name, _)| name == path).map(|(_, file)| file.clone())
}

/// The names of all files, in their order.
pub(super) fn names() -> Vec<Cow<'static, str>> {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort_unstable();
    names
}

/// Changes whenever a file does. 16 characters that may stand in an address.
pub(super) fn version() -> String {
    static RELEASED: OnceLock<String> = OnceLock::new();
    if cfg!(debug_assertions) { recent_digest() } else { RELEASED.get_or_init(digest).clone() }
}

/// Of files that may change while they are served: a page asks for dozens of them at once, and reading all of them for
/// each would take seconds.
fn recent_digest() -> String {
    const RECENT: Duration = Duration::from_millis(200);
    static LATEST: Mutex<Option<(Instant, String)>> = Mutex::new(None);
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    match &*latest {
        Some((at, digest)) if at.elapsed() < RECENT => digest.clone(),
        _ => latest.insert((Instant::now(), digest())).1.clone(),
    }
}

/// Every file, packed once: what a browser can cause is bounded by what the page consists of.
fn release() -> &'static [(String, File)] {
    static RELEASED: OnceLock<Vec<(String, File)>> = OnceLock::new();
    RELEASED.get_or_init(|| {
        names().into_iter().filter_map(|name| read(&name).map(|file| (name.into_owned(), file))).collect()
    })
}

fn read(path: &str) -> Option<File> {
    let media_type = media_type(path)?;
    let plain: Bytes = Files::get(path)?.data.into_owned().into();
    let packed = pack(&plain).filter(|packed| packed.len() < plain.len());
    Some(File { plain, packed, media_type })
}

/// Packs a text; nothing when that fails, which it has no reason to.
pub(super) fn pack(plain: &[u8]) -> Option<Bytes> {
    let mut packer = GzEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::best());
    packer.write_all(plain).ok()?;
    packer.finish().ok().map(Bytes::from)
}

fn digest() -> String {
    let mut hash = Sha256::new();
    for name in names() {
        let Some(file) = Files::get(&name) else { continue };
        hash.update(name.as_bytes());
        hash.update(file.metadata.sha256_hash());
    }
    let mut head = [0; 8];
    head.copy_from_slice(&hash.finalize()[..8]);
    format!("{:016x}", u64::from_be_bytes(head))
}

/// What the page consists of; anything else beside it, an editor's copy say, is not served.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that a browser takes for everything there is. What one view takes is less, and weighed by the tests in a browser.
    const MOST_BYTES: usize = 190_000;

    #[test]
    fn the_page_is_small() {
        let names = names();
        assert!(names.iter().any(|name| name == "app.js"), "{names:?}");
        // a grammar comes with the first block of code in its language
        let is_read = |name: &str| !name.contains("LICENSE") && !name.contains("highlight/languages/");
        let files: Vec<File> = names.iter().filter(|name| is_read(name)).filter_map(|name| read(name)).collect();
        let bytes: usize = files.iter().map(|file| file.packed.as_ref().map_or(file.plain.len(), Bytes::len)).sum();
        assert!(bytes < MOST_BYTES, "{bytes} bytes for {} files", files.len());
    }
}
