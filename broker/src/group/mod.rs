//! The group coordinator: who is a member, who owns what, what is settled. It lives on the leader of the offsets log, and all
//! that must survive a change of leaders is a record in that log.

mod membership;
mod offsets;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use membership::Group;
pub use offsets::OffsetsEntry;

use crate::log::{Batch, Log};
use crate::wire::client::{GroupError, MemberId, ProduceError, Response};
use crate::{
    ConnId, Epoch, Frame, Generation, GroupId, Mark, MessageId, Micros, Offset, Outputs, Record, Records,
    RequestId, TopicPartition,
};

/// The coordinator of all groups, in one reign over the offsets log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coordinator {
    epoch: Epoch,
    rebalance: Micros,
    groups: BTreeMap<GroupId, Group>,
    pending: BTreeMap<u64, PendingCommit>,
    next_ticket: u64,
    next_member: u32,
    writes: Vec<Write>,
}

/// A record for the offsets log; [`Coordinator::committed`] is told how its append ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Write {
    /// The record.
    pub records: Records,
    /// The commit it belongs to.
    pub ticket: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PendingCommit {
    reply_to: ReplyTo,
    entry: OffsetsEntry,
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReplyTo {
    /// The connection.
    pub conn: ConnId,
    /// The request.
    pub id: RequestId,
}

impl ReplyTo {
    fn send<F: From<Frame>>(self, response: Response, out: &mut Outputs<F>) {
        out.send(self.conn, response.frame(self.id));
    }
}

impl Coordinator {
    /// Begins a reign with what the offsets log holds. A group may be given `rebalance` microseconds to join again.
    #[must_use]
    pub fn load(epoch: Epoch, rebalance: Micros, log: &Log) -> Self {
        let mut coordinator = Coordinator {
            epoch,
            rebalance,
            groups: BTreeMap::new(),
            pending: BTreeMap::new(),
            next_ticket: 1,
            next_member: 1,
            writes: Vec::new(),
        };
        let records = log.batches().flat_map(Batch::entries).map(|(_, record)| record);
        for entry in records.filter_map(|record| OffsetsEntry::decode(&record.payload)) {
            coordinator.group(entry.group).settle(&entry.offsets);
        }
        coordinator
    }

    /// The reign it belongs to.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Ends the reign: nobody is left waiting. What becomes of commits under way is up to the next leader of the offsets log.
    pub fn stop<F: From<Frame>>(mut self, out: &mut Outputs<F>) {
        for commit in std::mem::take(&mut self.pending).into_values() {
            commit.reply_to.send(Response::Group(Err(GroupError::Unknown)), out);
        }
        for group in self.groups.values_mut() {
            group.dismiss(out);
        }
    }

    /// A consumer wants to be a member. The answer comes when the group has a new generation.
    #[expect(clippy::too_many_arguments, reason = "they are the fields of one request")]
    pub fn join<F: From<Frame>>(
        &mut self,
        now: Micros,
        reply_to: ReplyTo,
        group: GroupId,
        member: Option<MemberId>,
        session_timeout: Micros,
        subscription: &Arc<[TopicPartition]>,
        out: &mut Outputs<F>,
    ) {
        let member = member.unwrap_or_else(|| self.new_member());
        let rebalance = self.rebalance;
        self.group(group).join(now, rebalance, member, session_timeout, reply_to, subscription);
        self.complete_rebalance(now, group, out);
    }

    /// Ids differ between reigns, so that a member of an earlier one is never taken for another.
    fn new_member(&mut self) -> MemberId {
        let number = self.next_member;
        self.next_member += 1;
        let reign = u64::from(self.epoch) << 32;
        defect!(MembersAlike: reign & u64::from(number), reign | u64::from(number))
    }

    fn complete_rebalance<F: From<Frame>>(&mut self, now: Micros, id: GroupId, out: &mut Outputs<F>) {
        if self.group(id).complete(now, out) {
            out.mark(Mark::RebalanceStarted);
        }
    }

    /// What does this member own?
    pub fn sync<F: From<Frame>>(
        &mut self,
        now: Micros,
        reply_to: ReplyTo,
        group: GroupId,
        member: MemberId,
        generation: Generation,
        out: &mut Outputs<F>,
    ) {
        let assigned = self.group(group).assigned(now, member, generation);
        reply_to.send(Response::Synced(assigned), out);
    }

    /// A member lives.
    pub fn heartbeat<F: From<Frame>>(
        &mut self,
        now: Micros,
        reply_to: ReplyTo,
        group: GroupId,
        member: MemberId,
        generation: Generation,
        out: &mut Outputs<F>,
    ) {
        let answer = self.group(group).heartbeat(now, member, generation);
        reply_to.send(Response::Group(answer), out);
    }

    /// A member leaves in good order.
    pub fn leave<F: From<Frame>>(
        &mut self,
        now: Micros,
        reply_to: ReplyTo,
        group: GroupId,
        member: MemberId,
        out: &mut Outputs<F>,
    ) {
        let rebalance = self.rebalance;
        let left = self.group(group).remove(now, rebalance, member);
        reply_to.send(Response::Group(left.then_some(()).ok_or(GroupError::UnknownMember)), out);
        self.complete_rebalance(now, group, out);
    }

    /// A member settles offsets. The answer comes with [`Coordinator::committed`], unless it is refused here.
    #[expect(clippy::too_many_arguments, reason = "they are the fields of one request")]
    pub fn commit<F: From<Frame>>(
        &mut self,
        now: Micros,
        reply_to: ReplyTo,
        group: GroupId,
        member: MemberId,
        generation: Generation,
        offsets: Vec<(TopicPartition, Offset)>,
        out: &mut Outputs<F>,
    ) {
        let verified = self.group(group).verify(now, member, generation);
        if let Err(error) = defect!(CommitOfAnybody: Ok(()), verified) {
            if error == GroupError::StaleGeneration || error == GroupError::UnknownMember {
                out.mark(Mark::RefuseStaleGeneration);
            }
            return reply_to.send(Response::Group(Err(error)), out);
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let entry = OffsetsEntry { group, offsets };
        let record = Record { id: MessageId::INTERNAL, key: Bytes::new(), payload: entry.encode() };
        self.writes.push(Write { records: [record].into(), ticket });
        self.pending.insert(ticket, PendingCommit { reply_to, entry });
    }

    /// How the append of a commit ended.
    pub fn committed<F: From<Frame>>(
        &mut self,
        ticket: u64,
        result: Result<Offset, ProduceError>,
        out: &mut Outputs<F>,
    ) {
        let Some(commit) = self.pending.remove(&ticket) else {
            return;
        };
        let answer = match result {
            Ok(_) => {
                self.group(commit.entry.group).settle(&commit.entry.offsets);
                Ok(())
            }
            Err(ProduceError::NotStored(_)) => Err(GroupError::NotEnoughReplicas),
            Err(ProduceError::Unknown(_)) => Err(GroupError::Unknown),
        };
        commit.reply_to.send(Response::Group(answer), out);
    }

    /// What is settled?
    pub fn offsets<F: From<Frame>>(
        &mut self,
        reply_to: ReplyTo,
        group: GroupId,
        topic_partitions: &[TopicPartition],
        out: &mut Outputs<F>,
    ) {
        let group = self.group(group);
        let offsets = topic_partitions.iter().map(|&log| group.settled(log)).collect();
        reply_to.send(Response::Offsets(Ok(offsets)), out);
    }

    /// Does what is due: members that fell silent, rebalances that waited long enough.
    pub fn tick<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let rebalance = self.rebalance;
        let ids: Vec<GroupId> = self.groups.keys().copied().collect();
        for id in ids {
            self.group(id).expire(now, rebalance);
            self.complete_rebalance(now, id, out);
        }
    }

    /// When something will be due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        self.groups.values().filter_map(Group::deadline).min()
    }

    /// Records to append to the offsets log, in order.
    pub fn writes(&mut self) -> std::vec::Drain<'_, Write> {
        self.writes.drain(..)
    }

    fn group(&mut self, id: GroupId) -> &mut Group {
        let first = Generation::from(self.epoch) << 32;
        self.groups.entry(id).or_insert_with(|| Group::new(first))
    }
}
