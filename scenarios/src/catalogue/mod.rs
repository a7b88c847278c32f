//! Every scenario, in the order in which the tour visits them.

use harness::Scenario;

mod ack_lost_retry_duplicate;
mod commit_before_process;
mod fire_and_forget_drop;
mod flush_async_power_loss;
mod interval_commit_kill;
mod last_replica_standing;
mod leader_only_ack_crash;
mod parallel_workers_one_key;
mod retry_overtakes_inflight;
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
        volatile_producer_state_failover::scenario(),
        volatile_producer_state_gap::scenario(),
        commit_before_process::scenario(),
        interval_commit_kill::scenario(),
        parallel_workers_one_key::scenario(),
    ]
}

/// What the one controller does not survive. It keeps its log alone until it is replicated.
fn beyond_one_controller() -> Vec<harness::Exclusion> {
    Vec::new()
}

/// The group that most scenarios have: two consumers that work up to eight milliseconds on a record and book it once.
fn billing() -> harness::Group {
    let work = std::time::Duration::from_millis(8);
    harness::Group::new("billing", move || harness::Effect { way: harness::Way::Inbox, work }).effort(work)
}
