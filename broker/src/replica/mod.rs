//! One replica of one topic partition on one broker: a log, the high watermark, and the role the catalogue gives it.

mod election;
mod fetches;
mod follower;
mod held;
mod isr;
mod leader;
mod members;
mod producers;
mod refusals;
mod snapshot;
mod talk;
mod tally;
#[cfg(test)]
mod tests;

use bytes::{Buf, Bytes};

pub use follower::Following;
pub use isr::InSync;
pub use leader::{Completion, Leading, Waiter};
pub use members::Members;
pub use producers::{Check, Producers};
pub use tally::Tally;

use crate::authority::consensus::{Consensus, Standing};
use crate::log::{Batch, Log};
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
    /// Where the replicas elect their leader.
    consensus: Option<Box<Consensus>>,
    /// Whom it tells that it leads, where the replicas elect.
    audience: Vec<NodeId>,
    /// How many bytes were found behind the whole batches in the file of the log, while they are not cut off it.
    damage: Option<u64>,
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
        let recovered = Log::recover(file, policies.flush, bytes);
        let mut replica = Self::read(node, topic_partition, policies, lag, recovered, out);
        replica.checkpoint = policies.truncation.remembers_watermark().then_some(checkpoint);
        replica.watermark = Bytes::from(remembered).try_get_u64_le().unwrap_or(0).min(replica.log.end());
        replica.cut_damage(out);
        replica
    }

    fn read<F>(
        node: NodeId,
        topic_partition: TopicPartition,
        policies: Policies,
        lag: Micros,
        (log, dropped_bytes): (Log, u64),
        out: &mut Outputs<F>,
    ) -> Self {
        out.observe(Observation::Recover { topic_partition, end: log.end(), dropped_bytes });
        // Nothing is cut off a beginning that is not committed.
        let watermark = log.start();
        let mut replica = Replica {
            node,
            topic_partition,
            policies,
            lag,
            log,
            watermark,
            producers: Producers::default(),
            role: Role::Idle(0),
            checkpoint: None,
            completions: Vec::new(),
            consensus: None,
            audience: Vec::new(),
            damage: Some(dropped_bytes),
        };
        replica.rebuild_producers();
        replica
    }

    /// The same, one of several that elect their leader: its log as it was recovered, of which so many bytes were dropped, and the file
    /// of its ballots.
    pub fn recover_voter<F>(
        now: Micros,
        standing: &Standing<'_>,
        recovered: (Log, u64),
        (ballots, remembered): (FileId, Vec<u8>),
        out: &mut Outputs<F>,
    ) -> Self {
        let Standing { topic_partition, node, policies, brokers, .. } = *standing;
        let mut replica = Self::read(node, topic_partition, policies, 0, recovered, out);
        let dropped = replica.damage.unwrap_or(0);
        let consensus =
            Consensus::recover(now, standing, (ballots, &remembered), (&replica.log, dropped), out);
        replica.role = Role::Idle(consensus.term());
        (replica.consensus, replica.audience) = (Some(Box::new(consensus)), brokers.to_vec());
        replica.cut_damage_once_known(out);
        replica
    }

    /// A damaged log that was cut looks sound: that waits until it is written down whose log it is now.
    fn cut_damage_once_known<F>(&mut self, out: &mut Outputs<F>) {
        if self.consensus.as_deref().is_none_or(Consensus::may_fetch) {
            self.cut_damage(out);
        }
    }

    fn cut_damage<F>(&mut self, out: &mut Outputs<F>) {
        if let Some(dropped) = self.damage.take() {
            self.log.cut_damage(dropped, out);
        }
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

    /// The high watermark.
    #[must_use]
    pub fn watermark(&self) -> Offset {
        self.watermark
    }

    /// Every file it writes to.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        let ballots = self.consensus.as_deref().map(Consensus::file);
        [Some(self.log.file()), self.checkpoint, ballots].into_iter().flatten()
    }

    /// Whether it awaits syncs of this file.
    #[must_use]
    pub fn syncs(&self, file: FileId) -> bool {
        self.log.has(file) || self.consensus.as_deref().is_some_and(|consensus| consensus.file() == file)
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

    /// A sync of one of its files came back: more of the log counts as held, or a vote is not forgotten.
    pub fn synced<F: From<Frame>>(&mut self, now: Micros, file: FileId, token: u64, out: &mut Outputs<F>) {
        if !self.log.has(file) {
            return self.ballots_synced(now, token, out);
        }
        self.log.synced(now, token, out);
        if let Some(consensus) = &mut self.consensus {
            consensus.log_synced(self.log.synced_end(), out);
        }
        self.advance(out);
    }

    /// Does what is due: the flush, held fetches that have waited long enough, followers that lag.
    pub fn tick<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        self.log.flush_if_due(now, out);
        self.release_expired(now, out);
        self.elect(now, out);
        match &mut self.role {
            Role::Leader(leading) => {
                let (topic_partition, lag) = (self.topic_partition, self.lag);
                let in_sync = leading.in_sync();
                let leaving = in_sync.map(|in_sync| in_sync.propose_shrink(now, self.log.end(), out));
                for follower in leaving.into_iter().flatten() {
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
        let campaign = self.consensus.as_deref().filter(|_| !self.leads()).and_then(Consensus::deadline);
        earliest([self.log.flush_at(), role, campaign])
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
        self.cut_damage(out);
        self.remember(&batch);
        if let Some(consensus) = &mut self.consensus {
            consensus.appended(&batch);
        }
        self.log.append(now, batch, out);
    }

    fn truncate<F>(&mut self, to: Offset, out: &mut Outputs<F>) {
        let from = self.log.end();
        self.log.truncate(to, out);
        let to = self.log.end();
        if defect!(TruncationForgotten: to == from, to < from) {
            out.observe(Observation::Truncate { topic_partition: self.topic_partition, from, to });
            self.watermark = self.watermark.min(to);
            if let Some(consensus) = &mut self.consensus {
                consensus.truncated(to, out);
            }
            self.rebuild_producers();
        }
    }

    fn set_watermark<F>(&mut self, watermark: Offset, out: &mut Outputs<F>) {
        self.tell_committed(out);
        let before = std::mem::replace(&mut self.watermark, watermark);
        self.tell_voters(before, out);
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
        let derived = self.policies.producer_state.follows_the_log();
        if let (Some(stamp), true) = (batch.stamp(), derived || self.leads()) {
            let count = u32::try_from(batch.records().len()).unwrap_or(u32::MAX);
            self.producers.record(stamp, count, batch.base());
        }
    }

    fn rebuild_producers(&mut self) {
        self.producers.clear();
        if self.policies.producer_state.follows_the_log() {
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
