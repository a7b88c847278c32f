//! Claim: what the user was told "done" about, and what a broker acknowledged, is in a log at the end.
//!
//! * `lost-intent`, producer: answered "done", never acknowledged, in no final log, never applied.
//! * `lost-acked`, broker: acknowledged, in no final log. That some group applied it in time is no excuse: the other groups
//!   never will. A broker that tells no offset acknowledges all the same (RabbitMQ's confirms, SQS, Redis Streams), also one
//!   that takes a send for the duplicate of a record which it never stored.
//!
//! No loss: an unknown outcome that is absent, an intent nobody was answered about, a drop that was declared. No
//! acknowledgement: the `ok` of a producer that awaits none (`acks=0`).
//!
//! Source: DESIGN 8, attribution; Jepsen's `total-queue` and `lost-write`, which know no path and no tail.
//!
//! Does not see a message that went missing and came back before the end, nor retention that was not declared. Without the
//! final read of all logs (`audited`) it cannot look, and says so if there is anything it would have looked for.

use crate::ledger::Acked;
use crate::{Case, Checker, Evidence, Findings, Kind, Ledger, Path, Time};

pub(super) struct Loss;

impl Checker for Loss {
    fn name(&self) -> &'static str {
        "loss"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let missing = missing(case.ledger);
        if case.ledger.audited {
            missing.for_each(|(slot, promise)| report(case, slot, promise, &mut findings));
        } else {
            let count = missing.count();
            if count > 0 {
                findings.could_not_look(format!(
                    "the logs were not read at the end, so {count} promised messages are unaccounted for"
                ));
            }
        }
        findings
    }
}

/// What was promised about a message.
enum Promise {
    Acknowledged(Acked),
    Answered(Time),
}

/// The messages that were promised, not given up, and are in no final log.
fn missing(ledger: &Ledger) -> impl Iterator<Item = (u32, Promise)> {
    let absent = ledger.ask(&ledger.suspects.absent).filter(|(_, message)| message.dropped.is_none());
    absent.filter_map(|(slot, message)| {
        let answered = message.answered.filter(|_| message.applied == 0);
        let promise = match message.acked {
            Some(ack) => Promise::Acknowledged(ack),
            None => Promise::Answered(answered?),
        };
        Some((slot, promise))
    })
}

fn report(case: &Case<'_>, slot: u32, promise: Promise, findings: &mut Findings) {
    let (kind, path, moment) = match promise {
        Promise::Acknowledged(ack) => (Kind::LostAcked, Path::Broker, ack.time),
        Promise::Answered(time) => (Kind::LostIntent, Path::Producer, time),
    };
    findings.report(case, kind, path, || {
        let message = case.text(slot);
        let sentence = match promise {
            Promise::Acknowledged(ack) => {
                format!("{message} was acknowledged {} and is in no log at the end", place(case, &ack))
            }
            Promise::Answered(_) => format!(
                "the user was told that {message} is done, no broker acknowledged it, and it is in no log at the end"
            ),
        };
        let fault = match promise {
            Promise::Acknowledged(_) => case.broker_fault(moment),
            Promise::Answered(_) => case.faults.since(moment),
        };
        Evidence { messages: vec![message], sentence, fault, moment: Some(moment) }
    });
}

/// Where the broker said that it lies, or at least which log it was sent to.
fn place(case: &Case<'_>, ack: &Acked) -> String {
    let log = case.log(ack.log);
    match ack.offset {
        Some(offset) => format!("at offset {offset} of {log}"),
        None => format!("in {log}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path, Phase, Validity};

    #[test]
    fn an_acknowledged_record_in_no_log_is_the_brokers_and_the_next_fault_is_told() {
        let verdict = Story::new()
            .sent("p1-17", 41)
            .answered("p1-17")
            .later(3)
            .fault("crash", "broker-1")
            .later(10)
            .fault("partition", "broker-2")
            .audited()
            .verdict();
        assert_eq!(verdict.classes(), [(Kind::LostAcked, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-17 was acknowledged at offset 41 of payments/0 and is in no log at the end; the first fault after that, besides those of clients: crash of broker-1, 5 ms later");
    }

    #[test]
    fn of_what_a_broker_lost_no_crash_of_a_client_is_told() {
        let story = Story::new().sent("p1-0", 0).granted().later(1).fault("crash", "consumer-1");
        let alone = story.clone().audited().verdict();
        assert_eq!(alone.anomalies[0].nearest_fault, None);
        let verdict = story.fault("power-loss", "broker-1").audited().verdict();
        let nearest_fault = verdict.anomalies[0].nearest_fault.as_ref().unwrap();
        assert_eq!((nearest_fault.fault.as_str(), nearest_fault.target.as_str()), ("power-loss", "broker-1"));
    }

    #[test]
    fn what_lies_between_two_clients_is_theirs_and_a_link_to_a_broker_is_not() {
        let story =
            Story::new().sent("p1-0", 0).granted().later(1).fault("half-open", "producer-1 to consumer-1");
        let story = story.fault("partition", "consumer-1 and producer-1");
        assert_eq!(story.clone().audited().verdict().anomalies[0].nearest_fault, None);
        let verdict = story.fault("delay", "producer-1 to broker-1").audited().verdict();
        assert_eq!(verdict.anomalies[0].nearest_fault.as_ref().unwrap().fault, "delay");
    }

    #[test]
    fn an_answer_without_an_acknowledgement_is_the_producers_even_if_a_log_once_held_it() {
        // acks=0: the send ends `ok` without an offset, the leader appends, and the record dies with it.
        let story = Story::new()
            .intent("p1-0")
            .fired_and_forgotten("p1-0")
            .answered("p1-0")
            .appended("p1-0", 0)
            .audited();
        story.invalid(Kind::LostIntent, Path::Producer);
    }

    #[test]
    fn an_acknowledgement_without_an_offset_is_one_whether_or_not_the_broker_ever_stored_it() {
        let story = Story::new().intent("p1-0").send("p1-0", Phase::Invoke);
        // The broker takes the second attempt for a duplicate of the first, which it never stored.
        let never_stored = story.clone().send("p1-0", Phase::Info).send("p1-0", Phase::Invoke);
        for story in [story.appended("p1-0", 0), never_stored] {
            let verdict = story.send("p1-0", Phase::Ok).answered("p1-0").audited().verdict();
            assert_eq!(verdict.classes(), [(Kind::LostAcked, Path::Broker)].into());
            assert_eq!(
                verdict.anomalies[0].sentence,
                "p1-0 was acknowledged in payments/0 and is in no log at the end"
            );
        }
    }

    #[test]
    fn an_acknowledged_record_that_took_effect_is_still_lost_for_every_other_group() {
        let story = Story::new().sent("p1-0", 0).applied("p1-0").audited();
        story.invalid(Kind::LostAcked, Path::Broker);
    }

    #[test]
    fn an_unacknowledged_answer_that_took_effect_is_no_loss() {
        let story = Story::new().intent("p1-0").answered("p1-0").applied("p1-0");
        story.audited().valid();
    }

    #[test]
    fn unknown_outcomes_failures_and_unanswered_intents_may_be_absent() {
        Story::new()
            .intent("p1-0")
            .send("p1-0", Phase::Invoke)
            .send("p1-0", Phase::Info)
            .intent("p1-1")
            .send("p1-1", Phase::Invoke)
            .intent("p1-2")
            .send("p1-2", Phase::Invoke)
            .send("p1-2", Phase::Fail)
            .intent("p1-3")
            .audited()
            .valid();
    }

    #[test]
    fn a_declared_drop_is_no_loss() {
        let story = Story::new().intent("p1-0").answered("p1-0").dropped("p1-0");
        story.sent("p1-1", 4).dropped("p1-1").audited().valid();
    }

    #[test]
    fn a_record_that_landed_elsewhere_than_acknowledged_is_misplaced_and_not_lost() {
        let story = Story::new().sent("p1-0", 4).logged("p1-0", 9);
        story.audited().invalid(Kind::MisplacedAck, Path::Broker);
    }

    #[test]
    fn without_the_final_read_a_promise_is_unknown_and_not_broken() {
        let verdict = Story::new().sent("p1-0", 4).answered("p1-0").verdict();
        assert_eq!(verdict.validity, Validity::Unknown);
        insta::assert_snapshot!(verdict.unknown[0], @"the logs were not read at the end, so 1 promised messages are unaccounted for");
        Story::new().sent("p1-0", 4).logged("p1-0", 4).valid();
    }
}
