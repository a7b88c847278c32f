//! Claim: at every moment a message is where it can be: it is stored before it is promised or handed out. `unaccounted`, broker: a
//! message was acknowledged with an offset, or delivered, before any leader had appended it.
//!
//! Source: DOMAIN S14. Stands beyond the verdict: a recorder that learns of appends late looks the same.
//!
//! Says nothing about a history that keeps no appends, nor about who took a record out again.

use crate::ledger::{Message, Polled};
use crate::{Case, Checker, Evidence, Findings, Kind, Path, Time};

pub(super) struct Conservation;

impl Checker for Conservation {
    fn name(&self) -> &'static str {
        "conservation"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let messages = &case.ledger.messages;
        if messages.iter().all(|message| message.appended.is_none()) {
            return findings;
        }
        for (slot, message) in (0..).zip(messages) {
            if let Some(ack) = message.acked.filter(|ack| !stored_by(message, ack.time)) {
                report(case, slot, "was acknowledged", ack.time, &mut findings);
            }
        }
        let early = |polled: &&Polled| !stored_by(case.ledger.message(polled.slot), polled.time);
        for polled in case.ledger.polls.iter().filter(early) {
            report(case, polled.slot, "was delivered", polled.time, &mut findings);
        }
        findings
    }
}

/// Whether it had been appended by then.
fn stored_by(message: &Message, time: Time) -> bool {
    message.appended.is_some_and(|first| first.time <= time)
}

fn report(case: &Case<'_>, slot: u32, what: &str, time: Time, findings: &mut Findings) {
    findings.report(case, Kind::Unaccounted, Path::Broker, || {
        let message = case.text(slot);
        let sentence = format!("{message} {what} before any leader had appended it");
        Evidence { messages: vec![message], sentence, fault: case.faults.until(time), moment: Some(time) }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;

    #[test]
    fn an_acknowledgement_or_a_delivery_before_the_append_is_told_beyond_the_verdict() {
        let story = Story::new().sent("p1-0", 0).appended("p1-0", 0);
        insta::assert_snapshot!(story.beyond(), @"unaccounted/broker x1: p1-0 was acknowledged before any leader had appended it");
        let story = Story::new().appended("p1-0", 0).sent("p1-0", 0).polled("p1-1", 1);
        insta::assert_snapshot!(story.beyond(), @"unaccounted/broker x1: p1-1 was delivered before any leader had appended it");
    }

    #[test]
    fn a_history_without_appends_accounts_for_nothing() {
        assert_eq!(Story::new().sent("p1-0", 0).polled("p1-0", 0).beyond(), "");
        assert_eq!(Story::new().appended("p1-0", 0).sent("p1-0", 0).polled("p1-0", 0).beyond(), "");
    }
}
