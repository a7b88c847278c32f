//! A whole broker, stepped by hand.

mod confirming;
mod stopping;

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

fn told(catalogue: Arc<Catalogue>) -> Input<Frame> {
    Input::Frame { conn: CONTROLLER, frame: Frame::Authority(authority::Message::Catalogue(catalogue)) }
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
