//! A whole broker, stepped by hand.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::policy::{Ack, Flush};
use crate::wire::authority::{Request, Response};
use crate::wire::client::{GroupError, ProduceError, Refusal};
use crate::{Action, BrokerState, MessageId, PartitionState, ProducerStamp, Record, RequestId};
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
    let request = client::Request::LeaveGroup { group: crate::GroupId(0), member: 1 };
    let conn = ConnId(5);
    broker.step(Now::default(), Input::Frame { conn, frame: request.frame(3) }, &mut out);
    let refused = client::Response::Group(Err(GroupError::NotCoordinator)).frame(3);
    assert!(out.actions.contains(&Action::Send { conn, frame: refused }));
}

/// Where the controller sits in these tests.
const CONTROLLER: ConnId = ConnId(1);
const PRODUCER: ConnId = ConnId(1_000);

/// Broker 1, which is registered and leads the first log in epoch 1; the test is its controller and everybody else.
struct Leader {
    now: Micros,
    broker: Broker,
    /// The connection on which it speaks to the controller.
    controller: ConnId,
    out: Outputs<Frame>,
    catalogue: Catalogue,
    /// What it asked of the controller and has not been answered.
    asked: Vec<(RequestId, Request)>,
    /// What it answered to the producer.
    answers: Vec<client::Response>,
}

impl Leader {
    fn new() -> Self {
        Leader::registered(1)
    }

    /// The same, in this registration.
    fn registered(broker_epoch: u64) -> Self {
        let config = Arc::new(ClusterConfig::example());
        let partitions = config.topic_partitions().map(|topic_partition| {
            let replicas = config.placement(topic_partition);
            let leader = replicas.first().copied();
            Arc::new(PartitionState {
                topic_partition,
                isr: replicas.clone(),
                eligible: Vec::new(),
                last_leader: leader,
                replicas,
                leader,
                leader_epoch: 1,
                version: 1,
            })
        });
        let brokers = vec![BrokerState { node: NodeId(1), incarnation: 1, epoch: broker_epoch, alive: true }];
        let catalogue = Catalogue { version: 1, brokers, partitions: partitions.collect() };
        let broker = Broker::new(Arc::clone(&config), NodeId(1));
        let out = Outputs::new();
        let mut leader = Leader {
            now: 0,
            broker,
            controller: CONTROLLER,
            out,
            catalogue,
            asked: Vec::new(),
            answers: Vec::new(),
        };
        leader.step(Input::Started { files: Vec::new(), seed: 1 });
        leader.step(Input::Opened { conn: CONTROLLER });
        let catalogue = Arc::new(leader.catalogue.clone());
        leader.answer(Response::Registered { broker_epoch, catalogue });
        leader
    }

    fn step(&mut self, input: Input<Frame>) {
        self.broker.step(Now { mono: self.now, wall: self.now }, input, &mut self.out);
        for action in self.out.actions.drain(..) {
            match action {
                Action::Connect { conn, peer: NodeId(0) } => self.controller = conn,
                Action::Send { conn, frame: Frame::Authority(authority::Message::Request(id, request)) }
                    if conn == self.controller =>
                {
                    self.asked.push((id, request));
                }
                Action::Send {
                    conn: PRODUCER,
                    frame: Frame::Client(client::Message::Response(_, response)),
                } => self.answers.push(response),
                _ => {}
            }
        }
    }

    /// The controller answers what was asked first.
    fn answer(&mut self, response: Response) {
        let (id, _) = self.asked.remove(0);
        self.step(Input::Frame { conn: self.controller, frame: response.frame(id) });
    }

    /// A record of producer 7 arrives, of which the log has none.
    fn produce(&mut self, sequence: u32) {
        let id = MessageId { producer: 7, number: sequence };
        let request = client::Request::Produce {
            topic_partition: self.catalogue.partitions[0].topic_partition,
            acks: Ack::All,
            stamp: Some(ProducerStamp { producer: 7, epoch: 0, sequence }),
            records: [Record { id, key: Bytes::new(), payload: Bytes::new() }].into(),
        };
        self.step(Input::Frame { conn: PRODUCER, frame: request.frame(sequence) });
    }

    /// The controller tells that broker 2 leads the first log now.
    fn replaced(&mut self) {
        self.catalogue.version += 1;
        let state = Arc::make_mut(&mut self.catalogue.partitions[0]);
        (state.leader, state.leader_epoch, state.version) = (Some(NodeId(2)), 2, 2);
        self.step(told(Arc::new(self.catalogue.clone())));
    }

    fn heartbeats(&self) -> usize {
        self.asked.iter().filter(|(_, request)| matches!(request, Request::BrokerHeartbeat { .. })).count()
    }
}

fn told(catalogue: Arc<Catalogue>) -> Input<Frame> {
    Input::Frame { conn: CONTROLLER, frame: Frame::Authority(authority::Message::Catalogue(catalogue)) }
}

fn refused(refusal: Refusal) -> client::Response {
    client::Response::Produced(Err(ProduceError::NotStored(refusal)))
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

#[test]
fn a_question_that_is_overdue_is_asked_again_on_another_connection() {
    let mut leader = Leader::new();
    leader.produce(5);
    leader.asked.clear();
    for rest in [1, 2] {
        leader.now = rest * ClusterConfig::example().timing.request_timeout;
        leader.step(Input::Timer);
    }
    assert_eq!(leader.heartbeats(), 0);
    leader.step(Input::Opened { conn: leader.controller });
    assert_eq!(leader.heartbeats(), 2, "the one that is due, and the one that confirms");
}

#[test]
fn a_broker_that_is_told_that_it_is_fenced_registers_again() {
    let mut leader = Leader::new();
    leader.now = ClusterConfig::example().timing.broker_heartbeat;
    leader.step(Input::Timer);
    assert_eq!(leader.heartbeats(), 1);
    leader.answer(Response::Alive(false));
    assert!(
        matches!(leader.asked[..], [(_, Request::Register { broker: NodeId(1), .. })]),
        "{:?}",
        leader.asked
    );
}

#[test]
fn no_two_registrations_of_a_broker_give_one_producer_id() {
    let given = [1, 2].map(|registration| {
        let mut broker = Leader::registered(registration);
        broker.step(Input::Frame { conn: PRODUCER, frame: client::Request::InitProducer.frame(0) });
        broker.answers
    });
    assert!(matches!(given[0][..], [client::Response::Producer(Some(_))]), "{given:?}");
    assert_ne!(given[0], given[1]);
}

/// A broker with its files, whose syncs come back when the test says so.
struct OnDisk {
    broker: Broker,
    out: Outputs<Frame>,
    files: BTreeMap<FileId, Vec<u8>>,
    syncs: VecDeque<(FileId, u64)>,
    /// What it told the controller of its last stop, each time it registered.
    registered: Vec<Option<u64>>,
    exited: bool,
}

impl OnDisk {
    /// Comes up with what is in these files.
    fn start(files: BTreeMap<FileId, Vec<u8>>) -> Self {
        let broker = Broker::new(Arc::new(ClusterConfig::example()), NodeId(1));
        let stored = files.iter().map(|(&file, bytes)| StoredFile { file, bytes: bytes.clone() }).collect();
        let (out, syncs, registered) = (Outputs::new(), VecDeque::new(), Vec::new());
        let mut started = OnDisk { broker, out, files, syncs, registered, exited: false };
        started.step(Input::Started { files: stored, seed: 1 });
        started.step(Input::Opened { conn: CONTROLLER });
        started
    }

    fn step(&mut self, input: Input<Frame>) {
        self.broker.step(Now::default(), input, &mut self.out);
        for action in self.out.actions.drain(..) {
            match action {
                Action::Append { file, bytes } => self.files.entry(file).or_default().extend(bytes),
                Action::Truncate { file, length } => {
                    self.files.entry(file).or_default().truncate(usize::try_from(length).unwrap());
                }
                Action::Sync { file, token } => self.syncs.push_back((file, token)),
                Action::Send {
                    frame: Frame::Authority(authority::Message::Request(_, Request::Register { stopped, .. })),
                    ..
                } => self.registered.push(stopped),
                Action::Exit => self.exited = true,
                _ => {}
            }
        }
    }

    /// The sync that was begun first comes back.
    fn sync(&mut self) {
        let (file, token) = self.syncs.pop_front().unwrap();
        self.step(Input::Synced { file, token });
    }

    fn register(&mut self, broker_epoch: u64) {
        let response = Response::Registered { broker_epoch, catalogue: Arc::default() };
        self.step(Input::Frame { conn: CONTROLLER, frame: response.frame(0) });
    }

    /// Stops in good order; returns what its files hold then.
    fn stop(mut self) -> BTreeMap<FileId, Vec<u8>> {
        self.step(Input::Stop);
        while !self.exited {
            self.sync();
        }
        self.files
    }

    fn marker(&self) -> &[u8] {
        self.files.get(&Broker::MARKER).map_or(&[], Vec::as_slice)
    }
}

/// What the files hold of a broker that was registered with epoch 9 and stopped in good order.
fn stopped() -> BTreeMap<FileId, Vec<u8>> {
    let mut broker = OnDisk::start(BTreeMap::new());
    assert_eq!(broker.registered, [None]);
    broker.register(9);
    broker.stop()
}

#[test]
fn a_broker_that_is_asked_to_stop_syncs_its_logs_then_its_marker_and_takes_nothing_in() {
    let mut broker = OnDisk::start(BTreeMap::new());
    broker.register(9);
    broker.step(Input::Stop);
    assert_eq!(broker.syncs.len(), 3, "one for each log");
    let before = broker.broker.clone();
    broker.step(Input::Frame { conn: PRODUCER, frame: client::Request::InitProducer.frame(0) });
    assert_eq!(broker.broker, before);
    broker.sync();
    broker.sync();
    assert!(broker.marker().is_empty());
    broker.sync();
    assert!(!broker.marker().is_empty() && !broker.exited);
    broker.sync();
    assert!(broker.exited);
}

#[test]
fn a_broker_registers_with_its_marker_only_once_that_is_removed_for_certain() {
    let mut broker = OnDisk::start(stopped());
    assert!(broker.marker().is_empty());
    assert_eq!(broker.registered, []);
    broker.sync();
    assert_eq!(broker.registered, [Some(9)]);
}

#[test]
fn a_broker_that_dies_after_it_removed_its_marker_is_not_taken_for_a_clean_one() {
    let broker = OnDisk::start(OnDisk::start(stopped()).files);
    assert_eq!(broker.registered, [None]);
}

#[test]
fn a_broker_that_stops_before_it_is_registered_anew_stopped_under_the_registration_before() {
    let mut broker = OnDisk::start(OnDisk::start(stopped()).stop());
    broker.sync();
    assert_eq!(broker.registered, [Some(9)]);
}

#[test]
fn a_broker_that_is_asked_to_stop_while_it_registers_stops_under_its_new_registration() {
    let mut broker = OnDisk::start(stopped());
    broker.sync();
    broker.step(Input::Stop);
    assert!(broker.syncs.is_empty() && !broker.exited, "the controller may have registered it already");
    broker.register(12);
    while !broker.exited {
        broker.sync();
    }
    let mut next = OnDisk::start(broker.files);
    next.sync();
    assert_eq!(next.registered, [Some(12)]);
}

#[test]
fn a_marker_proves_nothing_where_a_log_does_not_end_as_it_says() {
    let record = Record { id: MessageId::INTERNAL, key: Bytes::new(), payload: Bytes::new() };
    let batch = crate::log::Batch::new(0, 1, None, [record].into());
    let mut files = stopped();
    files.insert(FileId(0), batch.encoded().to_vec());
    let mut broker = OnDisk::start(files);
    broker.sync();
    assert_eq!(broker.registered, [None]);
}

/// What the controller of the example decided before and after broker 1 registered in incarnation 1.
fn catalogue(version: u32, incarnation: u64, leader: NodeId) -> Arc<Catalogue> {
    let config = ClusterConfig::example();
    let partitions = config.topic_partitions().map(|topic_partition| PartitionState {
        topic_partition,
        replicas: config.brokers.clone(),
        isr: config.brokers.clone(),
        eligible: Vec::new(),
        last_leader: Some(leader),
        leader: Some(leader),
        leader_epoch: version,
        version,
    });
    let brokers = vec![BrokerState { node: NodeId(1), incarnation, epoch: 1, alive: true }];
    Arc::new(Catalogue { version, brokers, partitions: partitions.map(Arc::new).collect() })
}

#[test]
fn a_broker_does_not_lead_in_the_epoch_in_which_an_incarnation_before_it_did() {
    let mut broker = OnDisk::start(BTreeMap::new());
    broker.step(told(catalogue(5, 0, NodeId(1))));
    assert!(broker.broker.replicas.iter().all(|replica| !replica.leads()));
    broker.step(told(catalogue(6, 1, NodeId(1))));
    assert!(broker.broker.replicas.iter().all(Replica::leads));
}

#[test]
fn groups_are_coordinated_once_what_the_reign_began_with_is_replicated() {
    let offsets = ClusterConfig::example().offsets_partition();
    let number = ClusterConfig::example().topic_partitions().position(|log| log == offsets).unwrap();
    let record = Record { id: MessageId::INTERNAL, key: Bytes::new(), payload: Bytes::new() };
    let batch = crate::log::Batch::new(0, 1, None, [record].into());
    let files = [(FileId(2 * u32::try_from(number).unwrap()), batch.encoded().to_vec())];
    let mut broker = OnDisk::start(files.into());
    broker.step(told(catalogue(6, 1, NodeId(1))));
    assert!(broker.broker.coordinator.is_none(), "nobody else is known to hold the record");
    for node in [2, 3].map(NodeId) {
        let follower = replication::Follower { node, broker_epoch: 1, leader_epoch: 6, last_epoch: 1 };
        let topic_partition = offsets;
        let fetch =
            replication::Request::Fetch { topic_partition, offset: 1, max_records: 1, wait: 0, follower };
        let conn = ConnId(u64::from(node.0) + 50);
        broker.step(Input::Frame { conn, frame: fetch.frame(0) });
    }
    assert_eq!(broker.broker.coordinator.as_ref().map(Coordinator::epoch), Some(6));
}

#[test]
fn a_reign_that_ended_unnoticed_leaves_nothing_to_the_next_one_of_the_same_broker() {
    let mut broker = OnDisk::start(BTreeMap::new());
    for epoch in [6, 8] {
        broker.step(told(catalogue(epoch, 1, NodeId(1))));
        assert_eq!(broker.broker.coordinator.as_ref().map(Coordinator::epoch), Some(epoch));
    }
}
