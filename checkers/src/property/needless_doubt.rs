//! Claim: whoever waits for a broker's answer gets one, or the broker is gone. `needless-doubt`, broker: a producer awaited the answer
//! to a send, the broker closed the connection, and nothing had struck either of them or the way between them. The producer must
//! take what may have been a plain refusal for an unknown outcome: with a short delivery timeout it tells its user so.
//!
//! What was struck once stays so to the end of the history: a connection may be dead since a fault that is long over, and nobody
//! knows before it is used. A fault whose reach nobody told may have struck anything; a node that stopped itself was struck. What is
//! wrong elsewhere, between brokers or with their controller, is no excuse: it may cost the record its place, not the answer.
//!
//! Not told is an answer that says *unknown*, one that comes too late, and a connection that the producer gave up itself. A producer
//! that wants no answer (`acks=0`) awaits none; brokers tell it of errors by closing the connection.
//!
//! Source: DOMAIN 3.3, *unknown* is the last resort; Kafka's `KafkaApis.handleProduceRequest`, which closes a connection for a produce error
//! with `acks=0` alone.
//!
//! Does not see a broker that hangs up on a consumer, nor one that was struck before.

use crate::struck::Struck;
use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, MessageId, Name, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct NeedlessDoubt {
    struck: Struck,
    found: Vec<HungUp>,
}

#[derive(Clone, Copy)]
struct HungUp {
    time: Time,
    log: TopicPartition,
    id: MessageId,
    by: Name,
}

impl Checker for NeedlessDoubt {
    fn name(&self) -> &'static str {
        "needless-doubt"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::HungUp, EventKind::Fault, EventKind::Halted])
    }

    fn see(&mut self, entry: &Entry) {
        match entry.event {
            Event::HungUp { log, id, by } if !self.struck.has_between(entry.process, by) => {
                self.found.push(HungUp { time: entry.time, log, id, by });
            }
            _ => self.struck.see(entry),
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        self.found.iter().for_each(|found| report(case, found, &mut findings));
        findings
    }

    fn reset(&mut self) {
        self.struck.reset();
        self.found.clear();
    }
}

fn report(case: &Case<'_>, found: &HungUp, findings: &mut Findings) {
    let &HungUp { time, log, id, by } = found;
    findings.report(case, Kind::NeedlessDoubt, Path::Broker, || {
        let message = case.names.message(id);
        let sentence = format!(
            "{} closed the connection on which the answer about {message} in {} was awaited, though nothing had struck it, its sender or their link",
            case.names.text(by),
            case.names.log(log)
        );
        Evidence { messages: vec![message], sentence, fault: case.faults.until(time), moment: Some(time) }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Course, Kind, Path, Phase};

    fn sent(story: Story) -> Story {
        story.intent("p1-0").send("p1-0", Phase::Invoke)
    }

    fn hung_up_and_refused(story: Story) -> Story {
        sent(story).hung_up("broker-1", "p1-0").send("p1-0", Phase::Info).audited()
    }

    #[test]
    fn a_broker_that_hangs_up_on_a_sender_though_nothing_struck_them_is_told() {
        let verdict = hung_up_and_refused(Story::new()).verdict();
        assert_eq!(verdict.classes(), [(Kind::NeedlessDoubt, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-1 closed the connection on which the answer about p1-0 in payments/0 was awaited, though nothing had struck it, its sender or their link");
    }

    #[test]
    fn what_struck_others_is_no_excuse() {
        let followers = Story::new().struck("crash", &["broker-2"], &[]);
        let cut = [("broker-1", "broker-2"), ("controller", "broker-1"), ("producer-1", "broker-2")];
        for elsewhere in [followers, Story::new().struck("partition", &[], &cut)] {
            hung_up_and_refused(elsewhere).invalid(Kind::NeedlessDoubt, Path::Broker);
        }
    }

    #[test]
    fn whatever_struck_either_of_them_or_the_way_between_may_have_closed_it() {
        let node = |node| Story::new().struck("crash", &[node], &[]);
        let link = |link| Story::new().struck("partition", &[], &[link]);
        let there = link(("producer-1", "broker-1"));
        let back = link(("broker-1", "producer-1"));
        let untold = Story::new().fault("crash", "somebody");
        let halted = Story::new().halted("broker-1", "its disk failed");
        for struck in [node("broker-1"), node("producer-1"), there, back, untold, halted] {
            hung_up_and_refused(struck).valid();
        }
    }

    #[test]
    fn a_fault_that_is_long_over_may_have_left_a_dead_connection() {
        let once = Story::new().reaching("reset", &[], &[("producer-1", "broker-1")], Course::Once);
        let cut: &[(&str, &str)] = &[("producer-1", "broker-1")];
        let healed = Story::new().struck("partition", &[], cut).over("partition", &[], cut);
        for over in [once, healed] {
            hung_up_and_refused(over.later(9_000).healed()).valid();
        }
    }

    #[test]
    fn a_fault_that_strikes_later_excuses_nothing() {
        let story = hung_up_and_refused(Story::new()).struck("crash", &["broker-1"], &[]);
        story.invalid(Kind::NeedlessDoubt, Path::Broker);
    }
}
