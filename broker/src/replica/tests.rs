//! A replica in its roles: what it acknowledges, what it refuses, what it cuts.

mod following;
mod in_sync;
mod visible;

use super::*;
use crate::policy::{Ack, CatchUp, Eligibility, Flush, Truncation, Visibility};
use crate::wire::client::{self, Doubt, ProduceError, Refusal};
use crate::wire::replication::{Diverging, FetchError, Fetched, Follower, Message, Request, Response};
use crate::{Action, ConnId, ProducerStamp, Record, TopicId};

const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };
const LAG: Micros = 1_000;
const WAITER: Waiter = Waiter::Producer(ConnId(1), 7);

type Out = Outputs<Frame>;

fn replica(node: u32, policies: Policies) -> Replica {
    let files = [(FileId(0), Vec::new()), (FileId(1), Vec::new())];
    Replica::recover(NodeId(node), LOG, policies, LAG, files, &mut Out::new())
}

fn policies() -> Policies {
    Policies { flush: Flush::Interval(1_000_000), ..Policies::default() }
}

fn state(leader: u32, epoch: Epoch, isr: &[u32]) -> PartitionState {
    let nodes = |ids: &[u32]| ids.iter().copied().map(NodeId).collect();
    PartitionState {
        topic_partition: LOG,
        replicas: nodes(&[1, 2, 3]),
        isr: nodes(isr),
        eligible: Vec::new(),
        last_leader: Some(NodeId(leader)),
        leader: Some(NodeId(leader)),
        leader_epoch: epoch,
        version: epoch,
    }
}

fn records(number: u32) -> crate::Records {
    [Record { id: MessageId { producer: 1, number }, key: Bytes::new(), payload: Bytes::new() }].into()
}

fn produce(replica: &mut Replica, acks: Ack, number: u32) -> Vec<Result<Offset, ProduceError>> {
    replica.produce(0, acks, None, records(number), WAITER, &mut Out::new());
    results(replica)
}

fn results(replica: &mut Replica) -> Vec<Result<Offset, ProduceError>> {
    replica.completions().map(|completion| completion.result).collect()
}

/// A follower tells that it holds everything below `offset`.
fn fetch(leader: &mut Replica, node: u32, offset: Offset) -> Out {
    fetch_registered(leader, 1, node, offset)
}

/// The same, in this registration with the controller.
fn fetch_registered(leader: &mut Replica, broker_epoch: u64, node: u32, offset: Offset) -> Out {
    let (leader_epoch, last_epoch) = (leader.epoch(), leader.log().lineage(Epoch::MAX).epoch);
    let last_epoch = if offset == 0 { 0 } else { last_epoch };
    let follower = Follower { node: NodeId(node), broker_epoch, leader_epoch, last_epoch };
    let mut out = Out::new();
    leader.replicate(0, ConnId(u64::from(node)), 0, offset, 100, 0, follower, &mut out);
    out
}

/// The in-sync set that the leader asks for now.
fn asked(leader: &mut Replica) -> Option<Vec<u32>> {
    let proposal = leader.leading().and_then(|leading| leading.in_sync()?.take_proposal())?;
    Some(proposal.isr.iter().map(|(node, _)| node.0).collect())
}

#[test]
fn acks_of_all_waits_for_every_replica_in_sync_and_acks_of_the_leader_for_nobody() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2, 3]), &mut Out::new());
    assert_eq!(produce(&mut leader, Ack::Leader, 0), [Ok(0)]);
    assert_eq!(produce(&mut leader, Ack::All, 1), []);
    fetch(&mut leader, 2, 2);
    assert_eq!(results(&mut leader), []);
    fetch(&mut leader, 3, 2);
    assert_eq!(results(&mut leader), [Ok(1)]);
}

/// The watermark, and the hash of what is held below it, that a step told.
fn committed(out: &Out) -> Option<(Offset, u64)> {
    out.observations.iter().find_map(|observation| match *observation {
        Observation::Committed { watermark, hash, .. } => Some((watermark, hash)),
        _ => None,
    })
}

#[test]
fn before_its_watermark_moves_on_a_replica_says_what_it_holds_below_it() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2]), &mut Out::new());
    produce(&mut leader, Ack::All, 0);
    let one_record = leader.log().digest(1);
    assert_eq!(committed(&fetch(&mut leader, 2, 1)), None, "nothing was safe before");
    produce(&mut leader, Ack::All, 1);
    assert_ne!(leader.log().digest(2), one_record);
    assert_eq!(committed(&fetch(&mut leader, 2, 2)), Some((1, one_record)));
}

#[test]
fn with_a_flush_before_the_ack_nothing_counts_as_held_before_its_sync_is_back() {
    let mut leader = replica(1, Policies { flush: Flush::BeforeAck, ..policies() });
    leader.apply_partition_state(0, &state(1, 1, &[1]), &mut Out::new());
    let mut out = Out::new();
    leader.produce(0, Ack::Leader, None, records(0), WAITER, &mut out);
    assert_eq!(results(&mut leader), []);
    let token = out.actions.iter().find_map(|action| match action {
        Action::Sync { token, .. } => Some(*token),
        _ => None,
    });
    leader.synced(0, FileId(0), token.unwrap(), &mut out);
    assert_eq!(results(&mut leader), [Ok(0)]);
}

#[test]
fn below_the_minimum_in_sync_nothing_is_stored_and_what_was_stored_before_is_in_doubt() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2]), &mut Out::new());
    assert_eq!(produce(&mut leader, Ack::All, 0), []);
    let shrunk = PartitionState { version: 2, ..state(1, 1, &[1]) };
    leader.apply_partition_state(0, &shrunk, &mut Out::new());
    assert_eq!(results(&mut leader), [Err(ProduceError::Unknown(Doubt::NotEnoughReplicas))]);
    let refused = Err(ProduceError::NotStored(Refusal::NotEnoughReplicas));
    assert_eq!(produce(&mut leader, Ack::All, 1), [refused]);
    assert_eq!(leader.log().end(), 1);
}

#[test]
fn a_leader_that_is_replaced_leaves_its_unacknowledged_records_in_doubt() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2]), &mut Out::new());
    assert_eq!(produce(&mut leader, Ack::All, 0), []);
    leader.apply_partition_state(0, &state(2, 2, &[2]), &mut Out::new());
    assert_eq!(results(&mut leader), [Err(ProduceError::Unknown(Doubt::LeadershipLost))]);
    assert_eq!(produce(&mut leader, Ack::Leader, 1), [Err(ProduceError::NotStored(Refusal::NotLeader))]);
}

#[test]
fn a_refused_request_that_asked_for_no_answer_costs_its_connection() {
    let mut out = Out::new();
    replica(1, policies()).produce(0, Ack::None, None, records(0), WAITER, &mut out);
    assert_eq!(out.actions, [Action::Close { conn: ConnId(1) }]);
}

#[test]
fn a_fetch_in_another_leader_epoch_is_refused() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 5, &[1, 2]), &mut Out::new());
    let follower = Follower { node: NodeId(2), broker_epoch: 1, leader_epoch: 4, last_epoch: 0 };
    let mut out = Out::new();
    leader.replicate(0, ConnId(2), 0, 0, 100, 0, follower, &mut out);
    let refused = Response::Fetched(Err(FetchError::WrongEpoch));
    assert_eq!(out.actions, [Action::Send { conn: ConnId(2), frame: refused.frame(0) }]);
}

fn stamp(sequence: u32) -> Option<ProducerStamp> {
    Some(ProducerStamp { producer: 7, epoch: 0, sequence })
}

/// A batch of producer 7.
fn produce_stamped(replica: &mut Replica, sequence: u32) {
    replica.produce(0, Ack::All, stamp(sequence), records(sequence), WAITER, &mut Out::new());
}

#[test]
fn a_repetition_waits_for_what_the_first_waits_for_and_is_told_where_that_lies() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2]), &mut Out::new());
    [0, 1, 1].into_iter().for_each(|sequence| produce_stamped(&mut leader, sequence));
    assert_eq!(results(&mut leader), []);
    fetch(&mut leader, 2, 2);
    assert_eq!(results(&mut leader), [Ok(0), Ok(1), Ok(1)]);
}

#[test]
fn a_broker_that_comes_back_recognises_what_its_log_holds() {
    let stored = Batch::new(0, 1, stamp(0), records(0)).encoded().to_vec();
    let files = [(FileId(0), stored), (FileId(1), Vec::new())];
    let mut leader = Replica::recover(NodeId(1), LOG, policies(), LAG, files, &mut Out::new());
    leader.apply_partition_state(0, &state(1, 2, &[1, 2]), &mut Out::new());
    produce_stamped(&mut leader, 0);
    assert_eq!(leader.log().end(), 1);
}

#[test]
fn the_controller_is_asked_again_for_a_confirmation_that_will_not_come() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2]), &mut Out::new());
    produce_stamped(&mut leader, 5);
    let leading = leader.leading().unwrap();
    assert_eq!([leading.ask_for_confirmation(), leading.ask_for_confirmation()], [true, false]);
    leading.confirmation_lost();
    assert!(leading.ask_for_confirmation());
}

/// A replica whose log grew by these steps: so many records written in each of these epochs.
fn grown(node: u32, common: &[u32], own: &[(Epoch, u32)]) -> Replica {
    let mut replica = replica(node, policies());
    let common = (1..).zip(common.iter().copied());
    for (epoch, count) in common.chain(own.iter().copied()) {
        replica.apply_partition_state(0, &state(node, epoch, &[node]), &mut Out::new());
        for number in 0..count {
            replica.produce(0, Ack::Leader, None, records(epoch * 100 + number), WAITER, &mut Out::new());
        }
    }
    replica
}
