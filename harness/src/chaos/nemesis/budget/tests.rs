mod random;
mod touched;

use broker::policy::{Eligibility, Flush};
use broker::{Policies, TopicId};

use super::*;
use crate::chaos::cast::{Part, Player};

const CONTROLLER: NodeId = NodeId(0);
const STEADY: Micros = 1_000_000;

fn log(partition: u16) -> TopicPartition {
    TopicPartition { topic: TopicId(0), partition }
}

fn synced() -> Policies {
    Policies { flush: Flush::BeforeAck, ..Policies::default() }
}

/// Four brokers; three logs on three of them each, of which the last counts only what is synced.
fn cast() -> Cast {
    let brokers = (1..=4).map(|n| Player::new(NodeId(n), "broker", Part::Broker));
    let nodes = |first: u32| (0..3).map(|n| NodeId(1 + (first + n) % 4)).collect();
    Cast {
        players: brokers.chain([Player::new(CONTROLLER, "controller", Part::Controller)]).collect(),
        steadies_after: STEADY,
        placement: (0..3).map(|partition| (log(partition), nodes(partition.into()))).collect(),
        policies: vec![(log(2), synced())],
        ..Cast::default()
    }
}

/// A strike that takes something from a node, and touches it in no other way.
fn at(node: NodeId, takes: Takes) -> Strike {
    Strike { takes, from: vec![node], touches: Vec::new() }
}

/// A power loss of everybody who stands in one rack.
fn dark(nodes: &[u32]) -> Strike {
    Strike { from: nodes.iter().copied().map(NodeId).collect(), ..at(NodeId(0), Takes::Unsynced) }
}

const LIE: Takes = Takes::WhatSyncsPromise { lied: true };
const FAILURE: Takes = Takes::WhatSyncsPromise { lied: false };
const HONEST: Durable<'_> = &|_| true;
const OWING: Durable<'_> = &|_| false;

fn members(partition: u16, in_sync: &[u32], eligible: &[u32]) -> Observation {
    let nodes = |ids: &[u32]| ids.iter().copied().map(NodeId).collect();
    Observation::Members {
        term: 0,
        topic_partition: log(partition),
        in_sync: nodes(in_sync),
        eligible: nodes(eligible),
    }
}

fn recover(partition: u16) -> Observation {
    Observation::Recover { topic_partition: log(partition), end: 0, dropped_bytes: 0 }
}

fn register() -> Observation {
    Observation::Mark(Mark::RegisterBroker)
}

/// Node 1 lost its disk; of its logs, two of four brokers each keep one more.
fn one_is_struck() -> Budget {
    let mut budget = Budget::new(&cast());
    assert!(budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
    budget
}

#[expect(clippy::borrowed_box, reason = "it is what a budget keeps")]
fn sets(account: &Box<dyn Account>) -> &LogAccount {
    let account: &dyn Any = &**account;
    account.downcast_ref().unwrap()
}

fn sound(budget: &Budget, partition: usize, node: u32) -> bool {
    sets(&budget.logs[partition]).is_sound(NodeId(node))
}

#[test]
fn the_last_sound_member_of_any_log_of_a_machine_is_not_struck() {
    let mut budget = one_is_struck();
    assert!(budget.grants(&at(NodeId(2), Takes::Anything), 0, HONEST), "3 keeps all that 1 and 2 have");
    assert!(!budget.grants(&at(NodeId(3), Takes::Anything), 0, HONEST), "it holds the first log alone");
    assert!(budget.grants(&at(NodeId(4), Takes::Anything), 0, HONEST), "3 keeps all that 4 has");
    assert!(!budget.grants(&at(NodeId(3), Takes::Anything), 0, HONEST), "now it holds every log alone");
    assert_eq!(budget.spent(), Spent { granted: 3, by_recovery: 0, withheld: 2 });
}

#[test]
fn a_rack_is_struck_where_every_log_keeps_a_sound_member_in_another() {
    let mut budget = Budget::new(&cast());
    assert!(
        budget.grants(&dark(&[1, 2]), 0, HONEST),
        "3 keeps the first two logs, and the last one is synced"
    );
    assert_eq!(budget.spent(), Spent { granted: 1, by_recovery: 0, withheld: 0 }, "it is one strike");
    assert!(!sound(&budget, 0, 1) && !sound(&budget, 0, 2) && !sound(&budget, 1, 2));
    assert!(!budget.grants(&dark(&[3, 4]), 0, HONEST), "3 holds the first log alone");
    let mut budget = one_is_struck();
    assert!(
        !budget.grants(&dark(&[2, 3]), 0, HONEST),
        "each of them could be struck, and both at once cannot"
    );
    assert_eq!(budget.spent(), Spent { granted: 1, by_recovery: 0, withheld: 1 });
}

#[test]
fn what_one_rack_keeps_alone_and_nobody_syncs_is_struck_with_it_and_only_by_its_power() {
    let cast = Cast { policies: Vec::new(), ..cast() };
    let mut budget = Budget::new(&cast);
    assert!(budget.grants(&dark(&[1, 2, 3, 4]), 0, HONEST));
    assert!(!budget.grants(&dark(&[1]), 0, HONEST), "nobody else is sound any more");
    assert!(budget.grants(&dark(&[1, 2, 3, 4]), 0, HONEST));
    let mut budget = Budget::new(&cast);
    assert!(budget.grants(&at(NodeId(4), Takes::Anything), 0, HONEST));
    assert!(!budget.grants(&dark(&[1, 2, 3]), 0, HONEST), "of the second log they leave only what 4 lost");
    let killed = Strike { takes: Takes::Place, ..dark(&[1, 2, 3, 4]) };
    assert!(!budget.grants(&killed, 0, HONEST), "4 led last, perhaps, and is elected with nothing");
}

#[test]
fn a_rack_that_syncs_before_it_counts_is_struck_as_long_as_all_of_it_is_sound() {
    let policies = (0..3).map(|partition| (log(partition), synced())).collect();
    let cast = Cast { policies, ..cast() };
    let mut budget = Budget::new(&cast);
    assert!(budget.grants(&dark(&[1, 2, 3, 4]), 0, HONEST));
    assert!(!budget.grants(&dark(&[1, 2, 3, 4]), 0, OWING), "their disks owe what they said they had");
    let mut budget = Budget::new(&cast);
    assert!(budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
    assert!(!budget.grants(&dark(&[1, 2, 3, 4]), 0, HONEST), "1 led last, perhaps, and is elected with less");
}

#[test]
fn a_replica_outside_of_all_sets_is_nobody_to_fall_back_on() {
    let mut budget = Budget::new(&cast());
    budget.see(CONTROLLER, &members(0, &[1], &[]));
    assert!(!budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
    budget.see(CONTROLLER, &members(0, &[1], &[2]));
    assert!(budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST), "an eligible one is");
}

#[test]
fn soundness_comes_back_exactly_when_a_new_registration_is_admitted_anew() {
    let steps = [recover(0), register(), members(0, &[2, 3], &[]), members(0, &[1, 2, 3], &[])];
    for left_out in 0..steps.len() {
        let mut budget = one_is_struck();
        let told = steps.iter().enumerate().filter(|(at, _)| *at != left_out);
        told.for_each(|(_, step)| {
            budget.see(if *step == recover(0) || *step == register() { NodeId(1) } else { CONTROLLER }, step)
        });
        assert!(!sound(&budget, 0, 1), "without step {left_out}");
    }
    let mut budget = one_is_struck();
    budget.see(NodeId(1), &steps[0]);
    budget.see(NodeId(1), &steps[1]);
    budget.see(CONTROLLER, &steps[2]);
    assert!(!sound(&budget, 0, 1));
    budget.see(CONTROLLER, &steps[3]);
    assert!(sound(&budget, 0, 1));
    assert!(!sound(&budget, 2, 1), "each log by itself");
}

#[test]
fn whoever_is_admitted_in_the_registration_in_which_it_was_struck_stays_unsound() {
    let mut budget = Budget::new(&cast());
    budget.see(CONTROLLER, &members(0, &[2, 3], &[]));
    assert!(budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST), "bit rot, and nobody notices");
    budget.see(CONTROLLER, &members(0, &[1, 2, 3], &[]));
    budget.see(NodeId(1), &recover(0));
    budget.see(NodeId(1), &register());
    budget.see(CONTROLLER, &members(0, &[1, 2, 3], &[]));
    assert!(!sound(&budget, 0, 1));
}

#[test]
fn who_moves_from_the_eligible_to_the_in_sync_set_was_a_member_all_the_time() {
    let mut budget = one_is_struck();
    budget.see(NodeId(1), &recover(0));
    budget.see(NodeId(1), &register());
    budget.see(CONTROLLER, &members(0, &[2], &[1]));
    budget.see(CONTROLLER, &members(0, &[1, 2], &[]));
    assert!(!sound(&budget, 0, 1));
}

#[test]
fn a_power_loss_takes_nothing_that_counts_only_when_it_is_synced() {
    let policies = (0..3).map(|partition| (log(partition), synced())).collect();
    let cast = Cast { policies, ..cast() };
    let mut budget = Budget::new(&cast);
    for node in [1, 2, 3, 4] {
        assert!(budget.grants(&at(NodeId(node), Takes::Unsynced), 0, HONEST));
    }
    assert!((0..3).all(|partition| (1..=4).all(|node| sound(&budget, partition, node))));
    let mut budget = Budget::new(&cast);
    assert!(budget.grants(&at(NodeId(1), Takes::Unsynced), 0, OWING));
    assert!(!sound(&budget, 2, 1), "its syncs did not do what they said");
}

#[test]
fn one_honest_sync_makes_up_for_a_lie_and_not_for_a_failure_nor_for_a_lie_that_the_power_went_behind() {
    for (takes, then, comes_back) in
        [(LIE, None, true), (FAILURE, None, false), (LIE, Some(Takes::Unsynced), false)]
    {
        let mut budget = Budget::new(&cast());
        assert!(budget.grants(&at(NodeId(1), takes), 0, HONEST));
        assert!(then.is_none_or(|then| budget.grants(&at(NodeId(1), then), 0, OWING)));
        assert!(budget.grants(&at(NodeId(2), Takes::Anything), 0, OWING));
        assert!(!budget.grants(&at(NodeId(3), Takes::Anything), 0, OWING));
        assert_eq!(
            budget.grants(&at(NodeId(3), Takes::Anything), 0, HONEST),
            comes_back,
            "{takes:?} {then:?}"
        );
        assert_eq!(budget.spent().by_recovery, u32::from(comes_back));
    }
}

#[test]
fn the_one_controller_survives_what_takes_unsynced_bytes_as_long_as_its_syncs_did_what_they_said() {
    let mut budget = Budget::new(&cast());
    for takes in [Takes::Unsynced, LIE, FAILURE] {
        assert!(budget.grants(&at(CONTROLLER, takes), 0, HONEST), "{takes:?}");
    }
    assert!(!budget.grants(&at(CONTROLLER, Takes::Unsynced), 0, OWING));
    assert!(!budget.grants(&at(CONTROLLER, Takes::Anything), 0, HONEST));
}

#[test]
fn a_kill_takes_no_data_and_is_withheld_where_it_takes_the_place_of_the_last_sound_member() {
    let mut budget = Budget::new(&cast());
    for node in [1, 2, 3, 4] {
        assert!(budget.grants(&at(NodeId(node), Takes::Place), 0, HONEST), "all are sound");
    }
    assert!(!budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST), "whoever returns loses its place");

    let mut budget = one_is_struck();
    assert!(budget.grants(&at(NodeId(2), Takes::Place), 0, HONEST), "3 keeps all that 1 and 2 have");
    assert!(!budget.grants(&at(NodeId(3), Takes::Place), 0, HONEST));
    assert_eq!(budget.spent(), Spent { granted: 1, by_recovery: 0, withheld: 1 });
}

#[test]
fn who_was_killed_holds_everything_and_is_not_trusted_to_lead_before_it_is_admitted_again() {
    let mut budget = Budget::new(&cast());
    assert!(budget.grants(&at(NodeId(1), Takes::Place), 0, HONEST));
    assert!(!budget.trusts(log(0), NodeId(1)) && budget.trusts(log(0), NodeId(2)));
    budget.see(NodeId(1), &recover(0));
    budget.see(NodeId(1), &register());
    budget.see(CONTROLLER, &members(0, &[2, 3], &[]));
    budget.see(CONTROLLER, &members(0, &[1, 2, 3], &[]));
    assert!(budget.trusts(log(0), NodeId(1)));
}

#[test]
fn a_node_that_halts_by_itself_is_nobody_to_fall_back_on() {
    let mut budget = Budget::new(&cast());
    for node in [2, 3] {
        budget.see(NodeId(node), &Observation::Halted { reason: String::new() });
    }
    assert!(!budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
}

#[test]
fn where_the_controller_keeps_no_eligible_set_the_account_does() {
    let policies = Policies { eligibility: Eligibility::InSyncOnly, ..Policies::default() };
    let cast = Cast { policies: (0..3).map(|partition| (log(partition), policies)).collect(), ..cast() };
    let alone = |cast: &Cast| {
        let mut budget = Budget::new(cast);
        (0..3).for_each(|partition| budget.see(CONTROLLER, &members(partition, &[1], &[])));
        budget
    };
    assert!(
        alone(&cast).grants(&at(NodeId(1), Takes::Anything), 0, HONEST),
        "the others hold what was acknowledged"
    );
    let mut restarted = alone(&cast);
    for node in [2, 3] {
        restarted.see(NodeId(node), &recover(0));
    }
    assert!(!restarted.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
}

#[test]
fn where_one_in_sync_is_enough_the_same_is_struck_as_where_two_must_be() {
    let account_of = |min_isr| {
        let policies = Policies { min_isr, ..Policies::default() };
        Cast { policies: (0..3).map(|partition| (log(partition), policies)).collect(), ..cast() }
    };
    let alone = |min_isr| {
        let mut budget = Budget::new(&account_of(min_isr));
        // With two, the second one that leaves is eligible; with one, the controller tells of nobody.
        let eligible: &[u32] = if min_isr == 1 { &[] } else { &[2] };
        for partition in 0..3 {
            budget.see(CONTROLLER, &members(partition, &[1, 2], &[]));
            budget.see(CONTROLLER, &members(partition, &[1], eligible));
        }
        budget
    };
    for min_isr in [1, 2] {
        let strike = at(NodeId(1), Takes::Anything);
        assert!(alone(min_isr).grants(&strike, 0, HONEST), "min ISR {min_isr}: 2 left after 3 had left");
        let mut both = alone(min_isr);
        assert!(both.grants(&at(NodeId(2), Takes::Anything), 0, HONEST));
        assert!(!both.grants(&strike, 0, HONEST), "min ISR {min_isr}: nobody is left");
    }
}
