//! A host's files, with what of them would survive a power failure.

use std::collections::BTreeMap;

use super::*;

#[derive(Default)]
pub(super) struct Disk {
    files: BTreeMap<FileId, Stored>,
}

#[derive(Default)]
struct Stored {
    written: Vec<u8>,
    synced: Vec<u8>,
}

impl Disk {
    /// One on which these files lie.
    pub(super) fn holding(files: Vec<StoredFile>) -> Self {
        let stored = |bytes: Vec<u8>| Stored { written: bytes.clone(), synced: bytes };
        Disk { files: files.into_iter().map(|file| (file.file, stored(file.bytes))).collect() }
    }

    /// What a process finds.
    pub(super) fn found(&self) -> Vec<StoredFile> {
        let files = self.files.iter();
        files.map(|(&file, stored)| StoredFile { file, bytes: stored.written.clone() }).collect()
    }

    pub(super) fn append(&mut self, file: FileId, bytes: &[u8]) {
        self.files.entry(file).or_default().written.extend_from_slice(bytes);
    }

    pub(super) fn truncate(&mut self, file: FileId, length: u64) {
        self.files.entry(file).or_default().written.truncate(usize::try_from(length).unwrap());
    }

    /// What a sync that begins now will make durable: nothing if the disk lies.
    pub(super) fn syncing(&self, file: FileId, lies: bool) -> Vec<u8> {
        let stored = self.files.get(&file);
        stored.map(|stored| if lies { &stored.synced } else { &stored.written }.clone()).unwrap_or_default()
    }

    pub(super) fn synced(&mut self, file: FileId, held: Vec<u8>) {
        self.files.entry(file).or_default().synced = held;
    }

    /// One bit of a file decays.
    pub(super) fn flip(&mut self, file: FileId, bit: usize) {
        let stored = self.files.entry(file).or_default();
        for bytes in [&mut stored.written, &mut stored.synced] {
            let at = bit / 8 % bytes.len().max(1);
            bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (bit % 8));
        }
    }

    /// What was not synced is lost, but for so many bytes of each file.
    pub(super) fn lose_power(&mut self, kept: usize) {
        self.files.values_mut().for_each(|stored| stored.lose_power(kept));
    }
}

impl Stored {
    /// What was cut from the file and not synced is cut, if any of what was written behind that is kept.
    fn lose_power(&mut self, kept: usize) {
        let common = self.written.iter().zip(&self.synced).take_while(|(one, other)| one == other).count();
        if kept > 0 {
            self.synced = self.written[..self.written.len().min(common + kept)].to_vec();
        }
        self.written.clone_from(&self.synced);
    }
}
