//! Claim: no more than a bound waits for a group. `overrun`, broker: a log's end ran further ahead of a group's settlement than the
//! bound allows.
//!
//! Source: DOMAIN S15; RabbitMQ's `max-length`. One case for each stretch of time in which it is passed.
//!
//! Needs the bound: it is on no list, whoever has a bound adds it. Counts from the first settlement or grant of the group on.

use crate::{
    Case, Checker, Disposition, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Phase,
    Scope, Time, TopicPartition, Wanted,
};

/// Records of one topic that wait for a group.
#[derive(Clone, Debug)]
pub struct Backlog {
    topic: String,
    bound: u64,
    ends: Vec<(TopicPartition, Offset)>,
    waiting: Vec<Waiting>,
    passed: Vec<(Time, Waiting, Offset)>,
}

/// What waits for a group in a log.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    group: Name,
    log: TopicPartition,
    settled: Offset,
    over: bool,
}

impl Backlog {
    /// At most so many records of any partition of this topic wait for any group.
    #[must_use]
    pub fn new(topic: &str, bound: u64) -> Self {
        let (ends, waiting, passed) = (Vec::new(), Vec::new(), Vec::new());
        Backlog { topic: topic.to_owned(), bound, ends, waiting, passed }
    }

    fn end(&mut self, log: TopicPartition) -> &mut Offset {
        let at = self.ends.iter().position(|(its, _)| *its == log).unwrap_or_else(|| {
            self.ends.push((log, 0));
            self.ends.len() - 1
        });
        &mut self.ends[at].1
    }

    fn waits(&mut self, group: Name, log: TopicPartition) -> &mut Waiting {
        let same = |waiting: &Waiting| (waiting.group, waiting.log) == (group, log);
        let at = self.waiting.iter().position(same).unwrap_or_else(|| {
            self.waiting.push(Waiting { group, log, settled: 0, over: false });
            self.waiting.len() - 1
        });
        &mut self.waiting[at]
    }

    fn look(&mut self, time: Time, log: TopicPartition) {
        let (end, bound) = (*self.end(log), self.bound);
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.log == log) {
            let over = end.saturating_sub(waiting.settled) > bound;
            if over && !waiting.over {
                self.passed.push((time, *waiting, end));
            }
            waiting.over = over;
        }
    }
}

impl Checker for Backlog {
    fn name(&self) -> &'static str {
        "backlog"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Append, EventKind::Grant, EventKind::Settle, EventKind::Position])
    }

    fn see(&mut self, entry: &Entry) {
        let changed = match entry.event {
            Event::Append { log, offset, .. } => {
                let end = self.end(log);
                *end = offset.saturating_add(1).max(*end);
                log
            }
            Event::Grant { group, log, .. } => self.waits(group, log).log,
            Event::Position { group, log, settled } => {
                self.waits(group, log).settled = settled;
                log
            }
            Event::Settle {
                phase: Phase::Ok,
                group,
                log,
                ref what,
                how: Disposition::Done | Disposition::Dead,
                ..
            } => {
                let waits = self.waits(group, log);
                match what {
                    Scope::UpTo(upto) => waits.settled = *upto,
                    // As many of the log as are settled alone wait no longer, whichever they are.
                    Scope::One(_) | Scope::Many(_) => waits.settled += what.alone().len() as Offset,
                }
                log
            }
            _ => return,
        };
        self.look(entry.time, changed);
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let here =
            self.passed.iter().filter(|(_, waiting, _)| case.names.text(waiting.log.topic) == self.topic);
        for &(time, waiting, end) in here {
            findings.report(case, Kind::Overrun, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: format!(
                    "{} records of {} waited for {}, and {} are allowed",
                    end - waiting.settled,
                    case.names.log(waiting.log),
                    case.names.text(waiting.group),
                    self.bound
                ),
                fault: case.faults.until(time),
                moment: Some(time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.ends.clear();
        self.waiting.clear();
        self.passed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Backlog;
    use crate::story::Story;
    use crate::{Kind, Path};

    fn three_waiting() -> Story {
        let story = Story::new().granted().appended("p1-0", 0).sent("p1-0", 0).appended("p1-1", 1);
        story.sent("p1-1", 1).appended("p1-2", 2).sent("p1-2", 2)
    }

    #[test]
    fn more_records_waiting_than_allowed_are_an_overrun_told_once_per_stretch() {
        let story = three_waiting().appended("p1-3", 3).sent("p1-3", 3);
        let verdict = story.verdict_with(Box::new(Backlog::new("payments", 2)));
        assert!(verdict.classes().contains(&(Kind::Overrun, Path::Broker)));
        let overruns: Vec<&str> = verdict.anomalies.iter().map(|anomaly| anomaly.sentence.as_str()).collect();
        insta::assert_snapshot!(overruns.join("\n"), @"3 records of payments/0 waited for billing, and 2 are allowed");
    }

    #[test]
    fn a_group_that_keeps_up_and_other_topics_are_within_the_bound() {
        assert_eq!(three_waiting().verdict_with(Box::new(Backlog::new("payments", 3))).anomalies, []);
        assert_eq!(three_waiting().verdict_with(Box::new(Backlog::new("orders", 1))).anomalies, []);
    }
}
