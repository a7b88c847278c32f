//! Claim: what a group settled stays settled. `commit-regress`, consumer: a settlement was accepted that lies below an earlier
//! accepted one of the same or an older generation.
//!
//! Source: DOMAIN S10; CHECKERS C-MON. Stands beyond the verdict: a consumer may go back on purpose, to do work again.

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Phase, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct CommitRegress {
    /// The last accepted settlement of each group and log.
    last: Vec<Settled>,
    falls: Vec<(Settled, Settled)>,
}

#[derive(Clone, Copy)]
struct Settled {
    time: Time,
    process: Name,
    group: Name,
    log: TopicPartition,
    upto: Offset,
}

impl Checker for CommitRegress {
    fn name(&self) -> &'static str {
        "commit-regress"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Settle])
    }

    fn see(&mut self, entry: &Entry) {
        if let Event::Settle { phase: Phase::Ok, group, log, upto, .. } = entry.event {
            let now = Settled { time: entry.time, process: entry.process, group, log, upto };
            let same = |last: &&mut Settled| (last.group, last.log) == (group, log);
            match self.last.iter_mut().find(same) {
                None => self.last.push(now),
                Some(last) => {
                    if upto < last.upto {
                        self.falls.push((*last, now));
                    }
                    *last = now;
                }
            }
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for (before, now) in &self.falls {
            findings.report(case, Kind::CommitRegress, Path::Consumer, || Evidence {
                messages: Vec::new(),
                sentence: format!(
                    "{} settled {} up to {} for {}, which stood at {}",
                    case.names.text(now.process),
                    case.names.log(now.log),
                    now.upto,
                    case.names.text(now.group),
                    before.upto
                ),
                fault: case.faults.until(now.time),
                moment: Some(now.time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.last.clear();
        self.falls.clear();
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;

    #[test]
    fn a_settlement_below_an_earlier_one_is_told_beyond_the_verdict() {
        let story = Story::new().sent("p1-0", 0).settled(3).settled(2).settled(2);
        insta::assert_snapshot!(story.beyond(), @"commit-regress/consumer x1: consumer-1 settled payments/0 up to 2 for billing, which stood at 3");
    }

    #[test]
    fn refused_settlements_other_groups_and_other_logs_have_positions_of_their_own() {
        let story = Story::new().sent("p1-0", 0).settled(3).settle(2, crate::Phase::Fail);
        let story = story.group("shipping", "consumer-2").settled(1);
        assert_eq!(story.partition(1).settled(1).beyond(), "");
    }
}
