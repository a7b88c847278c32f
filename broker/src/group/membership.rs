//! One consumer group: its members, its generation, and the barrier that all members pass when it changes.
//!
//! A rebalance is eager, as Kafka's classic protocol: every member must join again within the time allowed; then the group
//! has a new generation, and each topic partition one owner in it. Generations carry the coordinator's epoch in their upper
//! half, so that they grow over changes of coordinators without being written down.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ReplyTo;
use crate::types::earliest;
use crate::wire::client::{GroupError, Joined, MemberId, Response};
use crate::{Frame, Generation, Micros, Offset, Outputs, TopicPartition};

/// A group that has no members yet gathers them for this part of the rebalance time before its first generation.
const FIRST_GATHERING: Micros = 3;

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    generation: Generation,
    members: BTreeMap<MemberId, Member>,
    subscription: Arc<[TopicPartition]>,
    barrier: Option<Barrier>,
    settled: BTreeMap<TopicPartition, Offset>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Member {
    session_timeout: Micros,
    heard: Micros,
    /// Its join that waits for the barrier.
    joining: Option<ReplyTo>,
    assigned: Vec<TopicPartition>,
}

/// A rebalance under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Barrier {
    until: Micros,
    /// Whether it opens as soon as all known members have joined.
    early: bool,
}

impl Group {
    /// A group without members, whose first generation comes after `generation`.
    #[must_use]
    pub fn new(generation: Generation) -> Self {
        Group {
            generation,
            members: BTreeMap::new(),
            subscription: Arc::new([]),
            barrier: None,
            settled: BTreeMap::new(),
        }
    }

    /// Settles offsets. A commit that was held up on a connection since given up must not take a later one back.
    pub fn settle(&mut self, offsets: &[(TopicPartition, Offset)]) {
        for &(log, upto) in offsets {
            let settled = self.settled.entry(log).or_default();
            *settled = upto.max(*settled);
        }
    }

    /// What is settled of a log.
    #[must_use]
    pub fn settled(&self, log: TopicPartition) -> Option<Offset> {
        self.settled.get(&log).copied()
    }

    /// A member joins, or joins again.
    pub fn join(
        &mut self,
        now: Micros,
        rebalance: Micros,
        member: MemberId,
        session_timeout: Micros,
        reply_to: ReplyTo,
        subscription: &Arc<[TopicPartition]>,
    ) {
        self.subscription = Arc::clone(subscription);
        self.begin_rebalance(now, rebalance);
        let joining = Some(reply_to);
        self.members.insert(member, Member { session_timeout, heard: now, joining, assigned: Vec::new() });
    }

    fn begin_rebalance(&mut self, now: Micros, rebalance: Micros) {
        let early = !self.members.is_empty();
        let allowed = if early { rebalance } else { rebalance / FIRST_GATHERING };
        self.barrier.get_or_insert(Barrier { until: now + allowed, early });
    }

    /// Opens the barrier when it is time, and says whether it did: whoever has not joined is out, the others get their new
    /// generation.
    pub fn complete<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) -> bool {
        let Some(barrier) = self.barrier else { return false };
        let all_joined = self.members.values().all(|member| member.joining.is_some());
        let waits = defect!(BarrierOpensLate: barrier.until >= now, barrier.until > now);
        if waits && !(barrier.early && all_joined) {
            return false;
        }
        self.barrier = None;
        self.members.retain(|_, member| member.joining.is_some());
        self.generation += 1;
        self.assign();
        for (&id, member) in &mut self.members {
            member.heard = now;
            let joined = Joined { member: id, generation: self.generation };
            if let Some(reply_to) = member.joining.take() {
                reply_to.send(Response::Joined(Ok(joined)), out);
            }
        }
        true
    }

    /// Deals the topic partitions out, one after another.
    fn assign(&mut self) {
        let count = self.members.len();
        for (at, member) in self.members.values_mut().enumerate() {
            member.assigned = self.subscription.iter().skip(at).step_by(count).copied().collect();
        }
    }

    /// What a member owns in this generation.
    pub fn assigned(
        &mut self,
        now: Micros,
        member: MemberId,
        generation: Generation,
    ) -> Result<Vec<TopicPartition>, GroupError> {
        self.verify(now, member, generation)?;
        if self.barrier.is_some() {
            return Err(GroupError::Rebalancing);
        }
        Ok(self.members.get(&member).map(|member| member.assigned.clone()).unwrap_or_default())
    }

    /// Takes note that a member lives, and tells it of a rebalance.
    pub fn heartbeat(
        &mut self,
        now: Micros,
        member: MemberId,
        generation: Generation,
    ) -> Result<(), GroupError> {
        self.verify(now, member, generation)?;
        if self.barrier.is_some() { Err(GroupError::Rebalancing) } else { Ok(()) }
    }

    /// Whether this is a member of the current generation. During a rebalance the old generation is still current, so that
    /// its members can settle what they have done.
    pub fn verify(
        &mut self,
        now: Micros,
        member: MemberId,
        generation: Generation,
    ) -> Result<(), GroupError> {
        let current = self.generation;
        let member = self.members.get_mut(&member).ok_or(GroupError::UnknownMember)?;
        if generation != current {
            return Err(GroupError::StaleGeneration);
        }
        member.heard = now;
        Ok(())
    }

    /// Lets a member go; `false` when there is no such member.
    pub fn remove(&mut self, now: Micros, rebalance: Micros, member: MemberId) -> bool {
        let removed = self.members.remove(&member).is_some();
        if removed && !self.members.is_empty() {
            self.begin_rebalance(now, rebalance);
        }
        removed
    }

    /// Lets the members go that fell silent. One that waits at the barrier is not expected to speak.
    pub fn expire(&mut self, now: Micros, rebalance: Micros) {
        let silent = |member: &Member| {
            let (there, late) = (member.joining.is_none(), member.heard + member.session_timeout <= now);
            defect!(SpeakersLetGo: there || late, there && late)
        };
        let gone: Vec<MemberId> = self.members.iter().filter(|(_, m)| silent(m)).map(|(&id, _)| id).collect();
        for member in gone {
            self.remove(now, rebalance, member);
        }
    }

    /// Tells everybody who waits that this is no longer the coordinator.
    pub fn dismiss<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        for reply_to in self.members.values_mut().filter_map(|member| member.joining.take()) {
            reply_to.send(Response::Joined(Err(GroupError::NotCoordinator)), out);
        }
    }

    /// When something will be due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let waiting = self.members.values().filter(|member| member.joining.is_none());
        let silence = waiting.map(|member| member.heard + member.session_timeout).min();
        earliest([silence, self.barrier.map(|barrier| barrier.until)])
    }
}
