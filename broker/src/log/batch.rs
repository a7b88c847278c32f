//! A batch: the unit that is appended, replicated, checksummed and recovered. It is encoded once, by the leader, and its
//! bytes travel to followers and consumers unchanged.
//!
//! Layout, little-endian: `length u32` (of all that follows), `crc32c u32` (of all that follows), `base offset u64`,
//! `leader epoch u32`, `kind u8` (0 records, 1 of an idempotent producer, 2 of the log itself, 3 a snapshot), `producer u64`, `producer epoch u16`, `sequence u32`, `count u32`, then per record
//! `producer u32, number u32, key length u32, payload length u32, key, payload`.

use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Epoch, MessageId, Offset, ProducerStamp, Record, Records};

const PREFIX: usize = 8;
const HEADER: usize = 8 + 4 + 1 + 8 + 2 + 4 + 4;
const RECORD: usize = 16;
const NO_STAMP: ProducerStamp = ProducerStamp { producer: 0, epoch: 0, sequence: 0 };

/// The longest batch that is read back, in bytes; a length above it is damage.
pub const MAX_BATCH: usize = 16 << 20;

/// Records at consecutive offsets, written by one leader in one go. Cheap to clone. Most questions are about where it lies, so that
/// stands apart from what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batch {
    base: Offset,
    end: Offset,
    epoch: Epoch,
    content: Arc<Content>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Content {
    kind: Kind,
    records: Records,
    encoded: Bytes,
}

/// Whose records they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Plain,
    Stamped(ProducerStamp),
    /// The log's own: nobody is handed them.
    Control,
    /// Stands for all batches up to the one in whose place it is, of which this is the checksum.
    Snapshot(u32),
}

/// Why bytes are not a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchError {
    /// They end before the batch does.
    CutShort,
    /// The checksum does not match: damage, or bytes that never were a batch.
    Damaged,
}

impl Batch {
    /// A batch whose first record gets the offset `base`, written in the leader epoch `epoch`.
    #[must_use]
    pub fn new(base: Offset, epoch: Epoch, stamp: Option<ProducerStamp>, records: Records) -> Self {
        Self::of(base, epoch, stamp.map_or(Kind::Plain, Kind::Stamped), records)
    }

    /// A batch that the log writes for itself, with one record of this payload. It takes an offset, and no client sees it.
    #[must_use]
    pub fn control(base: Offset, epoch: Epoch, payload: Bytes) -> Self {
        let record = Record { id: MessageId::INTERNAL, key: Bytes::new(), payload };
        Self::of(base, epoch, Kind::Control, [record].into())
    }

    /// A batch that stands for all below its end, where a log's beginning was cut off: at the offset and in the epoch of the last record
    /// that it stands for, with the checksum over all of them, and the payload of a control batch that says what the last of those below
    /// said.
    #[must_use]
    pub fn snapshot(base: Offset, epoch: Epoch, prefix: u32, control: Bytes) -> Self {
        let key = Bytes::copy_from_slice(&prefix.to_le_bytes());
        let record = Record { id: MessageId::INTERNAL, key, payload: control };
        Self::of(base, epoch, Kind::Snapshot(prefix), [record].into())
    }

    fn of(base: Offset, epoch: Epoch, kind: Kind, records: Records) -> Self {
        let encoded = encode(base, epoch, kind, &records);
        Self::at(base, epoch, Content { kind, records, encoded })
    }

    fn at(base: Offset, epoch: Epoch, content: Content) -> Self {
        let end = base + content.records.len() as Offset;
        Batch { base, end, epoch, content: Arc::new(content) }
    }

    /// Reads one batch from the front of `bytes`, which may hold more.
    ///
    /// # Errors
    ///
    /// [`BatchError`] when the front of `bytes` is not one whole, undamaged batch.
    pub fn decode(bytes: &Bytes) -> Result<Self, BatchError> {
        let mut head = bytes.get(..PREFIX).ok_or(BatchError::CutShort)?;
        let length = head.get_u32_le() as usize;
        let crc = head.get_u32_le();
        if !(4 + HEADER..=MAX_BATCH).contains(&length) {
            return Err(BatchError::Damaged);
        }
        let end = 4 + length;
        if bytes.len() < end {
            return Err(BatchError::CutShort);
        }
        if crc32c::crc32c(&bytes[PREFIX..end]) != crc && !defect!(DamageUnnoticed) {
            return Err(BatchError::Damaged);
        }
        decode_content(bytes.slice(..end)).ok_or(BatchError::Damaged)
    }

    /// The offset of the first record.
    #[must_use]
    pub fn base(&self) -> Offset {
        self.base
    }

    /// The offset after the last record.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.end
    }

    /// The epoch of the leader that wrote it.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The producer's stamp, where it was idempotent.
    #[must_use]
    pub fn stamp(&self) -> Option<ProducerStamp> {
        match self.content.kind {
            Kind::Stamped(stamp) => Some(stamp),
            Kind::Plain | Kind::Control | Kind::Snapshot(_) => None,
        }
    }

    /// Whether the log wrote it for itself.
    #[must_use]
    pub fn is_control(&self) -> bool {
        matches!(self.content.kind, Kind::Control | Kind::Snapshot(_))
    }

    /// The checksum over every batch that it stands for, where it is a snapshot.
    #[must_use]
    pub fn stands_for(&self) -> Option<u32> {
        match self.content.kind {
            Kind::Snapshot(prefix) => Some(prefix),
            Kind::Plain | Kind::Stamped(_) | Kind::Control => None,
        }
    }

    /// The records.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.content.records
    }

    /// The records that clients see, with their offsets.
    pub fn entries(&self) -> impl Iterator<Item = (Offset, &Record)> {
        let shown = if self.is_control() && !defect!(ControlShown) { &[] } else { &self.records()[..] };
        (self.base()..).zip(shown.iter())
    }

    /// The bytes as they stand in files and on the wire.
    #[must_use]
    pub fn encoded(&self) -> &Bytes {
        &self.content.encoded
    }
}

fn encode(base: Offset, epoch: Epoch, kind: Kind, records: &[Record]) -> Bytes {
    let body: usize = records.iter().map(|r| RECORD + r.key.len() + r.payload.len()).sum();
    let mut out = BytesMut::with_capacity(PREFIX + HEADER + body);
    out.put_u32_le(length(4 + HEADER + body));
    out.put_u32_le(0);
    out.put_u64_le(base);
    out.put_u32_le(epoch);
    let (number, stamp) = match kind {
        Kind::Plain => (0, NO_STAMP),
        Kind::Stamped(stamp) => (1, stamp),
        Kind::Control => (2, NO_STAMP),
        Kind::Snapshot(_) => (3, NO_STAMP),
    };
    out.put_u8(number);
    out.put_u64_le(stamp.producer);
    out.put_u16_le(stamp.epoch);
    out.put_u32_le(stamp.sequence);
    out.put_u32_le(length(records.len()));
    for record in records {
        out.put_u32_le(record.id.producer);
        out.put_u32_le(record.id.number);
        out.put_u32_le(length(record.key.len()));
        out.put_u32_le(length(record.payload.len()));
        out.put_slice(&record.key);
        out.put_slice(&record.payload);
    }
    let crc = crc32c::crc32c(&out[PREFIX..]);
    out[4..PREFIX].copy_from_slice(&crc.to_le_bytes());
    out.freeze()
}

/// Frames are bounded far below 4 GiB, so no length that reaches a batch is cut here.
fn length(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Reads what the checksum vouches for; still returns `None` on nonsense, since a checksum can be forged.
fn decode_content(encoded: Bytes) -> Option<Batch> {
    let mut rest = encoded.slice(PREFIX..);
    let base = rest.try_get_u64_le().ok()?;
    let epoch = rest.try_get_u32_le().ok()?;
    let number = rest.try_get_u8().ok()?;
    let producer = rest.try_get_u64_le().ok()?;
    let producer_epoch = rest.try_get_u16_le().ok()?;
    let sequence = rest.try_get_u32_le().ok()?;
    let count = rest.try_get_u32_le().ok()? as usize;
    if count == 0 || count > rest.len() / RECORD || base.checked_add(count as u64).is_none() {
        return None;
    }
    let records: Option<Vec<Record>> = (0..count).map(|_| decode_record(&mut rest)).collect();
    let records = records?;
    if !rest.is_empty() {
        return None;
    }
    let kind = match number {
        0 => Kind::Plain,
        1 => Kind::Stamped(ProducerStamp { producer, epoch: producer_epoch, sequence }),
        2 => Kind::Control,
        3 => Kind::Snapshot(u32::from_le_bytes(records.first()?.key[..].try_into().ok()?)),
        _ => return None,
    };
    Some(Batch::at(base, epoch, Content { kind, records: records.into(), encoded }))
}

fn decode_record(rest: &mut Bytes) -> Option<Record> {
    let producer = rest.try_get_u32_le().ok()?;
    let number = rest.try_get_u32_le().ok()?;
    let key = rest.try_get_u32_le().ok()? as usize;
    let payload = rest.try_get_u32_le().ok()? as usize;
    if key.checked_add(payload)? > rest.len() {
        return None;
    }
    let key = rest.split_to(key);
    let payload = rest.split_to(payload);
    Some(Record { id: MessageId { producer, number }, key, payload })
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.encoded().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::deserialize(deserializer)?;
        match Batch::decode(&bytes) {
            Ok(batch) if batch.encoded().len() == bytes.len() => Ok(batch),
            _ => Err(serde::de::Error::custom("not one whole, undamaged batch")),
        }
    }
}
