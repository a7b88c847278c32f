//! Claim: a log has one leader in an epoch. `split-brain`, broker: two processes led, or appended, in one epoch of one log.
//!
//! Source: DOMAIN S11 and B20; Raft's election safety (Ongaro, Ousterhout 2014), openraft's
//! `tests-turmoil/src/invariants/election_safety.rs`, Kafka's leader epochs (KIP-101).
//!
//! Does not see a leader of an older epoch that goes on acting: it may append what nobody will ever call safe.

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Path, Time, TopicPartition,
    Wanted,
};

#[derive(Default)]
pub(super) struct Leadership {
    /// Who led each log in the newest epochs, the newest last.
    reigns: Vec<Reign>,
    usurped: Vec<(Time, Name, Reign)>,
}

#[derive(Clone, Copy)]
struct Reign {
    log: TopicPartition,
    epoch: u32,
    leader: Name,
}

impl Checker for Leadership {
    fn name(&self) -> &'static str {
        "leadership"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Lead, EventKind::Append])
    }

    fn see(&mut self, entry: &Entry) {
        if let Event::Lead { log, epoch } | Event::Append { log, epoch, .. } = entry.event {
            self.acts(entry.time, Reign { log, epoch, leader: entry.process });
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for &(time, usurper, reign) in &self.usurped {
            findings.report(case, Kind::SplitBrain, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: format!(
                    "{} and {} both led {} in epoch {}",
                    case.names.text(reign.leader),
                    case.names.text(usurper),
                    case.names.log(reign.log),
                    reign.epoch
                ),
                fault: case.faults.until(time),
                moment: Some(time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.reigns.clear();
        self.usurped.clear();
    }
}

impl Leadership {
    /// Most acts belong to the newest reigns: the search begins there.
    fn acts(&mut self, time: Time, act: Reign) {
        let same = |reign: &&Reign| (reign.log, reign.epoch) == (act.log, act.epoch);
        match self.reigns.iter().rev().find(same) {
            None => self.reigns.push(act),
            Some(reign) if reign.leader != act.leader => {
                let told = |(_, usurper, its): &(Time, Name, Reign)| {
                    (its.log, its.epoch, *usurper) == (act.log, act.epoch, act.leader)
                };
                if !self.usurped.iter().any(told) {
                    self.usurped.push((time, act.leader, *reign));
                }
            }
            Some(_) => {}
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
    fn two_leaders_of_one_epoch_are_a_split_brain_told_once() {
        let story = led(Story::new().intent("p1-0"), "broker-1", 3);
        let story = led(led(story, "broker-2", 3), "broker-2", 3);
        let verdict = story.verdict();
        assert_eq!(verdict.classes(), [(Kind::SplitBrain, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-1 and broker-2 both led payments/0 in epoch 3");
        assert_eq!(verdict.anomalies.len(), 1);
    }

    #[test]
    fn who_appends_in_the_epoch_of_another_leads_too() {
        let story = led(Story::new().intent("p1-0"), "broker-2", 1);
        story.appended("p1-0", 0).invalid(Kind::SplitBrain, Path::Broker);
    }

    #[test]
    fn a_leader_that_comes_back_and_another_log_of_the_same_epoch_are_legal() {
        let story = led(led(Story::new().intent("p1-0"), "broker-1", 3), "broker-1", 3);
        led(led(story, "broker-2", 4).partition(1), "broker-2", 3).valid();
    }
}
