//! A replica in its roles: what it acknowledges, what it refuses, what it cuts.

use proptest::prelude::*;

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

/// A leader with one record, which follower 2 holds and follower 3 does not: it has lagged long enough to be asked out.
fn leader_with_a_laggard() -> Replica {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2, 3]), &mut Out::new());
    fetch(&mut leader, 2, 0);
    fetch(&mut leader, 3, 0);
    assert_eq!(produce(&mut leader, Ack::All, 0), []);
    fetch(&mut leader, 2, 1);
    leader.tick(LAG, &mut Out::new());
    assert_eq!(asked(&mut leader), Some(vec![1, 2]));
    leader
}

fn decide(leader: &mut Replica, version: u32, isr: &[u32]) {
    leader.apply_partition_state(LAG, &PartitionState { version, ..state(1, 1, isr) }, &mut Out::new());
}

#[test]
fn a_follower_that_was_let_go_is_asked_back_by_its_own_fetch_alone() {
    let mut leader = leader_with_a_laggard();
    decide(&mut leader, 2, &[1, 2]);
    assert_eq!(results(&mut leader), [Ok(0)]);
    assert_eq!(asked(&mut leader), None);
    assert_eq!(produce(&mut leader, Ack::All, 1), []);
    fetch(&mut leader, 2, 2);
    assert_eq!(results(&mut leader), [Ok(1)]);
    assert_eq!(asked(&mut leader), None);
    fetch(&mut leader, 3, 1);
    assert_eq!(asked(&mut leader), None, "it lacks what was acknowledged without it");
    fetch(&mut leader, 3, 2);
    assert_eq!(asked(&mut leader), Some(vec![1, 2, 3]));
}

#[test]
fn a_follower_whose_fetch_was_held_back_for_long_does_not_lag_by_what_came_behind_what_released_it() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2, 3]), &mut Out::new());
    fetch(&mut leader, 2, 0);
    fetch(&mut leader, 3, 0);
    let late = 5 * LAG;
    for number in [0, 1] {
        leader.produce(late, Ack::All, None, records(number), WAITER, &mut Out::new());
    }
    for node in [2, 3].map(NodeId) {
        let follower = Follower { node, broker_epoch: 1, leader_epoch: 1, last_epoch: 1 };
        let conn = ConnId(u64::from(node.0));
        leader.replicate(late + 1, conn, 1, 1, 100, 0, follower, &mut Out::new());
    }
    leader.tick(late + 1, &mut Out::new());
    assert_eq!(asked(&mut leader), None);
}

#[test]
fn a_follower_refused_in_one_registration_is_asked_for_again_in_the_next() {
    let mut leader = leader_with_a_laggard();
    decide(&mut leader, 2, &[1, 2]);
    fetch(&mut leader, 3, 1);
    assert_eq!(asked(&mut leader), Some(vec![1, 2, 3]));
    leader.leading().unwrap().in_sync().unwrap().refused();
    fetch(&mut leader, 3, 1);
    assert_eq!(asked(&mut leader), None);
    fetch_registered(&mut leader, 2, 3, 1);
    assert_eq!(asked(&mut leader), Some(vec![1, 2, 3]));
}

#[test]
fn a_growth_that_the_controller_never_heard_of_is_taken_back_when_the_follower_lags_again() {
    let mut leader = leader_with_a_laggard();
    decide(&mut leader, 2, &[1, 2]);
    results(&mut leader);
    fetch(&mut leader, 3, 1);
    assert_eq!(produce(&mut leader, Ack::All, 1), []);
    fetch(&mut leader, 2, 2);
    assert_eq!(results(&mut leader), [], "whoever is asked for counts");
    leader.tick(LAG, &mut Out::new());
    assert_eq!(results(&mut leader), [Ok(1)]);
    assert_eq!(asked(&mut leader), None);
}

#[test]
fn a_question_that_may_have_reached_the_controller_is_asked_again_unchanged() {
    let mut leader = leader_with_a_laggard();
    leader.leading().unwrap().in_sync().unwrap().ask_again();
    assert_eq!(leader.deadline(), Some(1_000_000), "only the flush is due");
    leader.tick(5 * LAG, &mut Out::new());
    assert_eq!(asked(&mut leader), Some(vec![1, 2]));
}

#[test]
fn a_follower_that_was_asked_out_counts_until_the_controller_has_decided() {
    let mut leader = leader_with_a_laggard();
    fetch(&mut leader, 2, 1);
    assert_eq!(results(&mut leader), []);
    decide(&mut leader, 2, &[1, 2]);
    assert_eq!(results(&mut leader), [Ok(0)]);
}

#[test]
fn nobody_is_asked_in_who_lacks_something_that_the_reign_began_with() {
    let mut leader = grown(1, &[2], &[]);
    leader.apply_partition_state(0, &state(1, 2, &[1]), &mut Out::new());
    fetch(&mut leader, 3, 1);
    assert_eq!(asked(&mut leader), None, "the leader does not know yet how much of its log was safe");
    let mut hasty = leader.clone();
    hasty.policies.catch_up = CatchUp::Watermark;
    fetch(&mut hasty, 3, 1);
    assert_eq!(asked(&mut hasty), Some(vec![1, 3]), "as before KAFKA-7128");
    fetch(&mut leader, 3, 2);
    assert_eq!(asked(&mut leader), Some(vec![1, 3]));
}

#[test]
fn a_follower_that_comes_back_with_less_counts_with_what_it_holds_now() {
    let mut leader = replica(1, policies());
    leader.apply_partition_state(0, &state(1, 1, &[1, 2, 3]), &mut Out::new());
    assert_eq!(produce(&mut leader, Ack::All, 0), []);
    fetch(&mut leader, 3, 1);
    fetch(&mut leader, 3, 0);
    fetch(&mut leader, 2, 1);
    assert_eq!(results(&mut leader), []);
    fetch(&mut leader, 3, 1);
    assert_eq!(results(&mut leader), [Ok(0)]);
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

/// A follower of broker 3 in epoch 2.
fn follower(node: u32) -> Replica {
    let mut follower = replica(node, policies());
    follower.apply_partition_state(0, &state(3, 2, &[1, 2, 3]), &mut Out::new());
    follower.next_fetch(1, 0);
    follower
}

/// The answer of a leader that holds one record, and knows this of its watermark.
fn one_record(watermark: Offset) -> Result<Fetched, FetchError> {
    let batches = grown(1, &[1], &[]).log().read(0, 1, 1);
    Ok(Fetched { batches, watermark, diverging: None })
}

#[test]
fn an_answer_to_a_fetch_of_another_epoch_says_nothing() {
    let mut follower = follower(2);
    follower.fetched(0, 1, one_record(1), &mut Out::new());
    assert_eq!((follower.log().end(), follower.wants_fetch()), (0, None), "its own fetch is on its way");
    follower.fetched(0, 2, one_record(1), &mut Out::new());
    assert_eq!((follower.log().end(), follower.wants_fetch()), (1, Some(NodeId(3))));
}

#[test]
fn a_follower_calls_nothing_safe_that_it_does_not_hold() {
    let mut follower = follower(2);
    follower.fetched(0, 2, one_record(9), &mut Out::new());
    assert_eq!(follower.watermark, 1);
}

#[test]
fn what_was_cut_is_not_recognised_as_a_repetition() {
    let mut replica = replica(1, policies());
    replica.apply_partition_state(0, &state(1, 1, &[1, 3]), &mut Out::new());
    produce_stamped(&mut replica, 0);
    assert_eq!(replica.log().end(), 1);
    replica.apply_partition_state(0, &state(3, 2, &[3, 1]), &mut Out::new());
    replica.next_fetch(1, 0);
    let diverging = Some(Diverging { epoch: 0, end: 0 });
    let cut = Ok(Fetched { batches: Vec::new(), watermark: 0, diverging });
    replica.fetched(0, 2, cut, &mut Out::new());
    assert_eq!(replica.log().end(), 0);
    replica.apply_partition_state(0, &state(1, 3, &[1, 3]), &mut Out::new());
    produce_stamped(&mut replica, 0);
    assert_eq!(replica.log().end(), 1);
}

/// What a consumer that fetches from 0 is given at once.
fn seen_by_a_consumer(leader: &mut Replica) -> usize {
    let mut out = Out::new();
    leader.fetch(0, ConnId(9), 0, 0, 100, 1_000, &mut out);
    let seen = |action: &_| match action {
        Action::Send {
            frame: Frame::Client(client::Message::Response(_, client::Response::Fetched(Ok(fetched)))),
            ..
        } => fetched.batches.len(),
        _ => 0,
    };
    out.actions.iter().map(seen).sum()
}

fn fetched(action: &Action<Frame>) -> Option<&Fetched> {
    match action {
        Action::Send {
            frame: Frame::Replication(Message::Response(_, Response::Fetched(Ok(fetched)))),
            ..
        } => Some(fetched),
        _ => None,
    }
}

#[test]
fn consumers_see_up_to_the_high_watermark_or_to_the_log_end_as_the_policy_says() {
    for (visibility, seen) in [(Visibility::HighWatermark, 1), (Visibility::LogEnd, 2)] {
        let mut leader = replica(1, Policies { visibility, ..policies() });
        leader.apply_partition_state(0, &state(1, 1, &[1, 2]), &mut Out::new());
        produce(&mut leader, Ack::Leader, 0);
        fetch(&mut leader, 2, 1);
        produce(&mut leader, Ack::Leader, 1);
        assert_eq!(seen_by_a_consumer(&mut leader), seen, "{visibility:?}");
    }
}

#[test]
fn below_min_isr_the_high_watermark_stands_still_where_replicas_stay_eligible() {
    for (eligibility, seen) in [(Eligibility::Kept, 0), (Eligibility::InSyncOnly, 1)] {
        let mut leader = replica(1, Policies { eligibility, ..policies() });
        leader.apply_partition_state(0, &state(1, 1, &[1]), &mut Out::new());
        assert_eq!(produce(&mut leader, Ack::Leader, 0), [Ok(0)]);
        assert_eq!(seen_by_a_consumer(&mut leader), seen, "{eligibility:?}");
        fetch(&mut leader, 2, 1);
        leader.apply_partition_state(
            0,
            &PartitionState { version: 2, ..state(1, 1, &[1, 2]) },
            &mut Out::new(),
        );
        assert_eq!(seen_by_a_consumer(&mut leader), 1, "{eligibility:?}");
    }
}

#[test]
fn with_fewer_replicas_than_min_isr_all_of_them_are_enough() {
    let mut leader = replica(1, Policies { min_isr: 2, ..policies() });
    let alone = PartitionState { replicas: vec![NodeId(1)], ..state(1, 1, &[1]) };
    leader.apply_partition_state(0, &alone, &mut Out::new());
    assert_eq!(produce(&mut leader, Ack::Leader, 0), [Ok(0)]);
    assert_eq!(seen_by_a_consumer(&mut leader), 1);
}

#[test]
fn only_truncation_to_the_own_high_watermark_cuts_before_the_leader_was_asked() {
    for (truncation, end) in [(Truncation::ByEpoch, 2), (Truncation::ToOwnHighWatermark, 1)] {
        let mut replica = replica(1, Policies { truncation, ..policies() });
        replica.apply_partition_state(0, &state(1, 1, &[1, 2]), &mut Out::new());
        produce(&mut replica, Ack::Leader, 0);
        fetch(&mut replica, 2, 1);
        produce(&mut replica, Ack::Leader, 1);
        replica.apply_partition_state(0, &state(2, 2, &[2]), &mut Out::new());
        assert_eq!(replica.log().end(), end, "{truncation:?}");
    }
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

/// Lets the follower fetch until it has nothing more to ask for; returns how many rounds that took.
fn follow(follower: &mut Replica, leader: &mut Replica) -> usize {
    for round in 0.. {
        let mut out = Out::new();
        let Some(Request::Fetch { offset, max_records, wait, follower: asking, .. }) =
            follower.next_fetch(1, 0)
        else {
            panic!("a follower always has a next fetch");
        };
        leader.replicate(0, ConnId(2), 0, offset, max_records, wait, asking, &mut out);
        let answer = out.actions.iter().find_map(fetched).cloned();
        let Some(answer) = answer else { return round };
        let epoch = follower.epoch();
        follower.fetched(0, epoch, Ok(answer), &mut Out::new());
        assert!(round < 50, "they never agree");
    }
    0
}

proptest! {
    /// KIP-101 and KIP-279: whatever two logs grew into after what they have in common, following ends with the leader's
    /// log, and what both had in common was never cut.
    #[test]
    fn a_follower_becomes_its_leader_and_keeps_what_they_shared(
        common in prop::collection::vec(0..3_u32, 0..3),
        ours in prop::collection::btree_map(10..20_u32, 1..3_u32, 0..4),
        theirs in prop::collection::btree_map(10..20_u32, 1..3_u32, 0..4),
    ) {
        // One epoch has one leader: what both wrote in they did not write at the same time.
        let theirs: Vec<_> = theirs.into_iter().map(|(epoch, count)| (2 * epoch + 1, count)).collect();
        let ours: Vec<_> = ours.into_iter().map(|(epoch, count)| (2 * epoch, count)).collect();
        let mut follower = grown(2, &common, &ours);
        let mut leader = grown(1, &common, &theirs);
        let shared: Offset = common.iter().map(|&count| Offset::from(count)).sum();
        let now = state(1, 100, &[1, 2]);
        leader.apply_partition_state(0, &now, &mut Out::new());
        follower.apply_partition_state(0, &now, &mut Out::new());
        let before: Vec<Batch> = follower.log().read(0, shared, u32::MAX);
        follow(&mut follower, &mut leader);
        prop_assert!(follower.log().batches().eq(leader.log().batches()));
        prop_assert_eq!(follower.log().read(0, shared, u32::MAX), before);
    }
}
