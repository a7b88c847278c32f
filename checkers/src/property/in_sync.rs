//! Claim: who may be elected holds all that was called safe, at every moment of the run. `incomplete`, broker: a replica of the in-sync
//! or the eligible set of a log, as decided last, did not hold everything below the high watermark. Told once for each log.
//!
//! It is judged when the leader moves the watermark; when the controller lets a replica in; and when it has told a broker that came
//! back that it is registered, for then the decision whether it keeps its place has been made. In between a broker that has lost what
//! it held is still in the sets, until somebody notices.
//!
//! Source: Raft's leader completeness (Ongaro, Ousterhout 2014); Kafka's in-sync replicas as specified in TLA+ (`StrongIsr` of
//! <https://github.com/hachikuji/kafka-specification>); KIP-966 for the eligible set.
//!
//! Does not see the leader itself, nor how much of a replica's log is synced. Where a run goes on until somebody of these is
//! elected, what is missing shows as a loss; most runs do not.

use std::collections::BTreeMap;

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Members, Name, Offset, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct InSync {
    /// In the order in which they were heard of.
    logs: Vec<Log>,
    places: BTreeMap<TopicPartition, usize>,
    short: Vec<Short>,
}

/// What was decided of a log, and how much of it was called safe.
struct Log {
    id: TopicPartition,
    safe: Offset,
    members: Members,
    holdings: Vec<Holding>,
}

/// What a replica holds, as far as it said so.
struct Holding {
    replica: Name,
    /// Nothing while it leads, and after that until it says so again.
    end: Option<Offset>,
    /// It has come back, and nobody has decided yet whether it keeps its place.
    returning: bool,
}

/// A replica that may be elected and holds too little.
#[derive(Clone, Copy)]
struct Short {
    time: Time,
    log: TopicPartition,
    replica: Name,
    end: Offset,
    safe: Offset,
}

impl Checker for InSync {
    fn name(&self) -> &'static str {
        "in-sync"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[
            EventKind::Members,
            EventKind::Registered,
            EventKind::Watermark,
            EventKind::Committed,
            EventKind::Replicated,
            EventKind::Truncate,
            EventKind::Recover,
            EventKind::Lead,
        ])
    }

    fn see(&mut self, entry: &Entry) {
        let (time, process) = (entry.time, entry.process);
        match entry.event {
            Event::Replicated { log, end } => self.holding(process, log).end = Some(end),
            Event::Truncate { log, to, .. } => {
                let holding = self.holding(process, log);
                holding.end = holding.end.map(|end| end.min(to));
            }
            Event::Recover { log, end, .. } => {
                let holding = self.holding(process, log);
                (holding.end, holding.returning) = (Some(end), true);
            }
            Event::Lead { log, .. } => self.holding(process, log).end = None,
            Event::Watermark { log, offset } => {
                let log = self.log(log);
                // Of a leader that is alone, what this step appends comes to nothing if its disk is full.
                if self.logs[log].members.others(process) {
                    self.is_safe(log, offset);
                    self.judge(time, log, |member| member != process);
                }
            }
            Event::Committed { log, watermark, .. } => {
                let log = self.log(log);
                self.is_safe(log, watermark);
            }
            Event::Members { log, ref members } => {
                let log = self.log(log);
                let before = std::mem::replace(&mut self.logs[log].members, Members::clone(members));
                self.judge(time, log, |member| !before.contains(member));
            }
            Event::Registered { broker } => {
                let holdings = self.logs.iter_mut().flat_map(|log| &mut log.holdings);
                for holding in holdings.filter(|holding| holding.replica == broker) {
                    holding.returning = false;
                }
                for log in 0..self.logs.len() {
                    self.judge(time, log, |member| member == broker);
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for short in &self.short {
            findings.report(case, Kind::Incomplete, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: short.told(case),
                fault: case.faults.until(short.time),
                moment: Some(short.time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.logs.clear();
        self.places.clear();
        self.short.clear();
    }
}

impl InSync {
    fn log(&mut self, id: TopicPartition) -> usize {
        *self.places.entry(id).or_insert_with(|| {
            self.logs.push(Log { id, safe: 0, members: Members::default(), holdings: Vec::new() });
            self.logs.len() - 1
        })
    }

    fn is_safe(&mut self, log: usize, below: Offset) {
        self.logs[log].safe = self.logs[log].safe.max(below);
    }

    fn holding(&mut self, replica: Name, log: TopicPartition) -> &mut Holding {
        let place = self.log(log);
        let holdings = &mut self.logs[place].holdings;
        let known = holdings.iter().position(|its| its.replica == replica);
        let at = known.unwrap_or_else(|| {
            holdings.push(Holding { replica, end: None, returning: false });
            holdings.len() - 1
        });
        &mut holdings[at]
    }

    /// Judges the members of a log that are asked about.
    fn judge(&mut self, time: Time, log: usize, asked: impl Fn(Name) -> bool) {
        let Log { id, safe, ref members, ref holdings } = self.logs[log];
        if self.short.iter().any(|short| short.log == id) {
            return;
        }
        let too_little = |its: &Holding| {
            let end = its.end.filter(|&end| end < safe && !its.returning)?;
            let judged = asked(its.replica) && members.contains(its.replica);
            judged.then_some(Short { time, log: id, replica: its.replica, end, safe })
        };
        let short = holdings.iter().find_map(too_little);
        self.short.extend(short);
    }
}

impl Short {
    fn told(&self, case: &Case<'_>) -> String {
        let (replica, log) = (case.names.text(self.replica), case.names.log(self.log));
        let Short { end, safe, .. } = self;
        format!(
            "{replica} may be elected to lead {log} and held what is below offset {end}; what is below {safe} was called safe"
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path};

    /// Two of three replicas are in sync, and the leader has called two records safe.
    fn two_safe() -> Story {
        let story = Story::new().intent("p1-0").members(&["broker-1", "broker-2"], &[]).led("broker-1", 1);
        story.replicated("broker-2", 2).visible(2)
    }

    #[test]
    fn who_is_let_in_before_it_holds_what_is_safe_is_incomplete() {
        let story = two_safe().replicated("broker-3", 1).members(&["broker-1", "broker-2", "broker-3"], &[]);
        let verdict = story.verdict();
        assert_eq!(verdict.classes(), [(Kind::Incomplete, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-3 may be elected to lead payments/0 and held what is below offset 1; what is below 2 was called safe");
        let story = two_safe().replicated("broker-3", 2).members(&["broker-1", "broker-2", "broker-3"], &[]);
        story.valid();
    }

    #[test]
    fn what_not_every_member_holds_is_not_safe() {
        two_safe().visible(3).invalid(Kind::Incomplete, Path::Broker);
        two_safe().members(&["broker-1"], &["broker-2"]).visible(3).invalid(Kind::Incomplete, Path::Broker);
        two_safe().members(&["broker-1"], &[]).visible(3).valid();
    }

    #[test]
    fn who_comes_back_with_less_has_lost_its_place_once_it_is_registered() {
        let back = two_safe().recovered("broker-2");
        back.clone().visible(3).valid();
        back.clone().registered("broker-2").invalid(Kind::Incomplete, Path::Broker);
        back.clone()
            .members(&["broker-1"], &["broker-2"])
            .registered("broker-2")
            .invalid(Kind::Incomplete, Path::Broker);
        back.members(&["broker-1"], &[]).registered("broker-2").valid();
    }

    #[test]
    fn of_a_replica_that_led_nobody_knows_what_it_holds_until_it_says_so() {
        two_safe().led("broker-2", 2).visible(3).valid();
        two_safe()
            .led("broker-2", 2)
            .replicated("broker-2", 2)
            .visible(3)
            .invalid(Kind::Incomplete, Path::Broker);
    }
}
