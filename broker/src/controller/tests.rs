//! The controller: nothing is told before it is synced, the dead are noticed, and whoever is elected may be.

mod deciding;
mod returning;
mod several;

use super::journal::LOG as FILE;
use super::*;
use crate::policy::{Election, Eligibility, UncleanStop};
use crate::{Action, Observation, Policies};

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
