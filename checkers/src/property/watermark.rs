//! Claim: what a leader called safe stays so. `watermark-regress`, broker: within one epoch the high watermark of a log fell.
//!
//! Source: CHECKERS E-LEN; DOMAIN S10.
//!
//! Does not see a fall from one epoch to the next: a new leader may not have heard yet how far its predecessor had come
//! (KIP-101), and what is lost that way shows as a loss.

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct Watermark {
    highest: Vec<Highest>,
    falls: Vec<(Time, Highest, Offset)>,
}

/// How far a leader has come since it began to lead.
#[derive(Clone, Copy)]
struct Highest {
    leader: Name,
    log: TopicPartition,
    watermark: Offset,
}

impl Checker for Watermark {
    fn name(&self) -> &'static str {
        "watermark"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Lead, EventKind::Watermark])
    }

    fn see(&mut self, entry: &Entry) {
        let leader = entry.process;
        match entry.event {
            Event::Lead { log, .. } => self.highest.retain(|its| (its.leader, its.log) != (leader, log)),
            Event::Watermark { log, offset } => {
                self.moves(entry.time, Highest { leader, log, watermark: offset });
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
                    case.names.text(before.leader),
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
        let same = |its: &&mut Highest| (its.leader, its.log) == (now.leader, now.log);
        match self.highest.iter_mut().find(same) {
            None => self.highest.push(now),
            Some(before) => {
                if now.watermark < before.watermark {
                    self.falls.push((time, *before, now.watermark));
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
    fn a_new_reign_and_another_broker_may_begin_lower() {
        let (story, log) = moved(Story::new().intent("p1-0"), "broker-1", 7).log_named();
        let again = story.clone().tell("broker-1", Event::Lead { log, epoch: 4 });
        moved(again, "broker-1", 5).valid();
        moved(story, "broker-2", 5).valid();
    }
}
