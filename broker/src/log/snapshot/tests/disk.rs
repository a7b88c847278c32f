//! The two files of a log on a disk whose power may go.

use std::collections::{BTreeMap, VecDeque};

use crate::log::Log;
use crate::policy::Flush;
use crate::{Action, FileId};

pub(super) const FILES: [FileId; 2] = [FileId(0), FileId(2)];

/// What a file is in the page cache, and what of it survives for certain.
#[derive(Clone, Default)]
pub(super) struct File {
    pub(super) now: Vec<u8>,
    durable: Vec<u8>,
}

/// A disk that does what it is told, and no sync before it is let.
#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) files: BTreeMap<FileId, File>,
    pub(super) syncs: VecDeque<(FileId, u64, Vec<u8>)>,
}

/// What a power loss leaves of a file: so many hundredths of what is not synced, unless what was cut off comes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) kept: usize,
    pub(super) undone: bool,
}

pub(super) const LOSSES: [Loss; 4] = [
    Loss { kept: 0, undone: false },
    Loss { kept: 60, undone: false },
    Loss { kept: 100, undone: false },
    Loss { kept: 0, undone: true },
];

impl File {
    fn after(&self, loss: Loss) -> Vec<u8> {
        let safe = self.now.iter().zip(&self.durable).take_while(|(now, durable)| now == durable).count();
        if safe < self.durable.len() && loss.undone {
            return self.durable.clone();
        }
        self.now[..safe + (self.now.len() - safe) * loss.kept / 100].to_vec()
    }
}

impl Disk {
    pub(super) fn perform(&mut self, action: &Action<String>) {
        match action {
            Action::Append { file, bytes } => self.file(*file).now.extend_from_slice(bytes),
            Action::Truncate { file, length } => self.file(*file).now.truncate(*length as usize),
            Action::Sync { file, token } => {
                let content = self.file(*file).now.clone();
                self.syncs.push_back((*file, *token, content));
            }
            action => panic!("a log wants {action:?}"),
        }
    }

    fn file(&mut self, file: FileId) -> &mut File {
        self.files.entry(file).or_default()
    }

    /// The next sync is done; nobody has heard yet.
    pub(super) fn write(&mut self) -> Option<u64> {
        let (file, token, content) = self.syncs.pop_front()?;
        self.file(file).durable = content;
        Some(token)
    }

    /// The disk as it is found after that.
    pub(super) fn after(&self, losses: [Loss; 2]) -> Self {
        let mut found = Disk::default();
        for (file, loss) in FILES.into_iter().zip(losses) {
            let now = self.files.get(&file).map(|file| file.after(loss)).unwrap_or_default();
            found.files.insert(file, File { durable: now.clone(), now });
        }
        found
    }

    pub(super) fn read(&self) -> (Log, u64) {
        let bytes = |file| self.files.get(&file).map(|file: &File| file.now.clone()).unwrap_or_default();
        Log::recover_newest(Flush::BeforeAck, FILES.map(|file| (file, bytes(file))))
    }
}

/// Every pair of losses of the two files.
pub(super) fn losses() -> impl Iterator<Item = [Loss; 2]> {
    LOSSES.into_iter().flat_map(|one| LOSSES.map(|other| [one, other]))
}
