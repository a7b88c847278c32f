//! How much may be taken: a strike that takes what a disk had fires only while every log of that machine keeps another member of
//! its in-sync or eligible set that is sound and keeps its place. Beyond that no protocol keeps its promise, and a run would
//! prove nothing.
//!
//! A member of a log is sound until a strike takes, or may take, what it holds. It is sound again when it has been admitted
//! anew: it has read its files again, has registered with the controller, and enters the in-sync set after it had left every
//! set of that log (KIP-903, KIP-966). After a lie of its disk, honest syncs of all that the lie was about are enough.
//!
//! A killed process loses nothing that it wrote, and its place all the same: afterwards nobody can tell it from one whose power
//! was cut, so it leaves both sets when it returns (KIP-966). Where all have left, the last leader is elected. So with one
//! replica unsound, a kill of the last sound member that keeps its place is a strike at data as well:
//! 1. A leads alone, B lags and is eligible. A loses its disk, and B holds what was acknowledged.
//! 2. B is killed before A has returned.
//! 3. Both return and leave both sets; A led last and is elected, with an empty log.

use broker::policy::{Eligibility, Flush, UncleanStop};
use broker::{Mark, NodeId, Observation, Policies, TopicPartition};

use crate::cast::{Cast, Part};
use crate::fault::Takes;
use crate::sabotage::sabotage;

/// Whether a node's disk has written all that it ever said it had, and all that it failed to write before.
pub type Durable<'a> = &'a dyn Fn(NodeId) -> bool;

/// Keeps account of who holds what for certain.
pub struct Budget {
    /// It keeps its log alone.
    controller: Option<NodeId>,
    logs: Vec<LogAccount>,
    spent: Spent,
}

/// What a budget was spent on, in numbers of strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Such as took data, or may have.
    pub granted: u32,
    /// Of these, such as could not have fired if whoever was struck before had not become sound again.
    pub by_recovery: u32,
    /// Such as would have left a log without a sound member that keeps its place.
    pub withheld: u32,
}

/// One log.
struct LogAccount {
    log: TopicPartition,
    policies: Policies,
    replicas: Vec<NodeId>,
    in_sync: Vec<NodeId>,
    eligible: Vec<NodeId>,
    harmed: Vec<Harmed>,
    /// Whoever was ever unsound.
    struck: Vec<NodeId>,
}

/// A replica that was struck.
#[derive(Clone, Copy, Debug)]
struct Harmed {
    node: NodeId,
    harm: Harm,
    progress: Progress,
}

/// What a strike did to a replica; the worst comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    /// It was killed: it will lose its place.
    Killed,
    /// Its disk lied.
    Lied,
    /// What it holds was taken, or may have been.
    Taken,
}

/// How far a replica has come since it was struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Struck,
    /// A new incarnation has read the files.
    Recovered,
    /// The controller knows of that incarnation.
    Registered,
}

impl Budget {
    /// Everything is sound at the beginning, and every replica in sync: all are empty. A log that one machine keeps alone has
    /// nobody to fall back on, so no account is kept of it: what it survives is for the fault model to say.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        let policies =
            |log| cast.policies.iter().find(|(known, _)| *known == log).map(|(_, policies)| *policies);
        let account = |(log, nodes): &(TopicPartition, Vec<NodeId>)| LogAccount {
            log: *log,
            policies: policies(*log).unwrap_or_default(),
            replicas: nodes.clone(),
            in_sync: nodes.clone(),
            eligible: Vec::new(),
            harmed: Vec::new(),
            struck: Vec::new(),
        };
        Budget {
            controller: cast.of(Part::Controller).next().map(|player| player.id),
            logs: cast.placement.iter().filter(|(_, nodes)| nodes.len() > 1).map(account).collect(),
            spent: Spent::default(),
        }
    }

    /// What it was spent on so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// Takes note of what a node observed.
    pub fn see(&mut self, node: NodeId, observation: &Observation) {
        match observation {
            Observation::Members { topic_partition, in_sync, eligible } => {
                let account = self.logs.iter_mut().find(|account| account.log == *topic_partition);
                account.into_iter().for_each(|account| account.decided(in_sync, eligible));
            }
            Observation::Recover { topic_partition, .. } => {
                let account = self.logs.iter_mut().find(|account| account.log == *topic_partition);
                account.into_iter().for_each(|account| account.recovered(node));
            }
            Observation::Mark(Mark::RegisterBroker) => {
                self.logs.iter_mut().for_each(|account| account.registered(node));
            }
            Observation::Halted { .. } => {
                let logs = self.logs.iter_mut().filter(|account| account.replicas.contains(&node));
                logs.for_each(|account| account.strike(node, Harm::Killed));
            }
            _ => {}
        }
    }

    /// Whether a strike may take this from a machine; if so, it is accounted for.
    pub fn grants(&mut self, node: NodeId, takes: Takes, durable: Durable<'_>) -> bool {
        let owes_syncs = !durable(node);
        self.logs.iter_mut().for_each(|account| account.believe_honest_disks(durable));
        let granted = match self.controller == Some(node) {
            true => controller_survives(takes, owes_syncs),
            false => self.logs_survive(node, takes, owes_syncs),
        };
        self.spent.withheld += u32::from(!granted);
        granted
    }

    fn logs_survive(&mut self, node: NodeId, takes: Takes, owes_syncs: bool) -> bool {
        let mut harmed: Vec<(Harm, &mut LogAccount)> = Vec::new();
        for account in self.logs.iter_mut().filter(|account| account.replicas.contains(&node)) {
            harmed.extend(account.harm(takes, owes_syncs).map(|harm| (harm, account)));
        }
        if !harmed.iter().all(|(harm, account)| account.survives(node, *harm)) {
            return false;
        }
        let mut taken = harmed.iter().filter(|(harm, _)| *harm > Harm::Killed).peekable();
        self.spent.granted += u32::from(taken.peek().is_some());
        self.spent.by_recovery += u32::from(taken.any(|(_, account)| account.relies_on_recovered(node)));
        harmed.iter_mut().for_each(|(harm, account)| account.strike(node, *harm));
        true
    }
}

/// The one controller is the only member of its own log, and syncs what it decides before anybody hears of it. So it survives
/// what takes unsynced bytes alone, and a sync that fails or lies as long as the power stays.
fn controller_survives(takes: Takes, owes_syncs: bool) -> bool {
    match takes {
        Takes::Nothing | Takes::Place | Takes::WhatSyncsPromise { .. } => true,
        Takes::Unsynced => !owes_syncs,
        Takes::Anything => false,
    }
}

impl LogAccount {
    /// The controller decided the sets. Whoever enters the in-sync set from outside of both, in a registration made since it was
    /// struck, has fetched what it lost.
    fn decided(&mut self, in_sync: &[NodeId], eligible: &[NodeId]) {
        let (was_in_sync, was_eligible) = (&self.in_sync, &self.eligible);
        let was_member = |node: &NodeId| was_in_sync.contains(node) || was_eligible.contains(node);
        self.harmed.retain(|harmed| {
            let admitted = in_sync.contains(&harmed.node)
                && !was_member(&harmed.node)
                && !sabotage!(SoundnessNeverClears);
            !admitted || harmed.progress != Progress::Registered
        });
        self.eligible = match self.policies.eligibility {
            Eligibility::Kept => eligible.to_vec(),
            // Who would be eligible if the controller kept that set: with it and without it, the same is struck.
            Eligibility::InSyncOnly => {
                let were = self.in_sync.iter().chain(&self.eligible).copied();
                Eligibility::Kept.keep(were, in_sync, self.policies.enough_in_sync(self.replicas.len()))
            }
        };
        self.in_sync = in_sync.to_vec();
    }

    /// A new incarnation of this replica has read its files.
    fn recovered(&mut self, node: NodeId) {
        self.advance(node, Progress::Struck, Progress::Recovered);
        if self.policies.eligibility == Eligibility::InSyncOnly {
            self.eligible.retain(|&member| member != node);
        }
    }

    fn registered(&mut self, node: NodeId) {
        self.advance(node, Progress::Recovered, Progress::Registered);
    }

    fn advance(&mut self, node: NodeId, from: Progress, to: Progress) {
        let harmed = self.harmed.iter_mut().filter(|harmed| harmed.node == node);
        harmed.filter(|harmed| harmed.progress == from).for_each(|harmed| harmed.progress = to);
    }

    /// A disk that lied and has since written all that it said it had.
    fn believe_honest_disks(&mut self, durable: Durable<'_>) {
        self.harmed.retain(|harmed| harmed.harm != Harm::Lied || !durable(harmed.node));
    }

    /// What a strike that takes this does to a replica of this log.
    fn harm(&self, takes: Takes, owes_syncs: bool) -> Option<Harm> {
        let place = (self.policies.unclean_stop == UncleanStop::Detected).then_some(Harm::Killed);
        match takes {
            Takes::Nothing => None,
            Takes::Place => place,
            Takes::Unsynced if self.policies.flush == Flush::BeforeAck && !owes_syncs => place,
            Takes::WhatSyncsPromise { lied: true } => Some(Harm::Lied),
            Takes::Unsynced | Takes::WhatSyncsPromise { .. } | Takes::Anything => Some(Harm::Taken),
        }
    }

    /// Whether somebody sound may still be elected when this has been done to a replica.
    fn survives(&self, node: NodeId, harm: Harm) -> bool {
        let all_sound = self.harmed.iter().all(|harmed| harmed.harm == Harm::Killed);
        let others = || self.others(node).filter(|&other| self.is_sound(other));
        match harm {
            // With all sound, it does not matter who is elected.
            Harm::Killed => all_sound || others().any(|other| self.is_unharmed(other)),
            Harm::Lied => others().next().is_some(),
            Harm::Taken => others().any(|other| self.is_unharmed(other)),
        }
    }

    /// The members of its sets but one.
    fn others(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.in_sync.iter().chain(&self.eligible).copied().filter(move |&other| other != node)
    }

    fn is_sound(&self, node: NodeId) -> bool {
        self.harm_of(node).is_none_or(|harm| harm == Harm::Killed)
    }

    fn is_unharmed(&self, node: NodeId) -> bool {
        self.harm_of(node).is_none()
    }

    fn harm_of(&self, node: NodeId) -> Option<Harm> {
        self.harmed.iter().find(|harmed| harmed.node == node).map(|harmed| harmed.harm)
    }

    /// Whether whoever else may be elected was unsound before.
    fn relies_on_recovered(&self, node: NodeId) -> bool {
        let mut unharmed = self.others(node).filter(|&other| self.is_unharmed(other));
        unharmed.all(|other| self.struck.contains(&other))
    }

    fn strike(&mut self, node: NodeId, harm: Harm) {
        let worst = match self.harm_of(node) {
            None => harm,
            Some(before) if before == harm => harm,
            // A lie can be made up for, and a place admitted to again; both together, only by the latter.
            Some(_) => Harm::Taken,
        };
        self.harmed.retain(|harmed| harmed.node != node);
        self.harmed.push(Harmed { node, harm: worst, progress: Progress::Struck });
        if harm > Harm::Killed && !self.struck.contains(&node) {
            self.struck.push(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use broker::TopicId;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::cast::Player;

    const CONTROLLER: NodeId = NodeId(0);

    fn log(partition: u16) -> TopicPartition {
        TopicPartition { topic: TopicId(0), partition }
    }

    fn synced() -> Policies {
        Policies { flush: Flush::BeforeAck, ..Policies::default() }
    }

    /// Four brokers; three logs on three of them each, of which the last counts only what is synced.
    fn cast() -> Cast {
        let nodes = |first: u32| (0..3).map(|n| NodeId(1 + (first + n) % 4)).collect();
        Cast {
            players: vec![Player::new(CONTROLLER, "controller", Part::Controller)],
            placement: (0..3).map(|partition| (log(partition), nodes(partition.into()))).collect(),
            policies: vec![(log(2), synced())],
            ..Cast::default()
        }
    }

    const LIE: Takes = Takes::WhatSyncsPromise { lied: true };
    const FAILURE: Takes = Takes::WhatSyncsPromise { lied: false };
    const HONEST: Durable<'_> = &|_| true;
    const OWING: Durable<'_> = &|_| false;

    fn members(partition: u16, in_sync: &[u32], eligible: &[u32]) -> Observation {
        let nodes = |ids: &[u32]| ids.iter().copied().map(NodeId).collect();
        Observation::Members {
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
        assert!(budget.grants(NodeId(1), Takes::Anything, HONEST));
        budget
    }

    fn sound(budget: &Budget, partition: usize, node: u32) -> bool {
        budget.logs[partition].is_sound(NodeId(node))
    }

    #[test]
    fn the_last_sound_member_of_any_log_of_a_machine_is_not_struck() {
        let mut budget = one_is_struck();
        assert!(budget.grants(NodeId(2), Takes::Anything, HONEST), "3 keeps all that 1 and 2 have");
        assert!(!budget.grants(NodeId(3), Takes::Anything, HONEST), "it holds the first log alone");
        assert!(budget.grants(NodeId(4), Takes::Anything, HONEST), "3 keeps all that 4 has");
        assert!(!budget.grants(NodeId(3), Takes::Anything, HONEST), "now it holds every log alone");
        assert_eq!(budget.spent(), Spent { granted: 3, by_recovery: 0, withheld: 2 });
    }

    #[test]
    fn a_replica_outside_of_all_sets_is_nobody_to_fall_back_on() {
        let mut budget = Budget::new(&cast());
        budget.see(CONTROLLER, &members(0, &[1], &[]));
        assert!(!budget.grants(NodeId(1), Takes::Anything, HONEST));
        budget.see(CONTROLLER, &members(0, &[1], &[2]));
        assert!(budget.grants(NodeId(1), Takes::Anything, HONEST), "an eligible one is");
    }

    #[test]
    fn soundness_comes_back_exactly_when_a_new_registration_is_admitted_anew() {
        let steps = [recover(0), register(), members(0, &[2, 3], &[]), members(0, &[1, 2, 3], &[])];
        for left_out in 0..steps.len() {
            let mut budget = one_is_struck();
            let told = steps.iter().enumerate().filter(|(at, _)| *at != left_out);
            told.for_each(|(_, step)| {
                budget.see(
                    if *step == recover(0) || *step == register() { NodeId(1) } else { CONTROLLER },
                    step,
                )
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
        assert!(budget.grants(NodeId(1), Takes::Anything, HONEST), "bit rot, and nobody notices");
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
            assert!(budget.grants(NodeId(node), Takes::Unsynced, HONEST));
        }
        assert!((0..3).all(|partition| (1..=4).all(|node| sound(&budget, partition, node))));
        let mut budget = Budget::new(&cast);
        assert!(budget.grants(NodeId(1), Takes::Unsynced, OWING));
        assert!(!sound(&budget, 2, 1), "its syncs did not do what they said");
    }

    #[test]
    fn one_honest_sync_makes_up_for_a_lie_and_not_for_a_failure_nor_for_a_lie_that_the_power_went_behind() {
        for (takes, then, comes_back) in
            [(LIE, None, true), (FAILURE, None, false), (LIE, Some(Takes::Unsynced), false)]
        {
            let mut budget = Budget::new(&cast());
            assert!(budget.grants(NodeId(1), takes, HONEST));
            assert!(then.is_none_or(|then| budget.grants(NodeId(1), then, OWING)));
            assert!(budget.grants(NodeId(2), Takes::Anything, OWING));
            assert!(!budget.grants(NodeId(3), Takes::Anything, OWING));
            assert_eq!(budget.grants(NodeId(3), Takes::Anything, HONEST), comes_back, "{takes:?} {then:?}");
            assert_eq!(budget.spent().by_recovery, u32::from(comes_back));
        }
    }

    #[test]
    fn the_one_controller_survives_what_takes_unsynced_bytes_as_long_as_its_syncs_did_what_they_said() {
        let mut budget = Budget::new(&cast());
        for takes in [Takes::Unsynced, LIE, FAILURE] {
            assert!(budget.grants(CONTROLLER, takes, HONEST), "{takes:?}");
        }
        assert!(!budget.grants(CONTROLLER, Takes::Unsynced, OWING));
        assert!(!budget.grants(CONTROLLER, Takes::Anything, HONEST));
    }

    #[test]
    fn a_kill_takes_no_data_and_is_withheld_where_it_takes_the_place_of_the_last_sound_member() {
        let mut budget = Budget::new(&cast());
        for node in [1, 2, 3, 4] {
            assert!(budget.grants(NodeId(node), Takes::Place, HONEST), "all are sound");
        }
        assert!(!budget.grants(NodeId(1), Takes::Anything, HONEST), "whoever returns loses its place");

        let mut budget = one_is_struck();
        assert!(budget.grants(NodeId(2), Takes::Place, HONEST), "3 keeps all that 1 and 2 have");
        assert!(!budget.grants(NodeId(3), Takes::Place, HONEST));
        assert_eq!(budget.spent(), Spent { granted: 1, by_recovery: 0, withheld: 1 });
    }

    #[test]
    fn a_node_that_halts_by_itself_is_nobody_to_fall_back_on() {
        let mut budget = Budget::new(&cast());
        for node in [2, 3] {
            budget.see(NodeId(node), &Observation::Halted { reason: String::new() });
        }
        assert!(!budget.grants(NodeId(1), Takes::Anything, HONEST));
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
            alone(&cast).grants(NodeId(1), Takes::Anything, HONEST),
            "the others hold what was acknowledged"
        );
        let mut restarted = alone(&cast);
        for node in [2, 3] {
            restarted.see(NodeId(node), &recover(0));
        }
        assert!(!restarted.grants(NodeId(1), Takes::Anything, HONEST));
    }

    /// Something that can happen to a node, by number.
    fn happen(budget: &mut Budget, what: u8, node: u32, other: u32, partition: u16) {
        let takes = [Takes::Unsynced, LIE, FAILURE, Takes::Anything, Takes::Place];
        let durable = |asked: NodeId| asked.0 != other;
        let account = &budget.logs[usize::from(partition)];
        let replicas: Vec<u32> = account.replicas.iter().map(|replica| replica.0).collect();
        let (some, rest): (Vec<u32>, Vec<u32>) =
            replicas.into_iter().partition(|id| *id != node && *id != other);
        match what {
            0..5 => drop(budget.grants(NodeId(node), takes[usize::from(what)], &durable)),
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
                    budget.logs.iter().map(has_sound).collect()
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
                    budget.logs.iter().map(unsound).collect()
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
}
