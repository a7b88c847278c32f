//! What a run was about, as a fold over observations: how much was attempted, what was outstanding when faults struck, and
//! whether everything has come to rest.

mod item;
mod sends;

use std::collections::BTreeMap;

use broker::{Epoch, GroupId, Micros, NodeId, Observation, Offset, Phase, TopicPartition};

pub use item::{Item, Outstanding, Seen};
pub use sends::SendersWaited;

use sends::Sends;

use crate::chaos::cast::{Cast, Part};
use crate::chaos::fault::FaultKind;
use crate::chaos::harm::Harms;
use crate::chaos::nemesis::Spent;

/// For how long nothing must happen before a run counts as quiet, in simulated microseconds.
const QUIET_FOR: Micros = 250_000;

/// The running account.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    producers: usize,
    intents: u64,
    acknowledged: u64,
    refused: u64,
    unresolved: u64,
    open_sends: u64,
    sends: Sends,
    /// Producers that are through, in this incarnation.
    finished: Vec<NodeId>,
    logs: BTreeMap<TopicPartition, LogState>,
    kept: BTreeMap<TopicPartition, Kept>,
    /// How far each group has settled each log.
    settled: BTreeMap<(GroupId, TopicPartition), Offset>,
    last_activity: Micros,
    /// The faults that fired and are not over.
    fired: Vec<Fired>,
    /// Whether some of them last and have met no outstanding work so far.
    watching: bool,
    tally: Tally,
}

/// A fault that fired, of which it is not known yet what it did.
#[derive(Clone, Copy, Debug)]
struct Fired {
    step: usize,
    fault: FaultKind,
    /// Which kinds of work were outstanding when it fired.
    met: [bool; Outstanding::ALL.len()],
    /// Whether it struck several hosts.
    at_once: bool,
    /// Whether it lasts until it is healed: what comes to be outstanding meanwhile it meets, too.
    lasts: bool,
    /// Whether work was outstanding when it fired, or while it lasted.
    on_work: bool,
}

/// What faults met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Faults whose moment came.
    pub fired: u32,
    /// Of these, such as did something: something was lost, delayed, refused, killed or taken because of them.
    pub struck: u32,
    /// Of those that did something, such as fired or lasted while an unacknowledged, unreplicated or unsettled record existed.
    pub on_outstanding: u32,
    /// Strikes that take data: how many fired, and how many were withheld.
    pub budget: Spent,
    /// What was seen, for the coverage of a sweep.
    pub seen: Seen,
}

#[derive(Clone, Copy, Debug, Default)]
struct LogState {
    epoch: Epoch,
    end: Offset,
    watermark: Offset,
}

/// How widely a log is kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// So many brokers keep it.
    on: usize,
    /// Of these, so many are in sync, as the controller decided last.
    in_sync: usize,
}

impl Coverage {
    /// An empty account of a run of this cast. Every group is to settle every log, also one that it was never given: the
    /// coordinator may have been slow for as long as the producers took.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        let logs = || cast.logs_of_records().map(|(log, _)| *log);
        let groups = (0..cast.groups.len()).map(|group| GroupId(group as u16));
        let unsettled = |group| logs().map(move |log| ((group, log), 0));
        let kept = |nodes: &Vec<NodeId>| Kept { on: nodes.len(), in_sync: nodes.len() };
        Coverage {
            producers: cast.of(Part::Producer).count(),
            kept: cast.placement.iter().map(|(log, nodes)| (*log, kept(nodes))).collect(),
            settled: groups.flat_map(unsettled).collect(),
            ..Coverage::default()
        }
    }

    /// Takes note of what a node observed.
    pub fn see(&mut self, now: Micros, node: NodeId, observation: &Observation) {
        self.tally.seen.happened(observation.kind());
        match *observation {
            Observation::Intent { .. } => {
                self.intents += 1;
                self.finished.retain(|&finished| finished != node);
            }
            Observation::Send { phase: Phase::Invoke, id, topic_partition, .. } => {
                self.open_sends += 1;
                self.sends.began(now, node, topic_partition, id);
            }
            Observation::Send { phase, id, topic_partition, .. } => {
                self.open_sends = self.open_sends.saturating_sub(1);
                self.sends.ended(now, topic_partition, id, phase == Phase::Ok);
                self.acknowledged += u64::from(phase == Phase::Ok);
                self.refused += u64::from(phase == Phase::Fail);
                self.unresolved += u64::from(phase == Phase::Info);
            }
            Observation::Unconfirmed { id, topic_partition } => {
                self.open_sends = self.open_sends.saturating_sub(1);
                self.sends.ended(now, topic_partition, id, false);
            }
            Observation::Lead { topic_partition, epoch, end } => self.led(topic_partition, epoch, end),
            Observation::Append { topic_partition, offset, epoch, .. } => {
                let log = self.logs.entry(topic_partition).or_default();
                if epoch == log.epoch {
                    log.end = log.end.max(offset + 1);
                }
            }
            // What a leader of the past still has to say must not take anything back.
            Observation::Watermark { topic_partition, offset } => {
                let log = self.logs.entry(topic_partition).or_default();
                log.watermark = log.watermark.max(offset);
            }
            Observation::Settle { phase: Phase::Ok, group, topic_partition, upto, .. }
            | Observation::Position { group, topic_partition, settled: upto } => {
                let settled = self.settled.entry((group, topic_partition)).or_default();
                *settled = upto.max(*settled);
            }
            Observation::Members { topic_partition, in_sync: ref members, .. }
            | Observation::Voters { topic_partition, voters: ref members, .. } => {
                if let Some(kept) = self.kept.get_mut(&topic_partition) {
                    kept.in_sync = members.len();
                }
                return;
            }
            Observation::Finished => self.finished.push(node),
            Observation::Began => {
                self.finished.retain(|&finished| finished != node);
                self.sends.gone(now, node);
            }
            Observation::Grant { .. }
            | Observation::Poll { .. }
            | Observation::Effect { .. }
            | Observation::Apply { .. } => {}
            _ => return,
        }
        self.last_activity = now;
        if self.watching && self.has_outstanding() {
            self.watching = false;
            self.fired.iter_mut().for_each(|fired| fired.on_work |= fired.lasts);
        }
    }

    /// Takes note of the fault of this step, which begins to act now, on so many hosts, and may last until it is healed.
    pub fn fired(&mut self, step: usize, fault: FaultKind, hosts: usize, lasts: bool) {
        let met = Outstanding::ALL.map(|work| self.is_outstanding(work));
        let on_work = met.contains(&true);
        self.watching |= lasts && !on_work;
        self.tally.fired += 1;
        self.tally.seen.fired(fault);
        self.fired.push(Fired { step, fault, met, at_once: hosts > 1, lasts, on_work });
    }

    /// The fault of this step is over, and this is what it did.
    pub fn did(&mut self, step: usize, harms: Harms) {
        let Some(at) = self.fired.iter().position(|fired| fired.step == step) else { return };
        let Fired { fault, met, at_once, on_work, .. } = self.fired.swap_remove(at);
        if harms.is_empty() {
            return;
        }
        self.tally.struck += 1;
        self.tally.on_outstanding += u32::from(on_work);
        self.tally.seen.did(fault, harms);
        let struck = Outstanding::ALL.into_iter().zip(met).filter(|(_, met)| *met);
        struck.for_each(|(work, _)| self.tally.seen.struck(fault, at_once, work));
    }

    fn has_outstanding(&self) -> bool {
        Outstanding::ALL.into_iter().any(|work| self.is_outstanding(work))
    }

    fn is_outstanding(&self, work: Outstanding) -> bool {
        match work {
            Outstanding::Unacknowledged => self.open_sends > 0,
            Outstanding::Unreplicated => self.logs.values().any(|log| log.end > log.watermark),
            Outstanding::Unsettled => self.settled.iter().any(|(&(_, log), &upto)| upto < self.end_of(log)),
        }
    }

    /// Takes note that the process of this node was ended.
    pub fn ended(&mut self, now: Micros, node: NodeId) {
        self.sends.gone(now, node);
    }

    /// Takes note of what the budget for data was spent on.
    pub fn budget(&mut self, spent: Spent) {
        self.tally.budget = spent;
        self.tally.seen.recovered_to_be_struck(spent.by_recovery > 0);
    }

    /// Takes note that everything was healed: what waited for that moves now.
    pub fn healed(&mut self, now: Micros) {
        self.last_activity = now;
    }

    /// Why not everything has come to rest, in words; `None` when every producer is through, every log replicated, every
    /// group at its end, every replica in sync, and nothing has happened for a while.
    #[must_use]
    pub fn unrest(&self, now: Micros) -> Option<String> {
        if self.finished.len() < self.producers {
            return Some(format!("only {} of {} producers are through", self.finished.len(), self.producers));
        }
        if let Some((log, LogState { watermark, end, .. })) =
            self.logs.iter().find(|(_, state)| state.watermark < state.end)
        {
            return Some(format!("{log} is replicated up to {watermark} of {end}"));
        }
        if let Some((&(_, log), upto)) =
            self.settled.iter().find(|&(&(_, log), &upto)| upto < self.end_of(log))
        {
            return Some(format!("{log} is settled up to {upto} of {}", self.end_of(log)));
        }
        if let Some(left_out) = self.left_out() {
            return Some(left_out);
        }
        (self.last_activity + QUIET_FOR > now).then(|| "something happened just now".to_owned())
    }

    /// Which log has a replica that is not in sync, in words.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        let (log, Kept { in_sync, on }) = self.kept.iter().find(|(_, kept)| kept.in_sync < kept.on)?;
        Some(format!("{in_sync} of {on} replicas of {log} are in sync"))
    }

    /// Whether every group has settled all that it can see.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let visible = |log| self.logs.get(log).map_or(0, |state| state.watermark);
        self.settled.iter().all(|((_, log), &upto)| upto >= visible(log))
    }

    /// Business facts so far.
    #[must_use]
    pub fn intents(&self) -> u64 {
        self.intents
    }

    /// Facts that a broker acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Sends that failed for certain.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Sends of which nobody learned whether they failed.
    #[must_use]
    pub fn unresolved(&self) -> u64 {
        self.unresolved
    }

    /// What senders waited, in a run that ends now.
    #[must_use]
    pub fn senders_waited(&self, now: Micros) -> SendersWaited {
        self.sends.waited(now)
    }

    /// What faults met.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    fn led(&mut self, log: TopicPartition, epoch: Epoch, end: Offset) {
        let log = self.logs.entry(log).or_default();
        if epoch >= log.epoch {
            (log.epoch, log.end) = (epoch, end);
            log.watermark = log.watermark.min(end);
        }
    }

    fn end_of(&self, log: TopicPartition) -> Offset {
        self.logs.get(&log).map_or(0, |state| state.end)
    }
}

#[cfg(test)]
mod tests {
    use broker::{MessageId, TopicId};

    use super::*;
    use crate::chaos::harm::Harm;

    #[test]
    fn a_group_that_was_given_nothing_is_not_at_rest_while_there_is_something() {
        let log = TopicPartition { topic: TopicId(0), partition: 0 };
        let cast = Cast {
            groups: vec!["billing".to_owned()],
            placement: vec![(log, vec![NodeId(1)])],
            ..Cast::default()
        };
        let mut coverage = Coverage::new(&cast);
        assert_eq!(coverage.unrest(QUIET_FOR), None, "there is nothing to settle");
        let id = MessageId { producer: 1, number: 0 };
        coverage.see(0, NodeId(1), &Observation::Append { topic_partition: log, offset: 0, epoch: 0, id });
        coverage.see(0, NodeId(1), &Observation::Watermark { topic_partition: log, offset: 1 });
        assert!(coverage.unrest(QUIET_FOR).is_some_and(|why| why.ends_with("is settled up to 0 of 1")));
        let (group, generation) = (GroupId(0), 1);
        let phase = Phase::Ok;
        coverage.see(
            0,
            NodeId(2),
            &Observation::Settle { phase, group, topic_partition: log, upto: 1, generation },
        );
        assert_eq!(coverage.unrest(QUIET_FOR), None);
    }

    #[test]
    fn a_log_whose_replica_is_not_in_sync_is_not_at_rest() {
        let log = TopicPartition { topic: TopicId(0), partition: 0 };
        let replicas = vec![NodeId(1), NodeId(2), NodeId(3)];
        let cast = Cast { placement: vec![(log, replicas.clone())], ..Cast::default() };
        let mut coverage = Coverage::new(&cast);
        assert_eq!(coverage.unrest(QUIET_FOR), None, "all are in sync at the beginning");
        let decided = |in_sync: &[NodeId]| Observation::Members {
            term: 0,
            topic_partition: log,
            in_sync: in_sync.to_vec(),
            eligible: Vec::new(),
        };
        coverage.see(0, NodeId(0), &decided(&replicas[..2]));
        let unrest = coverage.unrest(QUIET_FOR).unwrap();
        assert!(unrest.starts_with("2 of 3 replicas"), "{unrest}");
        assert_eq!(coverage.left_out(), Some(unrest));
        coverage.see(0, NodeId(0), &decided(&replicas));
        assert_eq!(coverage.unrest(QUIET_FOR), None);
    }

    /// What a fault that fires when nothing is outstanding, before a send begins, counts as.
    fn on_outstanding(lasts: bool, harm: Option<Harm>) -> (u32, u32) {
        let mut coverage = Coverage::new(&Cast::default());
        coverage.fired(0, FaultKind::Pause, 1, lasts);
        let id = MessageId { producer: 1, number: 0 };
        let log = TopicPartition { topic: TopicId(0), partition: 0 };
        let send = Observation::Send { phase: Phase::Invoke, id, topic_partition: log, offset: None };
        coverage.see(0, NodeId(1), &send);
        coverage.did(0, harm.into_iter().collect());
        (coverage.tally().struck, coverage.tally().on_outstanding)
    }

    #[test]
    fn a_fault_that_lasts_meets_what_is_begun_meanwhile_and_one_that_did_nothing_struck_nothing() {
        assert_eq!(on_outstanding(true, Some(Harm::Postponed)), (1, 1));
        assert_eq!(on_outstanding(false, Some(Harm::Postponed)), (1, 0));
        assert_eq!(on_outstanding(true, None), (0, 0));
    }
}
