//! Claim: there is one log. `diverged`, broker: two replicas report the same high watermark of a log and different
//! contents below it, or one offset holds two records: twice in the final log, or twice delivered.
//!
//! Two deliveries of one offset are judged only where the logs were not read at the end. Where they were, one of the two
//! is in no final log and is told as a dirty read: one cause, one anomaly.
//!
//! Source: DOMAIN S4; Jepsen's `inconsistent-offsets`; CHECKERS R-DIV.
//!
//! Does not see replicas whose watermarks differ, for then nobody hashed the same range.

use crate::ledger::Digest;
use crate::{Case, Checker, Evidence, Findings, Kind, Offset, Path, Time};

pub(super) struct Diverged;

impl Checker for Diverged {
    fn name(&self) -> &'static str {
        "diverged"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        digests(case, &mut findings);
        final_logs(case, &mut findings);
        if !case.ledger.audited {
            deliveries(case, &mut findings);
        }
        findings
    }
}

fn digests(case: &Case<'_>, findings: &mut Findings) {
    let mut digests = case.ledger.digests.clone();
    digests.sort_by_key(|digest| (digest.log, digest.watermark, digest.hash));
    for pair in digests.windows(2) {
        let [one, other] = pair else { continue };
        let same_range = (one.log, one.watermark) == (other.log, other.watermark);
        if same_range && one.hash != other.hash {
            report(case, findings, Vec::new(), || replicas(case, one, other));
        }
    }
}

fn replicas(case: &Case<'_>, one: &Digest, other: &Digest) -> String {
    format!(
        "{} and {} hold different records below offset {} of {}",
        case.names.text(one.process),
        case.names.text(other.process),
        one.watermark,
        case.log(one.log)
    )
}

fn final_logs(case: &Case<'_>, findings: &mut Findings) {
    for (log, contents) in (0..).zip(&case.ledger.logs) {
        for pair in contents.records.windows(2) {
            if let [one, other] = pair
                && one.offset == other.offset
            {
                two_values(case, log, one.offset, [one.slot, other.slot], findings);
            }
        }
    }
}

fn deliveries(case: &Case<'_>, findings: &mut Findings) {
    let polls = case.ledger.polls.iter();
    let mut seen: Vec<(u32, Offset, u32)> =
        polls.map(|polled| (polled.log, polled.offset, polled.slot)).collect();
    seen.sort_unstable();
    seen.dedup();
    for pair in seen.windows(2) {
        if let [(log, offset, one), (other_log, other_offset, other)] = *pair
            && (log, offset) == (other_log, other_offset)
        {
            two_values(case, log, offset, [one, other], findings);
        }
    }
}

fn two_values(case: &Case<'_>, log: u32, offset: Offset, slots: [u32; 2], findings: &mut Findings) {
    report(case, findings, slots.to_vec(), || {
        let [one, other] = slots.map(|slot| case.text(slot));
        format!("offset {offset} of {} holds {one} and {other}", case.log(log))
    });
}

/// Nobody sees the moment at which logs part, so the last fault of all is told.
fn report(case: &Case<'_>, findings: &mut Findings, slots: Vec<u32>, sentence: impl FnOnce() -> String) {
    findings.report(case, Kind::Diverged, Path::Broker, || Evidence {
        messages: slots.iter().map(|&slot| case.text(slot)).collect(),
        sentence: sentence(),
        fault: case.faults.until(Time::MAX),
        moment: None,
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path};

    #[test]
    fn replicas_that_differ_below_the_same_watermark_have_diverged() {
        let story = Story::new().intent("p1-0").digest("broker-1", 9, 0xaa);
        let verdict = story.digest("broker-2", 9, 0xbb).audited().verdict();
        assert_eq!(verdict.classes(), [(Kind::Diverged, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-1 and broker-2 hold different records below offset 9 of payments/0");
    }

    #[test]
    fn replicas_that_agree_or_lag_are_legal() {
        let story = Story::new().intent("p1-0").digest("broker-1", 9, 0xaa);
        let story = story.digest("broker-2", 9, 0xaa).digest("broker-3", 8, 0xbb);
        story.partition(1).digest("broker-1", 9, 0xcc).audited().valid();
    }

    #[test]
    fn one_offset_with_two_records_in_the_final_log_has_diverged() {
        let story = Story::new().intent("p1-0").intent_of("p1-1", 2);
        let story = story.logged("p1-0", 3).logged("p1-1", 3).audited();
        story.invalid(Kind::Diverged, Path::Broker);
    }

    #[test]
    fn one_offset_delivered_with_two_records_has_diverged_or_was_read_dirtily() {
        let story = Story::new().intent("p1-0").intent_of("p1-1", 2);
        let story = story.polled("p1-0", 3).polled("p1-1", 3).polled("p1-1", 3);
        story.clone().invalid(Kind::Diverged, Path::Broker);
        let audited = story.logged("p1-1", 3).audited();
        audited.invalid(Kind::DirtyRead, Path::Broker);
    }

    #[test]
    fn one_offset_delivered_twice_with_one_record_is_legal() {
        let story = Story::new().intent("p1-0").polled("p1-0", 3);
        story.polled("p1-0", 3).valid();
    }
}
