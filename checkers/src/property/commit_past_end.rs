//! Claim: a group settles what there is. `commit-past-end`, broker: a group's settlement lies beyond the end of the log as it was
//! read in the end, so what is written there next will never be delivered to it.
//!
//! Source: NATS #5412, an acknowledgement floor ahead of the stream's end after a power loss; CHECKERS C-END.
//!
//! Stands beyond the verdict: where the log lost its end, that is the loss. Needs the final read.

use crate::ledger::{Group, Settled};
use crate::{Case, Checker, Evidence, Findings, Kind, Offset, Path};

pub(super) struct CommitPastEnd;

impl Checker for CommitPastEnd {
    fn name(&self) -> &'static str {
        "commit-past-end"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        if !case.ledger.audited {
            return findings;
        }
        for group in &case.ledger.groups {
            for (log, position) in (0..).zip(&group.positions) {
                let end = case.ledger.logs[log as usize].records.last().map_or(0, |last| last.offset + 1);
                if let Some(last) = position.furthest().filter(|last| last.upto > end) {
                    report(case, group, log, last, end, &mut findings);
                }
            }
        }
        findings
    }
}

fn report(case: &Case<'_>, group: &Group, log: u32, last: Settled, end: Offset, findings: &mut Findings) {
    findings.report(case, Kind::CommitPastEnd, Path::Broker, || {
        let (group, log) = (case.names.text(group.name), case.log(log));
        let sentence = format!("{group} settled {log} {}, and the log ends at {end}", last.told());
        let (fault, moment) = (case.broker_fault(last.time), Some(last.time));
        Evidence { messages: Vec::new(), sentence, fault, moment }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;

    #[test]
    fn a_settlement_beyond_the_end_of_the_log_is_told_beyond_the_verdict() {
        let story = Story::new().sent("p1-0", 0).applied("p1-0").settled(3).logged("p1-0", 0);
        assert_eq!(story.clone().beyond(), "", "without the final read nobody knows the end");
        insta::assert_snapshot!(story.audited().beyond(), @"commit-past-end/broker x1: billing settled payments/0 up to 3, and the log ends at 1");
    }

    #[test]
    fn a_settlement_up_to_the_end_is_legal() {
        let story = Story::new().sent("p1-0", 0).applied("p1-0").settled(1).logged("p1-0", 0);
        assert_eq!(story.audited().beyond(), "");
    }
}
