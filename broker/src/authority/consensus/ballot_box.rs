//! What a voter must never forget, in a file of its own: which disk it is, its term, for whom it voted in it, and how far its log was
//! once synced. The last of these tells a log whose tail was never promised from one that has lost what was.
//!
//! The file is a row of entries of one length, each with all of it and a checksum; the last whole one counts. Every entry is written
//! twice, so that one damaged place takes nothing back that was told.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{DirectoryId, Voter};
use crate::{Epoch, FileId, NodeId, Offset, Outputs};

/// What is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Remembered {
    /// Which disk this is.
    pub directory: DirectoryId,
    /// The newest term it knows of.
    pub term: Epoch,
    /// For whom it voted in that term.
    pub vote: Option<Voter>,
    /// Its log was synced up to here.
    pub synced_end: Offset,
}

/// The file, and which of what was written to it is synced.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BallotBox {
    file: FileId,
    now: Remembered,
    written: u64,
    synced: u64,
}

impl Remembered {
    /// The length of an entry in bytes: checksum, directory, term, whether there is a vote, its node and directory, the synced end.
    pub const LENGTH: usize = 4 + 8 + 4 + 1 + 4 + 8 + 8;

    /// What the bytes of the file say; `None` where no entry is whole.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.chunks_exact(Self::LENGTH).rev().find_map(Self::decode)
    }

    /// The bytes of one entry, twice.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut entry = BytesMut::with_capacity(2 * Self::LENGTH);
        entry.put_u32_le(0);
        entry.put_u64_le(self.directory.0);
        entry.put_u32_le(self.term);
        entry.put_u8(u8::from(self.vote.is_some()));
        entry.put_u32_le(self.vote.map_or(0, |vote| vote.node.0));
        entry.put_u64_le(self.vote.map_or(0, |vote| vote.directory.0));
        entry.put_u64_le(self.synced_end);
        let crc = crc32c::crc32c(&entry[4..]);
        entry[..4].copy_from_slice(&crc.to_le_bytes());
        let copy = entry.clone();
        entry.extend_from_slice(&copy);
        entry.freeze()
    }

    fn decode(mut entry: &[u8]) -> Option<Self> {
        let crc = entry.try_get_u32_le().ok()?;
        if crc32c::crc32c(entry) != crc {
            return None;
        }
        let directory = DirectoryId(entry.try_get_u64_le().ok()?);
        let term = entry.try_get_u32_le().ok()?;
        let voted = entry.try_get_u8().ok()? != 0;
        let node = NodeId(entry.try_get_u32_le().ok()?);
        let vote = Voter { node, directory: DirectoryId(entry.try_get_u64_le().ok()?) };
        let synced_end = entry.try_get_u64_le().ok()?;
        Some(Remembered { directory, term, vote: voted.then_some(vote), synced_end })
    }
}

impl BallotBox {
    /// The file as it was found, with what it said.
    #[must_use]
    pub fn found(file: FileId, now: Remembered) -> Self {
        BallotBox { file, now, written: 0, synced: 0 }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// What is remembered, synced or not.
    #[must_use]
    pub fn now(&self) -> Remembered {
        self.now
    }

    /// Cuts the file to what is whole of it, and goes on behind that; for what is returned see [`BallotBox::write`].
    pub fn go_on_behind<F>(&mut self, whole: usize, out: &mut Outputs<F>) -> u64 {
        out.truncate(self.file, whole as u64);
        self.write(self.now, out)
    }

    /// Writes this down; it is known not to be forgotten once [`BallotBox::holds`] the number returned.
    pub fn write<F>(&mut self, now: Remembered, out: &mut Outputs<F>) -> u64 {
        self.now = now;
        out.append(self.file, now.encode());
        self.written += 1;
        out.sync(self.file, self.written);
        self.written
    }

    /// A sync of the file came back.
    pub fn synced(&mut self, token: u64) {
        self.synced = self.synced.max(token);
    }

    /// Whether what was written under this number is synced.
    #[must_use]
    pub fn holds(&self, number: u64) -> bool {
        self.synced >= number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENTRY: usize = Remembered::LENGTH;

    fn remembered() -> impl Strategy<Value = Remembered> {
        (any::<u64>(), any::<u32>(), any::<Option<(u32, u64)>>(), any::<u64>()).prop_map(
            |(directory, term, vote, synced_end)| Remembered {
                directory: DirectoryId(directory),
                term,
                vote: vote
                    .map(|(node, directory)| Voter { node: NodeId(node), directory: DirectoryId(directory) }),
                synced_end,
            },
        )
    }

    proptest! {
        #[test]
        fn the_last_whole_entry_counts_whatever_bit_of_it_flips(
            before in remembered(), last in remembered(), bit in 0..8 * ENTRY * 2
        ) {
            let mut bytes = [before.encode(), last.encode()].concat();
            prop_assert_eq!(Remembered::read(&bytes), Some(last));
            bytes[2 * ENTRY + bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(Remembered::read(&bytes), Some(last));
        }

        #[test]
        fn a_torn_entry_leaves_the_one_before(before in remembered(), last in remembered(), cut in 0..ENTRY) {
            let bytes = [&before.encode()[..], &last.encode()[..cut]].concat();
            prop_assert_eq!(Remembered::read(&bytes), Some(before));
        }
    }

    #[test]
    fn an_empty_file_and_one_of_zeroes_say_nothing() {
        assert_eq!(Remembered::read(&[]), None);
        assert_eq!(Remembered::read(&[0; 3 * ENTRY]), None);
    }
}
