//! Numbers and names in files: little-endian, lengths first. Reading never trusts a length.

use std::io::{self, Write};

/// Writes and keeps the checksum of what was written.
pub(crate) struct Checked<W> {
    inner: W,
    hasher: crc32fast::Hasher,
    length: u64,
}

impl<W: Write> Checked<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hasher: crc32fast::Hasher::new(), length: 0 }
    }

    pub(crate) fn u32(&mut self, number: u32) -> io::Result<()> {
        self.write_all(&number.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, number: u64) -> io::Result<()> {
        self.write_all(&number.to_le_bytes())
    }

    /// Its length, then the text.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.u32(text.len() as u32)?;
        self.write_all(text.as_bytes())
    }

    /// Ends with the checksum; answers what was written into and the length.
    pub(crate) fn finish(mut self) -> io::Result<(W, u64)> {
        let check = self.hasher.clone().finalize();
        self.u32(check)?;
        Ok((self.inner, self.length))
    }
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads what [`Checked`] wrote. None means the bytes are not what they should be.
pub(crate) struct Reading<'b>(&'b [u8]);

impl<'b> Reading<'b> {
    /// What is before the checksum, if that is right.
    pub(crate) fn checked(bytes: &'b [u8]) -> Option<Self> {
        let (content, check) = bytes.split_last_chunk::<4>()?;
        (crc32fast::hash(content) == u32::from_le_bytes(*check)).then_some(Self(content))
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*taken))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*taken))
    }

    pub(crate) fn text(&mut self) -> Option<&'b str> {
        let length = self.u32()? as usize;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

#[cfg(fuzzing)]
pub(super) fn with_checksum(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Write as _;
    let mut checked = Checked::new(Vec::new());
    checked.write_all(bytes).ok()?;
    checked.finish().ok().map(|(whole, _)| whole)
}
