//! The auditor's host: when everything has come to rest it reads every log to its end from its leader, as a consumer would,
//! and has every broker say what its replicas hold. It works over the network, so it works on every engine.
//!
//! It reads nothing before all brokers know the same catalogue and every leader knows that all it holds is replicated: a new leader
//! whose followers have not fetched from it yet would show less than the leader before it acknowledged.

use std::sync::Arc;

use broker::wire::client::{Fetched, Message, Request, Response};
use broker::{
    BackOff, Catalogue, ClusterConfig, Frame, Input, Link, Micros, Node, NodeId, Now, Observation, Offset,
    Outputs, Readiness, RequestId, Terms, TopicPartition,
};

use super::Factory;
use crate::system::frame::LabFrame;

/// How long the auditor waits for an answer before it begins anew, in microseconds.
const PATIENCE: Micros = 500_000;

/// How long it leaves consumers alone with what they could not read before, in microseconds: longer than a group waits for a leader.
const SETTLES: Micros = 5_000_000;

/// How often it looks for rest at the most: a controller that forgot what it had decided never agrees with its brokers.
const LOOKS: u32 = 20;

/// How many records it reads at a time.
const MAX_RECORDS: u32 = 1024;

/// The auditor's state machine.
pub struct Auditor {
    brokers: Vec<NodeId>,
    /// What is left to do; the last first.
    tasks: Vec<Task>,
    /// The newest that any broker knows: one that was cut off may take itself for a leader still.
    catalogue: Arc<Catalogue>,
    /// Whether a broker knew another one.
    disagreed: bool,
    /// Whether it rests until its patience ends.
    rests: bool,
    /// Whether it has found something that was not at rest: then the groups are not, either, when that is.
    stirred: bool,
    /// How often it has looked in vain.
    looks: u32,
    /// To whoever was asked last; it is turned to whom the next task asks.
    link: Link<()>,
    /// What the timer is armed for: then it begins anew.
    patience_ends: Micros,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    /// Ask a broker who leads what.
    Ask(NodeId),
    /// Ask a broker whether all that it leads is replicated.
    Replicated(NodeId),
    /// Read a log from here on.
    Read(TopicPartition, Offset),
    /// Have a broker report its digests.
    Digest(NodeId),
}

impl Auditor {
    /// Makes the auditor of these logs.
    #[must_use]
    pub fn factory(config: &Arc<ClusterConfig>, logs: Vec<TopicPartition>) -> Factory {
        let config = Arc::clone(config);
        let terms = Terms { opening: Some(PATIENCE), answer: PATIENCE, back_off: BackOff::fixed(PATIENCE) };
        Box::new(move || {
            let digests = config.brokers.iter().map(|&broker| Task::Digest(broker));
            // It is turned to whoever is asked.
            let first = config.brokers.first().copied().unwrap_or(NodeId(0));
            let reads = logs.iter().rev().map(|&log| Task::Read(log, 0));
            let mut auditor = Auditor {
                brokers: config.brokers.clone(),
                tasks: digests.chain(reads).collect(),
                catalogue: Arc::default(),
                disagreed: false,
                rests: false,
                stirred: false,
                looks: 0,
                link: Link::new(first, terms),
                patience_ends: 0,
            };
            auditor.begin_anew();
            Box::new(auditor)
        })
    }

    /// Asks the next question, or connects to whoever must be asked.
    fn pump(&mut self, now: Micros, out: &mut Outputs<LabFrame>) {
        if self.rests || self.link.owed().len() > 0 {
            return;
        }
        let (broker, request) = match self.tasks.last() {
            None => return,
            Some(&Task::Ask(broker)) => (broker, Request::Metadata),
            Some(&Task::Replicated(broker)) => (broker, Request::Unreplicated),
            Some(&Task::Digest(broker)) => (broker, Request::Audit),
            Some(&Task::Read(log, offset)) => match self.catalogue.leader(log) {
                Some(leader) => (leader, Self::fetch(log, offset)),
                None => return self.wait_until(now + PATIENCE, out),
            },
        };
        self.link.turn_to(broker, out);
        if self.link.prepare(now, out) == Readiness::Ready {
            self.link.ask(now, 0, (), |id| request.frame(id), out);
        }
        if let Some(deadline) = self.link.deadline() {
            self.wait_until(deadline, out);
        }
    }

    fn fetch(topic_partition: TopicPartition, offset: Offset) -> Request {
        Request::Fetch { topic_partition, offset, max_records: MAX_RECORDS, wait: 0 }
    }

    fn wait_until(&mut self, patience_ends: Micros, out: &mut Outputs<LabFrame>) {
        self.patience_ends = patience_ends;
        out.arm(patience_ends);
    }

    /// A broker answered. What nobody awaits any more is not listened to.
    fn hear(&mut self, now: Micros, id: RequestId, response: Response, out: &mut Outputs<LabFrame>) {
        if self.link.answered(id).is_some() {
            self.answered(response, out);
            self.let_groups_settle(now, out);
        }
    }

    fn answered(&mut self, response: Response, out: &mut Outputs<LabFrame>) {
        match (response, self.tasks.last().copied()) {
            (Response::Metadata(catalogue), Some(Task::Ask(_))) => self.heard(catalogue),
            (Response::Unreplicated(records), Some(Task::Replicated(_))) => self.looked(records),
            (Response::Audited, Some(Task::Digest(_))) => self.done(out),
            (Response::Fetched(Ok(fetched)), Some(Task::Read(log, offset))) => {
                self.read(log, offset, fetched, out)
            }
            _ => self.begin_anew(),
        }
    }

    /// A broker has said how many records are not replicated.
    fn looked(&mut self, records: u64) {
        if (records > 0 || self.disagreed) && self.looks < LOOKS {
            (self.rests, self.stirred) = (true, true);
            self.looks += 1;
        } else {
            self.tasks.pop();
        }
    }

    fn heard(&mut self, catalogue: Arc<Catalogue>) {
        self.tasks.pop();
        let (known, heard) = (self.catalogue.version, catalogue.version);
        // A broker that has just come back knows nothing yet.
        self.disagreed |=
            heard == 0 || (known > 0 && (heard != known || !same_leaders(&self.catalogue, &catalogue)));
        if heard > known {
            self.catalogue = catalogue;
        }
    }

    fn read(&mut self, log: TopicPartition, from: Offset, fetched: Fetched, out: &mut Outputs<LabFrame>) {
        let mut next = from;
        for batch in &fetched.batches {
            for (offset, record) in batch.entries().filter(|(offset, _)| *offset >= from) {
                let stamp = batch.stamp();
                out.observe(Observation::Logged { topic_partition: log, offset, id: record.id, stamp });
            }
            next = next.max(batch.end());
        }
        self.tasks.pop();
        if next < fetched.watermark && next > from {
            self.tasks.push(Task::Read(log, next));
        } else {
            self.finish_if_done(out);
        }
    }

    fn done(&mut self, out: &mut Outputs<LabFrame>) {
        self.tasks.pop();
        self.finish_if_done(out);
    }

    /// What was not at rest before is now: the groups have yet to read it.
    fn let_groups_settle(&mut self, now: Micros, out: &mut Outputs<LabFrame>) {
        let looks = matches!(self.tasks.last(), Some(Task::Ask(_) | Task::Replicated(_)));
        if self.stirred && !self.rests && !looks {
            (self.rests, self.stirred) = (true, false);
            self.wait_until(now + SETTLES, out);
        }
    }

    fn finish_if_done(&self, out: &mut Outputs<LabFrame>) {
        if self.tasks.is_empty() {
            out.observe(Observation::Audited);
        }
    }

    /// Somebody did not answer, or does not lead any longer: look again who does.
    fn begin_anew(&mut self) {
        self.rests = false;
        self.disagreed = false;
        self.catalogue = Arc::default();
        self.tasks.retain(|task| !matches!(task, Task::Ask(_) | Task::Replicated(_)));
        self.tasks.extend(self.brokers.iter().map(|&broker| Task::Replicated(broker)));
        self.tasks.extend(self.brokers.iter().map(|&broker| Task::Ask(broker)));
    }
}

fn same_leaders(one: &Catalogue, other: &Catalogue) -> bool {
    let led = |catalogue: &Catalogue| -> Vec<_> {
        catalogue.partitions.iter().map(|state| (state.leader, state.leader_epoch)).collect()
    };
    led(one) == led(other)
}

impl Node for Auditor {
    type Frame = LabFrame;

    fn step(&mut self, now: Now, input: Input<LabFrame>, out: &mut Outputs<LabFrame>) {
        match input {
            Input::Opened { conn } => self.link.opened(conn),
            Input::Refused { conn } | Input::Closed { conn } if self.link.has(conn) => {
                self.link.lost(now.mono, conn, 0);
                self.begin_anew();
            }
            Input::Frame {
                frame: LabFrame::Broker(Frame::Client(Message::Response(id, response))), ..
            } => self.hear(now.mono, id, response, out),
            // Whoever was silent for so long has had its rest.
            Input::Timer if self.patience_ends <= now.mono => {
                self.link.close(out);
                self.begin_anew();
            }
            // It changes nothing, so it leaves nothing half done; the next incarnation reads everything anew.
            Input::Stop => return out.exit(),
            _ => {}
        }
        self.pump(now.mono, out);
    }
}

#[cfg(test)]
mod tests {
    use broker::{Action, ConnId, PartitionState};

    use super::*;

    /// An auditor and three brokers that answer at once.
    struct Scene {
        auditor: crate::engine::BoxedNode<LabFrame>,
        now: Micros,
        /// Which catalogue each broker knows.
        versions: [u32; 3],
        /// How many records are not replicated at the first.
        unreplicated: u64,
        reads: usize,
        audited: bool,
    }

    impl Scene {
        fn new(versions: [u32; 3], unreplicated: u64) -> Self {
            let config = Arc::new(ClusterConfig::example());
            let logs = config.topic_partitions().take(1).collect();
            let auditor = Auditor::factory(&config, logs)();
            let mut scene = Scene { auditor, now: 0, versions, unreplicated, reads: 0, audited: false };
            scene.step(Input::Started { files: Vec::new(), seed: 0 });
            scene
        }

        fn answer(&mut self, broker: NodeId, request: &Request) -> Response {
            let log = ClusterConfig::example().topic_partitions().next().unwrap();
            match request {
                Request::Metadata => {
                    let state = PartitionState {
                        topic_partition: log,
                        replicas: vec![NodeId(1)],
                        isr: vec![NodeId(1)],
                        eligible: Vec::new(),
                        last_leader: None,
                        leader: Some(NodeId(1)),
                        leader_epoch: 1,
                        version: 1,
                    };
                    let version = self.versions[broker.0 as usize - 1];
                    let catalogue =
                        Catalogue { version, brokers: Vec::new(), partitions: vec![state.into()] };
                    Response::Metadata(Arc::new(catalogue))
                }
                Request::Unreplicated if broker == NodeId(1) => Response::Unreplicated(self.unreplicated),
                Request::Unreplicated => Response::Unreplicated(0),
                Request::Fetch { .. } => {
                    self.reads += 1;
                    Response::Fetched(Ok(Fetched { batches: Vec::new(), watermark: 0 }))
                }
                Request::Audit => Response::Audited,
                other => unreachable!("{other:?}"),
            }
        }

        fn step(&mut self, input: Input<LabFrame>) {
            let mut inputs = std::collections::VecDeque::from([input]);
            let mut peers: Vec<(ConnId, NodeId)> = Vec::new();
            let mut out = Outputs::new();
            while let Some(input) = inputs.pop_front() {
                self.auditor.step(Now { mono: self.now, ..Now::default() }, input, &mut out);
                self.audited |= out.observations.contains(&Observation::Audited);
                for action in std::mem::take(&mut out.actions) {
                    match action {
                        Action::Connect { conn, peer } => {
                            peers.push((conn, peer));
                            inputs.push_back(Input::Opened { conn });
                        }
                        Action::Send {
                            conn,
                            frame: LabFrame::Broker(Frame::Client(Message::Request(id, request))),
                        } => {
                            let &(_, broker) = peers.iter().find(|(known, _)| *known == conn).unwrap();
                            let response = self.answer(broker, &request);
                            let frame = LabFrame::Broker(response.frame(id));
                            inputs.push_back(Input::Frame { conn, frame });
                        }
                        _ => {}
                    }
                }
                out.observations.clear();
            }
        }

        fn pass(&mut self, time: Micros) {
            self.now += time;
            self.step(Input::Timer);
        }
    }

    #[test]
    fn what_is_at_rest_is_read_at_once() {
        let scene = Scene::new([4, 4, 4], 0);
        assert!(scene.audited && scene.reads == 1);
    }

    #[test]
    fn nothing_is_read_while_a_leader_does_not_know_its_log_replicated_or_brokers_know_different_catalogues()
    {
        for (versions, unreplicated) in [([4, 4, 4], 1), ([4, 3, 4], 0), ([4, 4, 0], 0)] {
            let mut scene = Scene::new(versions, unreplicated);
            scene.pass(PATIENCE);
            assert!(!scene.audited && scene.reads == 0, "{versions:?} {unreplicated}");
            (scene.versions, scene.unreplicated) = ([4, 4, 4], 0);
            scene.pass(PATIENCE);
            assert!(!scene.audited, "consumers have not read yet what is replicated only now");
            scene.pass(SETTLES);
            assert!(scene.audited && scene.reads == 1, "{versions:?} {unreplicated}");
        }
    }

    #[test]
    fn brokers_that_never_agree_are_read_in_the_end() {
        let mut scene = Scene::new([4, 3, 4], 0);
        (0..LOOKS).for_each(|_| scene.pass(PATIENCE));
        scene.pass(SETTLES);
        assert!(scene.audited && scene.reads == 1);
    }
}
