//! The consumer against brokers played by hand.

mod committing;
mod control;
mod fetching;
mod leaving;
mod rebalancing;

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
