//! RocketMQ with DLedger: three nodes elect which of them is master, and flush later by default.

use harness::chaos::absent::Absent;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::FaultKind;
use harness::mode::{Mode, Profile};

use super::loses::{LOST_ACKED, all_go_dark, lying_voter, sent_twice};
use super::product::ROCKETMQ;

pub fn mode() -> Mode {
    let cached = |fault| all_go_dark(fault, "what a majority holds may be in page caches alone");
    Mode {
        name: "dledger",
        about: "A majority has what is acknowledged, in memory: whoever loses power has told the leader too much.",
        product: &ROCKETMQ,
        defaults: Profile {
            settings: &[("enableDLegerCommitLog", "true"), ("flushDiskType", "ASYNC_FLUSH")],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: [FaultKind::PowerLoss, FaultKind::TornWrite].map(cached).to_vec(),
            unpromised: vec![sent_twice()],
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[("enableDLegerCommitLog", "true"), ("flushDiskType", "SYNC_FLUSH")],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: vec![lying_voter(3, LOST_ACKED)],
            unpromised: vec![sent_twice()],
            must_see: vec![Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500)],
        },
    }
}
