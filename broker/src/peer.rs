//! A broker's links to other hosts of the cluster: what is asked on them, and how patient they are.

use crate::{BackOff, Epoch, Link, Micros, NodeId, Outputs, Terms, TopicPartition};

/// How long to wait before connecting again, in microseconds.
pub const RECONNECT_PAUSE: Micros = 50_000;

/// The link to one peer.
pub type Peer = Link<Purpose>;

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
    /// This node's vote, or (`true`) whether there would be one, in this term.
    Vote(NodeId, TopicPartition, bool, Epoch),
    /// Who leads since this epoch, told to this node.
    BeginEpoch(NodeId, TopicPartition, Epoch),
}

impl Purpose {
    /// The log that it was about, unless it was about the broker itself.
    pub(crate) fn log(self) -> Option<TopicPartition> {
        match self {
            Purpose::Register | Purpose::Heartbeat => None,
            Purpose::Confirm(log, _)
            | Purpose::Isr(log)
            | Purpose::Fetch(log, _)
            | Purpose::Vote(_, log, ..)
            | Purpose::BeginEpoch(_, log, _) => Some(log),
        }
    }
}

impl Peer {
    /// A peer that is not connected; an answer may take `patience` microseconds longer than the request itself says.
    pub(crate) fn unconnected(node: NodeId, patience: Micros) -> Self {
        Self::opening_within(None, node, patience)
    }

    /// The same, given up too if it does not come about within that time.
    pub(crate) fn impatient(node: NodeId, patience: Micros) -> Self {
        Self::opening_within(Some(patience), node, patience)
    }

    fn opening_within(opening: Option<Micros>, node: NodeId, answer: Micros) -> Self {
        Link::new(node, Terms { opening, answer, back_off: BackOff::fixed(RECONNECT_PAUSE) })
    }

    /// Whether an answer of this kind is awaited.
    pub(crate) fn awaits(&self, purpose: Purpose) -> bool {
        self.owed().any(|&awaited| awaited == purpose)
    }

    /// Ends a rest, and closes the connection when an answer is overdue; returns what will not be answered.
    pub(crate) fn tick<F>(&mut self, now: Micros, out: &mut Outputs<F>) -> Vec<Purpose> {
        self.wake(now);
        let overdue = defect!(
            OverdueBackwards: self.is_established() && self.deadline().is_some_and(|due| due > now),
            self.overdue(now)
        );
        if overdue { self.give_up(now, 0, out) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::wire::authority::Request;
    use crate::{Action, ConnId, Frame};

    const PATIENCE: Micros = 300_000;

    fn open(peer: &mut Peer, now: Micros, out: &mut Outputs<Frame>) -> ConnId {
        peer.prepare(now, out);
        let Some(Action::Connect { conn, .. }) = out.actions.pop() else { panic!("it is connected") };
        peer.opened(conn);
        conn
    }

    #[test]
    fn a_new_connection_does_not_pay_for_what_was_asked_on_the_last() {
        let (mut peer, mut out) = (Peer::unconnected(NodeId(0), PATIENCE), Outputs::new());
        let conn = open(&mut peer, 0, &mut out);
        let heartbeat =
            Request::BrokerHeartbeat { broker: NodeId(1), broker_epoch: 1, version: 0, confirm: false };
        peer.ask(0, 0, Purpose::Heartbeat, |id| heartbeat.frame(id), &mut out);
        assert_eq!(peer.lost(0, conn, 0), [Purpose::Heartbeat]);
        out.actions.clear();
        open(&mut peer, RECONNECT_PAUSE, &mut out);
        assert_eq!(peer.deadline(), None, "nothing is asked on it");
        assert_eq!(peer.tick(PATIENCE, &mut out), []);
        assert_eq!(out.actions, [], "it stays open");
    }
}
