//! What faults do on simulated sockets. Where a network's own primitive hides it, what was sent is compared with what came through:
//! a link that carries, and a host that takes steps, count as struck by nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

use broker::Micros;

use crate::chaos::harm::{Harm, Place, Toll};

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

    pub fn sent(&self, place: Place) {
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
