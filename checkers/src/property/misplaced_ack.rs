//! Claim: an acknowledgement that names an offset names one at which the record stands. `misplaced-ack`, broker: the record was
//! never seen there, and it was seen at another place. Users keep the offset that they are told (`RecordMetadata`), and seek to it.
//!
//! A place at which it was seen is one at which a leader appended it, it was delivered, or a final log holds it. So a record that
//! is stored twice may be acknowledged at either place; one that was acknowledged where it stood, cut there and stored anew
//! elsewhere is the matter of those who look for losses; one that was never seen anywhere is theirs too, or `conservation`'s.
//!
//! Source: KIP-98, a repeated batch is answered with the offset of the first; Kafka's `ProducerStateManager`, which keeps offsets
//! of recent batches for this alone.
//!
//! Does not see an acknowledgement without an offset, nor what was wrong for a while: a record that was appended at the named
//! place only later was there in the end.

use crate::ledger::{Acked, Place};
use crate::{Case, Checker, Evidence, Findings, Kind, Path};

pub(super) struct MisplacedAck;

impl Checker for MisplacedAck {
    fn name(&self) -> &'static str {
        "misplaced-ack"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let first =
            (0..).zip(&case.ledger.messages).filter_map(|(slot, message)| Some((slot, message.acked?)));
        for (slot, acked) in first.chain(case.ledger.acked_again.iter().copied()) {
            let Some(offset) = acked.offset else { continue };
            let named = Place { log: acked.log, offset };
            if is_known_at(case, slot, named) {
                continue;
            }
            if let Some(place) = elsewhere(case, slot) {
                report(case, slot, acked, place, &mut findings);
            }
        }
        findings
    }
}

/// Whether the message ever stood there. What nearly every acknowledgement is right by is asked first.
fn is_known_at(case: &Case<'_>, slot: u32, place: Place) -> bool {
    let ledger = case.ledger;
    let appended = ledger.message(slot).appended.is_some_and(|first| first.place == place);
    let logged = || ledger.logs[place.log as usize].holds(place.offset, slot);
    let reappended = || ledger.reappended.iter().any(|&(other, at)| (other, at.place) == (slot, place));
    let polled =
        || ledger.polls.iter().any(|it| (it.slot, it.log, it.offset) == (slot, place.log, place.offset));
    appended || logged() || reappended() || polled()
}

/// Where the message stood that did not stand where it was said to.
fn elsewhere(case: &Case<'_>, slot: u32) -> Option<Place> {
    let polled = || case.ledger.polls.iter().find(|polled| polled.slot == slot);
    let delivered = || polled().map(|polled| Place { log: polled.log, offset: polled.offset });
    case.ledger.place(slot).or_else(delivered)
}

fn report(case: &Case<'_>, slot: u32, acked: Acked, place: Place, findings: &mut Findings) {
    findings.report(case, Kind::MisplacedAck, Path::Broker, || {
        let message = case.text(slot);
        let named = acked.offset.unwrap_or_default();
        let (log, other) = (case.log(acked.log), case.log(place.log));
        let (fault, moment) = (case.faults.until(acked.time), Some(acked.time));
        let sentence = format!(
            "{message} was acknowledged at offset {named} of {log}, and stands at offset {} of {other}",
            place.offset
        );
        Evidence { messages: vec![message], sentence, fault, moment }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::story::Story;
    use crate::{Kind, Path, Phase};

    /// A log of two records, the second of which is acknowledged at this offset.
    fn second_acknowledged(offset: u64) -> Story {
        let first = Story::new().intent("p1-0").appended("p1-0", 0).sent("p1-0", 0);
        let second = first.intent("p1-1").send("p1-1", Phase::Invoke).appended("p1-1", 1);
        second.acknowledged("p1-1", offset)
    }

    fn read(story: Story) -> Story {
        story.logged("p1-0", 0).logged("p1-1", 1).audited()
    }

    #[test]
    fn an_acknowledgement_that_names_the_place_of_another_record_is_misplaced() {
        let verdict = read(second_acknowledged(0)).verdict();
        assert_eq!(verdict.classes(), [(Kind::MisplacedAck, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-1 was acknowledged at offset 0 of payments/0, and stands at offset 1 of payments/0");
        read(second_acknowledged(1)).valid();
    }

    #[test]
    fn an_append_or_a_delivery_alone_tells_where_it_stands() {
        let found = |story: Story| story.verdict().classes();
        let misplaced = BTreeSet::from([(Kind::MisplacedAck, Path::Broker)]);
        assert_eq!(found(second_acknowledged(0)), misplaced);
        assert_eq!(found(second_acknowledged(1)), BTreeSet::new());
        let sent = |offset| Story::new().sent("p1-0", offset).polled("p1-0", 4);
        assert_eq!(found(sent(3)), misplaced);
        assert_eq!(found(sent(4)), BTreeSet::new());
    }

    #[test]
    fn the_place_in_another_log_is_another_place() {
        let story = Story::new().sent("p1-0", 0).partition(1).appended("p1-0", 0).logged("p1-0", 0);
        story.audited().invalid(Kind::MisplacedAck, Path::Broker);
    }

    #[test]
    fn every_acknowledgement_of_a_message_is_judged() {
        let again = |offset| second_acknowledged(1).send("p1-1", Phase::Invoke).acknowledged("p1-1", offset);
        read(again(0)).invalid(Kind::MisplacedAck, Path::Broker);
        read(again(1)).valid();
    }

    #[test]
    fn a_record_that_is_stored_twice_may_be_acknowledged_at_either_place() {
        for offset in [1, 2] {
            let twice = second_acknowledged(offset).appended("p1-1", 2);
            let verdict = read(twice.logged("p1-1", 2)).verdict();
            assert_eq!(verdict.classes(), [(Kind::DuplicateLog, Path::Producer)].into());
        }
    }

    #[test]
    fn a_record_that_stood_there_and_was_stored_anew_elsewhere_was_told_the_truth() {
        let cut = second_acknowledged(1).appended("p1-1", 4).logged("p1-0", 0);
        cut.logged("p1-1", 4).audited().valid();
        let thrice = second_acknowledged(4).appended("p1-1", 4).appended("p1-1", 7);
        thrice.logged("p1-0", 0).logged("p1-1", 7).audited().valid();
    }

    #[test]
    fn without_an_offset_or_where_nobody_saw_the_record_there_is_nothing_to_compare() {
        Story::new().intent("p1-0").send("p1-0", Phase::Ok).logged("p1-0", 3).audited().valid();
        assert_eq!(Story::new().sent("p1-0", 3).verdict().anomalies, []);
        Story::new().sent("p1-0", 3).audited().invalid(Kind::LostAcked, Path::Broker);
    }
}
