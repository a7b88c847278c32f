//! The controller: nothing is told before it is synced, the dead are noticed, and whoever is elected may be.

use super::journal::LOG as FILE;
use super::*;
use crate::policy::{Election, Eligibility, UncleanStop};
use crate::{Action, Observation, Policies};

mod several;

const SECOND: Micros = 1_000_000;

/// A controller with its file; a sync is answered when the test says so.
struct Lab {
    controller: Controller,
    file: Vec<u8>,
    syncs: Vec<u64>,
    sent: Vec<(ConnId, Frame)>,
    /// The sets it observed of the first log, the in-sync one first.
    members: Vec<[Vec<NodeId>; 2]>,
    now: Micros,
}

impl Lab {
    fn new(change: impl FnOnce(&mut ClusterConfig)) -> Self {
        let mut config = ClusterConfig::example();
        change(&mut config);
        let controller = Controller::new(Arc::new(config), NodeId(0));
        let (file, syncs, sent, members) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut lab = Lab { controller, file, syncs, sent, members, now: 0 };
        lab.step(Input::Started { files: Vec::new(), seed: 1 });
        lab
    }

    fn step(&mut self, input: Input<Frame>) {
        let mut out = Outputs::new();
        self.controller.step(Now { mono: self.now, wall: self.now }, input, &mut out);
        let first = self.controller.config.topic_partitions().next();
        for observation in out.observations {
            if let Observation::Members { topic_partition, in_sync, eligible, .. } = observation
                && Some(topic_partition) == first
            {
                self.members.push([in_sync, eligible]);
            }
        }
        for action in out.actions {
            match action {
                Action::Append { bytes, .. } => self.file.extend_from_slice(&bytes),
                Action::Sync { token, .. } => self.syncs.push(token),
                Action::Send { conn, frame } => self.sent.push((conn, frame)),
                _ => {}
            }
        }
    }

    fn ask(&mut self, conn: u64, request: Request) {
        self.step(Input::Frame { conn: ConnId(conn), frame: request.frame(0) });
    }

    /// Everything that waits for a sync gets it.
    fn sync(&mut self) {
        while !self.syncs.is_empty() {
            for token in std::mem::take(&mut self.syncs) {
                self.step(Input::Synced { file: FILE, token });
            }
        }
    }

    fn register(&mut self, broker: u32) {
        self.register_again(broker, 7, None);
    }

    /// Another incarnation of a broker, with what the marker of the one before says.
    fn register_again(&mut self, broker: u32, incarnation: u64, stopped: Option<u64>) {
        let request = Request::Register { broker: NodeId(broker), incarnation, stopped };
        self.ask(u64::from(broker), request);
        self.sync();
    }

    /// The leader of the first log asks for this in-sync set.
    fn alter(&mut self, in_sync: &[u32]) {
        let state = self.state();
        let broker = state.leader.unwrap();
        let epoch_of = |id| self.controller.catalogue.brokers.iter().find(|b| b.node == id).unwrap().epoch;
        let request = Request::AlterIsr {
            broker,
            broker_epoch: epoch_of(broker),
            topic_partition: state.topic_partition,
            leader_epoch: state.leader_epoch,
            version: state.version,
            isr: nodes(in_sync).into_iter().map(|node| (node, epoch_of(node))).collect(),
        };
        self.ask(u64::from(broker.0), request);
        self.sync();
    }

    /// The in-sync and the eligible set of the first log, and who leads it.
    fn sets(&self) -> (Vec<NodeId>, Vec<NodeId>, Option<NodeId>) {
        let state = self.state();
        (state.isr, state.eligible, state.leader)
    }

    /// So much time passes in which only these brokers send heartbeats.
    fn wait_with(&mut self, time: Micros, alive: &[u32]) {
        self.now += time - 1;
        for &broker in alive {
            let registered = self.controller.catalogue.brokers.iter().find(|b| b.node == NodeId(broker));
            let (broker, broker_epoch) = (NodeId(broker), registered.unwrap().epoch);
            let request = Request::BrokerHeartbeat { broker, broker_epoch, version: 0, confirm: false };
            self.ask(u64::from(broker.0), request);
        }
        self.wait(1);
    }

    /// The answers sent since the last time.
    fn answers(&mut self) -> Vec<Response> {
        let sent = std::mem::take(&mut self.sent).into_iter();
        sent.filter_map(|(_, frame)| match frame {
            Frame::Authority(Message::Response(_, response)) => Some(response),
            _ => None,
        })
        .collect()
    }

    fn state(&self) -> PartitionState {
        PartitionState::clone(&self.controller.catalogue.partitions[0])
    }

    fn wait(&mut self, time: Micros) {
        self.now += time;
        self.step(Input::Timer);
        self.sync();
    }
}

fn nodes(ids: &[u32]) -> Vec<NodeId> {
    ids.iter().copied().map(NodeId).collect()
}

#[test]
fn nothing_is_told_before_it_is_synced() {
    let mut lab = Lab::new(|_| {});
    lab.ask(1, Request::Register { broker: NodeId(1), incarnation: 7, stopped: None });
    assert_eq!(lab.answers(), []);
    lab.sync();
    let answers = lab.answers();
    assert!(matches!(&answers[..], [Response::Registered { broker_epoch: 1, .. }]), "{answers:?}");
}

#[test]
fn the_first_leaders_are_the_preferred_ones_in_whatever_order_brokers_register() {
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
        let mut lab = Lab::new(|_| {});
        order.into_iter().for_each(|broker| lab.register(broker));
        for state in &lab.controller.catalogue.partitions {
            assert_eq!(state.leader, state.replicas.first().copied(), "{order:?}");
            assert_eq!(state.leader_epoch, 1);
        }
    }
}

#[test]
fn a_preferred_leader_that_does_not_come_is_waited_for_no_longer_than_one_session() {
    let mut lab = Lab::new(|_| {});
    lab.register(2);
    assert_eq!(lab.state().leader, None);
    lab.wait(lab.controller.config.timing.broker_session - 1);
    assert_eq!(lab.state().leader, None);
    lab.ask(2, Request::BrokerHeartbeat { broker: NodeId(2), broker_epoch: 1, version: 0, confirm: false });
    lab.wait(1);
    assert_eq!(lab.state().leader, Some(NodeId(2)));
}

#[test]
fn a_broker_that_falls_silent_loses_what_it_leads_to_another_in_sync() {
    let mut lab = Lab::new(|_| {});
    [1, 2, 3].into_iter().for_each(|broker| lab.register(broker));
    let before = lab.state();
    let leader = before.leader.unwrap();
    let session = lab.controller.config.timing.broker_session;
    lab.now += session - 1;
    for broker in [1, 2, 3].into_iter().filter(|&broker| NodeId(broker) != leader) {
        let broker_epoch = u64::from(broker);
        lab.ask(
            broker_epoch,
            Request::BrokerHeartbeat { broker: NodeId(broker), broker_epoch, version: 0, confirm: false },
        );
    }
    lab.wait(1);
    let after = lab.state();
    assert_ne!(after.leader.unwrap(), leader);
    assert_eq!(after.leader_epoch, before.leader_epoch + 1);
    assert!(!after.isr.contains(&leader));
}

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
fn a_restarted_controller_knows_what_it_had_synced_and_gives_no_epoch_twice() {
    let mut lab = Lab::new(|_| {});
    [1, 2, 3].into_iter().for_each(|broker| lab.register(broker));
    let known = lab.controller.catalogue.clone();
    let file = lab.file.clone();
    let mut again = Lab::new(|_| {});
    again.step(Input::Started { files: vec![StoredFile { file: FILE, bytes: file }], seed: 2 });
    assert_eq!(again.controller.catalogue, known);
    again.sync();
    again.answers();
    again.register(1);
    let answers = again.answers();
    let epoch = answers.iter().find_map(|answer| match answer {
        Response::Registered { broker_epoch, .. } => Some(*broker_epoch),
        _ => None,
    });
    assert_eq!(epoch, Some(4));
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
fn a_restarted_controller_gives_everybody_the_time_of_one_session_to_speak() {
    let mut lab = Lab::new(|_| {});
    [1, 2, 3].into_iter().for_each(|broker| lab.register(broker));
    let mut again = Lab::new(|_| {});
    again.now = 10 * SECOND;
    again.step(Input::Started { files: vec![StoredFile { file: FILE, bytes: lab.file }], seed: 2 });
    let living = |lab: &Lab| lab.controller.catalogue.brokers.iter().filter(|broker| broker.alive).count();
    again.wait(SESSION - 1);
    assert_eq!(living(&again), 3);
    again.wait(1);
    assert_eq!(living(&again), 0);
}

#[test]
fn the_broker_that_registered_last_gets_a_newer_epoch_when_it_comes_back() {
    let mut lab = cluster(|_| {});
    lab.answers();
    lab.register_again(3, 8, None);
    let answers = lab.answers();
    assert!(matches!(answers[..], [Response::Registered { broker_epoch: 4, .. }]), "{answers:?}");
}

#[test]
fn a_failed_disk_halts_it() {
    let mut lab = Lab::new(|_| {});
    let mut out = Outputs::<Frame>::new();
    lab.controller.step(Now::default(), Input::DiskFailed { file: FILE }, &mut out);
    assert!(matches!(&out.actions[..], [Action::Halt { .. }]));
}

const SESSION: Micros = 500_000;

/// All three brokers are registered, the first leads the first log.
fn cluster(change: impl FnOnce(&mut Policies)) -> Lab {
    let mut lab = Lab::new(|config| change(&mut config.topics[0].policies));
    assert_eq!(lab.controller.config.timing.broker_session, SESSION);
    [1, 2, 3].into_iter().for_each(|broker| lab.register(broker));
    assert_eq!(lab.sets(), (nodes(&[1, 2, 3]), vec![], Some(NodeId(1))));
    lab
}

#[test]
fn whoever_leaves_the_in_sync_set_below_min_isr_stays_eligible_until_enough_are_in_sync_again() {
    let mut lab = cluster(|_| {});
    lab.alter(&[1, 2]);
    assert_eq!(lab.sets(), (nodes(&[1, 2]), vec![], Some(NodeId(1))), "two are enough");
    lab.alter(&[1]);
    assert_eq!(lab.sets(), (nodes(&[1]), nodes(&[2]), Some(NodeId(1))));
    lab.alter(&[1, 3]);
    assert_eq!(lab.sets(), (nodes(&[1, 3]), vec![], Some(NodeId(1))));
}

#[test]
fn the_last_one_in_sync_may_leave_and_an_eligible_replica_leads_in_its_place() {
    let mut lab = cluster(|_| {});
    lab.alter(&[1]);
    lab.wait_with(SESSION, &[3]);
    assert_eq!(lab.sets(), (nodes(&[3]), nodes(&[1, 2]), Some(NodeId(3))));
    lab.wait_with(SESSION, &[]);
    assert_eq!(lab.sets(), (vec![], nodes(&[1, 2, 3]), None));
}

#[test]
fn brokers_that_fall_silent_together_leave_together_and_none_of_them_is_elected_in_between() {
    let mut lab = cluster(|_| {});
    lab.wait_with(SESSION, &[]);
    assert_eq!(lab.sets(), (vec![], nodes(&[1, 2, 3]), None));
    assert_eq!(lab.state().last_leader, Some(NodeId(1)));
    [2, 3].into_iter().for_each(|broker| lab.register_again(broker, 8, None));
    assert_eq!(lab.sets(), (vec![], nodes(&[1]), None));
    lab.register_again(1, 7, None);
    assert_eq!(lab.sets(), (nodes(&[1]), vec![], Some(NodeId(1))));
}

#[test]
fn a_broker_keeps_its_place_if_the_marker_of_its_newest_registration_says_that_it_stopped_in_good_order() {
    for (stopped, in_sync) in [(Some(2), &[1, 2, 3][..]), (Some(1), &[1, 3]), (None, &[1, 3])] {
        let mut lab = cluster(|_| {});
        lab.register_again(2, 8, stopped);
        assert_eq!(lab.sets(), (nodes(in_sync), vec![], Some(NodeId(1))), "{stopped:?}");
    }
    for (stopped, eligible) in [(Some(2), &[2][..]), (Some(1), &[]), (None, &[])] {
        let mut lab = cluster(|_| {});
        lab.alter(&[1, 2]);
        lab.wait_with(SESSION, &[1]);
        assert_eq!(lab.sets(), (nodes(&[1]), nodes(&[2]), Some(NodeId(1))));
        lab.register_again(2, 8, stopped);
        assert_eq!(lab.sets(), (nodes(&[1]), nodes(eligible), Some(NodeId(1))), "{stopped:?}");
    }
}

#[test]
fn the_same_incarnation_keeps_its_place_whatever_it_says_of_an_earlier_stop() {
    let mut lab = cluster(|_| {});
    lab.register_again(2, 7, None);
    assert_eq!(lab.sets(), (nodes(&[1, 2, 3]), vec![], Some(NodeId(1))));
}

#[test]
fn a_leader_that_comes_back_leads_in_a_new_epoch_if_it_may_lead_at_all() {
    let returns = |unclean_stop, stopped| {
        let mut lab = cluster(|policies| policies.unclean_stop = unclean_stop);
        lab.register_again(1, 8, stopped);
        let state = lab.state();
        (state.leader, state.leader_epoch, state.isr)
    };
    let back = (Some(NodeId(1)), 2, nodes(&[1, 2, 3]));
    assert_eq!(returns(UncleanStop::Detected, Some(1)), back);
    assert_eq!(returns(UncleanStop::Ignored, None), back);
    assert_eq!(returns(UncleanStop::Detected, None), (Some(NodeId(2)), 2, nodes(&[2, 3])));
}

#[test]
fn when_all_have_come_back_from_a_crash_the_last_leader_leads() {
    let mut lab = cluster(|_| {});
    [1, 3].into_iter().for_each(|broker| lab.register_again(broker, 8, None));
    assert_eq!(lab.sets(), (nodes(&[2]), vec![], Some(NodeId(2))));
    lab.register_again(2, 8, None);
    assert_eq!(lab.sets(), (nodes(&[2]), vec![], Some(NodeId(2))));
    assert_eq!(lab.state().leader_epoch, 3);
}

#[test]
fn while_the_last_leader_is_away_nobody_leads_whose_log_may_have_holes() {
    let mut lab = cluster(|_| {});
    lab.alter(&[1, 2]);
    lab.wait_with(SESSION, &[1]);
    lab.wait_with(SESSION, &[]);
    assert_eq!(lab.sets(), (vec![], nodes(&[1, 2]), None));
    [2, 3].into_iter().for_each(|broker| lab.register_again(broker, 8, None));
    assert_eq!(lab.sets(), (vec![], nodes(&[1]), None));
    lab.register_again(1, 8, None);
    assert_eq!(lab.sets(), (nodes(&[1]), vec![], Some(NodeId(1))));
}

#[test]
fn a_log_that_nobody_has_led_loses_no_replica_to_a_crash() {
    let mut lab = Lab::new(|_| {});
    lab.register(2);
    lab.register_again(2, 8, None);
    assert_eq!(lab.sets(), (nodes(&[1, 2, 3]), vec![], None));
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

#[test]
fn what_is_synced_is_told_though_more_was_decided_meanwhile() {
    let mut lab = Lab::new(|_| {});
    let register = |broker| Request::Register { broker: NodeId(broker), incarnation: 7, stopped: None };
    lab.ask(1, register(1));
    lab.ask(2, register(2));
    let token = lab.syncs.remove(0);
    lab.step(Input::Synced { file: FILE, token });
    let answers = lab.answers();
    assert!(matches!(answers[..], [Response::Registered { broker_epoch: 1, .. }]), "{answers:?}");
    lab.sync();
    let answers = lab.answers();
    assert!(matches!(answers[..], [Response::Registered { broker_epoch: 2, .. }]), "{answers:?}");
}
