//! Claim: what a replica called safe stays so. `watermark-regress`, broker: in one life and one epoch the high watermark of a replica, be
//! it the leader's or a follower's, fell.
//!
//! Source: CHECKERS E-LEN; DOMAIN S10; openraft's `tests-turmoil/src/invariants/monotonic.rs`.
//!
//! Does not see a fall from one epoch to the next: a new leader may not have heard yet how far its predecessor had come
//! (KIP-101), and what is lost that way shows as a loss. Nor one over a restart: a watermark lives in memory.

use std::collections::BTreeMap;

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct Watermark {
    /// By replica and log, and whether its epoch is known.
    highest: BTreeMap<(Name, TopicPartition, bool), Highest>,
    falls: Vec<(Time, Highest, Offset)>,
}

/// How far a replica has come in its epoch.
#[derive(Clone, Copy)]
struct Highest {
    replica: Name,
    log: TopicPartition,
    /// Nothing where only a leader's moves were recorded.
    epoch: Option<u32>,
    watermark: Offset,
}

impl Checker for Watermark {
    fn name(&self) -> &'static str {
        "watermark"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Lead, EventKind::Recover, EventKind::Watermark, EventKind::Committed])
    }

    fn see(&mut self, entry: &Entry) {
        let replica = entry.process;
        match entry.event {
            Event::Lead { log, .. } | Event::Recover { log, .. } => {
                for known in [false, true] {
                    self.highest.remove(&(replica, log, known));
                }
            }
            Event::Watermark { log, offset } => {
                self.moves(entry.time, Highest { replica, log, epoch: None, watermark: offset });
            }
            Event::Committed { log, epoch, watermark, .. } => {
                self.moves(entry.time, Highest { replica, log, epoch: Some(epoch), watermark });
            }
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for &(time, before, now) in &self.falls {
            findings.report(case, Kind::WatermarkRegress, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: format!(
                    "{} moved the high watermark of {} from {} back to {now}",
                    case.names.text(before.replica),
                    case.names.log(before.log),
                    before.watermark
                ),
                fault: case.faults.until(time),
                moment: Some(time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.highest.clear();
        self.falls.clear();
    }
}

impl Watermark {
    fn moves(&mut self, time: Time, now: Highest) {
        let before = self.highest.insert((now.replica, now.log, now.epoch.is_some()), now);
        if let Some(before) = before.filter(|its| its.epoch == now.epoch && now.watermark < its.watermark) {
            self.falls.push((time, before, now.watermark));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Event, Kind, Path};

    fn moved(story: Story, by: &str, offset: u64) -> Story {
        let (story, log) = story.log_named();
        story.tell(by, Event::Watermark { log, offset })
    }

    #[test]
    fn a_watermark_that_falls_within_a_reign_is_the_brokers() {
        let story = moved(moved(Story::new().intent("p1-0"), "broker-1", 7), "broker-1", 5);
        let verdict = story.verdict();
        assert_eq!(verdict.classes(), [(Kind::WatermarkRegress, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-1 moved the high watermark of payments/0 from 7 back to 5");
        assert_eq!(moved(story, "broker-1", 6).verdict().anomalies.len(), 1);
    }

    #[test]
    fn a_follower_that_takes_back_what_it_called_safe_is_told_too() {
        let story = Story::new().intent("p1-0").committed("broker-2", 7, 0xaa).committed("broker-2", 5, 0xbb);
        story.invalid(Kind::WatermarkRegress, Path::Broker);
    }

    #[test]
    fn a_follower_of_a_new_epoch_or_after_a_restart_may_begin_lower() {
        let story = Story::new().intent("p1-0").committed("broker-2", 7, 0xaa);
        story.clone().committed_in("broker-2", 2, 5, 0xbb).valid();
        story.recovered("broker-2").committed("broker-2", 5, 0xbb).valid();
    }

    #[test]
    fn a_new_reign_and_another_broker_may_begin_lower() {
        let (story, log) = moved(Story::new().intent("p1-0"), "broker-1", 7).log_named();
        let again = story.clone().tell("broker-1", Event::Lead { log, epoch: 4 });
        moved(again, "broker-1", 5).valid();
        moved(story, "broker-2", 5).valid();
    }
}
