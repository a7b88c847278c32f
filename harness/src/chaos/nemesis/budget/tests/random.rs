//! Random strikes and decisions: what holds whatever happens.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Something that can happen to a node, by number.
fn happen(budget: &mut Budget, what: u8, node: u32, other: u32, partition: u16) {
    let takes = [Takes::Unsynced, LIE, FAILURE, Takes::Anything, Takes::Place];
    let durable = |asked: NodeId| asked.0 != other;
    let account = sets(&budget.logs[usize::from(partition)]);
    let replicas: Vec<u32> = account.replicas.iter().map(|replica| replica.0).collect();
    let (some, rest): (Vec<u32>, Vec<u32>) = replicas.into_iter().partition(|id| *id != node && *id != other);
    match what {
        0..5 => drop(budget.grants(&at(NodeId(node), takes[usize::from(what)]), 0, &durable)),
        5 => budget.see(NodeId(node), &recover(partition)),
        6 => budget.see(NodeId(node), &register()),
        7 => budget.see(CONTROLLER, &members(partition, &some, &rest)),
        _ => budget.see(CONTROLLER, &members(partition, &[some.clone(), rest].concat(), &[])),
    }
}

proptest! {
    /// The controller decides of replicas here what it wants: a set of unsound ones alone is then nobody's strike.
    #[test]
    fn no_strike_leaves_a_log_without_a_sound_member(
        steps in vec((0..9_u8, 1..5_u32, 1..5_u32, 0..3_u16), 0..60)
    ) {
        let mut budget = Budget::new(&cast());
        for (what, node, other, partition) in steps {
            let safe = |budget: &Budget| -> Vec<bool> {
                let has_sound = |account: &LogAccount| {
                    let members = account.in_sync.iter().chain(&account.eligible);
                    members.into_iter().any(|&member| account.is_sound(member))
                };
                budget.logs.iter().map(sets).map(has_sound).collect()
            };
            let before = safe(&budget);
            happen(&mut budget, what, node, other, partition);
            let after = safe(&budget);
            let struck = what < 5;
            prop_assert!(!struck || before.iter().zip(&after).all(|(before, after)| after >= before));
        }
    }

    #[test]
    fn what_is_withheld_changes_nothing(
        steps in vec((0..9_u8, 1..5_u32, 1..5_u32, 0..3_u16), 0..60)
    ) {
        let mut budget = Budget::new(&cast());
        for (what, node, other, partition) in steps {
            let told = |budget: &Budget| -> Vec<Vec<NodeId>> {
                let unsound = |account: &LogAccount| account.harmed.iter().map(|one| one.node).collect();
                budget.logs.iter().map(sets).map(unsound).collect()
            };
            let (before, spent) = (told(&budget), budget.spent());
            happen(&mut budget, what, node, other, partition);
            let withheld = budget.spent().withheld > spent.withheld;
            // A lie that has been made up for is found out by asking.
            let lost = told(&budget).iter().zip(&before).all(|(now, then)| now.iter().all(|node| then.contains(node)));
            prop_assert!(!withheld || lost);
        }
    }
}
