//! What the log wrote for itself takes offsets, and no work.

use super::*;

/// Answers the fetch with a record between two entries of the log's own.
fn feed_one_between_two(consumer: &mut Consumer, script: &mut Script) {
    let (asked, offset) = fetch(script).expect("a fetch");
    let own = |base| Batch::control(base, 1, vec![0].into());
    let batches =
        vec![own(offset), Batch::new(offset + 1, 1, None, vec![record(0, "a")].into()), own(offset + 2)];
    let fetched = Fetched { batches, watermark: offset + 3 };
    script.answer(consumer, &asked, Response::Fetched(Ok(fetched)));
}

#[test]
fn control_batches_are_passed_over_and_settled_with_what_lies_before_them() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed_one_between_two(&mut consumer, &mut script);
    let all = delivered(&mut consumer);
    assert_eq!(all.iter().map(|delivered| delivered.1).collect::<Vec<_>>(), [1]);
    assert_eq!(fetch(&mut script).expect("it goes on").1, 3);
    done(&mut consumer, &mut script, all[0].0);
    script.pass(&mut consumer, 1_000_000);
    confirm(&mut consumer, &mut script, 3);
}

#[test]
fn a_record_that_waits_for_its_commit_does_not_wait_for_control_batches() {
    let (mut consumer, mut script) = member(CommitPolicy::BeforeProcessing, WorkPolicy::ParallelWorkers(4));
    feed_one_between_two(&mut consumer, &mut script);
    assert!(offsets(&mut consumer).is_empty());
    confirm(&mut consumer, &mut script, 3);
    assert_eq!(offsets(&mut consumer), [1]);
}

#[test]
fn a_log_that_holds_nothing_but_control_batches_keeps_nobody_from_fetching_on() {
    for commit in
        [CommitPolicy::AfterEffect, CommitPolicy::BeforeProcessing, CommitPolicy::IntervalFetched(50_000)]
    {
        let (mut consumer, mut script) = member(commit, WorkPolicy::PollingOrder);
        let (asked, _) = fetch(&mut script).expect("a fetch");
        let fetched = Fetched { batches: vec![Batch::control(0, 1, vec![0].into())], watermark: 1 };
        script.answer(&mut consumer, &asked, Response::Fetched(Ok(fetched)));
        script.pass(&mut consumer, 100_000);
        assert!(offsets(&mut consumer).is_empty());
        assert_eq!(fetch(&mut script).expect("it goes on").1, 1, "{commit:?}");
    }
}
