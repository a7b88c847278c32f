//! Claim: one business fact lies in the logs once, and takes effect once at every sink.
//!
//! * `duplicate-log`: one message at two places of the final logs. The broker's if one idempotent producer id stamped all
//!   copies, for then the broker had promised to recognise them; else the producer's.
//! * `duplicate-effect`: one sink applied it twice. If the log holds it at least as often as it was applied, the consumer did
//!   its duty and the log's path is to blame. If its group had settled it and was told otherwise before the second effect,
//!   the doubling follows from the broker's lost settlement. Else it is the consumer's.
//!
//! Deliveries may repeat: at least once is what a queue gives. Only effects are counted, so an inbox makes redelivery legal.
//!
//! Source: DOMAIN S9; CHECKERS D-LOG and D-EFF, which Jepsen writes to a file and does not judge.
//!
//! Does not see a duplicate that was truncated again before the end, nor, without the final read, that a double effect was the
//! log's.

use crate::ledger::{Application, Copies, Group, Place, Sink};
use crate::{Case, Checker, Evidence, Findings, Kind, Path, Time};

pub(super) struct Duplicates;

impl Checker for Duplicates {
    fn name(&self) -> &'static str {
        "duplicates"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for &slot in &case.ledger.suspects.repeated {
            report_log(case, slot, &case.ledger.standing(slot).copies, &mut findings);
        }
        for sink in &case.ledger.sinks {
            for second in &sink.seconds {
                report_effect(case, sink, second, &mut findings);
            }
        }
        findings
    }
}

fn report_log(case: &Case<'_>, slot: u32, copies: &Copies, findings: &mut Findings) {
    findings.report(case, Kind::DuplicateLog, copies.path(), || {
        let text = case.text(slot);
        let places = places(case, slot);
        let told: Vec<String> = places
            .iter()
            .map(|place| format!("offset {} of {}", place.offset, case.log(place.log)))
            .collect();
        let sentence = format!("{text} lies {} times in the log: {}", copies.count, told.join(" and "));
        // Where nobody saw the second append, any fault may have brought it.
        let appends: Option<Vec<Time>> =
            places.iter().map(|place| case.ledger.lies_since(slot, *place)).collect();
        let moment = appends.and_then(|appends| appends.into_iter().max());
        let fault = case.faults.until(moment.unwrap_or(Time::MAX));
        Evidence { messages: vec![text], sentence, fault, moment }
    });
}

/// Where the copies of a message lie.
fn places(case: &Case<'_>, slot: u32) -> Vec<Place> {
    let logs = (0..).zip(&case.ledger.logs);
    let copies = logs.flat_map(|(log, of)| {
        let records = of.records.iter().filter(move |record| record.slot == slot);
        records.map(move |record| Place { log, offset: record.offset })
    });
    copies.collect()
}

fn report_effect(case: &Case<'_>, sink: &Sink, second: &Application, findings: &mut Findings) {
    let Application { slot, time } = *second;
    let copies = case.ledger.standing(slot).copies;
    let times = sink.times(slot);
    let path = match copies.count {
        count if count >= times => copies.path(),
        _ if handed_out_again(case, sink, second) => Path::Broker,
        _ => Path::Consumer,
    };
    findings.report(case, Kind::DuplicateEffect, path, || {
        let text = case.text(slot);
        let sink = case.names.text(sink.name);
        let sentence = match copies.count {
            0 | 1 => format!("{text} took effect {times} times at {sink}"),
            copies => {
                format!("{text} took effect {times} times at {sink}; it lies {copies} times in the log")
            }
        };
        Evidence { messages: vec![text], sentence, fault: case.faults.until(time), moment: Some(time) }
    });
}

/// Whether a group that calls this sink had settled the record, and was told that it had not.
fn handed_out_again(case: &Case<'_>, sink: &Sink, second: &Application) -> bool {
    let Some(Place { log, offset }) = case.ledger.place(second.slot) else { return false };
    let calls = |group: &&Group| {
        group.sinks.is_empty()
            || group.sinks.iter().any(|&at| case.ledger.sinks[at as usize].name == sink.name)
    };
    let positions =
        case.ledger.groups.iter().filter(calls).filter_map(|group| group.positions.get(log as usize));
    positions.into_iter().any(|position| position.retreated_over(offset, second.time).is_some())
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path};

    #[test]
    fn a_retry_without_idempotence_that_lands_twice_is_the_producers() {
        let verdict = Story::new()
            .sent("p1-0", 5)
            .appended("p1-0", 3)
            .later(1)
            .fault("reset", "broker-1")
            .later(4)
            .appended("p1-0", 5)
            .later(1)
            .fault("crash", "broker-2")
            .logged("p1-0", 3)
            .logged("p1-0", 5)
            .audited()
            .verdict();
        assert_eq!(verdict.classes(), [(Kind::DuplicateLog, Path::Producer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-0 lies 2 times in the log: offset 3 of payments/0 and offset 5 of payments/0; the last fault before it: reset of broker-1, 5 ms earlier");
    }

    #[test]
    fn a_copy_that_a_deposed_leader_appended_before_counts_from_where_it_lies_now() {
        let story = Story::new().sent("p1-0", 5).led("broker-1", 1).appended("p1-0", 3);
        let story = story.later(4).fault("pause", "broker-1").led("broker-2", 2).appended("p1-0", 5);
        let story = story.later(10).appended_by("broker-2", 2, "p1-0", 5).later(10).appended("p1-0", 5);
        let verdict = story.logged("p1-0", 3).logged("p1-0", 5).audited().verdict();
        let sentence = &verdict.anomalies[0].sentence;
        assert!(
            sentence.ends_with("the last fault before it: pause of broker-1, 13 ms earlier"),
            "{sentence}"
        );
    }

    #[test]
    fn two_copies_stamped_by_one_idempotent_producer_are_the_brokers() {
        let story = Story::new().sent("p1-0", 3);
        let story = story.stamped("p1-0", 3, 7).stamped("p1-0", 5, 7).audited();
        story.invalid(Kind::DuplicateLog, Path::Broker);
    }

    #[test]
    fn copies_under_two_producer_ids_or_without_a_stamp_are_the_producers() {
        let story = Story::new().sent("p1-0", 3).stamped("p1-0", 3, 7);
        let again = story.clone().stamped("p1-0", 5, 8).audited();
        again.invalid(Kind::DuplicateLog, Path::Producer);
        let bare = story.logged("p1-0", 5).audited();
        bare.invalid(Kind::DuplicateLog, Path::Producer);
    }

    #[test]
    fn one_place_read_twice_is_one_copy() {
        let story = Story::new().sent("p1-0", 3);
        story.logged("p1-0", 3).logged("p1-0", 3).audited().valid();
    }

    #[test]
    fn a_record_appended_again_after_a_truncation_is_no_duplicate() {
        let story = Story::new().sent("p1-0", 5).appended("p1-0", 3).appended("p1-0", 5);
        story.logged("p1-0", 5).audited().valid();
    }

    #[test]
    fn an_effect_repeated_after_a_redelivery_is_the_consumers() {
        let verdict = Story::new()
            .sent("p1-0", 0)
            .applied("p1-0")
            .later(2)
            .fault("crash", "consumer-1")
            .later(40)
            .applied("p1-0")
            .logged("p1-0", 0)
            .audited()
            .verdict();
        assert_eq!(verdict.classes(), [(Kind::DuplicateEffect, Path::Consumer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-0 took effect 2 times at ledger; the last fault before it: crash of consumer-1, 41 ms earlier");
    }

    #[test]
    fn an_effect_repeated_as_often_as_the_log_holds_it_is_the_logs() {
        let story = Story::new().sent("p1-0", 0).applied("p1-0").applied("p1-0");
        let story = story.logged("p1-0", 0).logged("p1-0", 1).audited();
        let classes = [(Kind::DuplicateLog, Path::Producer), (Kind::DuplicateEffect, Path::Producer)];
        assert_eq!(story.verdict().classes(), classes.into());
        let thrice = story.applied("p1-0").verdict();
        assert!(thrice.classes().contains(&(Kind::DuplicateEffect, Path::Consumer)));
    }

    #[test]
    fn a_redelivery_that_an_inbox_absorbs_is_legal() {
        let story = Story::new().sent("p1-0", 0).granted().polled("p1-0", 0).charged("p1-0");
        let story = story.revoked().by("consumer-2").granted().polled("p1-0", 0);
        story.called("p1-0").logged("p1-0", 0).audited().valid();
    }

    #[test]
    fn one_effect_at_each_of_two_sinks_is_no_duplicate() {
        let story = Story::new().sent("p1-0", 0).applied("p1-0").sink("parcels");
        story.applied("p1-0").logged("p1-0", 0).audited().valid();
    }
}
