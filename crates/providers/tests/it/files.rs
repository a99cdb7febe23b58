//! Small disks and damaged files.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// A file system of a few megabytes, gone at the end.
pub(crate) struct SmallDisk(pub(crate) PathBuf);

impl SmallDisk {
    /// None where this user may not mount.
    pub(crate) fn mount(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(path.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Copies the files of a directory.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Changes the bytes of a file.
pub(crate) fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut fs::File::open(path)?, &mut bytes)?;
    change(&mut bytes);
    io::Write::write_all(&mut fs::File::create(path)?, &bytes)
}
