//! What a replica does where each record of its log is a whole state: it cuts off what stands below the newest, and begins anew with its
//! leader's snapshot where what it lacks was cut off there (KIP-630, where the snapshot is fetched as a file of its own).

use super::Replica;
use super::follower::REFUSED_PAUSE;
use crate::log::Batch;
use crate::{Frame, Mark, Micros, Observation, Offset, Outputs};

impl Replica {
    /// Cuts off what stands below the newest record where that is worth it, unless something is not committed or not synced: what is
    /// cut off cannot be taken back. Nor while it is not written down that the end was cut: were the end from before remembered beside a
    /// file that was not finished, the log would look damaged.
    pub fn cut_beginning<F>(&mut self, out: &mut Outputs<F>) {
        let committed = defect!(CutBeforeCommitted: true, self.watermark == self.log.end());
        let Some(consensus) = self.consensus.as_deref().filter(|consensus| consensus.may_fetch()) else {
            return;
        };
        if !committed || !self.log.can_be_cut() {
            return;
        }
        out.mark(Mark::TakeSnapshot);
        self.log.cut_beginning(consensus.voters().payload(), out);
    }

    /// The same before more is taken over: a leader that goes on deciding tells with each record that the one before is committed, so that
    /// a follower never sees all that it holds committed.
    pub(super) fn cut_beginning_below<F>(&mut self, watermark: Offset, out: &mut Outputs<F>) {
        let end = self.log.end();
        if self.log.can_be_cut() && self.watermark < end && end <= watermark {
            self.set_watermark(end, out);
            self.cut_beginning(out);
        }
    }

    /// Discards its log for what its leader has. What is committed of it stands below the snapshot; of the rest the leader has nothing.
    pub(super) fn start_over<F: From<Frame>>(
        &mut self,
        now: Micros,
        snapshot: [Batch; 2],
        out: &mut Outputs<F>,
    ) {
        let [summary, _] = &snapshot;
        let summary = summary.clone();
        if !self.log.may_start_over(&summary) {
            if let Some(following) = self.following() {
                following.not_before = now + REFUSED_PAUSE;
            }
            return;
        }
        out.mark(Mark::InstallSnapshot);
        self.tell_committed(out);
        self.log.start_over(snapshot, out);
        let end = self.log.end();
        if let Some(consensus) = &mut self.consensus {
            consensus.started_over(&summary, end, out);
        }
        self.watermark = summary.end();
        self.rebuild_producers();
        out.observe(Observation::Replicated { topic_partition: self.topic_partition, end });
    }
}
