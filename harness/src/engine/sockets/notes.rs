//! What sockets tell the counters: which end wrote, which heard something, and who found no way.

use broker::{Micros, NodeId};

use super::links::{End, Links};
use crate::chaos::harm::{Harm, Place};
use crate::chaos::link::Link;
use crate::chaos::world::Streams;

impl Links {
    /// A host writes on this end of a connection.
    pub fn note_sent(&self, end: &End) {
        let link = end.outbound();
        let on_link = Place::Link(link);
        if self.longer(link) > 0 {
            self.tolls.count(on_link, Harm::Delayed);
        }
        if end.forgotten.get() {
            return self.tolls.count(on_link, Harm::Forgotten);
        }
        if end.into_stall.get() {
            self.tolls.count(on_link, Harm::Stalled);
        }
        self.tolls.sent(on_link);
        self.tolls.sent(Place::Host(end.peer));
    }

    /// Something arrived at this end of a connection.
    pub fn note_arrived(&self, end: &End, now: Micros) {
        let link = end.inbound();
        self.tolls.came_through(Place::Link(link), now.saturating_sub(self.longer(link)));
    }

    /// The end of a connection was heard of: its other end was a process that is gone, perhaps.
    pub fn note_ended(&self, end: &End) {
        if end.peer_gone.replace(false) {
            self.tolls.count(Place::Host(end.peer), Harm::HungUp);
        }
    }

    /// Somebody could not connect because of a cut.
    pub fn note_no_way(&self, one: NodeId, other: NodeId) {
        for link in [Link { from: one, to: other }, Link { from: other, to: one }] {
            if let Some(streams) = self.state(link) {
                self.tolls.count(Place::Link(link), harm_of_connecting(streams));
            }
        }
    }

    /// The process of this host is gone.
    pub fn note_gone(&self, host: NodeId) {
        self.tolls.open(Place::Host(host));
        self.for_each_end(|end| end.peer_gone.set(end.peer_gone.get() || end.peer == host));
    }
}

fn harm_of_connecting(streams: Streams) -> Harm {
    match streams {
        Streams::Hold => Harm::Held,
        Streams::Hang => Harm::Lost,
        Streams::Reset => Harm::Refused,
    }
}
