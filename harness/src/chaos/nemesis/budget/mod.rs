//! How much may be taken: a strike that takes what a disk had fires only while every log of that machine keeps another member of
//! its in-sync or eligible set that is sound and keeps its place. Beyond that no protocol keeps its promise, and a run would
//! prove nothing. Where the controller keeps no eligible set, or one in sync is enough for it, those count as eligible who would be if it
//! kept that set and two had to be in sync: what loses data there is struck as often as what does not.
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
//!
//! A strike at a rack is one strike that takes all who stand in it. A log whose replicas all stand there, none of which syncs before it
//! counts, has nobody to fall back on by its placement and not by what struck before: that is for the fault model to say, as of a log that
//! one machine keeps alone.
//!
//! A place can also be lost without anything being taken: who does not reach the controller is fenced when its session ends, and the
//! members that are left may be those that lost their disks a moment ago, of which nobody knows yet. So nobody is fallen back on
//! whom a fault touches, its link to the controller included; and no fault touches the last one to fall back on while a member is
//! unsound:
//! 1. A, B and C are in sync. The connection from A to the controller is half-open since 400 ms.
//! 2. B and C lose their disks, and are down.
//! 3. The session of A ends before theirs. B is elected, and C after it, and none of them holds anything.

mod account;
mod places;
#[cfg(test)]
mod tests;
mod voters;

use std::any::Any;

use broker::{Mark, Micros, NodeId, Observation, TopicPartition};

use crate::chaos::cast::Cast;
use crate::chaos::fault::{Struck, Takes};

use account::{Harm, LogAccount};
use places::Places;
use voters::VoterAccount;

/// Whether a node's disk has written all that it ever said it had, and all that it failed to write before.
pub type Durable<'a> = &'a dyn Fn(NodeId) -> bool;

/// Keeps account of who holds what for certain.
pub struct Budget {
    logs: Vec<Box<dyn Account>>,
    places: Places,
    /// The one controller, which is spared what it does not survive.
    spared: Option<NodeId>,
    spent: Spent,
}

/// Who holds what of one log for certain, by the rules of whoever says who leads it.
trait Account: Any {
    /// Which log.
    fn log(&self) -> TopicPartition;

    /// Whether a node keeps it.
    fn keeps(&self, node: NodeId) -> bool;

    /// Takes note of what a node observed.
    fn see(&mut self, node: NodeId, observation: &Observation);

    /// A disk that lied has since written all that it said it had.
    fn believe_honest_disks(&mut self, durable: Durable<'_>);

    /// What a strike that takes this does to a replica.
    fn harm(&self, takes: Takes, owes_syncs: bool) -> Option<Harm>;

    /// Whether whoever may be elected holds everything, and somebody may, when these replicas were harmed and those were touched; of
    /// others, some may be at risk to lose their place already.
    fn survives(
        &self,
        harmed: &[(NodeId, Harm)],
        touched: &[NodeId],
        at_risk: &dyn Fn(NodeId) -> bool,
    ) -> bool;

    /// This was done to a replica.
    fn strike(&mut self, node: NodeId, harm: Harm);

    /// Whether what a replica holds is all that it ever held, and it keeps its place.
    fn trusts(&self, node: NodeId) -> bool;

    /// Whether a strike at these nodes could not fire if nobody had become sound again who was struck before.
    fn relies_on_recovered(&self, nodes: &[NodeId]) -> bool;
}

/// A strike that is to be.
#[derive(Clone, Debug)]
pub struct Strike {
    /// What it takes.
    pub takes: Takes,
    /// Whose disks it takes that from.
    pub from: Vec<NodeId>,
    /// Who may lose its place among those in sync because of it.
    pub touches: Vec<NodeId>,
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

impl Budget {
    /// Everything is sound at the beginning, and every replica in sync: all are empty. A log that one machine keeps alone has
    /// nobody to fall back on, so no account is kept of it: what it survives is for the fault model to say.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        let policies =
            |log| cast.policies.iter().find(|(known, _)| *known == log).map(|(_, policies)| *policies);
        let kept = cast.placement.iter().filter(|(_, nodes)| nodes.len() > 1);
        let account = |(log, nodes): &(TopicPartition, Vec<NodeId>)| -> Box<dyn Account> {
            let policies = policies(*log).unwrap_or_default();
            match cast.votes_on(*log) {
                true => Box::new(VoterAccount::new(*log, policies, nodes)),
                false => Box::new(LogAccount::new(*log, policies, nodes)),
            }
        };
        let places = Places::new(cast);
        let spared = places.decides_alone();
        Budget { logs: kept.map(account).collect(), places, spared, spent: Spent::default() }
    }

    /// The same, in which the one controller is spared nothing where a variant is about that.
    #[must_use]
    pub fn spending_the_controller(mut self, spent: bool) -> Self {
        self.spared = self.spared.filter(|_| !spent);
        self
    }

    /// What it was spent on so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// Whether what this replica holds of a log is all that it ever held, and it keeps its place: who was killed and has not
    /// returned yet leaves the sets when it does, and is not elected.
    #[must_use]
    pub fn trusts(&self, log: TopicPartition, node: NodeId) -> bool {
        self.logs.iter().filter(|account| account.log() == log).all(|account| account.trusts(node))
    }

    /// Whether a broker may lose its place because of what struck it, or its link to a controller, a moment ago.
    #[must_use]
    pub fn puts_at_risk(&self, broker: NodeId, now: Micros) -> bool {
        self.places.is_at_risk(broker, now)
    }

    /// Takes note of what a node observed.
    pub fn see(&mut self, node: NodeId, observation: &Observation) {
        self.logs.iter_mut().for_each(|account| account.see(node, observation));
        if let Observation::Mark(Mark::RegisterBroker) = observation {
            self.places.registered(node);
        }
    }

    /// Whether this may strike; if so, what it takes is accounted for.
    pub fn grants(&mut self, strike: &Strike, now: Micros, durable: Durable<'_>) -> bool {
        self.logs.iter_mut().for_each(|account| account.believe_honest_disks(durable));
        let alone = self.spared.filter(|controller| strike.from.contains(controller));
        let granted = alone.is_none_or(|node| controller_survives(strike.takes, !durable(node)))
            && self.logs_survive(strike, now, durable);
        self.spent.withheld += u32::from(!granted);
        granted
    }

    fn logs_survive(&mut self, strike: &Strike, now: Micros, durable: Durable<'_>) -> bool {
        let mut harmed: Vec<(usize, NodeId, Harm)> = Vec::new();
        for (log, account) in self.logs.iter().enumerate() {
            let replicas = strike.from.iter().copied().filter(|&node| account.keeps(node));
            let harm = |node| Some((log, node, account.harm(strike.takes, !durable(node))?));
            harmed.extend(replicas.filter_map(harm));
        }
        for (log, account) in self.logs.iter().enumerate() {
            let its: Vec<(NodeId, Harm)> =
                harmed.iter().filter(|(of, ..)| *of == log).map(|&(_, node, harm)| (node, harm)).collect();
            if !account.survives(&its, &strike.touches, &|node| self.places.is_at_risk(node, now)) {
                return false;
            }
        }
        let taken = |log: usize| {
            let of_log = harmed.iter().filter(move |(of, _, harm)| *of == log && *harm > Harm::Killed);
            of_log.map(|&(_, node, _)| node).collect::<Vec<NodeId>>()
        };
        let mut taken =
            self.logs.iter().zip((0..).map(taken)).filter(|(_, nodes)| !nodes.is_empty()).peekable();
        self.spent.granted += u32::from(taken.peek().is_some());
        let by_recovery = taken.any(|(account, nodes)| account.relies_on_recovered(&nodes));
        self.spent.by_recovery += u32::from(by_recovery);
        harmed.iter().for_each(|&(log, node, harm)| self.logs[log].strike(node, harm));
        true
    }

    /// Who may lose its place because of what this touches.
    #[must_use]
    pub fn touched(&self, struck: &Struck) -> Vec<NodeId> {
        self.places.touched(struck)
    }

    /// A step of a schedule has struck these, and goes on until it is over.
    pub fn began(&mut self, step: usize, touches: Vec<NodeId>) {
        self.places.began(step, touches);
    }

    /// A step is over.
    pub fn over(&mut self, step: usize, now: Micros) {
        self.places.over(step, now);
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
