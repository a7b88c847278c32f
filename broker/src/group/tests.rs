//! The coordinator: who is in, who is out, and whose word counts.

use super::*;
use crate::policy::Flush;
use crate::wire::client::{Doubt, Joined, Message, Refusal};
use crate::{Action, FileId, TopicId};

const GROUP: GroupId = GroupId(0);
const REBALANCE: Micros = 900;
const SESSION: Micros = 10_000;

fn log(partition: u16) -> TopicPartition {
    TopicPartition { topic: TopicId(0), partition }
}

fn coordinator(epoch: Epoch) -> Coordinator {
    let (log, _) = Log::recover(FileId(0), Flush::BeforeAck, Vec::new());
    Coordinator::load(epoch, REBALANCE, &log)
}

fn reply(conn: u64) -> ReplyTo {
    ReplyTo { conn: ConnId(conn), id: 0 }
}

/// What was answered, to whom.
fn answers(out: Outputs<Frame>) -> Vec<(u64, Response)> {
    let actions = out.actions.into_iter();
    actions
        .filter_map(|action| match action {
            Action::Send { conn, frame: Frame::Client(Message::Response(_, response)) } => {
                Some((conn.0, response))
            }
            _ => None,
        })
        .collect()
}

fn join(
    coordinator: &mut Coordinator,
    now: Micros,
    conn: u64,
    member: Option<MemberId>,
) -> Vec<(u64, Response)> {
    let mut out = Outputs::new();
    let subscription: Arc<[TopicPartition]> = [log(0), log(1), log(2)].into();
    coordinator.join(now, reply(conn), GROUP, member, SESSION, &subscription, &mut out);
    answers(out)
}

fn tick(coordinator: &mut Coordinator, now: Micros) -> Vec<(u64, Response)> {
    let mut out = Outputs::new();
    coordinator.tick(now, &mut out);
    answers(out)
}

fn joined(answers: &[(u64, Response)]) -> Vec<Joined> {
    let joined = answers.iter().filter_map(|(_, response)| match response {
        Response::Joined(Ok(joined)) => Some(*joined),
        _ => None,
    });
    joined.collect()
}

/// Two members of a first generation.
fn two(coordinator: &mut Coordinator) -> Vec<Joined> {
    assert_eq!(join(coordinator, 0, 1, None), []);
    assert_eq!(join(coordinator, 0, 2, None), []);
    let members = joined(&tick(coordinator, REBALANCE));
    assert_eq!(members.len(), 2);
    members
}

fn owned(coordinator: &mut Coordinator, now: Micros, of: Joined) -> Vec<TopicPartition> {
    let mut out = Outputs::new();
    coordinator.sync(now, reply(1), GROUP, of.member, of.generation, &mut out);
    match answers(out).pop() {
        Some((_, Response::Synced(Ok(owned)))) => owned,
        other => panic!("{other:?}"),
    }
}

fn commit(coordinator: &mut Coordinator, by: Joined, upto: Offset) -> Option<Response> {
    let mut out = Outputs::new();
    coordinator.commit(1_000, reply(1), GROUP, by.member, by.generation, vec![(log(0), upto)], &mut out);
    let tickets: Vec<u64> = coordinator.writes().map(|write| write.ticket).collect();
    for ticket in tickets {
        coordinator.committed(ticket, Ok(0), &mut out);
    }
    answers(out).pop().map(|(_, response)| response)
}

/// Takes a commit that nobody has stored yet.
fn begin_commit(coordinator: &mut Coordinator, by: Joined, upto: Offset) -> u64 {
    let mut out = Outputs::<Frame>::new();
    coordinator.commit(1_000, reply(1), GROUP, by.member, by.generation, vec![(log(0), upto)], &mut out);
    assert_eq!(answers(out), []);
    coordinator.writes().next().unwrap().ticket
}

/// Says how the append ended, and returns what the member hears.
fn end_commit(
    coordinator: &mut Coordinator,
    ticket: u64,
    result: Result<Offset, ProduceError>,
) -> Option<Response> {
    let mut out = Outputs::new();
    coordinator.committed(ticket, result, &mut out);
    answers(out).pop().map(|(_, response)| response)
}

fn settled(coordinator: &mut Coordinator) -> Option<Offset> {
    let mut out = Outputs::new();
    coordinator.offsets(reply(1), GROUP, &[log(0)], &mut out);
    match answers(out).pop() {
        Some((_, Response::Offsets(Ok(offsets)))) => offsets[0],
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_topic_partition_has_one_owner_in_a_generation() {
    let mut coordinator = coordinator(1);
    let members = two(&mut coordinator);
    assert_eq!(members[0].generation, members[1].generation);
    let mut all: Vec<_> =
        members.iter().flat_map(|&member| owned(&mut coordinator, REBALANCE, member)).collect();
    all.sort_unstable();
    assert_eq!(all, [log(0), log(1), log(2)]);
}

#[test]
fn a_commit_of_a_generation_that_has_passed_is_refused_and_settles_nothing() {
    let mut coordinator = coordinator(1);
    let old = two(&mut coordinator);
    assert_eq!(commit(&mut coordinator, old[0], 5), Some(Response::Group(Ok(()))));
    // Both join again: the generation of before has passed.
    join(&mut coordinator, 2_000, 1, Some(old[0].member));
    let new = joined(&join(&mut coordinator, 2_000, 2, Some(old[1].member)));
    assert_eq!(new.len(), 2);
    let refused = Response::Group(Err(GroupError::StaleGeneration));
    assert_eq!(commit(&mut coordinator, old[0], 9), Some(refused));
    assert_eq!(settled(&mut coordinator), Some(5));
}

#[test]
fn a_late_commit_takes_nothing_back() {
    let mut coordinator = coordinator(1);
    let members = two(&mut coordinator);
    commit(&mut coordinator, members[0], 5);
    commit(&mut coordinator, members[0], 3);
    assert_eq!(settled(&mut coordinator), Some(5));
}

#[test]
fn a_member_that_falls_silent_is_out_and_its_part_goes_to_who_is_left() {
    let mut coordinator = coordinator(1);
    let members = two(&mut coordinator);
    let mut out = Outputs::<Frame>::new();
    let late = REBALANCE + SESSION - 1;
    coordinator.heartbeat(late, reply(1), GROUP, members[0].member, members[0].generation, &mut out);
    tick(&mut coordinator, late + 1);
    let mut out = Outputs::<Frame>::new();
    let (member, generation) = (members[0].member, members[0].generation);
    coordinator.heartbeat(late + 2, reply(1), GROUP, member, generation, &mut out);
    assert_eq!(answers(out), [(1, Response::Group(Err(GroupError::Rebalancing)))]);
    let alone = joined(&join(&mut coordinator, late + 3, 1, Some(member)))[0];
    assert_eq!(owned(&mut coordinator, late + 3, alone), [log(0), log(1), log(2)]);
    let gone = Response::Group(Err(GroupError::UnknownMember));
    assert_eq!(commit(&mut coordinator, members[1], 7), Some(gone));
}

#[test]
fn generations_grow_over_a_change_of_coordinators_without_being_written_down() {
    let before = two(&mut coordinator(1))[0].generation;
    let after = two(&mut coordinator(2))[0].generation;
    assert!(after > before, "{after} after {before}");
}

#[test]
fn a_new_coordinator_knows_what_the_offsets_log_says() {
    let mut first = coordinator(1);
    let members = two(&mut first);
    let mut out = Outputs::<Frame>::new();
    let (member, generation) = (members[0].member, members[0].generation);
    first.commit(1_000, reply(1), GROUP, member, generation, vec![(log(0), 42)], &mut out);
    let records = first.writes().next().unwrap().records;
    let batch = crate::log::Batch::new(0, 1, None, records);
    let (offsets, _) = Log::recover(FileId(0), Flush::BeforeAck, batch.encoded().to_vec());
    assert_eq!(settled(&mut Coordinator::load(2, REBALANCE, &offsets)), Some(42));
}

#[test]
fn what_the_log_wrote_for_itself_settles_nothing_whatever_it_reads_like() {
    let entry = OffsetsEntry { group: GROUP, offsets: vec![(log(0), 42)] };
    let own = crate::log::Batch::control(0, 1, entry.encode());
    let (offsets, _) = Log::recover(FileId(0), Flush::BeforeAck, own.encoded().to_vec());
    assert_eq!((offsets.end(), settled(&mut Coordinator::load(2, REBALANCE, &offsets))), (1, None));
}

#[test]
fn a_reign_that_ends_leaves_nobody_waiting_for_a_commit() {
    let mut first = coordinator(1);
    let members = two(&mut first);
    let (mut out, by) = (Outputs::<Frame>::new(), members[0]);
    first.commit(1_000, reply(7), GROUP, by.member, by.generation, vec![(log(0), 42)], &mut out);
    assert_eq!(first.writes().count(), 1);
    first.stop(&mut out);
    assert_eq!(answers(out), [(7, Response::Group(Err(GroupError::Unknown)))]);
}

#[test]
fn a_commit_that_is_not_stored_yet_settles_nothing() {
    let mut coordinator = coordinator(1);
    let members = two(&mut coordinator);
    let ticket = begin_commit(&mut coordinator, members[0], 5);
    assert_eq!(settled(&mut coordinator), None);
    assert_eq!(end_commit(&mut coordinator, ticket, Ok(0)), Some(Response::Group(Ok(()))));
    assert_eq!(settled(&mut coordinator), Some(5));
}

#[test]
fn a_commit_fails_only_when_it_is_certainly_not_stored() {
    let mut coordinator = coordinator(1);
    let members = two(&mut coordinator);
    for (result, told) in [
        (ProduceError::NotStored(Refusal::NotEnoughReplicas), GroupError::NotEnoughReplicas),
        (ProduceError::Unknown(Doubt::NotEnoughReplicas), GroupError::Unknown),
        (ProduceError::Unknown(Doubt::LeadershipLost), GroupError::Unknown),
    ] {
        let ticket = begin_commit(&mut coordinator, members[0], 5);
        assert_eq!(end_commit(&mut coordinator, ticket, Err(result)), Some(Response::Group(Err(told))));
        assert_eq!(settled(&mut coordinator), None);
    }
}

#[test]
fn a_member_of_an_earlier_reign_is_not_taken_for_one_that_is_new_in_this() {
    let old = two(&mut coordinator(1))[0].member;
    let mut next = coordinator(2);
    assert_eq!(join(&mut next, 0, 1, None), []);
    assert_eq!(join(&mut next, 0, 2, Some(old)), []);
    let members = joined(&tick(&mut next, REBALANCE));
    assert_eq!(members.len(), 2, "one would be in the place of the other: {members:?}");
}
