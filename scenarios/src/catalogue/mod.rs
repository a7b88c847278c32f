//! Every scenario, in the order in which the tour visits them.

use broker::Policies;
use broker::policy::Flush;
use harness::chaos::cast::Target;
use harness::chaos::coverage::Item;
use harness::chaos::fault::{Fault, FaultKind, FaultModel, Partition};
use harness::chaos::world::Streams;
use harness::{Cluster, Kind, Path, Scenario, Variant};

use crate::one_controller::{Decision, exclusions};

pub(crate) mod ack_lost_retry_duplicate;
mod commit_before_process;
mod controller_loses_its_disk;
mod dirty_read_then_failover;
mod fast_double_failover_divergence;
pub(crate) mod fire_and_forget_drop;
mod flush_async_power_loss;
mod high_watermark_truncation;
mod interval_commit_kill;
mod last_replica_standing;
pub(crate) mod leader_only_ack_crash;
mod min_isr_one_disk_loss;
mod parallel_workers_one_key;
mod rack_power_loss;
mod raft_old_term_commit;
mod raft_volatile_vote;
mod raft_voter_lost_its_disk;
mod retry_overtakes_inflight;
mod unclean_election;
mod unclean_restart;
mod volatile_producer_state_failover;
mod volatile_producer_state_gap;

/// The catalogue.
#[must_use]
pub fn catalogue() -> Vec<Scenario> {
    vec![
        fire_and_forget_drop::scenario(),
        ack_lost_retry_duplicate::scenario(),
        retry_overtakes_inflight::scenario(),
        leader_only_ack_crash::scenario(),
        flush_async_power_loss::scenario(),
        last_replica_standing::scenario(),
        unclean_restart::scenario(),
        controller_loses_its_disk::scenario(),
        unclean_election::scenario(),
        min_isr_one_disk_loss::scenario(),
        rack_power_loss::scenario(),
        high_watermark_truncation::scenario(),
        fast_double_failover_divergence::scenario(),
        dirty_read_then_failover::scenario(),
        raft_old_term_commit::scenario(),
        raft_volatile_vote::scenario(),
        raft_voter_lost_its_disk::scenario(),
        volatile_producer_state_failover::scenario(),
        volatile_producer_state_gap::scenario(),
        commit_before_process::scenario(),
        interval_commit_kill::scenario(),
        parallel_workers_one_key::scenario(),
    ]
}

/// Everything, and many at once: what takes data strikes while replicas are still recovering from what struck before.
fn storage_faults() -> FaultModel {
    FaultModel { most: 10, ..FaultModel::with(FaultModel::STORAGE) }
}

/// Three brokers whose replicas elect their leaders.
fn quorum() -> Cluster {
    Cluster::new().elects().group(billing())
}

/// Everything that voters survive whose disks do what they say: a lie is found out by nobody but the one who was lied to.
fn voters_faults() -> FaultModel {
    let honest = [FaultKind::PowerLoss, FaultKind::DiskLoss, FaultKind::TornWrite, FaultKind::BitRot];
    FaultModel { most: 10, ..FaultModel::with(&honest) }
}

/// What a machine that keeps its disk can do to it.
fn power_faults() -> FaultModel {
    FaultModel { most: 10, ..FaultModel::with(&[FaultKind::PowerLoss, FaultKind::TornWrite]) }
}

/// Three brokers that sync ten times a second, often enough for a sync that fails or lies to matter.
fn often_flushed() -> Cluster {
    in_every_log(Cluster::new(), |policies| policies.flush = Flush::Interval(100_000)).group(billing())
}

/// Several controllers cut off what a newer catalogue stands for, and who was away meanwhile begins anew.
fn cuts_its_catalogue(variant: Variant) -> Variant {
    variant.must_see(Item::event("take-snapshot", 100)).must_see(Item::event("install-snapshot", 2_000))
}

/// A cluster that keeps every promise under storage faults, as long as there are other replicas and the one controller forgets nothing.
fn survives_storage_faults(name: &'static str, cluster: Cluster, decision: &Decision) -> Variant {
    exclusions(decision).fold(Variant::holds(name, cluster.at_least(2)), Variant::excludes)
}

/// A cluster that loses what it acknowledged under storage faults, records and settlements, with all that follows from it.
fn loses_acknowledged(name: &'static str, cluster: Cluster) -> Variant {
    follows_from_loss(Variant::breaks(name, cluster, Kind::LostAcked, Path::Broker))
}

/// What follows at brokers where they forget what they acknowledged.
pub(crate) const LOSS_AT_BROKERS: [Kind; 8] = [
    Kind::LostSettlement,
    Kind::LostUnprocessed,
    // Who has lost something may be elected before it is, and often is not.
    Kind::Incomplete,
    // A leader does not recognise the repetition of what it has forgotten.
    Kind::DuplicateLog,
    Kind::DirtyRead,
    Kind::Diverged,
    Kind::ReorderDelivery,
    Kind::ReorderEffect,
];

/// And at consumers.
pub(crate) const LOSS_AT_CONSUMERS: [Kind; 3] =
    [Kind::LostUnprocessed, Kind::ReorderEffect, Kind::ReorderDelivery];

/// What follows where brokers forget what they acknowledged.
fn follows_from_loss(variant: Variant) -> Variant {
    // What comes to a log that was lost lies below what its group had settled, and waits there.
    may_follow(variant, &LOSS_AT_BROKERS, &LOSS_AT_CONSUMERS).also(Kind::Unavailable, Path::Consumer)
}

fn may_follow(variant: Variant, at_brokers: &[Kind], at_consumers: &[Kind]) -> Variant {
    let brokers = at_brokers.iter().map(|&kind| (kind, Path::Broker));
    let consumers = at_consumers.iter().map(|&kind| (kind, Path::Consumer));
    brokers.chain(consumers).fold(variant, |variant, (kind, path)| variant.also(kind, path))
}

/// What follows where replicas hold different records at the same offsets.
fn follows_from_divergence(variant: Variant) -> Variant {
    let at_brokers =
        [Kind::LostAcked, Kind::LostSettlement, Kind::DuplicateLog, Kind::DirtyRead, Kind::Incomplete];
    let at_consumers = [Kind::LostUnprocessed, Kind::ReorderEffect, Kind::ReorderDelivery];
    may_follow(variant, &at_brokers, &at_consumers)
}

/// The same cluster, in which a record counts only when it is synced.
fn synced(cluster: Cluster) -> Cluster {
    in_every_log(cluster, |policies| policies.flush = Flush::BeforeAck)
}

/// The same cluster with this changed in the logs of records and in that of the settlements.
pub(crate) fn in_every_log(cluster: Cluster, change: impl Fn(&mut Policies)) -> Cluster {
    cluster.policies(&change).offsets_policies(&change)
}

/// Consumers are cut from all brokers, so that nothing follows from the loss of what those take in meanwhile.
fn unread_by_anybody() -> Fault {
    Partition::halves(all_but_consumers(), Streams::Hold).into()
}

fn all_but_consumers() -> Vec<Target> {
    let brokers = (1..=3).map(Target::Broker);
    brokers.chain((1..=2).map(Target::Producer)).chain([Target::Controller]).collect()
}

/// Readers are cut from a leader, so that nothing follows from the loss of what it takes in.
fn unread(leader: Target) -> Fault {
    Partition::isolate(leader, Streams::Hold).except(all_but_consumers()).into()
}

/// The group that most scenarios have: two consumers that work up to eight milliseconds on a record and book it once.
pub(crate) fn billing() -> harness::Group {
    let work = std::time::Duration::from_millis(8);
    harness::Group::new("billing", move || harness::Effect { way: harness::Way::Inbox, work }).effort(work)
}
