//! Files that are needed whole and not for long, in the data directory.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use jarvis_core::{
    Error, Result,
    ports::{Scratch, ScratchFile},
};

use crate::fs as files;

/// A directory of the data directory's owner.
#[derive(Debug)]
pub struct ScratchDir {
    path: PathBuf,
    limit: u64,
}

impl ScratchDir {
    /// Begins empty: what a crash left behind goes. Only the owner of the data directory may call this. A file may have
    /// `limit` bytes.
    pub fn open(path: PathBuf, limit: u64) -> Result<Self> {
        match fs::remove_dir_all(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(files::error("empty", &path, cause)),
            _ => Ok(Self { path, limit }),
        }
    }
}

impl Scratch for ScratchDir {
    fn limit(&self) -> u64 {
        self.limit
    }

    fn create(&self) -> Result<Box<dyn ScratchFile>> {
        files::create_private_dir(&self.path)?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|cause| Error::internal(io::Error::other(cause)))?;
        let path = self.path.join(format!("{:016x}", u64::from_le_bytes(random)));
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|cause| files::error("create", &path, cause))?;
        Ok(Box::new(Temporary { file, path }))
    }

    fn failed(&self, cause: io::Error) -> Error {
        files::error("write in", &self.path, cause)
    }
}

#[derive(Debug)]
struct Temporary {
    file: File,
    path: PathBuf,
}

impl ScratchFile for Temporary {
    fn path(&self) -> &Path {
        &self.path
    }
}

impl Read for Temporary {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into)
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Temporary {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(error) = files::remove(&self.path) {
            tracing::warn!(?error, "a temporary file could not be removed; the next start does");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_private_and_go_when_they_are_dropped_or_left() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("tmp");
        let scratch = ScratchDir::open(place.clone(), 9).unwrap();
        let mut file = scratch.create().unwrap();
        file.write_all(b"one").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), scratch.limit()), ("one", 9));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let left = scratch.create().unwrap();
        drop(file);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1);
        // as after a crash
        std::mem::forget(left);
        ScratchDir::open(place.clone(), 9).unwrap();
        assert!(!place.try_exists().unwrap());
    }
}
