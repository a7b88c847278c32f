//! One broker, one disk. RocketMQ's master without a slave; RabbitMQ on one node keeps a durable classic queue as the defaults here do,
//! ActiveMQ with KahaDB as what is recommended.

use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::FaultKind;
use harness::mode::{Mode, Profile};

use super::loses::{LOST_ACKED, excluded, sent_twice, stored_data};
use super::product::ROCKETMQ;

pub fn mode() -> Mode {
    let only_copy = |fault| excluded(fault, "there is no other copy", LOST_ACKED);
    let beyond_a_disk =
        [FaultKind::DiskLoss, FaultKind::BitRot, FaultKind::LyingSync, FaultKind::SyncFailure];
    Mode {
        name: "single",
        about: "One broker on one disk: while it is down nobody is served, and what its disk loses is lost.",
        product: &ROCKETMQ,
        defaults: Profile {
            settings: &[("flushDiskType", "ASYNC_FLUSH")],
            excluded: stored_data("the only copy may be in the page cache alone", LOST_ACKED),
            unpromised: vec![sent_twice()],
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[("flushDiskType", "SYNC_FLUSH")],
            excluded: beyond_a_disk.map(only_copy).to_vec(),
            unpromised: vec![sent_twice()],
            must_see: vec![Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500)],
            ..Profile::default()
        },
    }
}
