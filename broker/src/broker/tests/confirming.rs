//! What a leader refuses is refused for certain only once the controller has confirmed that it leads.

use super::*;

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
