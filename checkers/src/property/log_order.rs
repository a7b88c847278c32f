//! Claim: a log holds the facts of one producer and key in the order of their intents. `reorder-log`: of two such records that
//! follow each other in a log (first copies only), the later one was intended first. The broker's where both carry a
//! stamp, for a sequence forbids overtaking; else the producer's.
//!
//! Source: CHECKERS `nonmonotonic-send` and P-REORD; DOMAIN P05.
//!
//! Does not see order across logs, across producers, or of records without an intent, nor where an orphan lies: idempotence
//! is promised to one incarnation of a producer (KIP-98 leaves the rest to transactions). A request of the incarnation
//! before may wait in the socket of a paused broker and be read after those of the next, which came on another connection.
//! One anomaly per descent, not per pair.

use crate::ledger::{Place, Record};
use crate::{Case, Checker, Evidence, Findings, Kind, Ledger, Path};

pub(super) struct LogOrder;

impl Checker for LogOrder {
    fn name(&self) -> &'static str {
        "log-order"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let mut walk = Walk::new(case.ledger);
        for (log, contents) in (0..).zip(&case.ledger.logs) {
            for record in &contents.records {
                if let Some(before) = walk.overtaker(case.ledger, log, record) {
                    report(case, log, before, record, &mut findings);
                }
            }
        }
        findings
    }
}

/// A walk through the logs that remembers the last first copy of every lane.
struct Walk {
    /// By lane: the log of the last first copy, and that copy.
    last: Vec<Option<(u32, Record)>>,
    /// By message: the last log that was found to hold it.
    met_in: Vec<Option<u32>>,
}

impl Walk {
    fn new(ledger: &Ledger) -> Self {
        Walk { last: vec![None; ledger.lanes as usize], met_in: vec![None; ledger.messages.len()] }
    }

    /// The record right before this one in its lane, if that one was intended later.
    fn overtaker(&mut self, ledger: &Ledger, log: u32, record: &Record) -> Option<Record> {
        let message = ledger.standing(record.slot);
        let intent = message.intent.filter(|_| !message.orphaned)?;
        if self.met_in[record.slot as usize].replace(log) == Some(log) {
            return None;
        }
        let last = self.last[message.lane as usize].replace((log, *record));
        let (_, before) = last.filter(|(same, _)| *same == log)?;
        let rank = ledger.standing(before.slot).intent?.rank;
        (rank > intent.rank).then_some(before)
    }
}

fn report(case: &Case<'_>, log: u32, before: Record, record: &Record, findings: &mut Findings) {
    let both_stamped = before.stamp.is_some() && record.stamp.is_some();
    let path = if both_stamped { Path::Broker } else { Path::Producer };
    findings.report(case, Kind::ReorderLog, path, || {
        let (late, early) = (case.text(record.slot), case.text(before.slot));
        let sentence = format!(
            "{late} was intended before {early} and lies behind it in {} (offsets {} and {})",
            case.log(log),
            record.offset,
            before.offset
        );
        let moment = case.ledger.lies_since(record.slot, Place { log, offset: record.offset });
        let fault = moment.and_then(|moment| case.faults.until(moment));
        Evidence { messages: vec![late, early], sentence, fault, moment }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Event, Kind, Path, Phase};

    fn two_of_one_key() -> Story {
        Story::new().sent("p1-0", 1).sent("p1-1", 0)
    }

    #[test]
    fn a_retry_that_was_overtaken_is_the_producers() {
        let verdict = two_of_one_key()
            .appended("p1-1", 0)
            .fault("lose-frame", "broker-1")
            .later(7)
            .appended("p1-0", 1)
            .logged("p1-1", 0)
            .logged("p1-0", 1)
            .audited()
            .verdict();
        assert_eq!(verdict.classes(), [(Kind::ReorderLog, Path::Producer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-0 was intended before p1-1 and lies behind it in payments/0 (offsets 1 and 0); the last fault before it: lose-frame of broker-1, 8 ms earlier");
    }

    #[test]
    fn what_a_deposed_leader_appends_later_is_not_the_append_that_is_told() {
        let story = two_of_one_key().appended("p1-1", 0).fault("pause", "broker-1").later(7);
        let story =
            story.appended_by("broker-2", 1, "p1-0", 1).later(100).appended_by("broker-1", 1, "p1-0", 0);
        let verdict = story.logged("p1-1", 0).logged("p1-0", 1).audited().verdict();
        let sentence = &verdict.anomalies[0].sentence;
        assert!(
            sentence.ends_with("the last fault before it: pause of broker-1, 8 ms earlier"),
            "{sentence}"
        );
    }

    #[test]
    fn an_inverted_pair_is_the_brokers_only_if_both_carry_a_stamp() {
        let story = two_of_one_key().stamped("p1-1", 0, 7);
        let both = story.clone().stamped("p1-0", 1, 7).audited();
        both.invalid(Kind::ReorderLog, Path::Broker);
        let one = story.logged("p1-0", 1).audited();
        one.invalid(Kind::ReorderLog, Path::Producer);
    }

    #[test]
    fn the_order_of_the_final_read_does_not_matter() {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1);
        story.logged("p1-1", 1).logged("p1-0", 0).audited().valid();
    }

    #[test]
    fn other_keys_producers_and_logs_may_interleave() {
        let keys = Story::new().intent_of("p1-0", 1).intent_of("p1-1", 2);
        keys.logged("p1-1", 0).logged("p1-0", 1).audited().valid();
        let producers = Story::new().intent("p2-0").intent("p1-1");
        producers.logged("p1-1", 0).logged("p2-0", 1).audited().valid();
        let logs = Story::new().intent("p1-0").intent("p1-1").logged("p1-1", 0);
        logs.partition(1).logged("p1-0", 1).audited().valid();
    }

    #[test]
    fn what_a_dead_incarnation_had_under_way_may_come_late() {
        let underway = Story::new().intent("p1-0").send("p1-0", Phase::Invoke);
        let end = |story: Story| story.sent("p1-1", 0).logged("p1-1", 0).logged("p1-0", 1).audited();
        end(underway.clone().tell("producer-1", Event::Began)).valid();
        let given_up = underway.clone().send("p1-0", Phase::Info);
        end(given_up.clone().tell("producer-1", Event::Began)).valid();
        end(given_up).invalid(Kind::ReorderLog, Path::Producer);
        end(underway).invalid(Kind::ReorderLog, Path::Producer);
    }

    #[test]
    fn a_late_second_copy_is_a_duplicate_and_no_reordering() {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1);
        let story = story.logged("p1-0", 0).logged("p1-1", 1).logged("p1-0", 2).audited();
        story.invalid(Kind::DuplicateLog, Path::Producer);
    }

    #[test]
    fn ids_of_a_stranger_are_ordered_by_their_intents() {
        let story = Story::new().intent("order-b").intent("order-a");
        let story = story.logged("order-a", 0).logged("order-b", 1).audited();
        story.invalid(Kind::ReorderLog, Path::Producer);
    }
}
