//! Claim: a settlement is accepted only from the current generation. One that was begun after a newer generation had been
//! granted the log must not succeed.
//!
//! * `split-brain`, broker: it did; the coordinator accepted two owners of one log; or one generation of a log was granted to two
//!   processes.
//!
//! Source: DOMAIN S11 and C09; CHECKERS W-FEN.
//!
//! Does not judge a settlement that was under way when the generation changed: it may have been accepted before that.

use crate::{
    Case, Checker, Disposition, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Path, Phase, Scope,
    Time, TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct Ownership {
    owners: Vec<Owner>,
    /// Settlements under way that were begun by a generation that had passed.
    stale: Vec<Settlement>,
    accepted: Vec<(Time, Settlement)>,
    /// One generation of one log in two hands.
    shared: Vec<(Time, Owner, Name)>,
}

/// The newest generation that was granted a log, and to whom.
#[derive(Clone, Copy)]
struct Owner {
    group: Name,
    log: TopicPartition,
    generation: u64,
    process: Name,
}

#[derive(Clone, PartialEq, Eq)]
struct Settlement {
    process: Name,
    group: Name,
    log: TopicPartition,
    what: Scope,
    how: Disposition,
    generation: u64,
}

impl Checker for Ownership {
    fn name(&self) -> &'static str {
        "ownership"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Grant, EventKind::Settle])
    }

    fn see(&mut self, entry: &Entry) {
        match entry.event {
            Event::Grant { group, log, generation } => {
                self.granted(entry.time, Owner { group, log, generation, process: entry.process });
            }
            Event::Settle { phase, group, log, ref what, how, generation } => {
                let (process, what) = (entry.process, what.clone());
                let settlement = Settlement { process, group, log, what, how, generation };
                self.settled(entry.time, phase, settlement);
            }
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for &(time, ref stale) in &self.accepted {
            findings.report(case, Kind::SplitBrain, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: told(stale, case),
                fault: case.faults.until(time),
                moment: Some(time),
            });
        }
        for &(time, owner, other) in &self.shared {
            findings.report(case, Kind::SplitBrain, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: format!(
                    "{} and {} were both granted {} in generation {}",
                    case.names.text(owner.process),
                    case.names.text(other),
                    case.names.log(owner.log),
                    owner.generation
                ),
                fault: case.faults.until(time),
                moment: Some(time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.shared.clear();
        self.owners.clear();
        self.stale.clear();
        self.accepted.clear();
    }
}

impl Ownership {
    fn granted(&mut self, time: Time, grant: Owner) {
        let known = self.owners.iter_mut().find(|owner| (owner.group, owner.log) == (grant.group, grant.log));
        let Some(owner) = known else {
            self.owners.push(grant);
            return;
        };
        if owner.generation == grant.generation && owner.process != grant.process {
            self.shared.push((time, *owner, grant.process));
        }
        if owner.generation < grant.generation {
            *owner = grant;
        }
    }

    fn settled(&mut self, time: Time, phase: Phase, settlement: Settlement) {
        if phase == Phase::Invoke {
            let passed = |owner: &Owner| {
                (owner.group, owner.log) == (settlement.group, settlement.log)
                    && owner.generation > settlement.generation
            };
            if self.owners.iter().any(passed) {
                self.stale.push(settlement);
            }
        } else if let Some(at) = self.stale.iter().position(|stale| *stale == settlement) {
            self.stale.swap_remove(at);
            if phase == Phase::Ok {
                self.accepted.push((time, settlement));
            }
        }
    }
}

fn told(stale: &Settlement, case: &Case<'_>) -> String {
    let (who, log) = (case.names.text(stale.process), case.names.log(stale.log));
    let what = match &stale.what {
        Scope::UpTo(upto) => format!("up to {upto}"),
        Scope::One(offset) => format!("at {offset} alone"),
        Scope::Many(offsets) => format!("at {offsets:?} alone"),
    };
    let generation = stale.generation;
    format!("{who} settled {log} {what} in generation {generation}, which had passed when it began to")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Judge, Names, Verdict};

    /// Billing's generation 7 is given the log at first, 8 later; `settle` begins before or after that.
    fn verdict(begun_after: bool, phase: Phase) -> Verdict {
        let mut names = Names::default();
        let (zombie, owner) = (names.intern("consumer-1"), names.intern("consumer-2"));
        let group = names.intern("billing");
        let log = TopicPartition { topic: names.intern("payments"), partition: 0 };
        let grant = |generation| Event::Grant { group, log, generation };
        let (what, how) = (Scope::UpTo(3), Disposition::Done);
        let settle = |phase| Event::Settle { phase, group, log, what: what.clone(), how, generation: 7 };
        let mut story = vec![(zombie, grant(7)), (owner, grant(8)), (zombie, settle(Phase::Invoke))];
        if !begun_after {
            story.swap(1, 2);
        }
        story.push((zombie, settle(phase)));
        let mut judge = Judge::new();
        for ((process, event), time) in story.into_iter().zip(0..) {
            judge.see(&Entry { time, process, event });
        }
        judge.finish(&names)
    }

    fn split(verdict: &Verdict) -> bool {
        verdict.classes().contains(&(Kind::SplitBrain, Path::Broker))
    }

    #[test]
    fn a_settlement_begun_in_a_generation_that_had_passed_must_not_be_accepted() {
        assert!(split(&verdict(true, Phase::Ok)));
    }

    #[test]
    fn one_that_was_refused_or_under_way_when_the_generation_changed_is_legal() {
        assert!(!split(&verdict(true, Phase::Fail)));
        assert!(!split(&verdict(false, Phase::Ok)));
    }
}
