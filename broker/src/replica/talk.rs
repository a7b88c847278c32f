//! What a replica asks of the others that keep its log, on the links of the host that it is on, and what it makes of their answers.

use super::Replica;
use crate::peer::{Peer, Purpose};
use crate::wire::consensus::{Request, Response};
use crate::wire::replication;
use crate::{ConnId, Frame, Micros, Outputs, Readiness, RequestId};

impl Replica {
    /// Asks for votes, and tells who leads.
    pub fn ask_voters<F: From<Frame>>(&mut self, now: Micros, peers: &mut [Peer], out: &mut Outputs<F>) {
        for peer in peers {
            if !self.has_question(peer.peer()) || peer.prepare(now, out) != Readiness::Ready {
                continue;
            }
            if let Some((purpose, request)) = self.next_question(peer.peer()) {
                peer.ask(now, 0, purpose, |id| request.frame(id), out);
            }
        }
    }

    /// Keeps one fetch on its way to the leader that it follows, in the name of this registration unless its disk has a name, and held back
    /// for up to `wait` microseconds.
    pub fn fetch_from_leader<F: From<Frame>>(
        &mut self,
        now: Micros,
        registration: u64,
        wait: Micros,
        peers: &mut [Peer],
        out: &mut Outputs<F>,
    ) {
        let leader = self.wants_fetch();
        let Some(peer) = peers.iter_mut().find(|peer| Some(peer.peer()) == leader) else {
            return;
        };
        if peer.prepare(now, out) != Readiness::Ready {
            return;
        }
        let purpose = Purpose::Fetch(self.topic_partition(), self.epoch());
        if let Some(request) = self.next_fetch(registration, wait) {
            peer.ask(now, wait, purpose, |id| request.frame(id), out);
        }
    }

    /// Another replica asks for a vote, or tells that it leads.
    pub fn consult<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        request: Request,
        out: &mut Outputs<F>,
    ) {
        match request {
            Request::Vote(ballot) => self.vote_asked(now, conn, id, &ballot, out),
            Request::BeginEpoch { epoch, leader, .. } => {
                self.epoch_began(now, conn, id, (epoch, leader), out)
            }
        }
    }

    /// Another replica answered what it was asked about who leads.
    pub fn consulted<F: From<Frame>>(
        &mut self,
        now: Micros,
        purpose: Purpose,
        response: Response,
        out: &mut Outputs<F>,
    ) {
        match (purpose, response) {
            (Purpose::Vote(peer, _, pre, asked_in), Response::Voted { term, granted, leader }) => {
                self.voted(now, peer, (pre, asked_in), (term, granted, leader), out);
            }
            (Purpose::BeginEpoch(peer, _, epoch), Response::Acknowledged { term })
                if epoch == self.epoch() =>
            {
                self.acknowledged(now, peer, term, out);
            }
            _ => {}
        }
    }

    /// The leader answered a fetch.
    pub fn fetch_answered<F: From<Frame>>(
        &mut self,
        now: Micros,
        purpose: Purpose,
        response: replication::Response,
        out: &mut Outputs<F>,
    ) {
        let replication::Response::Fetched(answer) = response;
        if let Purpose::Fetch(_, epoch) = purpose {
            self.fetched(now, epoch, answer, out);
        }
    }

    /// What it asked of another replica will not be answered.
    pub fn unanswered(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Fetch(_, epoch) => self.fetch_lost(epoch),
            Purpose::Vote(peer, _, pre, term) => self.vote_lost(peer, (pre, term)),
            Purpose::BeginEpoch(peer, _, epoch) if epoch == self.epoch() => self.untold(peer),
            Purpose::Confirm(..) => {
                if let Some(leading) = self.leading() {
                    leading.confirmation_lost();
                }
            }
            Purpose::Isr(_) => {
                if let Some(in_sync) = self.leading().and_then(super::Leading::in_sync) {
                    in_sync.ask_again();
                }
            }
            Purpose::BeginEpoch(..) | Purpose::Register | Purpose::Heartbeat => {}
        }
    }
}
