//! The simulated disk of one host, the same under every simulator. What was appended and what would survive a power loss are
//! two different things.

use broker::{FileId, StoredFile};
use bytes::Bytes;

/// A disk.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    files: Vec<File>,
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
}

/// What a sync will have made durable when it is done: the file as it was when the sync began.
#[derive(Clone, Debug)]
pub struct SyncPoint {
    file: FileId,
    chunks: usize,
    length: u64,
    content: Vec<Bytes>,
}

impl SimDisk {
    /// Appends to a file; it is made when it does not exist.
    pub fn append(&mut self, file: FileId, bytes: Bytes) {
        let file = self.file(file);
        file.length += bytes.len() as u64;
        file.chunks.push(bytes);
    }

    /// Cuts a file to its first `length` bytes.
    pub fn truncate(&mut self, file: FileId, length: u64) {
        self.file(file).truncate(length);
    }

    /// What a sync that begins now will make durable.
    pub fn begin_sync(&mut self, file: FileId) -> SyncPoint {
        let file = self.file(file);
        let shared = file.shared.min(file.chunks.len());
        SyncPoint {
            file: file.id,
            chunks: file.chunks.len(),
            length: file.length,
            content: file.chunks[shared..].to_vec(),
        }
    }

    /// A sync is done.
    pub fn finish_sync(&mut self, point: SyncPoint) {
        let file = self.file(point.file);
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
            file.lose_power(drawn);
        }
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
                let file = File { id, chunks: Vec::new(), length: 0, durable: Vec::new(), shared: 0 };
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
    }

    /// How many bytes from the front are the same as what the platters hold; a chunk that was cut shares its front.
    fn safe(&self) -> u64 {
        let cut = self.chunks.get(self.shared).zip(self.durable.get(self.shared));
        let front = cut.filter(|(now, durable)| now.as_ptr() == durable.as_ptr());
        let front = front.map_or(0, |(now, durable)| now.len().min(durable.len()));
        length(&self.chunks[..self.shared]) + front as u64
    }

    fn lose_power(&mut self, drawn: u64) {
        let truncated = self.durable.len() > self.shared;
        // The low bit decides about a truncation that was not synced, the rest about the torn tail.
        if truncated && drawn & 1 == 1 {
            self.chunks.clone_from(&self.durable);
        } else {
            let safe = self.safe();
            let unsynced = self.length - safe;
            let kept = if unsynced == 0 { 0 } else { (drawn >> 1) % (unsynced + 1) };
            self.truncate(safe + kept);
        }
        self.length = length(&self.chunks);
        self.durable.clone_from(&self.chunks);
        self.shared = self.chunks.len();
    }
}

fn length(chunks: &[Bytes]) -> u64 {
    chunks.iter().map(|chunk| chunk.len() as u64).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: FileId = FileId(3);

    fn content(disk: &SimDisk) -> Vec<u8> {
        disk.stored()
            .into_iter()
            .find(|stored| stored.file == FILE)
            .map(|stored| stored.bytes)
            .unwrap_or_default()
    }

    fn sync(disk: &mut SimDisk) {
        let point = disk.begin_sync(FILE);
        disk.finish_sync(point);
    }

    #[test]
    fn what_a_sync_found_survives_and_what_came_during_it_may_not() {
        let mut disk = SimDisk::default();
        disk.append(FILE, Bytes::from_static(b"synced"));
        let point = disk.begin_sync(FILE);
        disk.append(FILE, Bytes::from_static(b"later"));
        disk.finish_sync(point);
        disk.power_loss(|_| 0);
        assert_eq!(content(&disk), b"synced");
    }

    #[test]
    fn an_unsynced_truncation_may_be_undone() {
        let mut disk = SimDisk::default();
        disk.append(FILE, Bytes::from_static(b"abc"));
        sync(&mut disk);
        disk.truncate(FILE, 1);
        let mut other = disk.clone();
        disk.power_loss(|_| 1);
        other.power_loss(|_| 0);
        assert_eq!(content(&disk), b"abc");
        assert_eq!(content(&other), b"a");
    }

    proptest! {
        #[test]
        fn a_power_loss_keeps_what_was_synced_and_a_prefix_of_the_rest(
            synced in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 0..6),
            rest in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 0..6),
            drawn: u64,
        ) {
            let mut disk = SimDisk::default();
            synced.iter().for_each(|chunk| disk.append(FILE, Bytes::from(chunk.clone())));
            sync(&mut disk);
            rest.iter().for_each(|chunk| disk.append(FILE, Bytes::from(chunk.clone())));
            let before = content(&disk);
            disk.power_loss(|_| drawn);
            let after = content(&disk);
            prop_assert!(after.len() >= synced.concat().len());
            prop_assert!(before.starts_with(&after));
        }
    }
}
