//! Who besides the leader counts when something is acknowledged: those in sync, as the controller lets them in and out, or the voters that
//! elected it.

use super::{InSync, Tally};
use crate::types::earliest;
use crate::wire::replication::Follower;
use crate::{ConnId, Micros, NodeId, Offset, Policies};

/// The members of one reign.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Members {
    /// Whoever keeps up.
    InSync(InSync),
    /// A majority of these.
    Voters(Tally),
}

impl Members {
    /// The end of what all must hold that an acknowledgement waits for.
    #[must_use]
    pub fn replicated(&self, leader: NodeId, held_by_leader: Offset) -> Offset {
        match self {
            Members::InSync(in_sync) => in_sync.replicated(leader, held_by_leader),
            Members::Voters(tally) => tally.replicated(held_by_leader),
        }
    }

    /// Whether the watermark may move to what is replicated.
    #[must_use]
    pub fn moves_watermark(&self, policies: &Policies, replicated: Offset) -> bool {
        match self {
            Members::InSync(in_sync) => {
                let enough = policies.enough_in_sync(in_sync.replicas());
                policies.eligibility.moves_watermark(in_sync.size(), enough)
            }
            Members::Voters(tally) => tally.commits(replicated),
        }
    }

    /// Whether there are enough of them to promise anything to who waits for all. A majority of voters is needed in any case.
    #[must_use]
    pub fn are_enough(&self, policies: &Policies) -> bool {
        match self {
            Members::InSync(in_sync) => in_sync.size() >= usize::from(policies.min_isr),
            Members::Voters(_) => true,
        }
    }

    /// The end of what is known to be safe once the reign is established.
    #[must_use]
    pub fn established_at(&self) -> Offset {
        match self {
            Members::InSync(in_sync) => in_sync.begins_at(),
            Members::Voters(tally) => tally.begins_at(),
        }
    }

    /// Whether any replica but the leader is known to hold everything below `end`.
    #[must_use]
    pub fn anyone_else_holds(&self, leader: NodeId, end: Offset) -> bool {
        match self {
            Members::InSync(in_sync) => in_sync.anyone_else_holds(leader, end),
            Members::Voters(tally) => tally.anyone_else_holds(end),
        }
    }

    /// The leader is about to append at `log_end`.
    pub fn appending(&mut self, now: Micros, log_end: Offset) {
        if let Members::InSync(in_sync) = self {
            in_sync.appending(now, log_end);
        }
    }

    /// A follower asks for what comes at `offset`: it holds everything below.
    pub fn fetched(&mut self, now: Micros, conn: ConnId, by: Follower, offset: Offset, log_end: Offset) {
        match self {
            Members::InSync(in_sync) => in_sync.fetched(now, by, offset, log_end),
            Members::Voters(tally) => tally.fetched(now, conn, by, offset),
        }
    }

    /// A follower's fetch is answered.
    pub fn answered(&mut self, node: NodeId, conn: ConnId) {
        if let Members::Voters(tally) = self {
            tally.answered(node, conn);
        }
    }

    /// The in-sync set, where there is one.
    pub fn in_sync(&mut self) -> Option<&mut InSync> {
        match self {
            Members::InSync(in_sync) => Some(in_sync),
            Members::Voters(_) => None,
        }
    }

    /// The voters' tally, where there are any.
    pub fn tally(&mut self) -> Option<&mut Tally> {
        match self {
            Members::InSync(_) => None,
            Members::Voters(tally) => Some(tally),
        }
    }

    /// When something will be due.
    #[must_use]
    pub fn deadline(&self, log_end: Offset) -> Option<Micros> {
        match self {
            Members::InSync(in_sync) => in_sync.shrink_at(log_end),
            Members::Voters(tally) => earliest([Some(tally.resigns_at()), tally.tells_at()]),
        }
    }
}
