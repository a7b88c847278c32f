//! A follower takes over what its leader has, and cuts what its leader does not have.

use proptest::prelude::*;

use super::*;

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
