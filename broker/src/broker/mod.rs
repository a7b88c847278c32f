//! One broker: the replicas it keeps, its link to the controller, its fetches from other leaders, and the group coordinator
//! when it leads the offsets log. This file is the main path; each request is dealt with where its subject lives.

mod clean_stop;
mod cluster;
mod replicas;
mod requests;
#[cfg(test)]
mod tests;
mod voting;

use std::sync::Arc;

use clean_stop::CleanStop;
use replicas::Replicas;
use voting::Elsewhere;

use crate::group::Coordinator;
use crate::peer::Peer;
use crate::replica::{Completion, Replica, Waiter};
use crate::types::earliest;
use crate::wire::{authority, client, consensus, replication};
use crate::{
    Alarm, Authority, Catalogue, ClusterConfig, ConnId, FileId, Frame, Input, Micros, Node, NodeId, Now,
    Outputs, StoredFile, TopicPartition,
};

/// A broker's state machine. Its frame is [`Frame`]; a world with a wider frame steps it through [`Broker::handle`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broker {
    config: Arc<ClusterConfig>,
    node: NodeId,
    /// Differs in every incarnation.
    incarnation: u64,
    /// The epoch of the registration with the controller; `None` until it answered.
    registered: Option<u64>,
    next_heartbeat: Micros,
    catalogue: Arc<Catalogue>,
    /// The link to the controller, where there is one.
    controller: Option<Peer>,
    /// The other brokers, in the order of their ids.
    peers: Vec<Peer>,
    replicas: Replicas,
    /// The logs whose leader was refused a replica: the next tick acknowledges what waited for that one.
    not_let_in: Vec<TopicPartition>,
    /// Who leads what is kept elsewhere, where nobody but the leaders tells.
    elsewhere: Vec<Elsewhere>,
    coordinator: Option<Coordinator>,
    next_producer: u32,
    clean_stop: CleanStop,
    alarm: Alarm,
}

impl Node for Broker {
    type Frame = Frame;

    fn step(&mut self, now: Now, input: Input<Frame>, out: &mut Outputs<Frame>) {
        self.handle(now, input, out);
    }
}

impl Broker {
    /// A broker that has not been started.
    #[must_use]
    pub fn new(config: Arc<ClusterConfig>, node: NodeId) -> Self {
        let patience = config.timing.request_timeout;
        let others = config.brokers.iter().filter(|&&other| other != node);
        Broker {
            node,
            incarnation: 0,
            registered: None,
            next_heartbeat: 0,
            catalogue: Arc::default(),
            controller: config.controllers.first().map(|&node| Self::controller_link(&config, node)),
            peers: others.map(|&other| Peer::unconnected(other, patience)).collect(),
            replicas: Replicas::default(),
            not_let_in: Vec::new(),
            elsewhere: Vec::new(),
            coordinator: None,
            next_producer: 0,
            clean_stop: CleanStop::default(),
            alarm: Alarm::default(),
            config,
        }
    }

    /// One step, in a world whose frames may be wider than a broker's.
    pub fn handle<F: From<Frame>>(&mut self, now: Now, input: Input<Frame>, out: &mut Outputs<F>) {
        let now = now.mono;
        if self.clean_stop.is_stopping() && !matches!(input, Input::Synced { .. } | Input::DiskFailed { .. })
        {
            return;
        }
        match input {
            Input::Started { files, seed } => self.start(now, files, seed, out),
            Input::Opened { conn } => self.opened(now, conn),
            Input::Refused { conn } | Input::Closed { conn } => self.closed(now, conn, out),
            Input::Frame { conn, frame } => self.receive(now, conn, frame, out),
            Input::Synced { file, token } => self.synced(now, file, token, out),
            Input::DiskFailed { file } => {
                // Whether the pages that failed to reach the disk are still dirty is unknown after a failed sync, so a
                // second sync may lie (fsyncgate, 2018): only a restart that reads the log back can be trusted.
                out.halt(format!("disk operation failed on file {}", file.0));
                return;
            }
            Input::Timer => self.tick(now, out),
            Input::Load(_) => {}
            Input::Stop => self.stop(out),
        }
        if !self.clean_stop.is_stopping() {
            self.settle(now, out);
        }
    }

    fn receive<F: From<Frame>>(&mut self, now: Micros, conn: ConnId, frame: Frame, out: &mut Outputs<F>) {
        match frame {
            Frame::Client(client::Message::Request(id, request)) => self.serve(now, conn, id, request, out),
            Frame::Replication(replication::Message::Request(id, request)) => {
                self.replicate(now, conn, id, request, out);
            }
            Frame::Replication(replication::Message::Response(id, response)) => {
                self.fetched(now, conn, id, response, out);
            }
            Frame::Authority(authority::Message::Response(id, response)) => {
                self.decided(now, conn, id, response, out);
            }
            Frame::Authority(authority::Message::Catalogue(catalogue)) => self.apply(now, &catalogue, out),
            Frame::Consensus(consensus::Message::Request(id, request)) => {
                self.consult(now, conn, id, request, out);
            }
            Frame::Consensus(consensus::Message::Response(id, response)) => {
                self.consulted(now, conn, id, response, out);
            }
            // A broker is nobody's client, and decides nothing.
            Frame::Client(client::Message::Response(..))
            | Frame::Authority(authority::Message::Request(..)) => {}
        }
    }

    fn start<F: From<Frame>>(
        &mut self,
        now: Micros,
        mut files: Vec<StoredFile>,
        seed: u64,
        out: &mut Outputs<F>,
    ) {
        self.incarnation = seed;
        if self.controller.is_none() {
            // Nobody registers brokers, and their incarnations differ.
            self.registered = Some(seed);
        }
        let config = Arc::clone(&self.config);
        let mut take = |file: FileId| {
            let at = files.iter().position(|stored| stored.file == file);
            (file, at.map(|at| std::mem::take(&mut files[at].bytes)).unwrap_or_default())
        };
        for (number, topic_partition) in (0..).zip(config.topic_partitions()) {
            if config.placement(topic_partition).contains(&self.node) {
                let stored = [
                    take(FileId(2 * number)),
                    take(FileId(defect!(CheckpointOfAnother: 2 + number + 1, 2 * number + 1))),
                ];
                let mut policies = config.policies(topic_partition);
                if defect!(AllMayBeOne) {
                    policies.min_isr = 1;
                }
                let lag = config.timing.replica_lag;
                self.replicas.push(match config.authority {
                    Authority::Controller => {
                        Replica::recover(self.node, topic_partition, policies, lag, stored, out)
                    }
                    Authority::Consensus => self.recover_voter(now, topic_partition, policies, stored, out),
                });
            }
        }
        let (_, marker) = take(Self::MARKER);
        self.find_marker(&marker, out);
    }

    fn opened(&mut self, now: Micros, conn: ConnId) {
        self.touch_once_rested(now);
        if let Some(peer) = self.peer_of(conn) {
            peer.opened(conn);
            self.replicas.touch_all();
        }
    }

    fn closed<F>(&mut self, now: Micros, conn: ConnId, out: &mut Outputs<F>) {
        let of_controller = self.controller.as_ref().is_some_and(|controller| controller.has(conn));
        match self.peer_of(conn) {
            Some(peer) => {
                let lost = peer.lost(now, conn, 0);
                self.unanswered(lost);
                if of_controller {
                    self.look_for_controller(now, None, out);
                }
            }
            None => self.replicas.closed(conn),
        }
        self.touch_once_rested(now);
    }

    fn synced<F: From<Frame>>(&mut self, now: Micros, file: FileId, token: u64, out: &mut Outputs<F>) {
        self.stop_synced(file, token, out);
        if let Some(replica) = self.replicas.syncing_mut(file) {
            replica.synced(now, file, token, out);
        }
    }

    fn tick<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        self.alarm.fired();
        let hangs = self.controller.as_ref().is_some_and(|controller| controller.overdue(now));
        self.touch_once_rested(now);
        let overdue: Vec<_> = self.all_peers().flat_map(|peer| peer.tick(now, out)).collect();
        self.unanswered(overdue);
        if hangs {
            self.look_for_controller(now, None, out);
        }
        self.replicas.touch_due(now);
        for log in self.not_let_in.drain(..) {
            self.replicas.touch(log);
        }
        self.replicas.for_each_touched(|replica| replica.tick(now, out));
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.tick(now, out);
        }
    }

    /// A peer whose rest is over may be asked again, by any replica. That is not for the timer alone to see: on a host that is busy it
    /// comes late.
    fn touch_once_rested(&mut self, now: Micros) {
        if self.all_peers().any(|peer| peer.deadline().is_some_and(|due| due <= now)) {
            self.replicas.touch_all();
        }
    }

    /// What every step ends with: everything that became possible is done, every answer that became due is sent.
    fn settle<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        if self.coordination_changes() {
            self.coordinate(out);
        }
        self.write_commits(now, out);
        self.ask_voters_for_confirmation(out);
        self.answer_completions(out);
        if self.controller.is_some() {
            self.talk_to_controller(now, out);
        } else {
            self.talk_to_voters(now, out);
        }
        self.fetch_as_follower(now, out);
        self.arm(out);
    }

    fn coordination_changes(&self) -> bool {
        let coordinates = self.coordinator.is_some();
        if coordinates && self.controller.is_some() {
            // The catalogue says when a reign ends.
            return false;
        }
        let offsets = self.config.offsets_partition();
        let replica = self.replicas.get(offsets);
        if coordinates {
            !replica.is_some_and(Replica::leads)
        } else {
            replica.is_some_and(Replica::is_established)
        }
    }

    fn write_commits<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let acks = self.config.offsets_acks.of_settlements();
        let offsets = self.config.offsets_partition();
        let Some(coordinator) = &mut self.coordinator else {
            return;
        };
        let writes = coordinator.writes();
        if defect!(CommitsUnwritten: writes.len() != 0, writes.len() == 0) {
            return;
        }
        let Some(replica) = self.replicas.get_mut(offsets) else {
            return;
        };
        for write in writes {
            replica.produce(now, acks, None, write.records, Waiter::Commit(write.ticket), out);
        }
    }

    fn answer_completions<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        let coordinator = &mut self.coordinator;
        let mut answer = |completion: Completion| match completion.waiter {
            Waiter::Producer(conn, id) => {
                out.send(conn, client::Response::Produced(completion.result).frame(id));
            }
            Waiter::Commit(ticket) => {
                if let Some(coordinator) = coordinator {
                    coordinator.committed(ticket, completion.result, out);
                }
            }
        };
        self.replicas.for_each_touched(|replica| replica.completions().for_each(&mut answer));
    }

    /// Sees to it that the timer fires by the earliest deadline.
    fn arm<F>(&mut self, out: &mut Outputs<F>) {
        let reached = self.controller.as_ref().is_some_and(Peer::is_established);
        let heartbeat = self.registered.filter(|_| reached).map(|_| self.next_heartbeat);
        let peers = earliest(self.peers.iter().map(Peer::deadline));
        let replicas = self.replicas.deadline();
        let groups = self.coordinator.as_ref().and_then(Coordinator::deadline);
        let next =
            earliest([heartbeat, self.controller.as_ref().and_then(Peer::deadline), peers, replicas, groups]);
        self.alarm.wake_by(next, out);
    }

    fn replica(&mut self, topic_partition: TopicPartition) -> Option<&mut Replica> {
        self.replicas.get_mut(topic_partition)
    }

    fn all_peers(&mut self) -> impl Iterator<Item = &mut Peer> {
        self.peers.iter_mut().chain(&mut self.controller)
    }

    fn peer_of(&mut self, conn: ConnId) -> Option<&mut Peer> {
        self.all_peers().find(|peer| peer.has(conn))
    }

    fn audit<F>(&self, out: &mut Outputs<F>) {
        self.replicas.iter().for_each(|replica| replica.audit(out));
    }
}
