//! The files of a real process: one per [`FileId`] in its data directory, opened for appending.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::{FileId, StoredFile};

const SUFFIX: &str = ".log";
const LOCK: &str = "lock";

/// Lays out a data directory that does not exist yet.
///
/// # Errors
///
/// When the directory exists, or cannot be written.
pub fn lay_out(directory: &Path, files: &[StoredFile]) -> io::Result<()> {
    fs::create_dir(directory)?;
    for StoredFile { file, bytes } in files {
        let mut open = File::create(path(directory, *file))?;
        open.write_all(bytes)?;
        open.sync_all()?;
    }
    File::open(directory)?.sync_all()
}

/// A data directory, held by this process alone.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    open: BTreeMap<FileId, Arc<File>>,
    /// Its lock lasts as long as the process.
    _lock: File,
}

impl Files {
    /// Opens a data directory and makes it when it does not exist. Another process in it is `ResourceBusy`.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        // This folder alone: a process that begins while another removes the folder of a run must not make it anew.
        match fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let lock = File::create(directory.join(LOCK))?;
        lock.try_lock().map_err(|refused| match refused {
            TryLockError::WouldBlock => io::Error::from(io::ErrorKind::ResourceBusy),
            TryLockError::Error(error) => error,
        })?;
        Ok(Files { directory: directory.to_owned(), open: BTreeMap::new(), _lock: lock })
    }

    /// What all files hold, in the order of their ids.
    pub(super) fn stored(&self) -> io::Result<Vec<StoredFile>> {
        let mut stored = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if let Some(file) = entry.file_name().to_str().and_then(id) {
                let bytes = fs::read(entry.path())?;
                stored.push(StoredFile { file, bytes });
            }
        }
        stored.sort_by_key(|stored| stored.file);
        Ok(stored)
    }

    pub(super) fn append(&mut self, file: FileId, bytes: &Bytes) -> io::Result<()> {
        self.get(file)?.as_ref().write_all(bytes)
    }

    pub(super) fn truncate(&mut self, file: FileId, length: u64) -> io::Result<()> {
        self.get(file)?.set_len(length)
    }

    /// The open file, made when it does not exist.
    pub(super) fn get(&mut self, file: FileId) -> io::Result<Arc<File>> {
        if let Some(open) = self.open.get(&file) {
            return Ok(Arc::clone(open));
        }
        let path = path(&self.directory, file);
        let is_new = !path.exists();
        let open = Arc::new(OpenOptions::new().append(true).create(true).open(path)?);
        if is_new {
            // Else a power loss could leave synced bytes in a file without a name.
            File::open(&self.directory)?.sync_all()?;
        }
        self.open.insert(file, Arc::clone(&open));
        Ok(open)
    }

    /// Syncs every file that was written to.
    pub(super) fn sync_all(&self) -> io::Result<()> {
        self.open.values().try_for_each(|file| file.sync_data())
    }
}

fn path(directory: &Path, file: FileId) -> PathBuf {
    directory.join(format!("{}{SUFFIX}", file.0))
}

/// The id in a file's name; `None` for a file that is not ours.
fn id(name: &str) -> Option<FileId> {
    name.strip_suffix(SUFFIX)?.parse().ok().map(FileId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_and_cut_is_found_by_the_next_process() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = Files::open(directory.path()).unwrap();
        files.append(FileId(10), &Bytes::from("ten")).unwrap();
        files.append(FileId(2), &Bytes::from("two, cut")).unwrap();
        files.truncate(FileId(2), 3).unwrap();
        files.append(FileId(2), &Bytes::from("!")).unwrap();
        drop(files);

        let stored = Files::open(directory.path()).unwrap().stored().unwrap();
        let expected = [(FileId(2), "two!"), (FileId(10), "ten")]
            .map(|(file, bytes)| StoredFile { file, bytes: bytes.into() });
        assert_eq!(stored, expected);
    }

    #[test]
    fn two_processes_cannot_share_a_data_directory() {
        let directory = tempfile::tempdir().unwrap();
        let _first = Files::open(directory.path()).unwrap();
        let second = Files::open(directory.path()).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::ResourceBusy);
    }

    #[test]
    fn foreign_files_in_the_data_directory_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("notes.log"), "mine").unwrap();
        let files = Files::open(directory.path()).unwrap();
        assert_eq!(files.stored().unwrap(), []);
    }
}
