//! Decisions about the sets: who may ask for one, and when it is told.

use super::*;

#[test]
fn without_an_eligible_set_the_last_in_sync_replica_stays_and_a_clean_election_waits_for_it() {
    for (election, elected) in [(Election::Clean, None), (Election::Unclean, Some(NodeId(2)))] {
        let mut lab = Lab::new(|config| {
            config.topics[0].policies.election = election;
            config.topics[0].policies.eligibility = Eligibility::InSyncOnly;
        });
        lab.register(1);
        assert_eq!(lab.state().leader, Some(NodeId(1)));
        lab.wait(SECOND);
        // All three began in sync. Now 1 leaves, then the others, who never came.
        let mut state = lab.state();
        state.isr = nodes(&[1]);
        lab.controller.catalogue.partitions[0] = state.into();
        lab.register(2);
        assert_eq!(lab.state().leader, elected, "{election:?}");
        let isr = if election == Election::Clean { nodes(&[1]) } else { nodes(&[2]) };
        assert_eq!(lab.state().isr, isr, "{election:?}");
    }
}

#[test]
fn a_broker_that_is_told_it_lives_has_been_told_the_newest_catalogue_before() {
    let mut lab = Lab::new(|_| {});
    [1, 2, 3].into_iter().for_each(|broker| lab.register(broker));
    lab.sent.clear();
    lab.ask(1, Request::BrokerHeartbeat { broker: NodeId(1), broker_epoch: 1, version: 1, confirm: false });
    let told: Vec<&Frame> = lab.sent.iter().map(|(_, frame)| frame).collect();
    assert!(
        matches!(
            told[..],
            [
                Frame::Authority(Message::Catalogue(_)),
                Frame::Authority(Message::Response(_, Response::Alive(true)))
            ]
        ),
        "{told:?}"
    );
}

#[test]
fn an_in_sync_set_is_changed_only_by_the_leader_of_the_moment_and_for_the_registered() {
    let mut lab = Lab::new(|_| {});
    [1, 2, 3].into_iter().for_each(|broker| lab.register(broker));
    let state = lab.state();
    let leader = state.leader.unwrap();
    lab.answers();
    let mut alter = |broker: NodeId, version: u32, isr: Vec<(NodeId, u64)>| {
        lab.ask(
            u64::from(broker.0),
            Request::AlterIsr {
                broker,
                broker_epoch: u64::from(broker.0),
                topic_partition: state.topic_partition,
                leader_epoch: state.leader_epoch,
                version,
                isr,
            },
        );
        lab.sync();
        lab.answers().pop().unwrap()
    };
    let log = state.topic_partition;
    let other = NodeId(if leader == NodeId(1) { 2 } else { 1 });
    let alone = vec![(leader, 0)];
    let stale = Response::IsrAltered(log, Err(IsrError::Stale));
    assert_eq!(alter(other, state.version, alone.clone()), stale);
    assert_eq!(alter(leader, state.version + 1, alone.clone()), stale);
    assert_eq!(alter(leader, state.version, alone), Response::IsrAltered(log, Ok(())));
    // KIP-903: who was registered anew since it caught up may have lost its tail.
    let returning = vec![(leader, 0), (other, u64::from(other.0) + 10)];
    let refused = Response::IsrAltered(log, Err(IsrError::NotEligible));
    assert_eq!(alter(leader, state.version + 1, returning), refused);
}

#[test]
fn a_refusal_by_what_was_decided_is_told_no_sooner_than_the_decision() {
    let mut lab = cluster(|_| {});
    lab.answers();
    let state = lab.state();
    let alter = Request::AlterIsr {
        broker: NodeId(1),
        broker_epoch: 1,
        topic_partition: state.topic_partition,
        leader_epoch: state.leader_epoch,
        version: state.version,
        isr: vec![(NodeId(1), 0), (NodeId(2), 2)],
    };
    [alter.clone(), alter].into_iter().for_each(|request| lab.ask(1, request));
    assert_eq!(lab.answers(), [], "the second is stale by what may still be lost");
    lab.sync();
    let answer = |answer| Response::IsrAltered(state.topic_partition, answer);
    assert_eq!(lab.answers(), [answer(Ok(())), answer(Err(IsrError::Stale))]);
}

#[test]
fn every_decision_about_the_sets_is_observed_before_it_is_told() {
    let mut lab = cluster(|_| {});
    assert_eq!(lab.members, [[nodes(&[1, 2, 3]), vec![]]], "what stands at the start");
    let state = lab.state();
    lab.sent.clear();
    let request = Request::AlterIsr {
        broker: NodeId(1),
        broker_epoch: 1,
        topic_partition: state.topic_partition,
        leader_epoch: state.leader_epoch,
        version: state.version,
        isr: vec![(NodeId(1), 0)],
    };
    lab.ask(1, request);
    assert_eq!(lab.members[1..], [[nodes(&[1]), nodes(&[2, 3])]]);
    assert_eq!(lab.sent, []);
    lab.sync();
    assert!(!lab.sent.is_empty());
}
