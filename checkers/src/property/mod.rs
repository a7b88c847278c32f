//! The properties, one file each. A new one is a file here and a line in [`all`].

mod attempted;
mod backlog;
mod commit_past_end;
mod commit_regress;
mod committed_prefix;
mod committed_too_far;
mod conservation;
mod delivery_order;
mod dirty_read;
mod diverged;
mod duplicates;
mod eager_retry;
mod effect_order;
mod epoch;
mod false_failure;
mod finished;
mod in_sync;
mod leadership;
mod log_order;
mod loss;
mod lost_settlement;
mod misplaced_ack;
mod needless_doubt;
mod needless_shrink;
mod ownership;
mod panicked;
mod partial;
mod phantom;
mod rate;
mod refused_effect;
mod skipped;
mod stale;
mod stuck;
mod unavailable;
mod unprocessed;
mod unresolved;
mod voters;
mod watermark;

pub use backlog::Backlog;
pub use eager_retry::EagerRetry;
pub use rate::Rate;
pub use unavailable::{Availability, GroupPromise, LogPromise, Lost, Unavailable, Within};
pub use unresolved::Unresolved;

use crate::Checker;

/// Every checker whose findings are broken promises, each fresh.
#[must_use]
pub fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(attempted::Attempted),
        Box::new(loss::Loss),
        Box::new(lost_settlement::LostSettlement),
        Box::new(unprocessed::Unprocessed),
        Box::new(duplicates::Duplicates),
        Box::new(log_order::LogOrder),
        Box::new(delivery_order::DeliveryOrder::default()),
        Box::new(effect_order::EffectOrder),
        Box::new(false_failure::FalseFailure),
        Box::new(refused_effect::RefusedEffect::default()),
        Box::new(misplaced_ack::MisplacedAck),
        Box::new(needless_doubt::NeedlessDoubt::default()),
        Box::new(needless_shrink::NeedlessShrink::default()),
        Box::new(phantom::Phantom),
        Box::new(dirty_read::DirtyRead),
        Box::new(diverged::Diverged),
        Box::new(committed_prefix::CommittedPrefix::default()),
        Box::new(in_sync::InSync::default()),
        Box::new(voters::Voters::default()),
        Box::new(ownership::Ownership::default()),
        Box::new(leadership::Leadership::default()),
        Box::new(epoch::Epoch::default()),
        Box::new(watermark::Watermark::default()),
        Box::new(stuck::Stuck),
        Box::new(panicked::Panicked),
    ]
}

/// Every checker whose findings stand beyond the verdict: what is no broken promise by itself, or the consequence of one that is
/// told. Each fresh.
#[must_use]
pub fn beyond() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(conservation::Conservation),
        Box::new(skipped::Skipped),
        Box::new(committed_too_far::CommittedTooFar),
        Box::new(commit_regress::CommitRegress::default()),
        Box::new(commit_past_end::CommitPastEnd),
        Box::new(stale::Stale::default()),
        Box::new(partial::Partial),
    ]
}

/// What must stand in a history that is handed in to be judged, so that a verdict over it says something. Each fresh.
#[must_use]
pub fn evidence() -> Vec<Box<dyn Checker>> {
    vec![Box::new(finished::Finished)]
}

/// What a log without offsets, and without anything that a broker saw, can be judged by. Each fresh.
#[cfg(feature = "files")]
#[must_use]
pub(crate) fn of_plain_logs() -> Vec<Box<dyn Checker>> {
    vec![Box::new(attempted::Attempted), Box::new(false_failure::FalseFailure), Box::new(phantom::Phantom)]
}

/// Checkers of limits: they are on no other list, for only a user knows the limit.
#[cfg(test)]
fn limits() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(Rate::new("ledger", 0)),
        Box::new(Backlog::new("payments", 0)),
        Box::new(Unresolved::after(0)),
        Box::new(EagerRetry::new(&Availability::default(), &mut crate::Names::default())),
        Box::new(Unavailable::new(&Availability::default(), &mut crate::Names::default())),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_this_folder_is_listed_under_its_own_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/property");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|stem| stem != "mod")
            .collect();
        let lists = [super::all(), super::beyond(), super::evidence(), super::limits()];
        let listed: BTreeSet<String> =
            lists.iter().flatten().map(|checker| checker.name().replace('-', "_")).collect();
        assert_eq!(files, listed);
    }
}
