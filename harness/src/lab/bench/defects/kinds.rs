//! Which anomalies break which promise.

use broker::Promise;
use checkers::Kind;

/// Every promise, with the anomalies that show that it is broken.
const KINDS: &[(Promise, &[Kind])] = &[
    (Promise::Durable, &[Kind::LostIntent, Kind::LostAcked, Kind::DirtyRead, Kind::Incomplete]),
    (Promise::Once, &[Kind::DuplicateLog, Kind::DuplicateEffect]),
    (Promise::Ordered, &[Kind::ReorderLog, Kind::ReorderDelivery, Kind::ReorderEffect]),
    (Promise::Agreed, &[Kind::Diverged, Kind::WatermarkRegress, Kind::EpochRegress]),
    (Promise::Owned, &[Kind::SplitBrain]),
    (
        Promise::Settled,
        &[
            Kind::LostSettlement,
            Kind::LostUnprocessed,
            Kind::CommitRegress,
            Kind::CommitPastEnd,
            Kind::CommittedTooFar,
            Kind::Skipped,
        ],
    ),
    (
        Promise::Truthful,
        &[Kind::FalseFailure, Kind::MisplacedAck, Kind::NeedlessDoubt, Kind::Phantom, Kind::Unaccounted],
    ),
    (
        Promise::Available,
        &[Kind::Stuck, Kind::Unavailable, Kind::Unresolved, Kind::NeedlessShrink, Kind::EagerRetry],
    ),
];

/// Whether an anomaly of this kind breaks this promise. A panic breaks none: it shows that something is wrong before a checker has
/// to see it.
pub fn breaks(promise: Promise, kind: Kind) -> bool {
    KINDS.iter().any(|(broken, kinds)| *broken == promise && kinds.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Effects on several sinks and declared limits are the user's: no broker promises them.
    const OF_NO_BROKER: &[Kind] = &[Kind::Stale, Kind::Partial, Kind::Overrun, Kind::Panicked];

    #[test]
    fn every_anomaly_breaks_one_promise_or_is_none_of_the_brokers() {
        for &kind in Kind::ALL {
            let promises = KINDS.iter().filter(|(_, kinds)| kinds.contains(&kind)).count();
            assert_eq!(promises, usize::from(!OF_NO_BROKER.contains(&kind)), "{kind}");
        }
    }
}
