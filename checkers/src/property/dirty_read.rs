//! Claim: what was delivered stays. `dirty-read`, broker: a record was handed out at an offset at which the final log does not
//! hold it.
//!
//! Source: DOMAIN S3, O6 and B40 (a leader that shows what is not replicated yet); Jepsen's aborted read.
//!
//! Does not see anything without the final read, nor what was handed out after that from behind its end. Records that expired or overflowed by declaration may be gone.

use crate::ledger::Polled;
use crate::{Case, Checker, DropReason, Evidence, Findings, Kind, Path};

pub(super) struct DirtyRead;

impl Checker for DirtyRead {
    fn name(&self) -> &'static str {
        "dirty-read"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        if !case.ledger.audited {
            return findings;
        }
        let polls = case.ledger.polls.iter();
        let mut dirty: Vec<&Polled> = polls.filter(|polled| is_dirty(case, polled)).collect();
        // The sort is stable: of several deliveries of one record the first is told.
        dirty.sort_by_key(|polled| (polled.log, polled.offset, polled.slot));
        dirty.dedup_by_key(|polled| (polled.log, polled.offset, polled.slot));
        for polled in dirty {
            report(case, polled, &mut findings);
        }
        findings
    }
}

fn is_dirty(case: &Case<'_>, polled: &Polled) -> bool {
    let dropped = case.ledger.message(polled.slot).dropped;
    let retired = matches!(dropped, Some(DropReason::Expired | DropReason::Overflow));
    !retired && !case.ledger.logs[polled.log as usize].holds(polled.offset, polled.slot)
}

fn report(case: &Case<'_>, polled: &Polled, findings: &mut Findings) {
    findings.report(case, Kind::DirtyRead, Path::Broker, || {
        let message = case.text(polled.slot);
        let sentence = format!(
            "{} was handed {message} at offset {} of {}, where the log does not hold it at the end",
            case.names.text(polled.group),
            polled.offset,
            case.log(polled.log)
        );
        Evidence {
            messages: vec![message],
            sentence,
            fault: case.broker_fault(polled.time),
            moment: Some(polled.time),
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{DropReason, Kind, Path, Phase};

    fn delivered() -> Story {
        let story = Story::new().intent("p1-0").send("p1-0", Phase::Invoke);
        story.send("p1-0", Phase::Info).polled("p1-0", 4)
    }

    #[test]
    fn a_record_delivered_and_then_gone_is_the_brokers_and_told_once() {
        let story = delivered().polled("p1-0", 4).group("shipping", "consumer-9").polled("p1-0", 4);
        let verdict = story.later(3).fault("crash", "broker-1").audited().verdict();
        assert_eq!(verdict.anomalies.len(), 1);
        assert_eq!(verdict.classes(), [(Kind::DirtyRead, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"billing was handed p1-0 at offset 4 of payments/0, where the log does not hold it at the end; the first fault after that, besides those of clients: crash of broker-1, 6 ms later");
    }

    #[test]
    fn a_record_that_moved_to_another_offset_was_read_too_early() {
        let story = delivered().logged("p1-0", 5).audited();
        story.invalid(Kind::DirtyRead, Path::Broker);
    }

    #[test]
    fn a_delivered_record_that_stays_or_expired_by_declaration_is_legal() {
        delivered().logged("p1-0", 4).audited().valid();
        delivered().given_up("p1-0", DropReason::Expired).audited().valid();
        let timed_out = delivered().given_up("p1-0", DropReason::DeliveryTimeout);
        timed_out.audited().invalid(Kind::DirtyRead, Path::Broker);
    }

    #[test]
    fn a_record_that_comes_after_the_final_read_was_not_gone_at_its_end() {
        let read = Story::new().sent("p1-0", 3).logged("p1-0", 3).intent("p1-1").send("p1-1", Phase::Invoke);
        let late = |offset| read.clone().send("p1-1", Phase::Info).polled("p1-1", offset).audited();
        late(4).valid();
        late(2).invalid(Kind::DirtyRead, Path::Broker);
    }

    #[test]
    fn without_the_final_read_nothing_is_dirty() {
        delivered().valid();
    }
}
