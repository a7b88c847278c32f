//! Claim: a send or a settlement fails only if it was refused before anything was stored. `false-failure`: every send of a message
//! ended as `fail`, and the message lies in a final log or was delivered, so its user was told that it may send it again; or every
//! settlement of a log up to an offset ended as `fail`, and a member was told that its group stands there, which is the broker's.
//!
//! * The producer's if it was appended only after the failure was told, or given up because its time had run out: the producer
//!   called what it did not know a failure.
//! * The broker's else: the producer passes on what it was answered.
//!
//! A message of which any send succeeded, has no known outcome, has not ended or was left open by a dead incarnation may lie
//! anywhere. One that was appended, cut again and never delivered did fail in the end, and is not told.
//!
//! Source: DOMAIN 3.3, an error says *not stored* or *unknown*; Jepsen's `recovered` in `total-queue` and aborted read in `kafka`.
//!
//! Does not see which attempt of a send was answered what: no history tells the attempts apart.

use crate::{Case, Checker, DropReason, Evidence, Findings, Kind, Name, Offset, Path, Time};

pub(super) struct FalseFailure;

impl Checker for FalseFailure {
    fn name(&self) -> &'static str {
        "false-failure"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for (slot, message) in (0..).zip(&case.ledger.messages) {
            let Some(failed) = message.failed.filter(|_| !message.perhaps_stored) else { continue };
            let standing = case.ledger.standing(slot);
            let stored = standing.is_logged() || message.polled;
            if stored && message.open_send.is_none() && !standing.orphaned {
                report(case, slot, failed, &mut findings);
            }
        }
        for group in &case.ledger.groups {
            for (log, position) in (0..).zip(&group.positions) {
                let denied = position.denied.iter();
                denied.for_each(|&(upto, told)| settled(case, group.name, log, upto, told, &mut findings));
            }
        }
        findings
    }
}

fn report(case: &Case<'_>, slot: u32, failed: Time, findings: &mut Findings) {
    let message = case.ledger.message(slot);
    let appended_later = message.appended.is_some_and(|first| first.time > failed);
    let given_up = message.dropped == Some(DropReason::DeliveryTimeout);
    let path = if appended_later || given_up { Path::Producer } else { Path::Broker };
    findings.report(case, Kind::FalseFailure, path, || {
        let text = case.text(slot);
        let how = if case.ledger.standing(slot).is_logged() { "lies in the log" } else { "was delivered" };
        let sentence = format!("every send of {text} failed for certain, and it {how}");
        let (fault, moment) = (case.faults.until(failed), Some(failed));
        Evidence { messages: vec![text], sentence, fault, moment }
    });
}

fn settled(case: &Case<'_>, group: Name, log: u32, upto: Offset, told: Time, findings: &mut Findings) {
    findings.report(case, Kind::FalseFailure, Path::Broker, || {
        let (group, log) = (case.names.text(group), case.log(log));
        Evidence {
            messages: Vec::new(),
            sentence: format!(
                "every settlement of {log} up to {upto} failed for certain, and {group} was told that it stands there"
            ),
            fault: case.faults.until(told),
            moment: Some(told),
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{DropReason, Event, Kind, Path, Phase};

    fn begun() -> Story {
        Story::new().intent("p1-0").send("p1-0", Phase::Invoke)
    }

    fn failed() -> Story {
        begun().appended("p1-0", 0).send("p1-0", Phase::Fail)
    }

    #[test]
    fn a_record_that_a_broker_refused_and_stored_is_the_brokers_false_failure() {
        let story = failed().given_up("p1-0", DropReason::Refused).logged("p1-0", 0).audited();
        let verdict = story.verdict();
        assert_eq!(verdict.classes(), [(Kind::FalseFailure, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"every send of p1-0 failed for certain, and it lies in the log");
        failed().polled("p1-0", 0).invalid(Kind::FalseFailure, Path::Broker);
    }

    #[test]
    fn a_producer_that_gives_up_or_speaks_too_early_calls_what_it_does_not_know_a_failure() {
        failed().dropped("p1-0").logged("p1-0", 0).audited().invalid(Kind::FalseFailure, Path::Producer);
        let early = begun().send("p1-0", Phase::Fail).appended("p1-0", 0);
        early.logged("p1-0", 0).audited().invalid(Kind::FalseFailure, Path::Producer);
    }

    #[test]
    fn a_failed_send_before_or_after_one_that_may_have_stored_it_is_legal() {
        let end = |story: Story| story.logged("p1-0", 0).audited();
        end(failed().send("p1-0", Phase::Invoke).acknowledged("p1-0", 0)).valid();
        end(begun().send("p1-0", Phase::Info).send("p1-0", Phase::Invoke).send("p1-0", Phase::Fail)).valid();
        end(failed().send("p1-0", Phase::Invoke)).valid();
        let orphan = begun().tell("producer-1", Event::Began).send("p1-0", Phase::Invoke);
        end(orphan.send("p1-0", Phase::Fail)).valid();
    }

    #[test]
    fn a_record_that_was_appended_and_cut_again_failed_in_the_end() {
        failed().audited().valid();
    }

    /// Two records, and a settlement of both that ends so.
    fn settled(end: Phase) -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).granted().told(0);
        let done = story.polled("p1-0", 0).charged("p1-0").polled("p1-1", 1).charged("p1-1");
        done.settle(2, Phase::Invoke).settle(2, end)
    }

    #[test]
    fn a_settlement_that_was_refused_and_counts_is_the_brokers_false_failure() {
        let verdict = settled(Phase::Fail).by("consumer-2").granted().told(2).verdict();
        assert_eq!(verdict.classes(), [(Kind::FalseFailure, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"every settlement of payments/0 up to 2 failed for certain, and billing was told that it stands there");
    }

    #[test]
    fn a_refused_settlement_before_or_after_one_that_may_have_been_stored_is_legal() {
        let stands = |story: Story, at| {
            let story = story.by("consumer-2").granted().told(at);
            story.logged("p1-0", 0).logged("p1-1", 1).audited().valid();
        };
        let told = |story: Story| stands(story, 2);
        told(settled(Phase::Fail).settled(2));
        told(settled(Phase::Fail).settle(2, Phase::Invoke).settle(2, Phase::Info));
        told(settled(Phase::Fail).settle(2, Phase::Invoke));
        told(settled(Phase::Info).settle(2, Phase::Invoke).settle(2, Phase::Fail));
        stands(settled(Phase::Fail), 0);
    }
}
