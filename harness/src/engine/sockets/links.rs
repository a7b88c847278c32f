//! The state of all links, and of the ends of all connections on them: the faults for which a network has no primitive.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};
use std::task::{Context, Waker};

use broker::{Micros, NodeId};
use tokio::sync::Notify;

use super::tolls::Tolls;
use crate::chaos::harm::{Harm, Place};
use crate::chaos::link::Link;
use crate::chaos::world::Streams;

/// How the two directions between two hosts are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// From the first host to the second.
    pub there: Option<Streams>,
    /// From the second host to the first.
    pub back: Option<Streams>,
}

/// All links of a run, and the ends of the connections that stand.
pub struct Links {
    cuts: RefCell<BTreeMap<Link, Streams>>,
    losing: RefCell<BTreeSet<Link>>,
    longer: RefCell<BTreeMap<Link, Micros>>,
    ends: RefCell<Vec<Weak<End>>>,
    /// Notified whenever a link was cut or mended, or a host went up or down.
    changed: Notify,
    /// Whether the engine's network itself can hold one direction of a link.
    holds_one_way: bool,
    /// What faults did.
    pub tolls: Tolls,
}

/// One end of a connection.
pub struct End {
    /// The host it is on.
    pub host: NodeId,
    /// The other host.
    pub peer: NodeId,
    /// The connection was reset.
    pub reset: Cell<bool>,
    /// Nothing arrives any more, not even the end.
    pub inbound_dropped: Cell<bool>,
    /// What arrives waits.
    pub stalled: Cell<bool>,
    /// The peer lost its power: it will never say that the connection is over.
    pub dark: Cell<bool>,
    /// The network has forgotten the connection.
    pub forgotten: Cell<bool>,
    /// What is sent from here waits at the other end.
    pub into_stall: Cell<bool>,
    /// The process at the other end is gone, and this one has not heard of it yet.
    pub peer_gone: Cell<bool>,
    reader: RefCell<Option<Waker>>,
    writer: RefCell<Option<Waker>>,
}

impl Links {
    pub fn new(holds_one_way: bool) -> Self {
        Links {
            cuts: RefCell::default(),
            losing: RefCell::default(),
            longer: RefCell::default(),
            ends: RefCell::default(),
            changed: Notify::new(),
            holds_one_way,
            tolls: Tolls::default(),
        }
    }

    /// Registers an end of a new connection.
    pub fn attach(&self, host: NodeId, peer: NodeId) -> Rc<End> {
        let end = Rc::new(End::new(host, peer));
        let mut ends = self.ends.borrow_mut();
        ends.retain(|end| end.strong_count() > 0);
        ends.push(Rc::downgrade(&end));
        end
    }

    pub fn cut(&self, link: Link, streams: Streams, now: Micros) {
        self.cuts.borrow_mut().insert(link, streams);
        let place = Place::Link(link);
        match streams {
            Streams::Hold => self.tolls.close(place, Harm::Held, now),
            Streams::Hang => self.tolls.close(place, Harm::Lost, now),
            Streams::Reset => self.tolls.open(place),
        }
        self.for_each_end(|end| {
            let outbound = end.outbound() == link;
            let inbound = end.inbound() == link;
            match streams {
                Streams::Hold => {}
                Streams::Hang => end.inbound_dropped.set(end.inbound_dropped.get() || inbound),
                Streams::Reset if (outbound || inbound) && !end.reset.replace(true) => {
                    self.tolls.count(place, Harm::Reset);
                }
                Streams::Reset => {}
            }
        });
    }

    pub fn mend(&self, link: Link) {
        self.cuts.borrow_mut().remove(&link);
        self.tolls.open(Place::Link(link));
        self.wake_all();
    }

    /// Has the next bytes on this link lost, and their connection reset.
    pub fn lose(&self, link: Link) {
        self.losing.borrow_mut().insert(link);
    }

    /// Whether these bytes are the ones to lose; the next ones are not.
    pub fn loses(&self, link: Link) -> bool {
        self.losing.borrow_mut().remove(&link)
    }

    /// Nothing arrives any more on the connections that stand between these hosts.
    pub fn forget(&self, link: Link) {
        self.for_each_end(|end| {
            let forgotten = end.outbound() == link || end.inbound() == link;
            end.inbound_dropped.set(end.inbound_dropped.get() || forgotten);
            end.forgotten.set(end.forgotten.get() || forgotten);
        });
    }

    /// What the connections that stand carry on this link waits, or arrives.
    pub fn stall(&self, link: Link, stalled: bool) {
        self.for_each_end(|end| {
            if end.inbound() == link {
                end.stalled.set(stalled);
            }
            if end.outbound() == link {
                end.into_stall.set(stalled);
            }
        });
    }

    /// Everything takes so much longer on this link.
    pub fn delay(&self, link: Link, longer: Micros) {
        self.longer.borrow_mut().insert(link, longer);
    }

    /// How much longer everything takes on this link, in microseconds.
    pub fn longer(&self, link: Link) -> Micros {
        self.longer.borrow().get(&link).copied().unwrap_or(0)
    }

    /// The host lost its power: its peers' connections stay open, and nobody answers on them.
    pub fn peer_power_lost(&self, host: NodeId) {
        self.for_each_end(|end| end.dark.set(end.dark.get() || end.peer == host));
    }

    /// The host has power again, and resets the connections it knows nothing of.
    pub fn peer_power_restored(&self, host: NodeId) {
        self.for_each_end(|end| end.reset.set(end.reset.get() || (end.peer == host && end.dark.get())));
    }

    pub fn state(&self, link: Link) -> Option<Streams> {
        self.cuts.borrow().get(&link).copied()
    }

    pub fn between(&self, one: NodeId, other: NodeId) -> Cut {
        Cut {
            there: self.state(Link { from: one, to: other }),
            back: self.state(Link { from: other, to: one }),
        }
    }

    /// Whether bytes on this link must wait in the stream because the network cannot hold them.
    pub fn waits(&self, link: Link) -> bool {
        let held = |link| self.state(link) == Some(Streams::Hold);
        held(link) && !self.holds_one_way && !held(link.reversed())
    }

    /// Waits for the next change of any link or host.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Wakes whoever waits for a change.
    pub fn wake_all(&self) {
        self.for_each_end(|_| {});
    }

    pub(super) fn for_each_end(&self, change: impl Fn(&End)) {
        for end in self.ends.borrow().iter().filter_map(Weak::upgrade) {
            change(&end);
            end.wake();
        }
        self.changed.notify_waiters();
    }
}

impl Cut {
    /// Whether some direction is cut.
    pub fn is_any(self) -> bool {
        self.there.is_some() || self.back.is_some()
    }

    /// Whether some direction is cut in this way.
    pub fn has(self, streams: Streams) -> bool {
        self.there == Some(streams) || self.back == Some(streams)
    }
}

impl End {
    fn new(host: NodeId, peer: NodeId) -> Self {
        End {
            host,
            peer,
            reset: Cell::new(false),
            inbound_dropped: Cell::new(false),
            stalled: Cell::new(false),
            dark: Cell::new(false),
            forgotten: Cell::new(false),
            into_stall: Cell::new(false),
            peer_gone: Cell::new(false),
            reader: RefCell::new(None),
            writer: RefCell::new(None),
        }
    }

    pub fn outbound(&self) -> Link {
        Link { from: self.host, to: self.peer }
    }

    pub fn inbound(&self) -> Link {
        self.outbound().reversed()
    }

    /// Has the task that reads woken at the next change.
    pub fn wake_reader_later(&self, context: &Context<'_>) {
        remember(&self.reader, context);
    }

    /// Has the task that writes woken at the next change.
    pub fn wake_writer_later(&self, context: &Context<'_>) {
        remember(&self.writer, context);
    }

    /// Resets this end; the other hears of it when this one closes.
    pub fn reset(&self) {
        self.reset.set(true);
        self.wake();
    }

    fn wake(&self) {
        for waker in [&self.reader, &self.writer] {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }
}

/// Has the task that is polled now woken later, and nobody else.
pub(super) fn remember(slot: &RefCell<Option<Waker>>, context: &Context<'_>) {
    let mut slot = slot.borrow_mut();
    match slot.as_mut() {
        Some(waker) => waker.clone_from(context.waker()),
        None => *slot = Some(context.waker().clone()),
    }
}
