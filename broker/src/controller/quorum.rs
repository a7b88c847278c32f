//! Several controllers: they keep the catalogue in a log whose replicas elect which of them decides (KRaft's controller quorum; RocketMQ's
//! controllers on DLedger). What one of them decided counts once a majority has synced it, so that no loss of fewer than half of them, or of
//! their disks, takes back what a broker was told.

use crate::authority::consensus::Standing;
use crate::log::Log;
use crate::peer::{Peer, Purpose};
use crate::replica::Replica;
use crate::types::earliest;
use crate::wire::{consensus, replication};
use crate::{ClusterConfig, ConnId, FileId, Frame, Micros, NodeId, Outputs, Policies, RequestId};

/// One controller's copy of the log, and its links to the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Quorum {
    pub(super) replica: Replica,
    peers: Vec<Peer>,
    /// How long a fetch may be held back.
    wait: Micros,
}

impl Quorum {
    /// As it stands after a start, from the bytes of the two files of its log and of its ballots.
    pub(super) fn recover<F>(
        now: Micros,
        config: &ClusterConfig,
        node: NodeId,
        seed: u64,
        log: [(FileId, Vec<u8>); 2],
        ballots: (FileId, Vec<u8>),
        out: &mut Outputs<F>,
    ) -> Self {
        let standing = Standing {
            topic_partition: config.catalogue_partition(),
            node,
            replicas: &config.controllers,
            brokers: &config.controllers,
            policies: Policies::VOTERS,
            patience: config.timing.election,
            seed,
        };
        let others = config.controllers.iter().filter(|&&other| other != node);
        let patience = config.timing.request_timeout;
        let recovered = Log::recover_newest(Policies::VOTERS.flush, log);
        Quorum {
            replica: Replica::recover_voter(now, &standing, recovered, ballots, out),
            peers: others.map(|&other| Peer::unconnected(other, patience)).collect(),
            wait: config.timing.follower_wait,
        }
    }

    /// Another controller asked, or answered.
    pub(super) fn receive<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        frame: Frame,
        out: &mut Outputs<F>,
    ) {
        match frame {
            Frame::Replication(replication::Message::Request(id, request)) => {
                self.replicate(now, conn, id, request, out);
            }
            Frame::Consensus(consensus::Message::Request(id, request)) => {
                self.replica.consult(now, conn, id, request, out);
            }
            Frame::Replication(replication::Message::Response(id, response)) => {
                if let Some(purpose) = self.answered(conn, id) {
                    self.replica.fetch_answered(now, purpose, response, out);
                }
            }
            Frame::Consensus(consensus::Message::Response(id, response)) => {
                if let Some(purpose) = self.answered(conn, id) {
                    self.replica.consulted(now, purpose, response, out);
                }
            }
            Frame::Client(_) | Frame::Authority(_) => {}
        }
    }

    fn replicate<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        request: replication::Request,
        out: &mut Outputs<F>,
    ) {
        let replication::Request::Fetch { offset, max_records, wait, follower, .. } = request;
        self.replica.replicate(now, conn, id, offset, max_records, wait, follower, out);
    }

    fn answered(&mut self, conn: ConnId, id: RequestId) -> Option<Purpose> {
        self.peer_of(conn).and_then(|peer| peer.answered(id))
    }

    /// A connection to another controller stands.
    pub(super) fn opened(&mut self, conn: ConnId) {
        if let Some(peer) = self.peer_of(conn) {
            peer.opened(conn);
        }
    }

    /// A connection was refused, or is gone.
    pub(super) fn closed(&mut self, now: Micros, conn: ConnId) {
        match self.peer_of(conn) {
            Some(peer) => {
                let lost = peer.lost(now, conn, 0);
                lost.into_iter().for_each(|purpose| self.replica.unanswered(purpose));
            }
            None => {
                self.replica.closed(conn);
            }
        }
    }

    /// Does what is due.
    pub(super) fn tick<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        for peer in &mut self.peers {
            let overdue = peer.tick(now, out);
            overdue.into_iter().for_each(|purpose| self.replica.unanswered(purpose));
        }
        self.replica.tick(now, out);
    }

    /// What every step ends with: votes are asked for, the leader's log is fetched, and what a newer catalogue stands for is cut off.
    pub(super) fn settle<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        self.replica.ask_voters(now, &mut self.peers, out);
        // A voter fetches in the name of its disk.
        self.replica.fetch_from_leader(now, 0, self.wait, &mut self.peers, out);
        self.replica.cut_beginning(out);
    }

    /// When something will be due.
    pub(super) fn deadline(&self) -> Option<Micros> {
        let peers = earliest(self.peers.iter().map(Peer::deadline));
        earliest([peers, self.replica.deadline()])
    }

    fn peer_of(&mut self, conn: ConnId) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.has(conn))
    }
}
