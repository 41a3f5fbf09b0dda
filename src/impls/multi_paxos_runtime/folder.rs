//! What the store needs of a file system.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A folder with files, on a disk or simulated.
///
/// Bytes that were appended survive a power loss once [`Folder::sync`] has returned; that a file was made or
/// renamed, once [`Folder::sync_folder`] has. Before, any part of it may survive.
pub trait Folder: Send + 'static {
    /// Where a file is, for messages.
    fn path(&self, name: &str) -> PathBuf;

    /// The content of a file; none if there is no such file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Makes an empty file, in place of one that may be there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Appends to a file.
    ///
    /// # Errors
    ///
    /// If not all of it is written. Part of it may be.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Waits until a file is on disk.
    ///
    /// # Errors
    ///
    /// If it may not be there. Trying again does not help: the system may have dropped what it could not write.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Gives a file another name, in place of a file of that name.
    ///
    /// # Errors
    ///
    /// If the file keeps its name.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Waits until the names of files are on disk.
    ///
    /// # Errors
    ///
    /// If they may not be there.
    fn sync_folder(&mut self) -> io::Result<()>;
}

/// A folder of the file system, which one process uses at a time.
#[derive(Debug)]
pub struct DiskFolder {
    path: PathBuf,
    open: BTreeMap<String, File>,
    _lock: File,
}

/// The file that a process locks while it uses a folder.
const LOCK: &str = "lock";

impl DiskFolder {
    /// Opens a folder, and makes it if it is missing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResourceBusy`] if another process uses it; any other if it cannot be made or locked.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<DiskFolder> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        // Who made it may have been killed before it was on disk.
        let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(DiskFolder { path, open: BTreeMap::new(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(io::Error::new(ErrorKind::ResourceBusy, "another process uses it"))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The file, open for appending.
    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        if !self.open.contains_key(name) {
            let file = OpenOptions::new().append(true).open(self.path.join(name))?;
            self.open.insert(name.to_owned(), file);
        }
        self.open.get_mut(name).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Folder for DiskFolder {
    fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.path).join(name)
    }

    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.open.remove(name);
        File::create(self.path(name)).map(drop)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))?;
        self.open.remove(to);
        if let Some(file) = self.open.remove(from) {
            self.open.insert(to.to_owned(), file);
        }
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_made_appended_to_and_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = DiskFolder::open(folder.path().join("node")).unwrap();
        assert_eq!(files.read("log").unwrap(), None);
        assert_eq!(files.append("log", b"x").unwrap_err().kind(), ErrorKind::NotFound);
        files.create("log").unwrap();
        files.append("log", b"abc").unwrap();
        files.append("log", b"dg").unwrap();
        files.sync("log").unwrap();
        assert_eq!(files.read("log").unwrap().unwrap(), b"abcdg");
        files.create("new").unwrap();
        files.append("new", b"h").unwrap();
        files.rename("new", "log").unwrap();
        files.sync_folder().unwrap();
        files.append("log", b"i").unwrap();
        assert_eq!(files.read("log").unwrap().unwrap(), b"hi");
        assert_eq!(files.read("new").unwrap(), None);
    }

    #[test]
    fn a_folder_is_used_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DiskFolder::open(folder.path()).unwrap();
        let second = DiskFolder::open(folder.path()).unwrap_err();
        assert_eq!(second.kind(), ErrorKind::ResourceBusy);
        drop(first);
        DiskFolder::open(folder.path()).unwrap();
    }
}
