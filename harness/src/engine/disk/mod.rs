//! The simulated disk of one host, the same under every simulator. What was appended and what would survive a power loss are
//! two different things.

use std::collections::BTreeSet;
use std::io;
use std::mem;

use broker::{FileId, Micros, StoredFile};
use bytes::{Bytes, BytesMut};

use crate::chaos::harm::{Harm, Toll};
use crate::chaos::world::DiskChange;
use crate::sabotage::sabotage;

/// A disk.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    files: Vec<File>,
    /// How often all was lost; a sync that began before writes to a disk that is gone.
    replaced: u64,
    /// The file that was appended to last.
    latest: Option<FileId>,
    full: bool,
    lies: bool,
    /// Whether syncs fail.
    failing: bool,
    slow: Micros,
    /// What faults did to it.
    toll: Toll,
}

#[derive(Clone, Debug)]
struct File {
    id: FileId,
    /// What the page cache holds, in the order it was appended.
    chunks: Vec<Bytes>,
    length: u64,
    /// What the platters hold for certain.
    durable: Vec<Bytes>,
    /// How much of `chunks`, counted in chunks from the front, is the same as `durable`.
    shared: usize,
    /// The chunks that a failed sync should have written: the page cache believes them clean, so nobody writes them again, and
    /// the platters hold zeroes in their place.
    unwritten: BTreeSet<usize>,
    /// How many syncs have begun, and the number of the latest that wrote.
    begun: u64,
    written: u64,
    /// Whether a bit of it has flipped since it was read last.
    rotten: bool,
    /// The number of the latest sync that lied, until a later one has written.
    lied: u64,
}

/// What a sync will have made durable when it is done: the file as it was when the sync began.
#[derive(Clone, Debug)]
pub struct SyncPoint {
    file: FileId,
    /// Which sync of its file.
    number: u64,
    replaced: u64,
    chunks: usize,
    length: u64,
    content: Vec<Bytes>,
}

impl SimDisk {
    /// A disk that holds these files, synced.
    #[must_use]
    pub fn formatted(files: &[StoredFile]) -> Self {
        let mut disk = SimDisk::default();
        for StoredFile { file, bytes } in files {
            let file = disk.file(*file);
            file.chunks.push(Bytes::copy_from_slice(bytes));
            (file.length, file.durable, file.shared) = (bytes.len() as u64, file.chunks.clone(), 1);
        }
        disk
    }

    /// Appends to a file; it is made when it does not exist.
    ///
    /// # Errors
    ///
    /// When the disk is full; then nothing was appended.
    pub fn append(&mut self, file: FileId, bytes: Bytes) -> io::Result<()> {
        if self.full {
            self.toll.count(Harm::RefusedAppend);
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.latest = Some(file);
        let file = self.file(file);
        file.length += bytes.len() as u64;
        file.chunks.push(bytes);
        Ok(())
    }

    /// Cuts a file to its first `length` bytes.
    pub fn truncate(&mut self, file: FileId, length: u64) {
        self.file(file).truncate(length);
    }

    /// What a sync that begins now will make durable.
    pub fn begin_sync(&mut self, file: FileId) -> SyncPoint {
        let replaced = self.replaced;
        if self.slow > 0 {
            self.toll.count(Harm::SlowSync);
        }
        let file = self.file(file);
        let shared = file.shared.min(file.chunks.len());
        let content = (shared..file.chunks.len()).map(|chunk| file.content(chunk)).collect();
        file.begun += 1;
        SyncPoint {
            file: file.id,
            number: file.begun,
            replaced,
            chunks: file.chunks.len(),
            length: file.length,
            content,
        }
    }

    /// A sync is done.
    ///
    /// # Errors
    ///
    /// When it failed: of what it should have written nothing is, now or by any later sync.
    pub fn finish_sync(&mut self, point: SyncPoint) -> io::Result<()> {
        if point.replaced != self.replaced {
            return Err(io::ErrorKind::NotFound.into());
        }
        if self.failing {
            self.toll.count(Harm::FailedSync);
            let file = self.file(point.file);
            let present = point.chunks.min(file.chunks.len());
            file.unwritten.extend(file.shared..present);
            return Err(io::Error::other("sync failed"));
        }
        if self.lies {
            if !point.content.is_empty() {
                self.toll.count(Harm::IdleSync);
            }
            let file = self.file(point.file);
            file.lied = file.lied.max(point.number);
        } else {
            self.write(point);
        }
        Ok(())
    }

    /// Whether it has written all that it ever said it had, and all that it failed to write before.
    #[must_use]
    pub fn durable_as_told(&self) -> bool {
        let sound = |file: &File| file.lied <= file.written && file.unwritten.is_empty();
        !self.lies && self.files.iter().all(sound)
    }

    /// How much longer a sync takes than it should, in microseconds.
    #[must_use]
    pub fn slow(&self) -> Micros {
        self.slow
    }

    /// Changes what the disk is like, or what it holds.
    pub fn change(&mut self, change: DiskChange) {
        match change {
            DiskChange::Lose => {
                let lost = self.files.iter().map(|file| file.length).sum();
                self.toll.count_many(Harm::Erased, lost);
                self.files.clear();
                self.replaced += 1;
            }
            DiskChange::Full(full) => self.full = full,
            DiskChange::FailSyncs(failing) => self.failing = failing,
            DiskChange::Lie(lies) => self.lies = lies,
            DiskChange::Slow(longer) => self.slow = longer,
            DiskChange::Tear(drawn) => self.tear(drawn),
            DiskChange::Rot(drawn) => self.rot(drawn),
        }
    }

    /// A write was cut short: of the last chunk that was appended and not synced a part is there.
    fn tear(&mut self, drawn: u64) {
        let latest = self.latest;
        let Some(file) = self.files.iter_mut().find(|file| Some(file.id) == latest) else { return };
        if let Some(last) = file.chunks.last().filter(|_| file.chunks.len() > file.shared) {
            let torn = 1 + drawn % (last.len() as u64).max(1);
            file.truncate(file.length - torn);
            self.toll.count_many(Harm::Torn, torn);
        }
    }

    /// One bit of one file flips, in the page cache and on the platters.
    fn rot(&mut self, drawn: u64) {
        let total: u64 = self.files.iter().map(|file| file.length).sum();
        if total == 0 {
            return;
        }
        let (mut place, bit) = (drawn % total, (drawn >> 32) % 8);
        for file in &mut self.files {
            if place < file.length {
                return file.flip(place, 1 << bit);
            }
            place -= file.length;
        }
    }

    fn write(&mut self, point: SyncPoint) {
        let file = self.file(point.file);
        // A sync that began earlier and took longer has nothing to add.
        if point.number < file.written {
            return;
        }
        file.written = point.number;
        // Between begin and end of a sync the shared front can only have shrunk, by a truncation; then what the sync wrote
        // begins behind what it found shared.
        let kept = point.chunks - point.content.len();
        file.durable.truncate(kept);
        file.durable.extend(point.content);
        let same = file
            .chunks
            .iter()
            .zip(&file.durable)
            .take_while(|(a, b)| a.as_ptr() == b.as_ptr() && a.len() == b.len());
        file.shared = same.count();
        debug_assert_eq!(length(&file.durable), point.length);
    }

    /// The power goes: of every file remains what was synced, plus a prefix of what was appended since. `draw` gives a
    /// number for a file; from it follow how much of the unsynced tail is kept, to the byte, and whether an unsynced
    /// truncation is undone.
    pub fn power_loss(&mut self, mut draw: impl FnMut(FileId) -> u64) {
        for file in &mut self.files {
            let drawn = draw(file.id);
            self.toll.count_many(Harm::Unsynced, file.lose_power(drawn));
        }
    }

    /// What faults have done to it so far.
    #[must_use]
    pub fn toll(&self) -> &Toll {
        &self.toll
    }

    /// Reads all files, as a process does when it starts.
    pub fn read(&mut self) -> Vec<StoredFile> {
        let rotten = self.files.iter_mut().filter_map(|file| mem::take(&mut file.rotten).then_some(1));
        self.toll.count_many(Harm::Rotten, rotten.sum());
        self.stored()
    }

    /// What the files hold, in the order of their ids.
    #[must_use]
    pub fn stored(&self) -> Vec<StoredFile> {
        self.files.iter().map(|file| StoredFile { file: file.id, bytes: file.chunks.concat() }).collect()
    }

    fn file(&mut self, id: FileId) -> &mut File {
        let at = match self.files.binary_search_by_key(&id, |file| file.id) {
            Ok(at) => at,
            Err(at) => {
                let file = File {
                    id,
                    chunks: Vec::new(),
                    length: 0,
                    durable: Vec::new(),
                    shared: 0,
                    unwritten: BTreeSet::new(),
                    begun: 0,
                    written: 0,
                    rotten: false,
                    lied: 0,
                };
                self.files.insert(at, file);
                at
            }
        };
        &mut self.files[at]
    }
}

impl File {
    fn truncate(&mut self, to: u64) {
        while self.length > to {
            let Some(last) = self.chunks.pop() else { break };
            self.length -= last.len() as u64;
            if self.length < to {
                let keep = last.slice(..(to - self.length) as usize);
                self.length = to;
                self.chunks.push(keep);
                self.shared = self.shared.min(self.chunks.len() - 1);
                break;
            }
        }
        self.shared = self.shared.min(self.chunks.len());
        if !self.unwritten.is_empty() {
            self.unwritten.split_off(&self.chunks.len());
        }
    }

    /// What a sync writes in the place of this chunk.
    fn content(&self, chunk: usize) -> Bytes {
        let bytes = &self.chunks[chunk];
        if self.unwritten.contains(&chunk) { Bytes::from(vec![0; bytes.len()]) } else { bytes.clone() }
    }

    /// Flips bits of the byte at this place.
    fn flip(&mut self, place: u64, bits: u8) {
        let mut before = 0;
        for (at, chunk) in self.chunks.iter_mut().enumerate() {
            let inside = (place - before) as usize;
            if inside < chunk.len() {
                let mut rotten = BytesMut::from(&chunk[..]);
                rotten[inside] ^= bits;
                self.rotten = true;
                *chunk = rotten.freeze();
                if at < self.shared {
                    self.durable[at] = chunk.clone();
                }
                return;
            }
            before += chunk.len() as u64;
        }
    }

    /// How many bytes from the front are the same as what the platters hold; a chunk that was cut shares its front.
    fn safe(&self) -> u64 {
        let cut = self.chunks.get(self.shared).zip(self.durable.get(self.shared));
        let front = cut.filter(|(now, durable)| now.as_ptr() == durable.as_ptr());
        let front = front.map_or(0, |(now, durable)| now.len().min(durable.len()));
        length(&self.chunks[..self.shared]) + front as u64
    }

    /// Says how many bytes are gone, were replaced, or came back.
    fn lose_power(&mut self, drawn: u64) -> u64 {
        if sabotage!(PowerLossKeepsUnsynced) {
            return 0;
        }
        let (before, safe) = (self.length, self.safe());
        let unwritten = !self.unwritten.is_empty();
        let truncated = self.durable.len() > self.shared;
        // The low bit decides about a truncation that was not synced, the rest about the torn tail.
        if unwritten || (truncated && drawn & 1 == 1) {
            self.chunks.clone_from(&self.durable);
        } else {
            let unsynced = self.length - safe;
            let kept = if unsynced == 0 { 0 } else { (drawn >> 1) % (unsynced + 1) };
            self.truncate(safe + kept);
        }
        self.length = length(&self.chunks);
        self.durable.clone_from(&self.chunks);
        self.shared = self.chunks.len();
        self.unwritten.clear();
        self.lied = 0;
        // Zeroes in the place of what a failed sync should have written have its length.
        if unwritten { (before - safe).max(1) } else { before.abs_diff(self.length) }
    }
}

fn length(chunks: &[Bytes]) -> u64 {
    chunks.iter().map(|chunk| chunk.len() as u64).sum()
}

#[cfg(test)]
mod tests;
