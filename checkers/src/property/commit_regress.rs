//! Claim: what a group settled stays settled. `commit-regress`, consumer: a settlement was accepted that lies below an earlier
//! accepted one, although nobody had been told that the group stands there. Where a broker lost the earlier one it is the
//! broker's (`lost-settlement`), and who is told so settles again from there.
//!
//! Source: DOMAIN S10; CHECKERS C-MON. Stands beyond the verdict: a consumer may go back on purpose, to do work again.

use crate::{
    Case, Checker, Disposition, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Phase,
    Scope, Time, TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct CommitRegress {
    /// Where each group stands in each log: what it settled last, or was told.
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
        Wanted::only(&[EventKind::Settle, EventKind::Position])
    }

    fn see(&mut self, entry: &Entry) {
        let (time, process) = (entry.time, entry.process);
        match entry.event {
            Event::Settle {
                phase: Phase::Ok,
                group,
                log,
                what: Scope::UpTo(upto),
                how: Disposition::Done,
                ..
            } => {
                let now = Settled { time, process, group, log, upto };
                if let Some(before) = self.stands_at(now).filter(|before| upto < before.upto) {
                    self.falls.push((before, now));
                }
            }
            Event::Position { group, log, settled: upto } => {
                self.stands_at(Settled { time, process, group, log, upto });
            }
            _ => {}
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

impl CommitRegress {
    /// Notes where a group stands now, and answers where it stood before.
    fn stands_at(&mut self, now: Settled) -> Option<Settled> {
        let mut known = self.last.iter_mut();
        if let Some(last) = known.find(|last| (last.group, last.log) == (now.group, now.log)) {
            return Some(std::mem::replace(last, now));
        }
        self.last.push(now);
        None
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
    fn who_is_told_that_its_group_stands_lower_settles_again_from_there() {
        let story = Story::new().sent("p1-0", 0).granted().settled(3).granted().told(1).settled(2);
        assert_eq!(story.beyond(), "");
    }

    #[test]
    fn refused_settlements_other_groups_and_other_logs_have_positions_of_their_own() {
        let story = Story::new().sent("p1-0", 0).settled(3).settle(2, crate::Phase::Fail);
        let story = story.group("shipping", "consumer-2").settled(1);
        assert_eq!(story.partition(1).settled(1).beyond(), "");
    }
}
