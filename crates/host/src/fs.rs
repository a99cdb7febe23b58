//! File access whose errors carry the path: in the source, which is logged, never in the message, which may be shown.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use jarvis_core::{Error, ErrorKind, Result};

/// What was tried on which file.
#[derive(Debug)]
struct FileError {
    act: &'static str,
    path: PathBuf,
    cause: io::Error,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.act, self.path.display(), self.cause)
    }
}

impl std::error::Error for FileError {}

/// The product's error for a failed file access. `act` is a verb: `read`, `create`.
pub fn error(act: &'static str, path: &Path, cause: io::Error) -> Error {
    let kind = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::StorageFull,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::Forbidden,
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Unavailable,
    };
    let message = match kind {
        ErrorKind::StorageFull => "the disk is full; free some space and try again",
        ErrorKind::Forbidden => "a file of the data directory may not be used; check its owner and permissions",
        ErrorKind::NotFound => "a file that is needed is missing; check the path in the log",
        _ => "a file could not be used; the log names it and the cause",
    };
    kind.error(message).with_source(FileError { act, path: path.to_owned(), cause })
}

/// The text of a file; `None` when there is no such file.
pub fn read_text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(error("read", path, cause)),
    }
}

/// Replaces a file as a whole: a reader sees the old text or the new one, and a crash leaves one of them. Only its
/// owner may read it.
pub fn replace_private(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("new");
    let written = (|| {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    written.map_err(|cause| error("write", path, cause))
}

/// Makes an empty file that only its own user may use, unless something is there. SQLite gives its neighbours the same
/// permissions.
pub fn create_private(path: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(cause) => Err(error("create", path, cause)),
    }
}

/// Whether there is nothing: no such file or directory, or one without content.
pub fn is_missing_or_empty(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            let mut entries = fs::read_dir(path).map_err(|cause| error("look into", path, cause))?;
            Ok(entries.next().is_none())
        }
        Ok(found) => Ok(found.len() == 0),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(cause) => Err(error("look at", path, cause)),
    }
}

/// Removes a file; one that is not there is fine.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(error("remove", path, cause)),
        _ => Ok(()),
    }
}

/// Makes a directory and its parents; what is new may be entered by its owner only.
pub fn create_private_dir(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|cause| error("create", path, cause))
}

/// Bytes that this user may still write to the disk that holds `path`.
pub fn available_space(path: &Path) -> Result<u64> {
    fs4::available_space(path).map_err(|cause| error("look at", path, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_in_the_cause_and_not_in_the_message() {
        let error = read_text(Path::new("/")).unwrap_err();
        assert!(!error.message().contains('/'), "{error}");
        assert!(format!("{error:?}").contains("cannot read /"), "{error:?}");
    }

    #[test]
    fn a_replaced_file_is_private_and_leaves_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.json");
        replace_private(&path, "one").unwrap();
        replace_private(&path, "two").unwrap();
        assert_eq!(read_text(&path).unwrap().as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read_text(&path).unwrap(), None);
    }
}
