//! **One owner.** A settlement is accepted only from the current generation: one that was begun after a newer generation had
//! been given the log must not succeed. (DOMAIN.md S11, C09; CHECKERS.md W-FEN.)
//!
//! A settlement that was under way when the generation changed may have been accepted before it did, and is not judged.

use crate::history::{Entry, Event, Name, Offset, Phase, Time, TopicPartition};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::Ledger;
use crate::verdict::{Kind, Path};

/// See the module.
#[derive(Default)]
pub struct Ownership {
    /// The newest generation that was given each log.
    owners: Vec<(Name, TopicPartition, u64)>,
    /// Settlements begun by a generation that had passed.
    stale: Vec<Stale>,
    accepted: Vec<(Time, Stale)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stale {
    process: Name,
    group: Name,
    log: TopicPartition,
    upto: Offset,
    generation: u64,
}

impl Checker for Ownership {
    fn see(&mut self, entry: &Entry) {
        match entry.event {
            Event::Grant {
                group,
                log,
                generation,
            } => self.granted(group, log, generation),
            Event::Settle {
                phase,
                group,
                log,
                upto,
                generation,
            } => {
                let settle = Stale {
                    process: entry.process,
                    group,
                    log,
                    upto,
                    generation,
                };
                self.settled(entry.time, phase, settle);
            }
            _ => {}
        }
    }

    fn finish(&mut self, _: &Ledger, found: &mut Found<'_>) {
        for (time, stale) in &self.accepted {
            let sentence = format!(
                "{} settled {} up to {} in generation {}, which had passed when it began to",
                found.names.text(stale.process),
                found.names.log(stale.log),
                stale.upto,
                stale.generation
            );
            found.anomaly(
                Kind::SplitBrain,
                Path::Broker,
                Blame::LastBefore(*time),
                Vec::new(),
                sentence,
            );
        }
    }
}

impl Ownership {
    fn granted(&mut self, group: Name, log: TopicPartition, generation: u64) {
        match self
            .owners
            .iter_mut()
            .find(|(known, its, _)| *known == group && *its == log)
        {
            Some((.., newest)) => *newest = generation.max(*newest),
            None => self.owners.push((group, log, generation)),
        }
    }

    fn settled(&mut self, time: Time, phase: Phase, settle: Stale) {
        let newest = self
            .owners
            .iter()
            .find(|(group, log, _)| *group == settle.group && *log == settle.log);
        if phase == Phase::Invoke {
            if newest.is_some_and(|(.., newest)| *newest > settle.generation) {
                self.stale.push(settle);
            }
        } else if let Some(at) = self.stale.iter().position(|stale| *stale == settle) {
            self.stale.swap_remove(at);
            if phase == Phase::Ok {
                self.accepted.push((time, settle));
            }
        }
    }
}
