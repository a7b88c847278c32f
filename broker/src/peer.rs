//! A broker's connection to another host of the cluster: kept open, with a limit to the patience for every answer. A host
//! that lost its power says nothing, so silence must end a connection.

use std::collections::VecDeque;

use crate::types::earliest;
use crate::{ConnId, Epoch, Frame, Micros, NodeId, Outputs, RequestId, TopicPartition};

/// How long to wait before connecting again, in microseconds.
const RECONNECT_PAUSE: Micros = 50_000;

/// One peer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    node: NodeId,
    patience: Micros,
    state: State,
    next_id: RequestId,
    outstanding: VecDeque<Outstanding>,
    /// When the first of these must be answered.
    answer_by: Option<Micros>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Down { retry_at: Micros },
    Connecting(ConnId),
    Open(ConnId),
}

/// What a request was about, so that its answer, or its loss, can be dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Registration with the controller.
    Register,
    /// The controller's heartbeat.
    Heartbeat,
    /// The same, asked by a leader in this epoch that must know whether it still leads.
    Confirm(TopicPartition, Epoch),
    /// A change of an in-sync set.
    Isr(TopicPartition),
    /// A fetch as a follower in this epoch.
    Fetch(TopicPartition, Epoch),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Outstanding {
    id: RequestId,
    purpose: Purpose,
    answer_by: Micros,
}

impl Peer {
    /// A peer that is not connected; an answer may take `patience` microseconds longer than the request itself says.
    #[must_use]
    pub fn new(node: NodeId, patience: Micros) -> Self {
        Peer {
            node,
            patience,
            state: State::Down { retry_at: 0 },
            next_id: 0,
            outstanding: VecDeque::new(),
            answer_by: None,
        }
    }

    /// Who it is.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Whether requests can be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Whether this connection is, or is becoming, the one to this peer.
    #[must_use]
    pub fn has(&self, conn: ConnId) -> bool {
        matches!(self.state, State::Open(own) | State::Connecting(own) if own == conn)
    }

    /// Whether an answer of this kind is awaited.
    #[must_use]
    pub fn awaits(&self, purpose: Purpose) -> bool {
        self.outstanding.iter().any(|request| request.purpose == purpose)
    }

    /// Connects unless it is connected or was refused just now.
    pub fn ensure_connected<F>(&mut self, now: Micros, out: &mut Outputs<F>) {
        if matches!(self.state, State::Down { retry_at } if retry_at <= now) {
            self.state = State::Connecting(out.connect(self.node));
        }
    }

    /// The connection is established.
    pub fn opened(&mut self, conn: ConnId) {
        self.state = State::Open(conn);
    }

    /// The connection is gone; returns what will not be answered.
    pub fn lost(&mut self, now: Micros) -> impl Iterator<Item = Purpose> + use<> {
        self.state = State::Down { retry_at: now + RECONNECT_PAUSE };
        self.answer_by = None;
        std::mem::take(&mut self.outstanding).into_iter().map(|request| request.purpose)
    }

    /// Sends the request that `request` makes of its id, and that the peer may hold back for `wait` microseconds. Nothing happens while
    /// it is not connected.
    pub fn ask<F: From<Frame>>(
        &mut self,
        now: Micros,
        purpose: Purpose,
        wait: Micros,
        request: impl FnOnce(RequestId) -> Frame,
        out: &mut Outputs<F>,
    ) {
        let State::Open(conn) = self.state else { return };
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let answer_by = now + wait + self.patience;
        self.outstanding.push_back(Outstanding { id, purpose, answer_by });
        self.answer_by = Some(self.answer_by.map_or(answer_by, |first| first.min(answer_by)));
        out.send(conn, request(id));
    }

    /// An answer arrived: what was it about?
    pub fn answered(&mut self, id: RequestId) -> Option<Purpose> {
        let at = self.outstanding.iter().position(|request| request.id == id)?;
        let answered = self.outstanding.remove(at)?;
        self.answer_by = self.outstanding.iter().map(|request| request.answer_by).min();
        Some(answered.purpose)
    }

    /// When patience ends, or the next attempt to connect is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let retry = match self.state {
            State::Down { retry_at } if retry_at > 0 => Some(retry_at),
            _ => None,
        };
        earliest([retry, self.answer_by])
    }

    /// Ends the pause after a refusal, and closes the connection when an answer is overdue; returns what will not be
    /// answered.
    pub fn tick<F>(
        &mut self,
        now: Micros,
        out: &mut Outputs<F>,
    ) -> Option<impl Iterator<Item = Purpose> + use<F>> {
        if matches!(self.state, State::Down { retry_at } if retry_at <= now) {
            self.state = State::Down { retry_at: 0 };
        }
        let overdue = self.answer_by.is_some_and(|by| defect!(OverdueBackwards: by > now, by <= now));
        let State::Open(conn) = self.state else {
            return None;
        };
        overdue.then(|| {
            out.close(conn);
            self.lost(now)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;
    use crate::wire::authority::Request;

    const PATIENCE: Micros = 300_000;

    fn open(peer: &mut Peer, now: Micros, out: &mut Outputs<Frame>) {
        peer.ensure_connected(now, out);
        let Some(Action::Connect { conn, .. }) = out.actions.pop() else { panic!("it is connected") };
        peer.opened(conn);
    }

    #[test]
    fn a_new_connection_does_not_pay_for_what_was_asked_on_the_last() {
        let (mut peer, mut out) = (Peer::new(NodeId(0), PATIENCE), Outputs::new());
        open(&mut peer, 0, &mut out);
        let heartbeat = Request::BrokerHeartbeat { broker: NodeId(1), broker_epoch: 1, version: 0 };
        peer.ask(0, Purpose::Heartbeat, 0, |id| heartbeat.frame(id), &mut out);
        assert!(peer.lost(0).eq([Purpose::Heartbeat]));
        out.actions.clear();
        open(&mut peer, RECONNECT_PAUSE, &mut out);
        assert_eq!(peer.deadline(), None, "nothing is asked on it");
        assert!(peer.tick(PATIENCE, &mut out).is_none());
        assert_eq!(out.actions, [], "it stays open");
    }
}
