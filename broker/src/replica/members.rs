//! Who besides the leader counts when something is acknowledged: those in sync, as the controller lets them in and out, or the voters that
//! elected it.

use super::{InSync, Tally};
use crate::policy::View;
use crate::types::earliest;
use crate::wire::replication::Follower;
use crate::{ConnId, Micros, NodeId, Offset};

/// The members of one reign.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Members {
    /// Whoever keeps up.
    InSync(InSync),
    /// A majority of these.
    Voters(Tally),
}

impl Members {
    /// What a decision of this leader may look at.
    #[must_use]
    pub fn view(
        &self,
        leader: NodeId,
        min_isr: u16,
        held: Offset,
        counts: Offset,
        watermark: Offset,
    ) -> View {
        match self {
            Members::InSync(in_sync) => View {
                held,
                watermark,
                begins_at: in_sync.begins_at(),
                ends: in_sync.ends(leader, counts),
                members: in_sync.size(),
                replicas: in_sync.replicas(),
                wanted: usize::from(min_isr),
            },
            Members::Voters(tally) => {
                let ends = tally.ends(counts);
                let begins_at = tally.begins_at();
                View {
                    held,
                    watermark,
                    begins_at,
                    members: ends.len(),
                    replicas: ends.len(),
                    ends,
                    wanted: 0,
                }
            }
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
