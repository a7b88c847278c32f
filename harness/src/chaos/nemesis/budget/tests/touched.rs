//! Whom a fault touches without taking anything: its place in sync may be the next that is lost.

use super::*;
use crate::chaos::link::Link;

/// A fault touches these by themselves, and the link from these to the controller.
fn struck(nodes: &[u32], links: &[u32]) -> Struck {
    let link = |&node: &u32| Link { from: NodeId(node), to: CONTROLLER };
    Struck {
        target: String::new(),
        nodes: nodes.iter().copied().map(NodeId).collect(),
        links: links.iter().map(link).collect(),
        later: Vec::new(),
        healing: Vec::new(),
    }
}

fn touching(budget: &Budget, nodes: &[u32], links: &[u32]) -> Strike {
    Strike { takes: Takes::Nothing, from: Vec::new(), touches: budget.touched(&struck(nodes, links)) }
}

#[test]
fn nobody_is_fallen_back_on_whom_a_fault_touches_or_touched_a_moment_ago() {
    for (nodes, links) in [(&[3][..], &[][..]), (&[], &[3])] {
        let mut budget = Budget::new(&cast());
        let strike = touching(&budget, nodes, links);
        assert!(budget.grants(&strike, 0, HONEST));
        budget.began(0, strike.touches);
        assert!(
            budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST),
            "2 keeps the first log, 4 the others"
        );
        assert!(!budget.grants(&at(NodeId(2), Takes::Anything), 0, HONEST));
        budget.over(0, 10);
        assert!(!budget.grants(&at(NodeId(2), Takes::Anything), 10 + STEADY - 1, HONEST));
        assert!(budget.grants(&at(NodeId(2), Takes::Anything), 10 + STEADY, HONEST));
    }
}

#[test]
fn while_a_replica_is_unsound_no_fault_touches_the_last_one_to_fall_back_on() {
    let mut budget = one_is_struck();
    let others = touching(&budget, &[2], &[]);
    assert!(budget.grants(&others, 0, HONEST), "3 keeps all that 1 and 2 have");
    budget.began(0, others.touches);
    let last = touching(&budget, &[], &[3]);
    assert!(!budget.grants(&last, 0, HONEST));
    budget.over(0, 0);
    assert!(budget.grants(&last, STEADY, HONEST));
    (0..3).for_each(|partition| budget.see(CONTROLLER, &members(partition, &[2, 3, 4], &[])));
    let all = touching(&budget, &[2, 3, 4], &[]);
    assert!(budget.grants(&all, 0, HONEST), "nobody who is unsound is in any set");
}

#[test]
fn an_eligible_replica_has_no_place_in_sync_to_lose() {
    let mut budget = Budget::new(&cast());
    (0..3).for_each(|partition| budget.see(CONTROLLER, &members(partition, &[1], &[2])));
    budget.began(0, vec![NodeId(2)]);
    assert!(budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
}

#[test]
fn who_registers_anew_is_at_risk_no_longer_because_of_what_is_over() {
    let mut budget = Budget::new(&cast());
    budget.began(0, vec![NodeId(2)]);
    budget.over(0, 0);
    assert!(budget.grants(&at(NodeId(3), Takes::Anything), 0, HONEST), "1 and 4 keep what 3 has");
    assert!(!budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
    budget.see(NodeId(2), &register());
    assert!(budget.grants(&at(NodeId(1), Takes::Anything), 0, HONEST));
}

#[test]
fn a_cut_between_brokers_or_from_clients_touches_nobodys_place() {
    let budget = Budget::new(&cast());
    let between = Link { from: NodeId(1), to: NodeId(2) };
    let from_client = Link { from: NodeId(101), to: CONTROLLER };
    let links = vec![between, from_client];
    assert_eq!(budget.touched(&Struck { links, ..struck(&[], &[]) }), []);
}
