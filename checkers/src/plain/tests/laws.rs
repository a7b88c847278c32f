//! Laws: the log of a queue that does its work is never called invalid, whatever shape it is written in, and what is planted in it
//! is found.

use proptest::prelude::*;
use proptest::sample::Index;

use super::queue::{CONSUMERS, Line, Shape, correct, line, shape, written};
use crate::plain::{Promises, check};
use crate::{Report, Validity};

fn judged(log: &[Line], shape: Shape, promises: &Promises) -> Report {
    let text = written(log, shape);
    check(text.as_bytes(), promises).unwrap_or_else(|error| panic!("{error}\n{text}")).report
}

/// All that is true of these logs.
fn all() -> Promises {
    Promises { drained: true, one_group: true, fifo: true, ..Promises::default() }
}

fn kinds(report: &Report) -> Vec<&str> {
    report.anomalies.iter().map(|finding| finding.kind.as_str()).collect()
}

/// The messages that came out of the log.
fn taken(log: &[Line]) -> Vec<String> {
    log.iter().filter(|line| line.operation == "ack").map(|line| line.id.clone()).collect()
}

proptest! {
    #[test]
    fn a_correct_log_is_never_invalid_and_valid_once_all_is_said(log in correct(), shape in shape()) {
        let report = judged(&log, shape, &all());
        prop_assert_eq!(&report.anomalies, &[]);
        let attempted = log.iter().any(|line| line.operation == "enqueue");
        let verdict = if attempted { Validity::Valid } else { Validity::Unknown };
        prop_assert_eq!(report.verdict, verdict, "{:?}", report.unknown);
        for (drained, one_group) in [(false, true), (true, false), (false, false)] {
            let report = judged(&log, shape, &Promises { drained, one_group, ..all() });
            prop_assert_eq!(&report.anomalies, &[]);
        }
    }

    #[test]
    fn a_log_that_breaks_off_is_never_invalid_while_nobody_calls_it_drained(
        log in correct(), shape in shape(), at in any::<Index>(),
    ) {
        let log = &log[..at.index(log.len() + 1)];
        let report = judged(log, shape, &Promises { drained: false, ..all() });
        let late: Vec<&str> = kinds(&report).into_iter().filter(|kind| *kind != "lost-unprocessed").collect();
        prop_assert_eq!(late, Vec::<&str>::new());
    }

    #[test]
    fn a_planted_loss_is_found(log in correct(), shape in shape(), which in any::<Index>()) {
        let confirmed = |id: &String| log.iter().any(|line| line.operation == "enqueue" && line.id == *id && line.outcome == "ok");
        let taken: Vec<String> = taken(&log).into_iter().filter(confirmed).collect();
        prop_assume!(taken.len() > 1);
        let lost = which.get(&taken);
        let log: Vec<Line> = log.into_iter().filter(|line| line.operation == "enqueue" || line.id != *lost).collect();
        prop_assert!(kinds(&judged(&log, shape, &all())).contains(&"lost-acked"));
        let unsaid = judged(&log, shape, &Promises { drained: false, fifo: false, ..all() });
        prop_assert_eq!(unsaid.verdict, Validity::Unknown);
    }

    #[test]
    fn a_planted_duplicate_is_found(log in correct(), shape in shape(), which in any::<Index>()) {
        let taken = taken(&log);
        prop_assume!(!taken.is_empty());
        let id = which.get(&taken);
        let mut twice = log.clone();
        twice.extend(["dequeue", "ack"].map(|operation| line(CONSUMERS[1], operation, id, "ok")));
        prop_assert!(kinds(&judged(&twice, shape, &all())).contains(&"duplicate-delivery"));
        let mut effect = log.clone();
        effect.push(line(CONSUMERS[1], "effect", id, "ok"));
        prop_assert!(kinds(&judged(&effect, shape, &all())).contains(&"duplicate-effect"));
    }

    #[test]
    fn a_planted_phantom_is_found(mut log in correct(), shape in shape()) {
        prop_assume!(log.iter().any(|line| line.operation == "enqueue"));
        log.extend(["dequeue", "ack"].map(|operation| line(CONSUMERS[0], operation, "ghost", "ok")));
        prop_assert!(kinds(&judged(&log, shape, &all())).contains(&"phantom"));
    }

    #[test]
    fn a_planted_reordering_is_found(log in correct(), shape in shape(), which in any::<Index>()) {
        let confirmed = |id: &String| log.iter().any(|line| line.operation == "enqueue" && line.id == *id && line.outcome == "ok");
        let taken: Vec<String> = taken(&log).into_iter().filter(confirmed).collect();
        prop_assume!(taken.len() > 1);
        let at = which.index(taken.len() - 1);
        // Neighbours change places in what was taken, and each enqueue had ended before the next began.
        let exchanged = |id: &str| {
            if id == taken[at] { taken[at + 1].clone() } else if id == taken[at + 1] { taken[at].clone() } else { id.to_owned() }
        };
        // Both were in the queue before either came out, and every dequeue says when it began.
        let (enqueues, rest): (Vec<Line>, Vec<Line>) = log.into_iter().partition(|line| line.operation == "enqueue");
        let rest = rest.into_iter().filter(|line| line.outcome == "ok").flat_map(|line| {
            let begin = (line.operation == "dequeue").then(|| Line { id: String::new(), outcome: "invoke", ..line.clone() });
            begin.into_iter().chain([Line { id: exchanged(&line.id), ..line }])
        });
        let log: Vec<Line> = enqueues.into_iter().chain(rest).collect();
        prop_assert!(kinds(&judged(&log, shape, &all())).contains(&"reorder-delivery"));
    }

    #[test]
    fn strangers_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), header in any::<bool>()) {
        let start: &[u8] = if header { b"client,operation,id,time\n" } else { b"" };
        let text = [start, &bytes].concat();
        if let Err(error) = check(&text[..], &all()) {
            prop_assert!(error.line > 0);
        }
    }
}
