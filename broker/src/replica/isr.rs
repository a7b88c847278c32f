//! The in-sync set as its leader sees it: who holds what, who lags, and what was asked of the controller (KIP-497).

use crate::policy::{CatchUp, Ends};
use crate::wire::replication::Follower;
use crate::{Epoch, Mark, Micros, NodeId, Offset, Outputs, PartitionState};

/// The in-sync set of one reign.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InSync {
    epoch: Epoch,
    version: u32,
    members: Vec<NodeId>,
    asked: Option<Asked>,
    followers: Vec<Progress>,
    /// The log end at the beginning of the reign.
    begins_at: Offset,
    lag: Micros,
}

/// A set the controller was asked for. Until it decides, replicas of the old and of the wanted set all count: it may have
/// agreed without the leader knowing, and then elect any of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    members: Vec<(NodeId, u64)>,
    told: Told,
}

/// Whether the controller may know of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    /// It was never sent: it can be taken back.
    Never,
    /// It is on its way, or answered soon.
    Now,
    /// It was sent on a connection that is gone, and must be sent again.
    Perhaps,
}

/// What the leader knows of one follower, from its fetches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Progress {
    node: NodeId,
    broker_epoch: u64,
    /// The registration that the controller refused to let in, for good: it is over, and the next one has another epoch.
    refused: u64,
    /// It holds everything below; 0 until it fetched in this reign.
    end: Offset,
    /// The last time at which it held all that the leader had.
    caught_up_at: Micros,
    last_fetch_at: Micros,
    log_end_at_last_fetch: Offset,
}

/// A proposal for the controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IsrProposal {
    /// The epoch of the reign.
    pub leader_epoch: Epoch,
    /// The version of the partition that it would change.
    pub version: u32,
    /// The wanted set, in ascending order, each with the epoch of the registration in which it fetched last; 0 for the leader
    /// and for a member that has not fetched in this reign.
    pub isr: Vec<(NodeId, u64)>,
}

impl InSync {
    /// The set at the beginning of a reign: everybody gets the time of one lag to fetch.
    #[must_use]
    pub fn new(now: Micros, state: &PartitionState, log_end: Offset, lag: Micros) -> Self {
        let progress = |&node: &NodeId| Progress {
            node,
            broker_epoch: 0,
            refused: 0,
            end: 0,
            caught_up_at: now,
            last_fetch_at: now,
            log_end_at_last_fetch: log_end,
        };
        let others = state.replicas.iter().filter(|&&node| Some(node) != state.leader);
        InSync {
            epoch: state.leader_epoch,
            version: state.version,
            members: state.isr.clone(),
            asked: None,
            followers: others.map(progress).collect(),
            begins_at: log_end,
            lag,
        }
    }

    /// How many replicas are in sync, as the controller decided last.
    #[must_use]
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// On how many brokers the log is kept.
    #[must_use]
    pub fn replicas(&self) -> usize {
        self.followers.len() + 1
    }

    /// The log end at the beginning of the reign.
    #[must_use]
    pub fn begins_at(&self) -> Offset {
        self.begins_at
    }

    /// Takes over what the controller decided. A newer version settles whatever was asked.
    pub fn decided(&mut self, state: &PartitionState) {
        if state.version > self.version {
            self.version = state.version;
            self.members.clone_from(&state.isr);
            self.asked = None;
        }
    }

    /// The controller refused: a replica that would have entered is not alive in the registration in which it fetched. To ask
    /// again with each of its fetches, which may go on for as long as only its link to the controller is cut, would be in vain.
    pub fn refused(&mut self) {
        for (node, broker_epoch) in self.asked.take().into_iter().flat_map(|asked| asked.members) {
            let entering = !self.members.contains(&node);
            for follower in self.followers.iter_mut().filter(|follower| entering && follower.node == node) {
                follower.refused = broker_epoch;
            }
        }
    }

    /// The connection to the controller is gone, and with it perhaps the question.
    pub fn ask_again(&mut self) {
        if let Some(asked) = &mut self.asked {
            asked.told = Told::Perhaps;
        }
    }

    /// What to ask the controller now, if anything.
    pub fn take_proposal(&mut self) -> Option<IsrProposal> {
        let asked = self.asked.as_mut().filter(|asked| asked.told != Told::Now)?;
        asked.told = Told::Now;
        Some(IsrProposal { leader_epoch: self.epoch, version: self.version, isr: asked.members.clone() })
    }

    /// What every replica holds that may be elected.
    #[must_use]
    pub fn ends(&self, leader: NodeId, held_by_leader: Offset) -> Ends {
        let holds = |node: NodeId| {
            if node == leader { held_by_leader } else { self.end_of(node) }
        };
        let asked = self.asked.iter().flat_map(|asked| asked.members.iter().map(|&(node, _)| node));
        self.members.iter().copied().chain(asked).map(holds).collect()
    }

    /// Whether any replica but the leader is known to hold everything below `end`.
    #[must_use]
    pub fn anyone_else_holds(&self, leader: NodeId, end: Offset) -> bool {
        self.followers.iter().any(|follower| follower.node != leader && follower.end >= end)
    }

    /// The leader is about to append at `log_end`: whoever holds all of it was caught up until now.
    pub fn appending(&mut self, now: Micros, log_end: Offset) {
        for follower in self.followers.iter_mut().filter(|follower| follower.end >= log_end) {
            follower.caught_up_at = now;
        }
    }

    /// A follower asks for what comes at `offset`: it holds everything below.
    pub fn fetched(&mut self, now: Micros, by: Follower, offset: Offset, log_end: Offset) {
        let Some(follower) = self.followers.iter_mut().find(|follower| follower.node == by.node) else {
            return;
        };
        follower.broker_epoch = by.broker_epoch;
        follower.end = offset;
        if offset >= log_end {
            follower.caught_up_at = now;
        } else if defect!(LaggardCatchesUp: offset < follower.log_end_at_last_fetch, offset >= follower.log_end_at_last_fetch)
        {
            // Not earlier than is known: a fetch may have been held back since long before the last append.
            follower.caught_up_at = follower.caught_up_at.max(follower.last_fetch_at);
        }
        follower.last_fetch_at = now;
        follower.log_end_at_last_fetch = log_end;
    }

    /// When the next member will have lagged for too long.
    #[must_use]
    pub fn shrink_at(&self, log_end: Offset) -> Option<Micros> {
        if self.asked.as_ref().is_some_and(|asked| asked.told != Told::Never) {
            return None;
        }
        self.lagging(log_end).map(|follower| follower.caught_up_at + self.lag).min()
    }

    /// Asks for members to leave that have lagged for too long. A growth that the controller was never told of is taken back
    /// when whoever should have entered lags: its place in the question would hold up every acknowledgement. Returns the members
    /// that are to leave.
    pub fn propose_shrink<F>(&mut self, now: Micros, log_end: Offset, out: &mut Outputs<F>) -> Vec<NodeId> {
        if self.shrink_at(log_end).is_none_or(|at| at > now) {
            return Vec::new();
        }
        let late = |follower: &&Progress| follower.caught_up_at + self.lag <= now;
        let leaving: Vec<NodeId> = self.lagging(log_end).filter(late).map(|follower| follower.node).collect();
        let staying: Vec<NodeId> = self.wanted().filter(|node| !leaving.contains(node)).collect();
        self.asked = None;
        if staying == self.members {
            return Vec::new();
        }
        self.ask(&staying);
        out.mark(Mark::ShrinkIsr);
        leaving.into_iter().filter(|node| self.members.contains(node)).collect()
    }

    /// Asks for a follower to enter that has just fetched, and holds all that is safe and all that this reign began with.
    ///
    /// This is asked only on a fetch of that very follower, and with the watermark as it stands after that fetch. Otherwise a
    /// follower that has just been asked out, and cannot fetch, would be asked back in the step that decided so: until the
    /// watermark has moved it holds everything below. As long as it is asked for it counts, so the watermark never moves.
    pub fn propose_growth<F>(
        &mut self,
        node: NodeId,
        watermark: Offset,
        catch_up: CatchUp,
        out: &mut Outputs<F>,
    ) {
        let caught_up = |f: &Progress| catch_up.admits(f.end, watermark, self.begins_at);
        let ready = |f: &Progress| f.broker_epoch > f.refused && caught_up(f);
        let barred = self.asked.is_some() || self.members.contains(&node);
        if barred || !self.progress(node).is_some_and(ready) {
            return;
        }
        let mut members = self.members.clone();
        members.push(node);
        members.sort_unstable();
        self.ask(&members);
        out.mark(Mark::ExpandIsr);
    }

    fn ask(&mut self, members: &[NodeId]) {
        let members = members.iter().map(|&node| (node, self.broker_epoch_of(node))).collect();
        self.asked = Some(Asked { members, told: Told::Never });
    }

    /// The set as it will be once the question is sent and granted; as it was decided while nothing can be taken back.
    fn wanted(&self) -> impl Iterator<Item = NodeId> {
        let asked = self.asked.as_ref().filter(|asked| asked.told == Told::Never);
        let asked = asked.map(|asked| asked.members.iter().map(|&(node, _)| node));
        let decided = if asked.is_none() { &self.members[..] } else { &[] };
        asked.into_iter().flatten().chain(decided.iter().copied())
    }

    fn lagging(&self, log_end: Offset) -> impl Iterator<Item = &Progress> {
        let wanted = |follower: &&Progress| self.wanted().any(|node| node == follower.node);
        self.followers.iter().filter(move |follower| follower.end < log_end).filter(wanted)
    }

    fn end_of(&self, node: NodeId) -> Offset {
        self.progress(node).map_or(0, |follower| follower.end)
    }

    /// The registration in which a follower fetched last; 0 for the leader and for one that has not fetched yet.
    fn broker_epoch_of(&self, node: NodeId) -> u64 {
        self.progress(node).map_or(0, |follower| follower.broker_epoch)
    }

    fn progress(&self, node: NodeId) -> Option<&Progress> {
        self.followers.iter().find(|follower| follower.node == node)
    }
}
