//! The in-sync set as its leader sees it: whom it asks out and in, and who counts until the controller has decided.

use super::*;

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
