//! The consumer against brokers played by hand.

mod control;
mod leaving;

use super::*;
use crate::client::WorkPolicy;
use crate::client::script::{OFFSETS, Received, Script, TP, record};
use crate::log::Batch;
use crate::wire::client::{FetchError, Fetched, GroupError, Joined, Request};
use crate::{Generation, GroupId, NodeId, Offset};

pub(super) fn config(commit: CommitPolicy, work: WorkPolicy) -> ConsumerConfig {
    ConsumerConfig {
        brokers: vec![NodeId(1), NodeId(2), NodeId(3)],
        group: GroupId(4),
        offsets_partition: OFFSETS,
        subscription: vec![TP],
        session_timeout: 400_000,
        heartbeat: 100_000,
        rebalance_timeout: 300_000,
        max_records: 10,
        fetch_wait: 200_000,
        max_buffered: 100,
        metadata_age: 5_000_000,
        commit,
        work,
        request_timeout: 500_000,
        retry_backoff: 20_000,
    }
}

/// A member that owns the topic partition from offset 0 on and has just asked for records.
fn member(commit: CommitPolicy, work: WorkPolicy) -> (Consumer, Script) {
    let (mut consumer, mut script) = (Consumer::new(config(commit, work), 5), Script::new());
    consumer.tick(script.now, &mut script.out);
    script.run(&mut consumer);
    assign(&mut consumer, &mut script, 1, None);
    (consumer, script)
}

fn after_effect(work: WorkPolicy) -> (Consumer, Script) {
    member(CommitPolicy::AfterEffect, work)
}

/// Answers join, sync and the fetch of offsets; returns the member id the consumer joined with.
fn assign(
    consumer: &mut Consumer,
    script: &mut Script,
    generation: Generation,
    offset: Option<Offset>,
) -> Option<u64> {
    let join = wanted(script, |r| matches!(r, Request::JoinGroup { .. }));
    let Request::JoinGroup { member, .. } = join.request else { unreachable!() };
    let joined = Joined { member: 77, generation };
    script.answer(consumer, &join, Response::Joined(Ok(joined)));
    let sync = wanted(script, |r| matches!(r, Request::SyncGroup { .. }));
    script.answer(consumer, &sync, Response::Synced(Ok(vec![TP])));
    let load = wanted(script, |r| matches!(r, Request::FetchOffsets { .. }));
    script.answer(consumer, &load, Response::Offsets(Ok(vec![offset])));
    member
}

fn wanted(script: &mut Script, like: impl Fn(&Request) -> bool) -> Received {
    script.take(like).expect("a request")
}

fn fetch(script: &mut Script) -> Option<(Received, Offset)> {
    let asked = script.take(|r| matches!(r, Request::Fetch { .. }))?;
    let Request::Fetch { offset, .. } = asked.request else { unreachable!() };
    Some((asked, offset))
}

/// Answers the fetch with records of these keys, one batch each.
fn feed(consumer: &mut Consumer, script: &mut Script, keys: &[&'static str]) {
    let (asked, offset) = fetch(script).expect("a fetch");
    let batch = |(offset, key): (Offset, &&'static str)| {
        let number = u32::try_from(offset).unwrap();
        Batch::new(offset, 1, None, vec![record(number, key)].into())
    };
    let fetched = Fetched {
        batches: (offset..).zip(keys).map(batch).collect(),
        watermark: offset + keys.len() as Offset,
    };
    script.answer(consumer, &asked, Response::Fetched(Ok(fetched)));
}

/// What was handed out since the last look.
fn delivered(consumer: &mut Consumer) -> Vec<(Ticket, Offset, u32)> {
    let mut all = Vec::new();
    while let Some(event) = consumer.poll_event() {
        match event {
            ConsumerEvent::Deliver { ticket, offset, attempt, .. } => all.push((ticket, offset, attempt)),
            ConsumerEvent::Left => panic!("nobody asked it to leave"),
        }
    }
    all
}

fn offsets(consumer: &mut Consumer) -> Vec<Offset> {
    delivered(consumer).into_iter().map(|d| d.1).collect()
}

fn done(consumer: &mut Consumer, script: &mut Script, ticket: Ticket) {
    consumer.done(script.now, ticket, &mut script.out);
    script.run(consumer);
}

/// The commit under way and what it covers.
fn commit(script: &mut Script) -> Option<(Received, Offset)> {
    let asked = script.take(|r| matches!(r, Request::Commit { .. }))?;
    let Request::Commit { offsets, .. } = &asked.request else { unreachable!() };
    assert_eq!(offsets[0].0, TP);
    let upto = offsets[0].1;
    Some((asked, upto))
}

fn confirm(consumer: &mut Consumer, script: &mut Script, upto: Offset) {
    let (asked, covers) = commit(script).expect("a commit");
    assert_eq!(covers, upto);
    script.answer(consumer, &asked, Response::Group(Ok(())));
}

/// Lets time pass until the next heartbeat is out.
fn heartbeat(consumer: &mut Consumer, script: &mut Script) -> Received {
    while !script.requests.iter().any(|r| matches!(r.request, Request::Heartbeat { .. })) {
        script.pass(consumer, 10_000);
    }
    wanted(script, |r| matches!(r, Request::Heartbeat { .. }))
}

fn settles(script: &Script) -> Vec<(Phase, Offset)> {
    let settles = script.observations.iter().filter_map(|o| match o {
        Observation::Settle { phase, upto, .. } => Some((*phase, *upto)),
        _ => None,
    });
    settles.collect()
}

fn ownership(script: &Script) -> Vec<(bool, Generation)> {
    let changes = script.observations.iter().filter_map(|o| match o {
        Observation::Grant { generation, .. } => Some((true, *generation)),
        Observation::Revoke { generation, .. } => Some((false, *generation)),
        _ => None,
    });
    changes.collect()
}

#[test]
fn a_member_begins_where_the_group_committed_and_hands_records_out_one_by_one() {
    let (mut consumer, mut script) =
        (Consumer::new(config(CommitPolicy::AfterEffect, WorkPolicy::PollingOrder), 5), Script::new());
    consumer.tick(script.now, &mut script.out);
    script.run(&mut consumer);
    assert_eq!(assign(&mut consumer, &mut script, 1, Some(6)), None);
    feed(&mut consumer, &mut script, &["a", "b"]);
    let first = delivered(&mut consumer);
    assert_eq!((first[0].1, first[0].2, first.len()), (6, 1, 1));
    assert_eq!(first[0].0.generation, 1);
    done(&mut consumer, &mut script, first[0].0);
    assert_eq!(offsets(&mut consumer), [7]);
    let polled = script.observations.iter().filter(|o| o.kind().name() == "poll").count();
    assert_eq!(polled, 2);
    assert_eq!(ownership(&script), [(true, 1)]);
}

#[test]
fn a_batch_that_begins_below_the_offset_asked_for_delivers_nothing_twice() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::ParallelWorkers(8));
    feed(&mut consumer, &mut script, &["a"]);
    let (asked, offset) = fetch(&mut script).unwrap();
    assert_eq!(offset, 1);
    let records = (0..3).map(|n| record(n, "a")).collect();
    let fetched = Fetched { batches: vec![Batch::new(0, 1, None, records)], watermark: 3 };
    script.answer(&mut consumer, &asked, Response::Fetched(Ok(fetched)));
    assert_eq!(offsets(&mut consumer), [0, 1, 2]);
}

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
fn lanes_per_key_keep_the_order_of_a_key_while_others_go_on() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::LanesPerKey(8));
    feed(&mut consumer, &mut script, &["a", "a", "b", "a"]);
    let first = delivered(&mut consumer);
    assert_eq!(first.iter().map(|d| d.1).collect::<Vec<_>>(), [0, 2]);
    done(&mut consumer, &mut script, first[1].0);
    assert!(offsets(&mut consumer).is_empty());
    done(&mut consumer, &mut script, first[0].0);
    assert_eq!(offsets(&mut consumer), [1]);
}

#[test]
fn a_record_asked_for_again_is_delivered_again_before_anything_else_of_its_lane() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b"]);
    let ticket = delivered(&mut consumer)[0].0;
    consumer.retry(script.now, ticket, 30_000, &mut script.out);
    script.run(&mut consumer);
    script.pass(&mut consumer, 29_999);
    assert_eq!(delivered(&mut consumer), []);
    script.pass(&mut consumer, 1);
    assert_eq!(delivered(&mut consumer), [(ticket, 0, 2)]);
}

#[test]
fn a_stale_generation_takes_everything_away_and_joins_again_as_the_same_member() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b"]);
    let old = delivered(&mut consumer)[0].0;
    let beat = heartbeat(&mut consumer, &mut script);
    let stale = Response::Group(Err(GroupError::StaleGeneration));
    script.answer(&mut consumer, &beat, stale);
    assert_eq!(ownership(&script), [(true, 1), (false, 1)]);
    script.requests.retain(|r| !matches!(r.request, Request::Fetch { .. }));
    assert_eq!(assign(&mut consumer, &mut script, 2, Some(0)), Some(77));
    feed(&mut consumer, &mut script, &["a"]);
    assert_eq!(delivered(&mut consumer), [], "the handler still holds the old record");
    done(&mut consumer, &mut script, old);
    assert!(commit(&mut script).is_none(), "the old record moves no new position");
    let new = delivered(&mut consumer)[0];
    assert_eq!((new.1, new.0.generation), (0, 2));
    done(&mut consumer, &mut script, old);
    assert!(commit(&mut script).is_none(), "an old ticket is nobody's");
    done(&mut consumer, &mut script, new.0);
    confirm(&mut consumer, &mut script, 1);
}

#[test]
fn a_member_the_coordinator_does_not_know_joins_as_a_new_one() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    let beat = heartbeat(&mut consumer, &mut script);
    let unknown = Response::Group(Err(GroupError::UnknownMember));
    script.answer(&mut consumer, &beat, unknown);
    assert_eq!(assign(&mut consumer, &mut script, 1, None), None);
}

#[test]
fn an_announced_rebalance_commits_what_is_done_before_it_joins_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b"]);
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    offsets(&mut consumer);
    let beat = heartbeat(&mut consumer, &mut script);
    let rebalancing = || Response::Group(Err(GroupError::Rebalancing));
    script.answer(&mut consumer, &beat, rebalancing());
    assert_eq!(ownership(&script), [(true, 1)]);
    assert!(script.take(|r| matches!(r, Request::JoinGroup { .. })).is_none());
    confirm(&mut consumer, &mut script, 1);
    assert_eq!(ownership(&script), [(true, 1), (false, 1)]);
    assign(&mut consumer, &mut script, 2, Some(1));
}

#[test]
fn before_processing_an_announced_rebalance_drops_what_is_held_and_joins_at_once() {
    let (mut consumer, mut script) = member(CommitPolicy::BeforeProcessing, WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a"]);
    let beat = heartbeat(&mut consumer, &mut script);
    script.answer(&mut consumer, &beat, Response::Group(Err(GroupError::Rebalancing)));
    assign(&mut consumer, &mut script, 2, Some(0));
    feed(&mut consumer, &mut script, &["of the old assignment"]);
    feed(&mut consumer, &mut script, &["a"]);
    let (asked, _) = commit(&mut script).expect("the commit of the old generation is still out");
    script.answer(&mut consumer, &asked, Response::Group(Ok(())));
    assert!(offsets(&mut consumer).is_empty(), "it releases nothing of the new assignment");
    confirm(&mut consumer, &mut script, 1);
    assert_eq!(offsets(&mut consumer), [0]);
}

#[test]
fn a_commit_refused_for_its_generation_is_a_failure_and_joins_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a"]);
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    let (asked, _) = commit(&mut script).unwrap();
    script.answer(&mut consumer, &asked, Response::Group(Err(GroupError::StaleGeneration)));
    assert_eq!(settles(&script), [(Phase::Invoke, 1), (Phase::Fail, 1)]);
    assert_eq!(ownership(&script), [(true, 1), (false, 1)]);
    assign(&mut consumer, &mut script, 2, None);
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

#[test]
fn an_unanswered_request_costs_the_connection_and_the_fetch_is_asked_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    script.pass(&mut consumer, 650_000);
    assert_eq!(script.closed, [NodeId(1)], "the heartbeat went out at 100 ms and waited 500 ms");
    let (_, offset) = fetch(&mut script).expect("a fetch on the new connection");
    assert_eq!(offset, 0);
    heartbeat(&mut consumer, &mut script);
}

#[test]
fn an_answer_to_a_join_is_awaited_for_the_rebalance_timeout_as_well() {
    let config = config(CommitPolicy::AfterEffect, WorkPolicy::PollingOrder);
    let (mut consumer, mut script) = (Consumer::new(config, 5), Script::new());
    consumer.tick(script.now, &mut script.out);
    script.run(&mut consumer);
    script.pass(&mut consumer, 799_999);
    assert_eq!(script.closed, []);
    script.pass(&mut consumer, 1);
    assert_eq!(script.closed, [NodeId(1)]);
}

#[test]
fn a_fetch_refused_by_a_former_leader_goes_to_the_new_one() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    script.pass(&mut consumer, 50_000);
    script.catalogue.version += 1;
    Arc::make_mut(&mut script.catalogue.partitions[0]).leader = Some(NodeId(2));
    let (asked, _) = fetch(&mut script).unwrap();
    script.answer(&mut consumer, &asked, Response::Fetched(Err(FetchError::NotLeader)));
    script.pass(&mut consumer, 50_000);
    assert_eq!(fetch(&mut script).unwrap().0.peer, NodeId(2));
}

#[test]
fn beyond_the_end_of_a_cut_log_the_consumer_goes_on_at_its_end_and_forgets_what_was_cut() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    let first = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, first);
    let old = delivered(&mut consumer)[0].0;
    let (asked, offset) = fetch(&mut script).unwrap();
    assert_eq!(offset, 3);
    let beyond = FetchError::OutOfRange { end: 1 };
    script.answer(&mut consumer, &asked, Response::Fetched(Err(beyond)));
    confirm(&mut consumer, &mut script, 1);
    done(&mut consumer, &mut script, old);
    assert!(offsets(&mut consumer).is_empty());
    script.pass(&mut consumer, 50_000);
    feed(&mut consumer, &mut script, &["x"]);
    let new = delivered(&mut consumer)[0];
    assert_eq!(new.1, 1);
    done(&mut consumer, &mut script, new.0);
    confirm(&mut consumer, &mut script, 2);
}

#[test]
fn beyond_the_end_of_a_cut_log_what_was_fetched_and_not_done_is_fetched_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    let in_hand = delivered(&mut consumer)[0].0;
    let (asked, _) = fetch(&mut script).unwrap();
    let beyond = FetchError::OutOfRange { end: 2 };
    script.answer(&mut consumer, &asked, Response::Fetched(Err(beyond)));
    done(&mut consumer, &mut script, in_hand);
    script.pass(&mut consumer, 50_000);
    feed(&mut consumer, &mut script, &["a", "b"]);
    for expected in 0..2 {
        let (ticket, offset, _) = delivered(&mut consumer)[0];
        assert_eq!(offset, expected, "nothing was done when the log was cut");
        done(&mut consumer, &mut script, ticket);
    }
    confirm(&mut consumer, &mut script, 2);
}

#[test]
fn nothing_is_fetched_while_too_much_waits() {
    let mut config = config(CommitPolicy::AfterEffect, WorkPolicy::PollingOrder);
    config.max_buffered = 2;
    let (mut consumer, mut script) = (Consumer::new(config, 5), Script::new());
    consumer.tick(script.now, &mut script.out);
    script.run(&mut consumer);
    assign(&mut consumer, &mut script, 1, None);
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    assert!(fetch(&mut script).is_none(), "two wait behind the one in the handler's hands");
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    assert_eq!(fetch(&mut script).unwrap().1, 3);
}
