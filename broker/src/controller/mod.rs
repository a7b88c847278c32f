//! The controller: keeps the catalogue, hears the brokers' heartbeats, elects leaders, and lets replicas in and out of sync.
//! There is one, or there are several of which one decides. Whatever it decides is first written to the journal and told once it counts there,
//! so that neither a restart nor another controller takes back what somebody acted upon.

mod elections;
mod encoding;
mod journal;
mod members;
mod office;
mod quorum;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use encoding::Encoding;
use journal::Journal;
use office::Question;

use crate::types::earliest;
use crate::wire::authority::{IsrError, Message, Request, Response};
use crate::{
    Alarm, BrokerState, Catalogue, ClusterConfig, ConnId, Epoch, FileId, Frame, Input, Mark, Micros, Node,
    NodeId, Now, Observation, Offset, Outputs, PartitionState, RequestId, StoredFile, TopicPartition,
};

/// The controller's state machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Controller {
    config: Arc<ClusterConfig>,
    node: NodeId,
    journal: Journal,
    /// The term in which it decides.
    office: Option<Epoch>,
    /// As it was decided; told only once it counts.
    catalogue: Catalogue,
    encoding: Encoding,
    /// The version of the catalogue that was written down last.
    recorded_version: u32,
    /// What was decided and does not count yet, with the end of the journal that holds it, oldest first.
    written: VecDeque<(Offset, Arc<Catalogue>)>,
    /// As everybody may know it.
    published: Arc<Catalogue>,
    /// Answers that wait until the catalogue counts.
    answers: VecDeque<Answer>,
    /// Questions that wait until it is known that it still decides.
    questions: Vec<Question>,
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
    /// The file in which one of several controllers remembers its votes.
    pub(crate) const BALLOTS: FileId = journal::BALLOTS;

    /// A controller that has not been started, on this node.
    #[must_use]
    pub fn new(config: Arc<ClusterConfig>, node: NodeId) -> Self {
        Controller {
            config,
            node,
            journal: Journal::empty(),
            office: None,
            catalogue: Catalogue::default(),
            encoding: Encoding::default(),
            recorded_version: 0,
            written: VecDeque::new(),
            published: Arc::default(),
            answers: VecDeque::new(),
            questions: Vec::new(),
            sessions: Vec::new(),
            first_elections_at: None,
            alarm: Alarm::default(),
        }
    }

    /// One step, in a world whose frames may be wider than a controller's.
    pub fn handle<F: From<Frame>>(&mut self, now: Now, input: Input<Frame>, out: &mut Outputs<F>) {
        let now = now.mono;
        match input {
            Input::Started { files, seed } => self.start(now, files, seed, out),
            Input::Frame { conn, frame: Frame::Authority(Message::Request(id, request)) } => {
                self.request(now, conn, id, request, out)
            }
            Input::Frame { conn, frame } => {
                if let Some(quorum) = self.journal.quorum() {
                    quorum.receive(now, conn, frame, out);
                }
            }
            Input::Opened { conn } => {
                if let Some(quorum) = self.journal.quorum() {
                    quorum.opened(conn);
                }
            }
            Input::Closed { conn } | Input::Refused { conn } => {
                self.closed(conn);
                self.journal.closed(now, conn);
            }
            Input::Synced { file, token } => self.journal.synced(now, file, token, out),
            Input::DiskFailed { .. } => {
                out.halt("disk operation failed on the controller's log");
                return;
            }
            Input::Timer => {
                self.alarm.fired();
                if let Some(quorum) = self.journal.quorum() {
                    quorum.tick(now, out);
                }
                self.fence_silent(now, out);
                self.hold_first_elections(now, out);
            }
            // Nothing was told that is not synced, so nothing is left half done.
            Input::Stop => return out.exit(),
            Input::Load(_) => {}
        }
        self.settle(now, out);
    }

    fn start<F: From<Frame>>(
        &mut self,
        now: Micros,
        files: Vec<StoredFile>,
        seed: u64,
        out: &mut Outputs<F>,
    ) {
        self.journal = Journal::recover(now, &self.config, self.node, (files, seed), out);
        if self.journal.is_alone() {
            self.take_office(now);
            self.office = self.journal.reign();
            self.observe_all_members(out);
        }
    }

    /// Every log with all its replicas in sync, since all are empty, and nobody to lead it yet.
    fn first_catalogue(&self) -> Catalogue {
        let partitions = self.config.topic_partitions().map(|topic_partition| {
            let replicas = self.config.placement(topic_partition);
            let mut isr = replicas.clone();
            isr.sort_unstable();
            Arc::new(PartitionState {
                topic_partition,
                replicas,
                isr,
                eligible: Vec::new(),
                leader: None,
                last_leader: None,
                leader_epoch: 0,
                version: 0,
            })
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
        if self.office.is_none() {
            return out.send(conn, Response::NotController(self.journal.leader()).frame(id));
        }
        match request {
            Request::BrokerHeartbeat { confirm: true, .. } if !self.journal.is_alone() => {
                self.keep_question(conn, id, request);
            }
            request => self.answer_request(now, conn, id, request, out),
        }
    }

    fn answer_request<F: From<Frame>>(
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
            Request::BrokerHeartbeat { broker, broker_epoch, version, .. } => {
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
        self.forget_questions(conn);
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

    /// What every step ends with: what was decided is written down; what counts is told.
    fn settle<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        self.change_office(now, out);
        if self.office.is_some() {
            if self.recorded_version < self.catalogue.version {
                self.write_down(now, out);
            }
            let safe = self.journal.safe_end();
            while let Some((_, catalogue)) = self.written.pop_front_if(|(end, _)| *end <= safe) {
                self.publish(catalogue, out);
            }
            self.answer(out);
            self.answer_questions(now, out);
        }
        if let Some(quorum) = self.journal.quorum() {
            quorum.settle(now, out);
        }
        self.arm(out);
    }

    fn write_down<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let payload = self.encoding.of(&self.catalogue);
        let end = self.journal.write(now, self.catalogue.version, payload, out);
        self.recorded_version = self.catalogue.version;
        self.written.push_back((end, Arc::new(self.catalogue.clone())));
    }

    fn publish<F: From<Frame>>(&mut self, catalogue: Arc<Catalogue>, out: &mut Outputs<F>) {
        let before = std::mem::replace(&mut self.published, catalogue);
        self.observe_counted(&before, out);
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
        self.alarm.wake_by(earliest([silent, self.first_elections_at, self.journal.deadline()]), out);
    }
}
