//! A cluster in a test's hands: it collects what a client asks for, and answers what the test says.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::{ClientInput, Consumer, Producer};
use crate::wire::client::{Message, Request, Response};
use crate::{
    Action, Catalogue, ConnId, Frame, Mark, MessageId, Micros, NodeId, Now, Observation, Outputs,
    PartitionState, Phase, Record, RequestId, TopicId, TopicPartition,
};

/// The topic partition most tests are about.
pub(super) const TP: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };

/// The topic partition of the committed offsets.
pub(super) const OFFSETS: TopicPartition = TopicPartition { topic: TopicId(9), partition: 0 };

/// What the two clients have in common.
pub(super) trait Client {
    fn handle(&mut self, now: Now, input: ClientInput, out: &mut Outputs<Frame>) -> bool;
    fn tick(&mut self, now: Now, out: &mut Outputs<Frame>);
    fn deadline(&self) -> Option<Micros>;
}

macro_rules! client {
    ($name:ident) => {
        impl Client for $name {
            fn handle(&mut self, now: Now, input: ClientInput, out: &mut Outputs<Frame>) -> bool {
                $name::handle(self, now, input, out)
            }
            fn tick(&mut self, now: Now, out: &mut Outputs<Frame>) {
                $name::tick(self, now, out);
            }
            fn deadline(&self) -> Option<Micros> {
                $name::deadline(self)
            }
        }
    };
}
client!(Producer);
client!(Consumer);

/// A request that arrived.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Received {
    pub(super) conn: ConnId,
    pub(super) peer: NodeId,
    pub(super) id: RequestId,
    pub(super) request: Request,
}

/// The brokers, the network and the clock.
pub(super) struct Script {
    pub(super) out: Outputs<Frame>,
    pub(super) now: Now,
    pub(super) catalogue: Catalogue,
    /// Requests not answered yet, save those [`Script::run`] answers by itself.
    pub(super) requests: VecDeque<Received>,
    /// Requests that were under way when their connection went. They may arrive yet.
    pub(super) lingering: VecDeque<Received>,
    pub(super) observations: Vec<Observation>,
    pub(super) closed: Vec<NodeId>,
    /// Who was asked for metadata, one after another.
    pub(super) refreshes: Vec<NodeId>,
    conns: Vec<(ConnId, NodeId)>,
    opening: VecDeque<ConnId>,
    next_producer: u64,
}

impl Script {
    /// Brokers 1 to 3; the first leads everything.
    pub(super) fn new() -> Self {
        let partition = |topic_partition| {
            Arc::new(PartitionState {
                topic_partition,
                replicas: vec![NodeId(1), NodeId(2), NodeId(3)],
                isr: vec![NodeId(1), NodeId(2), NodeId(3)],
                leader: Some(NodeId(1)),
                eligible: Vec::new(),
                last_leader: None,
                leader_epoch: 1,
                version: 1,
            })
        };
        Script {
            out: Outputs::new(),
            now: Now::default(),
            catalogue: Catalogue {
                version: 1,
                brokers: Vec::new(),
                partitions: vec![partition(TP), partition(OFFSETS)],
            },
            requests: VecDeque::new(),
            lingering: VecDeque::new(),
            observations: Vec::new(),
            closed: Vec::new(),
            refreshes: Vec::new(),
            conns: Vec::new(),
            opening: VecDeque::new(),
            next_producer: 7,
        }
    }

    pub(super) fn elect(&mut self, leader: Option<u32>) {
        self.catalogue.version += 1;
        for partition in self.catalogue.partitions.iter_mut().map(Arc::make_mut) {
            partition.leader = leader.map(NodeId);
            partition.leader_epoch += u32::from(leader.is_some());
            partition.version += 1;
        }
    }

    /// Opens what is to be opened, answers metadata and producer ids, and leaves the rest in `requests`.
    pub(super) fn run(&mut self, client: &mut impl Client) {
        self.collect();
        loop {
            if let Some(conn) = self.opening.pop_front() {
                client.handle(self.now, ClientInput::Opened(conn), &mut self.out);
            } else if let Some(asked) = self.take(|r| matches!(r, Request::Metadata)) {
                self.refreshes.push(asked.peer);
                let catalogue = Response::Metadata(Arc::new(self.catalogue.clone()));
                self.reply(client, &asked, catalogue);
            } else if let Some(asked) = self.take(|r| matches!(r, Request::InitProducer)) {
                let producer = Response::Producer(Some(self.next_producer));
                self.next_producer += 1;
                self.reply(client, &asked, producer);
            } else {
                break;
            }
            self.collect();
        }
    }

    /// Answers a request, and runs.
    pub(super) fn answer(&mut self, client: &mut impl Client, asked: &Received, response: Response) {
        self.reply(client, asked, response);
        self.run(client);
    }

    /// Lets time pass, waking the client exactly when it wants to be woken, and runs.
    pub(super) fn pass(&mut self, client: &mut impl Client, micros: Micros) {
        let end = self.now.mono + micros;
        while let Some(deadline) = client.deadline().filter(|deadline| *deadline <= end) {
            assert!(deadline > self.now.mono, "a deadline that does not lie ahead spins");
            self.now.mono = deadline;
            client.tick(self.now, &mut self.out);
            self.run(client);
        }
        self.now.mono = end;
    }

    /// Cuts every connection to a broker; what it was asked is lost.
    pub(super) fn cut(&mut self, client: &mut impl Client, broker: u32) {
        let (cut, kept) = self.conns.iter().partition(|(_, peer)| *peer == NodeId(broker));
        self.conns = kept;
        let cut: Vec<(ConnId, NodeId)> = cut;
        for (conn, _) in cut {
            self.linger(conn);
            self.opening.retain(|c| *c != conn);
            client.handle(self.now, ClientInput::Closed(conn), &mut self.out);
        }
        self.run(client);
    }

    /// The oldest unanswered request that is like this.
    pub(super) fn take(&mut self, like: impl Fn(&Request) -> bool) -> Option<Received> {
        let at = self.requests.iter().position(|r| like(&r.request))?;
        self.requests.remove(at)
    }

    pub(super) fn marks(&self, mark: Mark) -> usize {
        self.observations.iter().filter(|o| **o == Observation::Mark(mark)).count()
    }

    /// How the sends of a record ended, in the order of the observations.
    pub(super) fn ends(&self, number: u32) -> Vec<Phase> {
        let ends = self.observations.iter().filter_map(|o| match o {
            Observation::Send { phase, id, .. } if id.number == number && *phase != Phase::Invoke => {
                Some(*phase)
            }
            _ => None,
        });
        ends.collect()
    }

    fn reply(&mut self, client: &mut impl Client, asked: &Received, response: Response) {
        let input = ClientInput::Answered(asked.conn, asked.id, response);
        client.handle(self.now, input, &mut self.out);
        self.collect();
    }

    pub(super) fn collect(&mut self) {
        self.observations.append(&mut self.out.observations);
        for action in std::mem::take(&mut self.out.actions) {
            match action {
                Action::Connect { conn, peer } => {
                    self.conns.push((conn, peer));
                    self.opening.push_back(conn);
                }
                Action::Close { conn } => self.close(conn),
                Action::Send { conn, frame: Frame::Client(Message::Request(id, request)) } => {
                    self.receive(conn, id, request);
                }
                other => panic!("no client does this: {other:?}"),
            }
        }
    }

    fn close(&mut self, conn: ConnId) {
        let at = self.conns.iter().position(|c| c.0 == conn).unwrap();
        self.closed.push(self.conns.remove(at).1);
        self.linger(conn);
        self.opening.retain(|c| *c != conn);
    }

    fn linger(&mut self, conn: ConnId) {
        let (lost, kept) = self.requests.drain(..).partition(|r| r.conn == conn);
        self.requests = kept;
        let lost: VecDeque<Received> = lost;
        self.lingering.extend(lost);
    }

    fn receive(&mut self, conn: ConnId, id: RequestId, request: Request) {
        assert!(!self.opening.contains(&conn), "sent before the connection stands");
        let peer = self.conns.iter().find(|c| c.0 == conn).unwrap().1;
        self.requests.push_back(Received { conn, peer, id, request });
    }
}

/// The `number`-th record.
pub(super) fn record(number: u32, key: &'static str) -> Record {
    Record { id: id(number), key: Bytes::from_static(key.as_bytes()), payload: Bytes::new() }
}

pub(super) fn id(number: u32) -> MessageId {
    MessageId { producer: 1, number }
}
