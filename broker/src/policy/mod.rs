//! The policies that a replicated log is run by, one axis a file: the value, what it decides, and its laws. Decisions are pure: they see a
//! [`View`] of the log and nothing else. Most historical bugs are a value too.
//!
//! Every anomaly of a broker breaks one of six obligations. Let A(e) be the replicas that hold an entry when it is acknowledged, and R
//! those that an election consults.
//!
//! - O1, intersect: A(e) and every R have a replica in common.
//! - O2, freshest: of R, whoever is elected holds every acknowledged entry.
//! - O3, one voice: one node at the most acknowledges in an epoch, and none in an older one once a newer has begun.
//! - O4, stable: no member of A(e) forgets e, or it is not consulted afterwards.
//! - O5, lineage: nothing is cut but what the new leader does not have.
//! - O6, visibility: nothing is handed out that the others do not protect.
//!
//! Each value says which of them it keeps. What no value is named for is the same in all of them.

mod ack;
mod ballots;
mod catch_up;
mod commit;
mod election;
mod eligibility;
mod fit;
mod flush;
mod producer_state;
mod refill;
mod rejoin;
mod truncation;
mod unclean_stop;
mod view;
mod visibility;

pub use ack::Ack;
pub use ballots::Ballots;
pub use catch_up::CatchUp;
pub use commit::{Commit, held_by_majority};
pub use election::{Completeness, Election};
pub use eligibility::{Eligibility, who_left};
pub use flush::Flush;
pub use producer_state::ProducerState;
pub use refill::Refill;
pub use rejoin::Rejoin;
use serde::{Deserialize, Serialize};
pub use truncation::Truncation;
pub use unclean_stop::UncleanStop;
pub use view::{Ends, View};
pub use visibility::Visibility;

use crate::Offset;

/// The choices that make one replicated log into Kafka's, a quorum queue, or one of their historical bugs. Which of them go together,
/// [`Policies::misfit`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policies {
    /// Min ISR, at least 1: with fewer replicas in sync, `acks=all` is refused.
    pub min_isr: u16,
    /// When appended bytes are synced.
    pub flush: Flush,
    /// What counts as replicated.
    pub commit: Commit,
    /// Who may become leader.
    pub election: Election,
    /// What becomes of a replica that leaves the in-sync set.
    pub eligibility: Eligibility,
    /// When it may enter again.
    pub catch_up: CatchUp,
    /// What becomes of one whose broker did not stop in good order.
    pub unclean_stop: UncleanStop,
    /// How a follower finds what to cut from its log.
    pub truncation: Truncation,
    /// What consumers may read.
    pub visibility: Visibility,
    /// Where the producers' last sequence numbers are kept.
    pub producer_state: ProducerState,
    /// Whether voters remember their votes.
    pub ballots: Ballots,
    /// As whom a voter comes back that may have forgotten what it held.
    pub rejoin: Rejoin,
    /// Whether the place of a voter that is gone is filled again.
    pub refill: Refill,
}

impl Default for Policies {
    /// [`Policies::IN_SYNC`].
    fn default() -> Self {
        Policies::IN_SYNC
    }
}

impl Policies {
    /// Kafka as its documentation recommends it: three replicas, two of them in sync, no unclean election.
    pub const IN_SYNC: Policies = Policies {
        min_isr: 2,
        flush: Flush::Interval(5_000_000),
        commit: Commit::InSync,
        election: Election::Clean,
        eligibility: Eligibility::Kept,
        catch_up: CatchUp::ReignStart,
        unclean_stop: UncleanStop::Detected,
        truncation: Truncation::ByEpoch,
        visibility: Visibility::HighWatermark,
        producer_state: ProducerState::DerivedFromLog,
        ballots: Ballots::Synced,
        rejoin: Rejoin::NewIdentity,
        refill: Refill::OnReturn,
    };

    /// A log whose replicas elect their leader by Raft's rules, and hold what they have synced (RabbitMQ's quorum queues, KRaft).
    pub const VOTERS: Policies = Policies {
        flush: Flush::BeforeAck,
        commit: Commit::CurrentTerm,
        election: Election::NewestEntry,
        ..Policies::IN_SYNC
    };

    /// How many of `replicas` must be in sync for the high watermark to move: min ISR, or all where there are fewer.
    #[must_use]
    pub fn enough_in_sync(&self, replicas: usize) -> usize {
        usize::from(self.min_isr).min(replicas)
    }

    /// Where the high watermark may move to by what is replicated, if it may.
    #[must_use]
    pub fn watermark(&self, view: &View, replicated: Offset) -> Option<Offset> {
        let ahead = defect!(WatermarkStands: replicated == view.watermark, replicated > view.watermark);
        (ahead && self.commit.admits(view, replicated, self.eligibility)).then_some(replicated)
    }
}
