//! The in-sync set as its leader sees it: who holds what, who lags, and what was asked of the controller (KIP-497).

use crate::{Epoch, Follower, Mark, Micros, NodeId, Offset, Outputs, PartitionState};

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
    sent: bool,
}

/// What the leader knows of one follower, from its fetches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Progress {
    node: NodeId,
    broker_epoch: u64,
    /// It holds everything below; 0 until it fetched in this reign.
    end: Offset,
    /// The last time at which it held all that the leader had.
    caught_up_at: Micros,
    last_fetch_at: Micros,
    log_end_at_last_fetch: Offset,
}

/// A wish for the controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IsrWish {
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

    /// Takes over what the controller decided. A newer version settles whatever was asked.
    pub fn decided(&mut self, state: &PartitionState) {
        if state.version > self.version {
            self.version = state.version;
            self.members.clone_from(&state.isr);
            self.asked = None;
        }
    }

    /// The controller refused for good.
    pub fn refused(&mut self) {
        self.asked = None;
    }

    /// The connection to the controller is gone, and with it perhaps the question.
    pub fn ask_again(&mut self) {
        if let Some(asked) = &mut self.asked {
            asked.sent = false;
        }
    }

    /// What to ask the controller now, if anything.
    pub fn wish(&mut self) -> Option<IsrWish> {
        let asked = self.asked.as_mut().filter(|asked| !asked.sent)?;
        asked.sent = true;
        Some(IsrWish { leader_epoch: self.epoch, version: self.version, isr: asked.members.clone() })
    }

    /// The end of what every replica holds that may be elected.
    #[must_use]
    pub fn replicated(&self, leader: NodeId, held_by_leader: Offset) -> Offset {
        let holds = |node: NodeId| {
            if node == leader { held_by_leader } else { self.end_of(node) }
        };
        let asked = self.asked.iter().flat_map(|asked| asked.members.iter().map(|&(node, _)| node));
        self.members.iter().copied().chain(asked).map(holds).min().unwrap_or(0)
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
        } else if offset >= follower.log_end_at_last_fetch {
            follower.caught_up_at = follower.last_fetch_at;
        }
        follower.last_fetch_at = now;
        follower.log_end_at_last_fetch = log_end;
    }

    /// When the next member will have lagged for too long.
    #[must_use]
    pub fn shrink_at(&self, log_end: Offset) -> Option<Micros> {
        if self.asked.is_some() {
            return None;
        }
        self.lagging(log_end).map(|follower| follower.caught_up_at + self.lag).min()
    }

    /// Asks for members to leave that have lagged for too long.
    pub fn propose_shrink<F>(&mut self, now: Micros, log_end: Offset, out: &mut Outputs<F>) {
        if self.shrink_at(log_end).is_none_or(|at| at > now) {
            return;
        }
        let late = |follower: &&Progress| follower.caught_up_at + self.lag <= now;
        let leaving: Vec<NodeId> = self.lagging(log_end).filter(late).map(|follower| follower.node).collect();
        let staying = self.members.iter().copied().filter(|node| !leaving.contains(node));
        let members = staying.map(|node| (node, self.broker_epoch_of(node))).collect();
        self.asked = Some(Asked { members, sent: false });
        out.mark(Mark::ShrinkIsr);
    }

    /// Asks for a replica to enter that holds all that is safe, and all that this reign began with.
    pub fn propose_growth<F>(&mut self, watermark: Offset, out: &mut Outputs<F>) {
        if self.asked.is_some() {
            return;
        }
        let needed = watermark.max(self.begins_at);
        let ready = |f: &&Progress| f.broker_epoch > 0 && f.end >= needed && !self.members.contains(&f.node);
        let Some(entering) = self.followers.iter().find(ready) else {
            return;
        };
        let mut members: Vec<_> =
            self.members.iter().map(|&node| (node, self.broker_epoch_of(node))).collect();
        members.push((entering.node, entering.broker_epoch));
        members.sort_unstable();
        self.asked = Some(Asked { members, sent: false });
        out.mark(Mark::ExpandIsr);
    }

    fn lagging(&self, log_end: Offset) -> impl Iterator<Item = &Progress> {
        let member = |follower: &&Progress| self.members.contains(&follower.node);
        self.followers.iter().filter(member).filter(move |follower| follower.end < log_end)
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
