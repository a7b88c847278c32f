//! Queues: what was put in comes out, once, and in order.

use std::collections::VecDeque;

use super::*;

/// A queue that works, drained in the end.
fn queue(choices: &[Choice], unknown_dequeues: bool) -> Vec<Done> {
    let (mut all, mut queue, mut next) = (Vec::new(), VecDeque::new(), 0);
    for &(what, _, stretch) in choices {
        let value = next.to_string();
        match what % 8 {
            0..=2 => {
                queue.push_back(next);
                all.push(done("enqueue", &value, "ok", &value, stretch));
                next += 1;
            }
            3 => {
                // In doubt, and it landed, or did not.
                if what & 64 == 0 {
                    queue.push_back(next);
                }
                all.push(done("enqueue", &value, "info", &value, stretch));
                next += 1;
            }
            4 => {
                all.push(done("enqueue", &value, "fail", &value, stretch));
                next += 1;
            }
            5 if unknown_dequeues => {
                queue.pop_front();
                all.push(done("dequeue", "nil", "info", "nil", stretch));
            }
            _ => match queue.pop_front() {
                Some(taken) => all.push(done("dequeue", "nil", "ok", &taken.to_string(), stretch)),
                None => all.push(done("dequeue", "nil", "fail", "nil", stretch)),
            },
        }
    }
    for taken in queue {
        all.push(done("dequeue", "nil", "ok", &taken.to_string(), (0, 0)));
    }
    all
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_queue_that_works_is_valid_to_every_judge_of_queues(choices in choices()) {
        let history = queue(&choices, false);
        for mode in ["queue", "total-queue", "fifo"] {
            let report = judged(mode, &history);
            prop_assert_eq!(report.verdict, Validity::Valid, "{}: {:#?}", mode, report);
        }
        let history = queue(&choices, true);
        prop_assert_eq!(judged("fifo", &history).verdict, Validity::Valid);
    }

    #[test]
    fn a_dequeue_that_is_lost_or_doubled_or_made_up_is_found(choices in choices(), at in any::<prop::sample::Index>()) {
        let history = queue(&choices, false);
        let dequeues = succeeded(&history, "dequeue");
        if dequeues.is_empty() {
            return Ok(());
        }
        let chosen = dequeues[at.index(dequeues.len())];
        let mut made_up = history.clone();
        made_up[chosen].completed = "777".to_owned();
        prop_assert!(kinds(&judged("queue", &made_up)).contains("unexpected"));
        prop_assert!(kinds(&judged("total-queue", &made_up)).contains("unexpected"));
        prop_assert!(kinds(&judged("fifo", &made_up)).contains("VFresh"));
        let mut doubled = history.clone();
        doubled.push(history[chosen].clone());
        prop_assert_eq!(kinds(&judged("queue", &doubled)), only("unexpected"));
        prop_assert_eq!(kinds(&judged("fifo", &doubled)), only("VRepet"));
        let report = judged("total-queue", &doubled);
        prop_assert_eq!(&report.anomalies[0].kind, "duplicated");
        let acknowledged = history.iter().any(|done| {
            (done.f, done.kind, &done.completed) == ("enqueue", "ok", &history[chosen].completed)
        });
        let mut lost = history.clone();
        lost.remove(chosen);
        let expected = if acknowledged { only("lost") } else { BTreeSet::new() };
        prop_assert_eq!(kinds(&judged("total-queue", &lost)), expected);
    }

    #[test]
    fn two_values_that_change_places_are_out_of_order(choices in choices()) {
        let mut history = queue(&choices, false);
        history.iter_mut().for_each(|done| done.stretch = (0, 0));
        // An enqueue in doubt may take effect late: only acknowledged ones have an order.
        let acknowledged: BTreeSet<String> =
            succeeded(&history, "enqueue").into_iter().map(|at| history[at].completed.clone()).collect();
        let mut dequeues = succeeded(&history, "dequeue");
        dequeues.retain(|&at| acknowledged.contains(&history[at].completed));
        if dequeues.len() < 2 {
            return Ok(());
        }
        let [first, second] = [dequeues[0], dequeues[1]];
        let taken = history[first].completed.clone();
        history[first].completed = std::mem::replace(&mut history[second].completed, taken);
        let report = judged("fifo", &history);
        let found = kinds(&report);
        // One that now comes out before it was put in is fresh, the others are overtaken.
        prop_assert!(found.contains("VOrd") || found.contains("VFresh"), "{:#?}", report);
    }
}
