//! When a consumer commits, and how far: before it processes, after the effect, or at intervals.

use super::*;

#[test]
fn before_processing_nothing_is_handed_out_until_its_commit_is_confirmed() {
    let (mut consumer, mut script) = member(CommitPolicy::BeforeProcessing, WorkPolicy::ParallelWorkers(4));
    feed(&mut consumer, &mut script, &["a", "b"]);
    assert!(offsets(&mut consumer).is_empty());
    let (asked, upto) = commit(&mut script).unwrap();
    assert_eq!(upto, 2);
    let refused = Response::Group(Err(GroupError::NotEnoughReplicas));
    script.answer(&mut consumer, &asked, refused);
    assert!(offsets(&mut consumer).is_empty());
    script.pass(&mut consumer, 50_000);
    confirm(&mut consumer, &mut script, 2);
    assert_eq!(offsets(&mut consumer), [0, 1]);
    assert_eq!(script.marks(Mark::CommitBeforeEffect), 1);
    let phases = [Phase::Invoke, Phase::Fail, Phase::Invoke, Phase::Ok];
    assert_eq!(settles(&script), phases.map(|phase| (phase, 2)));
}

#[test]
fn after_effect_a_commit_follows_each_poll_and_covers_only_what_is_done_without_a_gap() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::ParallelWorkers(4));
    feed(&mut consumer, &mut script, &["a", "b"]);
    feed(&mut consumer, &mut script, &["c", "d"]);
    let tickets = delivered(&mut consumer);
    for late in [3, 1, 2] {
        done(&mut consumer, &mut script, tickets[late].0);
        assert!(commit(&mut script).is_none(), "the first record is not done");
    }
    assert_eq!(script.marks(Mark::EffectBeforeCommit), 3);
    done(&mut consumer, &mut script, tickets[0].0);
    confirm(&mut consumer, &mut script, 4);
    assert_eq!(settles(&script), [(Phase::Invoke, 4), (Phase::Ok, 4)]);
    assert_eq!(script.marks(Mark::CommitBeforeEffect), 0);
    assert!(consumer.idle());
}

#[test]
fn after_effect_a_poll_that_is_half_done_is_not_committed() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::ParallelWorkers(4));
    feed(&mut consumer, &mut script, &["a", "b"]);
    feed(&mut consumer, &mut script, &["c", "d"]);
    let tickets = delivered(&mut consumer);
    for ticket in [0, 2, 1] {
        assert!(commit(&mut script).is_none());
        done(&mut consumer, &mut script, tickets[ticket].0);
    }
    confirm(&mut consumer, &mut script, 3);
    assert!(!consumer.idle(), "one record is in a handler's hands");
}

#[test]
fn an_interval_commits_what_is_done_by_then() {
    let (mut consumer, mut script) = member(CommitPolicy::Interval(50_000), WorkPolicy::ParallelWorkers(4));
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    let tickets = delivered(&mut consumer);
    done(&mut consumer, &mut script, tickets[0].0);
    done(&mut consumer, &mut script, tickets[2].0);
    assert!(commit(&mut script).is_none());
    script.pass(&mut consumer, 50_000);
    confirm(&mut consumer, &mut script, 1);
    script.pass(&mut consumer, 50_000);
    assert!(commit(&mut script).is_none(), "nothing new is done");
}

#[test]
fn an_interval_over_what_was_fetched_commits_records_that_are_not_done() {
    let (mut consumer, mut script) = member(CommitPolicy::IntervalFetched(50_000), WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    script.pass(&mut consumer, 50_000);
    confirm(&mut consumer, &mut script, 3);
    assert_eq!(script.marks(Mark::CommitBeforeEffect), 1);
}

#[test]
fn a_commit_lost_with_its_connection_is_unknown_and_made_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a"]);
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    script.cut(&mut consumer, 1);
    assert_eq!(settles(&script), [(Phase::Invoke, 1), (Phase::Info, 1)]);
    assert!(!consumer.idle());
    script.pass(&mut consumer, 60_000);
    confirm(&mut consumer, &mut script, 1);
    assert!(consumer.idle());
    assert_eq!(ownership(&script), [(true, 1)], "a lost connection costs no assignment");
}
