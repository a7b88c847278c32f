//! A replica's log: batches in memory beside the same batches as bytes in a file.
//!
//! Three ends are kept apart, since most losses live between them: the log end (appended: survives a process crash), the
//! synced end (survives a power loss), and the high watermark (replicated; kept by the replica, not here). A log begins at offset 0 unless
//! its beginning was cut off behind a snapshot.

mod batch;
mod snapshot;
#[cfg(test)]
mod tests;

use bytes::Bytes;

pub use batch::{Batch, BatchError, MAX_BATCH};

use crate::policy::Flush;
use crate::wire::replication::Diverging;
use crate::{Epoch, FileId, Micros, Offset, Outputs};
use snapshot::OtherFile;

/// One append-only log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Log {
    file: FileId,
    flush: Flush,
    batches: Vec<Stored>,
    length: u64,
    synced: Offset,
    syncing: Option<Syncing>,
    next_token: u64,
    dirty_since: Option<Micros>,
    /// Where each record is a whole state.
    other: Option<OtherFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Stored {
    batch: Batch,
    /// Where it begins in the file.
    position: u64,
    /// A checksum over every batch up to this one.
    prefix: u32,
}

/// A sync on its way, and the log end it will vouch for; a truncation meanwhile lowers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Syncing {
    token: u64,
    upto: Offset,
}

impl Log {
    /// Reads a log back from the raw bytes of its file, up to the last whole and undamaged batch that continues the one
    /// before it. Returns how many bytes were dropped behind it; they must be cut off the file, which
    /// [`Log::cut_damage`] does.
    #[must_use]
    pub fn recover(file: FileId, flush: Flush, bytes: Vec<u8>) -> (Self, u64) {
        let mut log = Self::empty(file, flush);
        let all = Bytes::from(bytes);
        let mut rest = all.clone();
        while let Ok(batch) = Batch::decode(&rest) {
            if !log.is_continued_by(&batch) {
                break;
            }
            rest = rest.slice(batch.encoded().len()..);
            log.push(batch);
        }
        if log.is_snapshot_alone() {
            (log, rest) = (Self::empty(file, flush), all);
        }
        if defect!(TornLogIsEmpty) && !rest.is_empty() {
            log = Self::empty(file, flush);
        }
        (log, rest.len() as u64)
    }

    fn empty(file: FileId, flush: Flush) -> Self {
        Log {
            file,
            flush,
            batches: Vec::new(),
            length: 0,
            synced: 0,
            syncing: None,
            next_token: 0,
            dirty_since: None,
            other: None,
        }
    }

    /// A snapshot stands for all below, so it begins a log.
    fn is_continued_by(&self, batch: &Batch) -> bool {
        match batch.stands_for() {
            Some(_) => self.batches.is_empty(),
            None => batch.base() == self.end() && batch.epoch() >= self.last_epoch(),
        }
    }

    /// Cuts a damaged tail off the file, so that the next append continues the last whole batch; and makes what was found
    /// durable where records count only when they are: after a process crash it may still be in the page cache alone.
    pub fn cut_damage<F>(&mut self, dropped: u64, out: &mut Outputs<F>) {
        if dropped > 0 {
            out.truncate(self.file, self.length);
        }
        self.clear_other_file(out);
        if self.flush.is_before_ack() && self.end() > 0 {
            self.sync(out);
        }
    }

    /// The file that is appended to.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The offset the next record gets.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.batches.last().map_or(0, |stored| stored.batch.end())
    }

    /// The end of what this replica may claim to hold: with [`Flush::BeforeAck`] only what is synced.
    #[must_use]
    pub fn held(&self) -> Offset {
        self.flush.held(self.end(), self.synced)
    }

    /// The end of what survives a power loss for certain.
    #[must_use]
    pub fn synced_end(&self) -> Offset {
        self.synced
    }

    /// The epoch of the last batch; 0 when there is none.
    #[must_use]
    pub fn last_epoch(&self) -> Epoch {
        self.batches.last().map_or(0, |stored| stored.batch.epoch())
    }

    /// Every batch, in order.
    pub fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.iter().map(|stored| &stored.batch)
    }

    /// Appends a batch that begins at the log end, and syncs it when the policy says so.
    pub fn append<F>(&mut self, now: Micros, batch: Batch, out: &mut Outputs<F>) {
        debug_assert_eq!(batch.base(), self.end());
        out.append(self.file, batch.encoded().clone());
        self.push(batch);
        self.dirty_since.get_or_insert(now);
        if self.flush.is_before_ack() {
            self.sync(out);
        }
    }

    /// Cuts the log to the last batch boundary at or below `to`.
    pub fn truncate<F>(&mut self, to: Offset, out: &mut Outputs<F>) {
        let keep = self.ending_by(to);
        let Some(first_cut) = self.batches.get(keep) else {
            return;
        };
        self.length = first_cut.position;
        self.batches.truncate(keep);
        out.truncate(self.file, self.length);
        // What is appended at these offsets from now on is not what a sync already under way will vouch for.
        let end = self.end();
        self.synced = self.synced.min(end);
        if let Some(syncing) = &mut self.syncing {
            syncing.upto = syncing.upto.min(end);
        }
    }

    /// Whole batches from the one that holds `from` on, below `end`, until `max_records` are gathered.
    #[must_use]
    pub fn read(&self, from: Offset, end: Offset, max_records: u32) -> Vec<Batch> {
        let first = self.ending_by(from);
        let mut records = 0;
        let wanted = self.batches[first..].iter().map(|stored| &stored.batch).take_while(|batch| {
            let wanted = records < max_records as usize && batch.end() <= end;
            records += batch.records().len();
            wanted
        });
        wanted.cloned().collect()
    }

    /// The newest epoch in the log that is not newer than `epoch`, and where it ends (KIP-101, KIP-279).
    #[must_use]
    pub fn lineage(&self, epoch: Epoch) -> Diverging {
        let end =
            self.leading(|batch| defect!(LineageBackwards: batch.epoch() > epoch, batch.epoch() <= epoch));
        match end.checked_sub(1).and_then(|last| self.batches.get(last)) {
            Some(last) => {
                let known = last.batch.epoch();
                Diverging { epoch: defect!(UnknownEpochAffirmed: epoch, known), end: last.batch.end() }
            }
            None => Diverging { epoch: 0, end: 0 },
        }
    }

    /// Makes everything appended so far durable, unless a sync is under way: then the next begins when it is done.
    pub fn sync<F>(&mut self, out: &mut Outputs<F>) {
        if self.syncing.is_some() || self.synced == self.end() {
            return;
        }
        self.begin_sync(self.file, self.end(), out);
        self.dirty_since = None;
    }

    fn begin_sync<F>(&mut self, file: FileId, upto: Offset, out: &mut Outputs<F>) {
        let token = self.next_token;
        self.next_token = defect!(SyncsAlike: token, token + 1);
        self.syncing = Some(Syncing { token, upto });
        out.sync(file, token);
    }

    /// A sync came back.
    pub fn synced<F>(&mut self, now: Micros, token: u64, out: &mut Outputs<F>) {
        let Some(done) = self.syncing.take_if(|syncing| syncing.token == token) else {
            return;
        };
        self.synced = self.synced.max(done.upto);
        self.give_up_older_file(out);
        if self.synced < self.end() {
            self.dirty_since.get_or_insert(now);
            if self.flush.is_before_ack() {
                self.sync(out);
            }
        }
    }

    /// When the flush policy wants the next sync.
    #[must_use]
    pub fn flush_at(&self) -> Option<Micros> {
        self.dirty_since.and_then(|since| self.flush.due_at(since))
    }

    /// Syncs when the flush policy's interval has passed.
    pub fn flush_if_due<F>(&mut self, now: Micros, out: &mut Outputs<F>) {
        if self.flush_at().is_some_and(|at| at <= now) {
            self.dirty_since = None;
            self.sync(out);
        }
    }

    /// A hash over all batches that end at or below `watermark`; equal on replicas that hold the same.
    #[must_use]
    pub fn digest(&self, watermark: Offset) -> u64 {
        let below = self.ending_by(watermark);
        u64::from(self.batches[..below].last().map_or(0, |stored| stored.prefix))
    }

    /// How many batches end at or below this offset.
    fn ending_by(&self, offset: Offset) -> usize {
        self.leading(|batch| batch.end() <= offset)
    }

    /// How many batches fulfil this, where all do up to some place and none behind it. Most questions are about the end of the log.
    fn leading(&self, fulfils: impl Fn(&Batch) -> bool) -> usize {
        let count = self.batches.len();
        match &self.batches[count.saturating_sub(2)..] {
            [.., last] if fulfils(&last.batch) => count,
            [before, _] if fulfils(&before.batch) => count - 1,
            _ => self.batches.partition_point(|stored| fulfils(&stored.batch)),
        }
    }

    fn push(&mut self, batch: Batch) {
        let position = self.length;
        let added = batch.encoded().len() as u64;
        let length = defect!(PositionsStayZero: self.length * added, self.length + added);
        self.length = length;
        let before = self.batches.last().map_or(0, |stored| stored.prefix);
        let prefix = batch.stands_for().unwrap_or_else(|| crc32c::crc32c_append(before, batch.encoded()));
        self.batches.push(Stored { batch, position, prefix });
    }
}
