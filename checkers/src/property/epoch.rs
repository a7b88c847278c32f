//! Claim: an epoch never goes back. `epoch-regress`, broker: a broker led, appended or called something safe in an older epoch of a log
//! than one in which it had acted before, be it in an earlier life.
//!
//! Source: Raft, terms only grow and survive a restart (Ongaro, Ousterhout 2014); openraft's
//! `tests-turmoil/src/invariants/monotonic.rs`; KIP-101.
//!
//! Does not see a broker that acts in an old epoch after another has begun a newer one: it may not have heard of it.

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Path, Time, TopicPartition,
    Wanted,
};

#[derive(Default)]
pub(super) struct Epoch {
    /// The newest epoch of each log in which each broker acted.
    newest: Vec<Act>,
    falls: Vec<(Time, Act, u32)>,
}

#[derive(Clone, Copy)]
struct Act {
    broker: Name,
    log: TopicPartition,
    epoch: u32,
}

impl Checker for Epoch {
    fn name(&self) -> &'static str {
        "epoch"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Lead, EventKind::Append, EventKind::Committed])
    }

    fn see(&mut self, entry: &Entry) {
        if let Event::Lead { log, epoch }
        | Event::Append { log, epoch, .. }
        | Event::Committed { log, epoch, .. } = entry.event
        {
            self.acts(entry.time, Act { broker: entry.process, log, epoch });
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for &(time, before, now) in &self.falls {
            findings.report(case, Kind::EpochRegress, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: format!(
                    "{} acted in epoch {now} of {} after epoch {}",
                    case.names.text(before.broker),
                    case.names.log(before.log),
                    before.epoch
                ),
                fault: case.faults.until(time),
                moment: Some(time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.newest.clear();
        self.falls.clear();
    }
}

impl Epoch {
    fn acts(&mut self, time: Time, now: Act) {
        let same = |act: &&mut Act| (act.broker, act.log) == (now.broker, now.log);
        match self.newest.iter_mut().find(same) {
            None => self.newest.push(now),
            Some(before) => {
                if now.epoch < before.epoch {
                    self.falls.push((time, *before, now.epoch));
                }
                *before = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Event, Kind, Path};

    fn led(story: Story, by: &str, epoch: u32) -> Story {
        let (story, log) = story.log_named();
        story.tell(by, Event::Lead { log, epoch })
    }

    #[test]
    fn a_broker_that_acts_in_an_older_epoch_than_before_is_told_even_if_it_restarted() {
        let story = led(Story::new().intent("p1-0"), "broker-1", 3).recovered("broker-1");
        let verdict = led(story, "broker-1", 2).verdict();
        assert_eq!(verdict.classes(), [(Kind::EpochRegress, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-1 acted in epoch 2 of payments/0 after epoch 3");
    }

    #[test]
    fn a_broker_that_has_not_heard_of_a_newer_epoch_may_act_in_its_own() {
        let story = led(led(Story::new().intent("p1-0"), "broker-2", 1), "broker-1", 3);
        led(story.committed_in("broker-2", 1, 5, 0xaa).partition(1), "broker-1", 1).valid();
    }
}
