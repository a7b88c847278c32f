//! How far consumers see.

use super::*;

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
