//! A whole broker, stepped by hand.

use super::*;
use crate::policy::{Ack, Flush};
use crate::{
    Action, BrokerState, MessageId, PartitionState, ProduceError, ProducerStamp, Record, Refusal, Request,
    RequestId,
};
use bytes::Bytes;

#[test]
fn a_failed_disk_halts_the_broker_and_nothing_is_acknowledged() {
    let mut config = ClusterConfig::example();
    config.topics[0].policies.flush = Flush::BeforeAck;
    let mut broker = Broker::new(Arc::new(config), NodeId(1));
    broker.step(Now::default(), Input::Started { files: Vec::new(), seed: 1 }, &mut Outputs::new());
    let mut out = Outputs::new();
    broker.step(Now::default(), Input::DiskFailed { file: FileId(0) }, &mut out);
    let [Action::Halt { reason }] = &out.actions[..] else { panic!("{:?}", out.actions) };
    assert_eq!(reason, "disk operation failed on file 0");
}

#[test]
fn whoever_asks_a_broker_that_coordinates_nothing_is_told_so() {
    let mut broker = Broker::new(Arc::new(ClusterConfig::example()), NodeId(1));
    broker.step(Now::default(), Input::Started { files: Vec::new(), seed: 1 }, &mut Outputs::new());
    let mut out = Outputs::new();
    let request = Request::LeaveGroup { group: crate::GroupId(0), member: 1 };
    let conn = ConnId(5);
    broker.step(Now::default(), Input::Frame { conn, frame: Frame::Request(3, request) }, &mut out);
    let refused = Frame::Response(3, Response::Group(Err(crate::GroupError::NotCoordinator)));
    assert!(out.actions.contains(&Action::Send { conn, frame: refused }));
}

/// Where the controller sits in these tests.
const CONTROLLER: ConnId = ConnId(1);
const PRODUCER: ConnId = ConnId(1_000);

/// Broker 1, which is registered and leads the first log in epoch 1; the test is its controller and everybody else.
struct Leader {
    broker: Broker,
    out: Outputs<Frame>,
    catalogue: Catalogue,
    /// What it asked of the controller and has not been answered.
    asked: Vec<(RequestId, Request)>,
    /// What it answered to the producer.
    answers: Vec<Response>,
}

impl Leader {
    fn new() -> Self {
        let config = Arc::new(ClusterConfig::example());
        let partitions = config.topic_partitions().map(|topic_partition| {
            let replicas = config.placement(topic_partition);
            let leader = replicas.first().copied();
            PartitionState {
                topic_partition,
                isr: replicas.clone(),
                eligible: Vec::new(),
                last_leader: leader,
                replicas,
                leader,
                leader_epoch: 1,
                version: 1,
            }
        });
        let brokers = vec![BrokerState { node: NodeId(1), incarnation: 1, epoch: 1, alive: true }];
        let catalogue = Catalogue { version: 1, brokers, partitions: partitions.collect() };
        let broker = Broker::new(Arc::clone(&config), NodeId(1));
        let out = Outputs::new();
        let mut leader = Leader { broker, out, catalogue, asked: Vec::new(), answers: Vec::new() };
        leader.step(Input::Started { files: Vec::new(), seed: 1 });
        leader.step(Input::Opened { conn: CONTROLLER });
        let catalogue = Arc::new(leader.catalogue.clone());
        leader.answer(Response::Registered { broker_epoch: 1, catalogue });
        leader
    }

    fn step(&mut self, input: Input<Frame>) {
        self.broker.step(Now::default(), input, &mut self.out);
        for action in self.out.actions.drain(..) {
            match action {
                Action::Send { conn: CONTROLLER, frame: Frame::Request(id, request) } => {
                    self.asked.push((id, request));
                }
                Action::Send { conn: PRODUCER, frame: Frame::Response(_, response) } => {
                    self.answers.push(response);
                }
                _ => {}
            }
        }
    }

    /// The controller answers what was asked first.
    fn answer(&mut self, response: Response) {
        let (id, _) = self.asked.remove(0);
        self.step(Input::Frame { conn: CONTROLLER, frame: Frame::Response(id, response) });
    }

    /// A record of producer 7 arrives, of which the log has none.
    fn produce(&mut self, sequence: u32) {
        let id = MessageId { producer: 7, number: sequence };
        let request = Request::Produce {
            topic_partition: self.catalogue.partitions[0].topic_partition,
            acks: Ack::AllInSync,
            stamp: Some(ProducerStamp { producer: 7, epoch: 0, sequence }),
            records: [Record { id, key: Bytes::new(), payload: Bytes::new() }].into(),
        };
        self.step(Input::Frame { conn: PRODUCER, frame: Frame::Request(sequence, request) });
    }

    /// The controller tells that broker 2 leads the first log now.
    fn replaced(&mut self) {
        self.catalogue.version += 1;
        let state = &mut self.catalogue.partitions[0];
        (state.leader, state.leader_epoch, state.version) = (Some(NodeId(2)), 2, 2);
        let frame = Frame::Catalogue(Arc::new(self.catalogue.clone()));
        self.step(Input::Frame { conn: CONTROLLER, frame });
    }

    fn heartbeats(&self) -> usize {
        self.asked.iter().filter(|(_, request)| matches!(request, Request::BrokerHeartbeat { .. })).count()
    }
}

fn refused(refusal: Refusal) -> Response {
    Response::Produced(Err(ProduceError::NotStored(refusal)))
}

#[test]
fn a_gap_is_refused_once_the_controller_has_confirmed_that_the_broker_leads() {
    let mut leader = Leader::new();
    leader.produce(5);
    assert_eq!(leader.answers, []);
    assert_eq!(leader.heartbeats(), 1);
    leader.answer(Response::Alive(true));
    assert_eq!(leader.answers, [refused(Refusal::SequenceGap)]);
}

#[test]
fn a_leader_that_was_replaced_and_did_not_know_refuses_nothing_as_a_gap() {
    let mut leader = Leader::new();
    leader.produce(5);
    leader.replaced();
    assert_eq!(leader.answers, [refused(Refusal::NotLeader)]);
    leader.answer(Response::Alive(true));
    assert_eq!(leader.answers.len(), 1);
}

#[test]
fn what_the_controller_said_before_a_request_came_confirms_nothing() {
    let mut leader = Leader::new();
    leader.produce(5);
    leader.produce(6);
    assert_eq!(leader.heartbeats(), 1, "one question at a time");
    leader.answer(Response::Alive(true));
    assert_eq!(leader.answers, [refused(Refusal::SequenceGap)]);
    assert_eq!(leader.heartbeats(), 1);
    leader.answer(Response::Alive(true));
    assert_eq!(leader.answers.len(), 2);
}

#[test]
fn a_gap_is_not_answered_while_the_controller_cannot_be_reached_or_knows_the_broker_no_longer() {
    let mut leader = Leader::new();
    leader.produce(5);
    leader.answer(Response::Alive(false));
    assert_eq!(leader.answers, []);
    leader.step(Input::Closed { conn: CONTROLLER });
    assert_eq!(leader.answers, []);
}
