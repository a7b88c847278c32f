//! The controller: keeps the catalogue, hears the brokers' heartbeats, elects leaders, and lets replicas in and out of sync.
//! There is one. Whatever it decides is first synced to its own log and then told, so that a restart never takes back what
//! somebody acted upon.

mod elections;
mod members;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use crate::log::{Batch, Log};
use crate::types::earliest;
use crate::wire::authority::{IsrError, Message, Request, Response};
use crate::{
    Alarm, BrokerState, Catalogue, ClusterConfig, ConnId, FileId, Frame, Input, Mark, MessageId, Micros,
    Node, NodeId, Now, Observation, Offset, Outputs, PartitionState, Policies, Record, RequestId, StoredFile,
    TopicPartition,
};

/// The file of the controller's log.
const FILE: FileId = FileId(0);

/// The controller's state machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Controller {
    config: Arc<ClusterConfig>,
    log: Log,
    /// As it was decided; told only once it is synced.
    catalogue: Catalogue,
    /// What was decided and is not synced, with the end of the log that holds it, oldest first.
    written: VecDeque<(Offset, Arc<Catalogue>)>,
    /// As everybody may know it.
    published: Arc<Catalogue>,
    /// Answers that wait until the catalogue is synced.
    answers: VecDeque<Answer>,
    sessions: Vec<Session>,
    /// Until then a log that never had a leader waits for its preferred one; `None` when that time is over.
    first_elections_at: Option<Micros>,
    alarm: Alarm,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Answer {
    conn: ConnId,
    id: RequestId,
    response: Deferred,
    /// The version of the catalogue in which it was decided.
    version: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Deferred {
    Registered(NodeId, u64),
    IsrAltered(TopicPartition, Result<(), IsrError>),
}

/// A live broker and the connection it speaks on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Session {
    node: NodeId,
    conn: Option<ConnId>,
    heard: Micros,
}

impl Node for Controller {
    type Frame = Frame;

    fn step(&mut self, now: Now, input: Input<Frame>, out: &mut Outputs<Frame>) {
        self.handle(now, input, out);
    }
}

impl Controller {
    /// A controller that has not been started.
    #[must_use]
    pub fn new(config: Arc<ClusterConfig>) -> Self {
        Controller {
            config,
            log: Log::recover(FILE, Policies::VOTERS.flush, Vec::new()).0,
            catalogue: Catalogue::default(),
            written: VecDeque::new(),
            published: Arc::default(),
            answers: VecDeque::new(),
            sessions: Vec::new(),
            first_elections_at: None,
            alarm: Alarm::default(),
        }
    }

    /// One step, in a world whose frames may be wider than a controller's.
    pub fn handle<F: From<Frame>>(&mut self, now: Now, input: Input<Frame>, out: &mut Outputs<F>) {
        let now = now.mono;
        match input {
            Input::Started { files, .. } => self.start(now, files, out),
            Input::Frame { conn, frame: Frame::Authority(Message::Request(id, request)) } => {
                self.request(now, conn, id, request, out)
            }
            Input::Closed { conn } => self.closed(conn),
            Input::Synced { token, .. } => self.log.synced(now, token, out),
            Input::DiskFailed { .. } => {
                out.halt("disk operation failed on the controller's log");
                return;
            }
            Input::Timer => {
                self.alarm.fired();
                self.fence_silent(now, out);
                self.hold_first_elections(now, out);
            }
            // Nothing was told that is not synced, so nothing is left half done.
            Input::Stop => return out.exit(),
            Input::Frame { .. } | Input::Opened { .. } | Input::Refused { .. } | Input::Load(_) => {}
        }
        self.settle(now, out);
    }

    fn start<F: From<Frame>>(&mut self, now: Micros, files: Vec<StoredFile>, out: &mut Outputs<F>) {
        let bytes = files.into_iter().find(|stored| stored.file == FILE).map(|stored| stored.bytes);
        let (mut log, dropped) = Log::recover(FILE, Policies::VOTERS.flush, bytes.unwrap_or_default());
        log.cut_damage(dropped, out);
        let newest = log.batches().last().and_then(|batch| batch.records().last());
        let catalogue = newest.and_then(|record| postcard::from_bytes(&record.payload).ok());
        let catalogue = catalogue.filter(|_| !defect!(CatalogueForgotten));
        self.catalogue = catalogue.unwrap_or_else(|| self.first_catalogue());
        self.log = log;
        self.written = VecDeque::from([(self.log.end(), Arc::new(self.catalogue.clone()))]);
        // Nobody was heard while the controller was down; everybody who was alive gets the time of one session to speak.
        let living = self.catalogue.brokers.iter().filter(|broker| broker.alive);
        self.sessions = living.map(|broker| Session { node: broker.node, conn: None, heard: now }).collect();
        self.first_elections_at = Some(now + self.config.timing.broker_session);
        self.observe_all_members(out);
    }

    /// Every log with all its replicas in sync, since all are empty, and nobody to lead it yet.
    fn first_catalogue(&self) -> Catalogue {
        let partitions = self.config.topic_partitions().map(|topic_partition| {
            let replicas = self.config.placement(topic_partition);
            let mut isr = replicas.clone();
            isr.sort_unstable();
            PartitionState {
                topic_partition,
                replicas,
                isr,
                eligible: Vec::new(),
                leader: None,
                last_leader: None,
                leader_epoch: 0,
                version: 0,
            }
        });
        Catalogue { version: 0, brokers: Vec::new(), partitions: partitions.collect() }
    }

    fn request<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        request: Request,
        out: &mut Outputs<F>,
    ) {
        match request {
            Request::Register { broker, incarnation, stopped } => {
                let former = self.catalogue.brokers.iter().copied().find(|known| known.node == broker);
                if let Some(former) = former.filter(|former| former.incarnation != incarnation) {
                    self.replace(former, stopped == Some(former.epoch), out);
                }
                self.register(now, conn, id, broker, incarnation, out);
            }
            Request::BrokerHeartbeat { broker, broker_epoch, version } => {
                let current = self.hear(now, conn, broker, broker_epoch);
                if current && version < self.published.version {
                    out.send(conn, self.news());
                }
                out.send(conn, Response::Alive(current).frame(id));
            }
            Request::AlterIsr { broker, broker_epoch, topic_partition, leader_epoch, version, isr } => {
                let leads = self.hear(now, conn, broker, broker_epoch);
                let state = self.catalogue.partition(topic_partition);
                let current = |state: &&PartitionState| {
                    state.leader == Some(broker)
                        && state.leader_epoch == leader_epoch
                        && state.version == version
                };
                let answer = match state.filter(current).filter(|_| leads) {
                    None => Err(IsrError::Stale),
                    Some(state) if !self.may_enter(state, &isr) => Err(IsrError::NotEligible),
                    Some(_) => Ok(()),
                };
                if answer.is_ok() {
                    let in_sync = isr.iter().map(|&(node, _)| node).collect();
                    self.change(topic_partition, out, |state, policies| state.set_in_sync(in_sync, policies));
                }
                // A refusal speaks of what was decided as well. Were that lost with the controller, the leader would wait for ever for
                // the news that had made its question stale, or for another registration of a follower that is still registered.
                self.answer_when_synced(conn, id, Deferred::IsrAltered(topic_partition, answer));
            }
        }
    }

    /// A broker is up.
    fn register<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        node: NodeId,
        incarnation: u64,
        out: &mut Outputs<F>,
    ) {
        let epoch = self.catalogue.brokers.iter().map(|broker| broker.epoch).max().unwrap_or(0) + 1;
        self.catalogue.brokers.retain(|broker| broker.node != node);
        self.catalogue.brokers.push(BrokerState { node, incarnation, epoch, alive: true });
        self.catalogue.brokers.sort_unstable_by_key(|broker| broker.node);
        self.sessions.retain(|session| session.node != node);
        self.sessions.push(Session { node, conn: Some(conn), heard: now });
        self.catalogue.version += 1;
        self.elect_missing(out);
        self.answer_when_synced(conn, id, Deferred::Registered(node, epoch));
    }

    /// Takes note that a broker lives; `false` when it must register again.
    fn hear(&mut self, now: Micros, conn: ConnId, node: NodeId, epoch: u64) -> bool {
        let current = |broker: &BrokerState| broker.node == node && broker.epoch == epoch && broker.alive;
        let session = self.sessions.iter_mut().find(|session| session.node == node);
        let Some(session) = session.filter(|_| self.catalogue.brokers.iter().any(current)) else {
            return false;
        };
        session.heard = now;
        session.conn = Some(conn);
        true
    }

    fn closed(&mut self, conn: ConnId) {
        for session in self.sessions.iter_mut().filter(|session| session.conn == Some(conn)) {
            session.conn = None;
        }
        self.answers.retain(|answer| answer.conn != conn);
    }

    fn fence_silent<F>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let limit = self.config.timing.broker_session;
        let silent = self.sessions.iter().filter(|session| session.heard + limit <= now);
        let silent: Vec<NodeId> = silent.map(|session| session.node).collect();
        if !silent.is_empty() {
            silent.iter().for_each(|_| out.mark(Mark::FenceBroker));
            self.fence(&silent, out);
        }
    }

    fn answer_when_synced(&mut self, conn: ConnId, id: RequestId, response: Deferred) {
        self.answers.push_back(Answer { conn, id, response, version: self.catalogue.version });
    }

    /// What every step ends with: what was decided is written down; what is written down for certain is told.
    fn settle<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        if self.logged_version() < self.catalogue.version {
            self.write_down(now, out);
        }
        let synced = self.log.held();
        while let Some((_, catalogue)) = self.written.pop_front_if(|(end, _)| *end <= synced) {
            self.publish(catalogue, out);
        }
        self.answer(out);
        self.arm(out);
    }

    /// The catalogue's version is the epoch of its batch in the controller's log.
    fn logged_version(&self) -> u32 {
        self.log.last_epoch()
    }

    fn write_down<F>(&mut self, now: Micros, out: &mut Outputs<F>) {
        // Serialising plain integers into memory cannot fail; a record that does not read back would be skipped.
        let payload: Bytes = postcard::to_stdvec(&self.catalogue).unwrap_or_default().into();
        let record = Record { id: MessageId::INTERNAL, key: Bytes::new(), payload };
        let batch = Batch::new(self.log.end(), self.catalogue.version, None, [record].into());
        self.log.append(now, batch, out);
        self.written.push_back((self.log.end(), Arc::new(self.catalogue.clone())));
    }

    fn publish<F: From<Frame>>(&mut self, catalogue: Arc<Catalogue>, out: &mut Outputs<F>) {
        self.published = catalogue;
        for conn in self.sessions.iter().filter_map(|session| session.conn) {
            out.send(conn, self.news());
        }
    }

    fn news(&self) -> Frame {
        Frame::Authority(Message::Catalogue(Arc::clone(&self.published)))
    }

    /// Gives the answers that speak of nothing that is not published.
    fn answer<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        let version = self.published.version;
        while let Some(answer) = self.answers.pop_front_if(|answer| answer.version <= version) {
            let catalogue = Arc::clone(&self.published);
            let response = match answer.response {
                Deferred::Registered(broker, broker_epoch) => {
                    out.observe(Observation::Registered { broker });
                    Response::Registered { broker_epoch, catalogue }
                }
                Deferred::IsrAltered(topic_partition, answer) => {
                    Response::IsrAltered(topic_partition, answer)
                }
            };
            out.send(answer.conn, response.frame(answer.id));
        }
    }

    fn arm<F>(&mut self, out: &mut Outputs<F>) {
        let limit = self.config.timing.broker_session;
        let silent = self.sessions.iter().map(|session| session.heard + limit).min();
        self.alarm.wake_by(earliest([silent, self.first_elections_at]), out);
    }
}
