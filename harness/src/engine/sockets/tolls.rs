//! What faults do on simulated sockets. Where a network's own primitive hides it, what was sent is compared with what came through:
//! a link that carries, and a host that takes steps, count as struck by nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

use broker::{Micros, NodeId};

use super::links::{End, Links};
use crate::chaos::harm::{Harm, Place, Toll};
use crate::chaos::link::Link;
use crate::chaos::world::Streams;

/// What is on its way when a link is cut may still arrive for so long, in microseconds: the latencies of all engines and a
/// quantum of the coarsest.
const UNDER_WAY: Micros = 5_000;

/// The counters of one run.
#[derive(Debug, Default)]
pub struct Tolls {
    counted: RefCell<BTreeMap<Place, Toll>>,
    /// What is held or hangs on a link that the network is to cut, or before a host that is to stand still; nothing once
    /// something came through all the same.
    stuck: RefCell<BTreeMap<Place, Stuck>>,
}

/// What does not come through.
#[derive(Clone, Copy, Debug)]
struct Stuck {
    harm: Harm,
    /// From when on nothing may come through, in microseconds of the run.
    since: Micros,
    sent: u64,
    leaks: bool,
}

impl Tolls {
    pub fn count(&self, place: Place, harm: Harm) {
        self.count_many(place, harm, 1);
    }

    pub fn count_many(&self, place: Place, harm: Harm, times: u64) {
        self.counted.borrow_mut().entry(place).or_default().count_many(harm, times);
    }

    /// What was done in this place so far, what is stuck there among it.
    pub fn of(&self, place: Place) -> Toll {
        let mut toll = self.counted.borrow().get(&place).copied().unwrap_or_default();
        if let Some(stuck) = self.stuck.borrow().get(&place).filter(|stuck| !stuck.leaks) {
            toll.count_many(stuck.harm, stuck.sent);
        }
        toll
    }

    /// From now on nothing comes through.
    pub fn close(&self, place: Place, harm: Harm, now: Micros) {
        self.open(place);
        let since = if harm == Harm::Postponed { now } else { now + UNDER_WAY };
        self.stuck.borrow_mut().insert(place, Stuck { harm, since, sent: 0, leaks: false });
    }

    /// It comes through again.
    pub fn open(&self, place: Place) {
        if let Some(stuck) = self.stuck.borrow_mut().remove(&place).filter(|stuck| !stuck.leaks) {
            self.count_many(place, stuck.harm, stuck.sent);
        }
    }

    fn sent(&self, place: Place) {
        if let Some(stuck) = self.stuck.borrow_mut().get_mut(&place) {
            stuck.sent += 1;
        }
    }

    /// Something came through.
    pub fn came_through(&self, place: Place, now: Micros) {
        if let Some(stuck) = self.stuck.borrow_mut().get_mut(&place) {
            stuck.leaks |= now > stuck.since;
        }
    }
}

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
        if end.bereaved.replace(false) {
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
        self.for_each_end(|end| end.bereaved.set(end.bereaved.get() || end.peer == host));
    }
}

fn harm_of_connecting(streams: Streams) -> Harm {
    match streams {
        Streams::Hold => Harm::Held,
        Streams::Hang => Harm::Lost,
        Streams::Reset => Harm::Refused,
    }
}
