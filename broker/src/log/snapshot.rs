//! The beginning of a log whose records are each a whole state is cut off below the newest record (Raft, section 7; KIP-630): that record is
//! the snapshot. A batch in the place of the record before it stands for all below, with what cannot be read from a state: the epoch
//! of that record, the checksum that replicas compare, and who votes. Of logs whose records are nobody's state everything is kept.
//!
//! A file cannot be cut at its front, so a log has two files in turn:
//!
//! 1. The batch that stands for all below and the newest record are written to the other file, in one piece, and what is appended from
//!    then on follows them there. Nothing new counts as synced before that file is.
//! 2. Once it is, the file from before is emptied, and that is synced before anything more is: found again beside a newer one that was
//!    damaged, it would pass for the newest.
//!
//! Power that goes before 2 leaves the file from before as it was, with all that was ever vouched for; what is left of the other counts where
//! both batches are whole. A start takes the file that begins later and syncs it before it empties the one from before. A file of which
//! nothing reads back may have held more than the other one: it counts as damage, as a lost tail does.

use bytes::Bytes;

use super::{Batch, Log};
use crate::policy::Flush;
use crate::{FileId, Offset, Outputs};

/// So many records below the newest are cut off together: a cut writes the newest once more, with two syncs of its own, so it costs half of
/// what these did. Runs of the lab decide a dozen times, and with a larger number few of them would come to a cut.
const WORTH_CUTTING: Offset = 4;

/// The file in which a log does not stand at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OtherFile {
    id: FileId,
    holds: Holds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holds {
    /// Nothing that reads back.
    Nothing,
    /// The log as it was before its beginning was cut off. Nothing else holds it for certain before the present file is synced.
    Older,
}

impl Log {
    /// Reads a log back from its two files, of which one is newer. Returns how many bytes of it may have been lost; see
    /// [`Log::recover`].
    #[must_use]
    pub fn recover_newest(flush: Flush, files: [(FileId, Vec<u8>); 2]) -> (Self, u64) {
        let [one, two] = files.map(|(file, bytes)| Log::recover(file, flush, bytes));
        let place = |(log, _): &(Log, u64)| (log.start(), log.end());
        let first_is_newer =
            defect!(EarlierFileTaken: place(&one) <= place(&two), place(&two) <= place(&one));
        let ((mut log, dropped), (older, behind)) = if first_is_newer { (one, two) } else { (two, one) };
        let (holds, lost) = if older.end() > 0 { (Holds::Older, 0) } else { (Holds::Nothing, behind) };
        log.other = Some(OtherFile { id: older.file, holds });
        (log, dropped + lost)
    }

    /// Whether this is a file of the log.
    #[must_use]
    pub fn has(&self, file: FileId) -> bool {
        self.file == file || self.other.is_some_and(|other| other.id == file)
    }

    /// The first offset whose record is still there (Kafka's log start offset); 0 unless the beginning was cut off.
    #[must_use]
    pub fn start(&self) -> Offset {
        let first = self.batches().next().filter(|batch| batch.stands_for().is_some());
        first.map_or(0, Batch::end)
    }

    /// The batch that stands for all below the start and the state behind it, where the beginning was cut off.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Batch> {
        if self.start() > 0 { self.batches().take(2).cloned().collect() } else { Vec::new() }
    }

    /// Whether the last record is a state below which enough stands, and all of that is synced.
    #[must_use]
    pub fn can_be_cut(&self) -> bool {
        if self.other.is_none_or(|other| other.holds == Holds::Older) || self.synced != self.end() {
            return false;
        }
        let newest = self.batches().last().filter(|batch| !batch.is_control());
        newest.is_some_and(|newest| newest.base() >= self.start() + WORTH_CUTTING)
    }

    /// Cuts off all below the last record. `control` is what the last control batch says.
    pub fn cut_beginning<F>(&mut self, control: Bytes, out: &mut Outputs<F>) {
        if let [.., before, newest] = &self.batches[..] {
            let (base, epoch) = (before.batch.end() - 1, before.batch.epoch());
            let snapshot = Batch::snapshot(base, epoch, before.prefix, control);
            self.go_on_in_other_file([snapshot, newest.batch.clone()], out);
        }
    }

    /// Whether it may begin anew with this snapshot of the leader's: not with one that comes late and says no more than this log, nor while
    /// that would overwrite what alone holds this log for certain.
    #[must_use]
    pub fn may_start_over(&self, snapshot: &Batch) -> bool {
        let newer = snapshot.end() > self.end() || snapshot.epoch() > self.last_epoch();
        newer && snapshot.end() > self.start() && !self.needs_older_file()
    }

    fn needs_older_file(&self) -> bool {
        self.other.is_some_and(|other| other.holds == Holds::Older)
    }

    /// Begins anew with the leader's snapshot and the state behind it; what stood in this log is discarded.
    pub fn start_over<F>(&mut self, snapshot: [Batch; 2], out: &mut Outputs<F>) {
        // What is synced is another log, until this one is.
        self.synced = 0;
        self.go_on_in_other_file(snapshot, out);
    }

    fn go_on_in_other_file<F>(&mut self, snapshot: [Batch; 2], out: &mut Outputs<F>) {
        let Some(other) = &mut self.other else { return };
        let older = std::mem::replace(&mut self.file, other.id);
        *other = OtherFile { id: older, holds: Holds::Older };
        out.truncate(self.file, 0);
        out.append(self.file, snapshot.each_ref().map(|batch| &batch.encoded()[..]).concat().into());
        (self.batches, self.length) = (Vec::new(), 0);
        snapshot.into_iter().for_each(|batch| self.push(batch));
        self.begin_sync(self.file, self.end(), out);
    }

    /// The present file is synced: it holds all that the one from before did.
    pub(super) fn give_up_older_file<F>(&mut self, out: &mut Outputs<F>) {
        if let Some(other) = self.other.filter(|other| other.holds == Holds::Older) {
            self.empty_other_file(other.id, out);
        }
    }

    /// Empties a file of which nothing read back, for good, before anything else is synced: were it found again, the end of a log that was
    /// cut meanwhile would look like damage. One that is empty may be so in the page cache alone.
    pub(super) fn clear_other_file<F>(&mut self, out: &mut Outputs<F>) {
        if let Some(other) = self.other.filter(|other| other.holds == Holds::Nothing) {
            self.empty_other_file(other.id, out);
        }
    }

    fn empty_other_file<F>(&mut self, id: FileId, out: &mut Outputs<F>) {
        self.other = Some(OtherFile { id, holds: Holds::Nothing });
        out.truncate(id, 0);
        self.begin_sync(id, 0, out);
    }

    /// A snapshot is written together with the state behind it: without that the file was not finished.
    pub(super) fn is_snapshot_alone(&self) -> bool {
        self.start() > 0 && self.batches.len() == 1
    }
}

#[cfg(test)]
mod tests;
