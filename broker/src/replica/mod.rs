//! One replica of one topic partition on one broker: a log, the high watermark, and the role the catalogue gives it.

mod follower;
mod held;
mod isr;
mod leader;
mod producers;
mod refusals;
#[cfg(test)]
mod tests;

use bytes::{Buf, Bytes};

pub use follower::Following;
pub use isr::InSync;
pub use leader::{Completion, Leading, Waiter};
pub use producers::{Check, Producers};

use crate::log::{Batch, Log};
use crate::policy::{ProducerState, Truncation};
use crate::types::earliest;
use crate::{
    Epoch, FileId, Frame, MessageId, Micros, NodeId, Observation, Offset, Outputs, PartitionState, Policies,
    TopicPartition,
};

/// One replica.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replica {
    node: NodeId,
    topic_partition: TopicPartition,
    policies: Policies,
    lag: Micros,
    log: Log,
    watermark: Offset,
    producers: Producers,
    role: Role,
    /// Where the high watermark is written down, where a policy reads it back.
    checkpoint: Option<FileId>,
    completions: Vec<Completion>,
}

/// What the catalogue wants of this replica.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Role {
    /// Nobody leads, or nothing is known yet.
    Idle(Epoch),
    Leader(Leading),
    Follower(Following),
}

impl Replica {
    /// A replica as it stands after a start, from the raw bytes of its two files: the log and the remembered watermark. A
    /// follower may lag for `lag` microseconds before it is asked to leave the in-sync set.
    pub fn recover<F>(
        node: NodeId,
        topic_partition: TopicPartition,
        policies: Policies,
        lag: Micros,
        files: [(FileId, Vec<u8>); 2],
        out: &mut Outputs<F>,
    ) -> Self {
        let [(file, bytes), (checkpoint, remembered)] = files;
        let (mut log, dropped_bytes) = Log::recover(file, policies.flush, bytes);
        log.cut_damage(dropped_bytes, out);
        out.observe(Observation::Recover { topic_partition, end: log.end(), dropped_bytes });
        let checkpoint = (policies.truncation == Truncation::ToOwnHighWatermark).then_some(checkpoint);
        let watermark = Bytes::from(remembered).try_get_u64_le().unwrap_or(0).min(log.end());
        let mut replica = Replica {
            node,
            topic_partition,
            policies,
            lag,
            log,
            watermark,
            producers: Producers::default(),
            role: Role::Idle(0),
            checkpoint,
            completions: Vec::new(),
        };
        replica.rebuild_producers();
        replica
    }

    /// Which log this is.
    #[must_use]
    pub fn topic_partition(&self) -> TopicPartition {
        self.topic_partition
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Every file it writes to.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        [Some(self.log.file()), self.checkpoint].into_iter().flatten()
    }

    /// Whether this replica leads.
    #[must_use]
    pub fn leads(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// The follower's part, while it follows.
    pub fn following(&mut self) -> Option<&mut Following> {
        match &mut self.role {
            Role::Follower(following) => Some(following),
            _ => None,
        }
    }

    /// Takes on what the catalogue says of this topic partition. Old news is ignored.
    pub fn apply_partition_state<F: From<Frame>>(
        &mut self,
        now: Micros,
        state: &PartitionState,
        out: &mut Outputs<F>,
    ) {
        if state.leader_epoch < self.epoch() {
            return;
        }
        if let (Role::Leader(leading), Some(_)) = (&mut self.role, state.leader)
            && leading.epoch() == state.leader_epoch
        {
            leading.isr_decided(state);
            self.advance(out);
            return;
        }
        if state.leader_epoch > self.epoch() || !self.has_role(state) {
            self.change_role(now, state, out);
        }
    }

    fn has_role(&self, state: &PartitionState) -> bool {
        match (&self.role, state.leader) {
            (Role::Idle(_), None) | (Role::Leader(_), Some(_)) => true,
            (Role::Follower(following), Some(leader)) => following.leader() == leader,
            _ => false,
        }
    }

    fn change_role<F: From<Frame>>(&mut self, now: Micros, state: &PartitionState, out: &mut Outputs<F>) {
        self.step_down(out);
        self.role = match state.leader {
            None => Role::Idle(state.leader_epoch),
            Some(leader) if defect!(EverybodyLeads: true, leader == self.node) => self.lead(now, state, out),
            Some(leader) => self.follow(leader, state.leader_epoch, out),
        };
        self.advance(out);
    }

    /// The epoch of the role it has.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        match &self.role {
            Role::Idle(epoch) => *epoch,
            Role::Leader(leading) => leading.epoch(),
            Role::Follower(following) => following.epoch(),
        }
    }

    /// A sync of this replica's log came back: more of it counts as held.
    pub fn synced<F: From<Frame>>(&mut self, now: Micros, token: u64, out: &mut Outputs<F>) {
        self.log.synced(now, token, out);
        self.advance(out);
    }

    /// Does what is due: the flush, held fetches that have waited long enough, followers that lag.
    pub fn tick<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        self.log.flush_if_due(now, out);
        self.release_expired(now, out);
        match &mut self.role {
            Role::Leader(leading) => {
                let (topic_partition, lag) = (self.topic_partition, self.lag);
                for follower in leading.in_sync().propose_shrink(now, self.log.end(), out) {
                    out.observe(Observation::Laggard { topic_partition, follower, lag });
                }
            }
            Role::Follower(following) => following.tick(now),
            Role::Idle(_) => {}
        }
        self.advance(out);
    }

    /// When something will be due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let role = match &self.role {
            Role::Leader(leading) => leading.deadline(self.log.end()),
            Role::Follower(following) => following.deadline(),
            Role::Idle(_) => None,
        };
        earliest([self.log.flush_at(), role])
    }

    /// Requests that are answered now, in the order of their offsets.
    pub fn completions(&mut self) -> std::vec::Drain<'_, Completion> {
        self.completions.drain(..)
    }

    /// How many records stand above the watermark, where this replica leads: they may be acknowledged by the leader before and not
    /// be known as such yet.
    #[must_use]
    pub fn unreplicated(&self) -> u64 {
        match self.role {
            Role::Leader(_) => self.log.end().saturating_sub(self.watermark),
            _ => 0,
        }
    }

    /// Says what this replica holds.
    pub fn audit<F>(&self, out: &mut Outputs<F>) {
        out.observe(Observation::Digest {
            topic_partition: self.topic_partition,
            watermark: self.watermark,
            hash: self.log.digest(self.watermark),
        });
    }

    fn append<F>(&mut self, now: Micros, batch: Batch, out: &mut Outputs<F>) {
        self.remember(&batch);
        self.log.append(now, batch, out);
    }

    fn truncate<F>(&mut self, to: Offset, out: &mut Outputs<F>) {
        let from = self.log.end();
        self.log.truncate(to, out);
        let to = self.log.end();
        if defect!(TruncationForgotten: to == from, to < from) {
            out.observe(Observation::Truncate { topic_partition: self.topic_partition, from, to });
            self.watermark = self.watermark.min(to);
            self.rebuild_producers();
        }
    }

    fn set_watermark<F>(&mut self, watermark: Offset, out: &mut Outputs<F>) {
        self.tell_committed(out);
        self.watermark = watermark;
        if let Some(file) = self.checkpoint {
            out.truncate(file, 0);
            out.append(file, Bytes::copy_from_slice(&watermark.to_le_bytes()));
        }
    }

    /// Says what it held below the watermark until now, before that moves on. Of the new one it cannot speak yet: what this step
    /// appends comes to nothing if the process dies in it or the disk is full.
    fn tell_committed<F>(&self, out: &mut Outputs<F>) {
        if self.watermark > 0 {
            out.observe(Observation::Committed {
                topic_partition: self.topic_partition,
                epoch: self.epoch(),
                watermark: self.watermark,
                hash: self.log.digest(self.watermark),
            });
        }
    }

    fn remember(&mut self, batch: &Batch) {
        let derived = self.policies.producer_state == ProducerState::DerivedFromLog;
        if let (Some(stamp), true) = (batch.stamp(), derived || self.leads()) {
            let count = u32::try_from(batch.records().len()).unwrap_or(u32::MAX);
            self.producers.record(stamp, count, batch.base());
        }
    }

    fn rebuild_producers(&mut self) {
        self.producers.clear();
        if self.policies.producer_state == ProducerState::DerivedFromLog {
            let batches: Vec<Batch> = self.log.batches().cloned().collect();
            batches.iter().for_each(|batch| self.remember(batch));
        }
    }

    fn observe_appends<F>(&self, batch: &Batch, out: &mut Outputs<F>) {
        for (offset, record) in batch.entries().filter(|(_, record)| record.id != MessageId::INTERNAL) {
            let topic_partition = self.topic_partition;
            out.observe(Observation::Append { topic_partition, offset, epoch: batch.epoch(), id: record.id });
        }
    }
}
