//! Claim: a group is handed every record that it settles. `skipped`, consumer: a record of the final log lies below an accepted
//! settlement of a group, and no member of it was ever handed that record.
//!
//! Source: CHECKERS `poll-skip`, which Jepsen switches off for group consumers; KIP-320, positions in a log that was cut.
//!
//! A record that appeared only after it had been settled could not be handed out before, and skips nobody's attention: not told.
//!
//! Stands beyond the verdict: where the effect never came it is lost there. Needs the final read; says nothing about groups
//! whose deliveries nobody recorded.

use crate::ledger::{Group, Place, Record, Settled};
use crate::{Case, Checker, Evidence, Findings, Kind, Path};

pub(super) struct Skipped;

impl Checker for Skipped {
    fn name(&self) -> &'static str {
        "skipped"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        if !case.ledger.audited {
            return findings;
        }
        for group in &case.ledger.groups {
            let handed = handed(case, group);
            if handed.iter().all(|handed| !handed) {
                continue;
            }
            for (log, position) in (0..).zip(&group.positions) {
                for record in &case.ledger.logs[log as usize].records {
                    if position.ends_before(record.offset) {
                        break;
                    }
                    let Some(settled) = position.covering(record.offset) else { continue };
                    let place = Place { log, offset: record.offset };
                    let late = || case.ledger.latecomer(record.slot, place, settled.time).is_some();
                    let intended = case.ledger.standing(record.slot).intent.is_some();
                    if !handed[record.slot as usize] && intended && !late() {
                        report(case, group, log, record, settled, &mut findings);
                    }
                }
            }
        }
        findings
    }
}

/// By message: whether any member of the group was handed it.
fn handed(case: &Case<'_>, group: &Group) -> Vec<bool> {
    let mut handed = vec![false; case.ledger.messages.len()];
    for polled in case.ledger.polls.iter().filter(|polled| polled.group == group.name) {
        handed[polled.slot as usize] = true;
    }
    handed
}

fn report(
    case: &Case<'_>,
    group: &Group,
    log: u32,
    record: &Record,
    settled: Settled,
    findings: &mut Findings,
) {
    findings.report(case, Kind::Skipped, Path::Consumer, || {
        let message = case.text(record.slot);
        let sentence = format!(
            "{message} at offset {} of {} was settled by {}, and none of its members was ever handed it",
            record.offset,
            case.log(log),
            case.names.text(group.name)
        );
        let (fault, moment) = (case.faults.until(settled.time), Some(settled.time));
        Evidence { messages: vec![message], sentence, fault, moment }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;

    fn two() -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).granted();
        story.logged("p1-0", 0).logged("p1-1", 1).audited()
    }

    #[test]
    fn a_record_settled_and_never_handed_out_is_told_beyond_the_verdict() {
        let story = two().polled("p1-1", 1).charged("p1-1").settled(2).applied("p1-0");
        assert!(story.beyond().contains("skipped/consumer x1: p1-0 at offset 0 of payments/0 was settled by billing, and none of its members was ever handed it"));
    }

    #[test]
    fn what_another_member_was_handed_and_what_is_not_settled_was_not_skipped() {
        let story = two().polled("p1-0", 0).charged("p1-0").settled(1);
        assert_eq!(story.clone().beyond(), "");
        assert_eq!(story.by("consumer-2").polled("p1-1", 1).charged("p1-1").settled(2).beyond(), "");
    }
}
