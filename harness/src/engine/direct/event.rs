//! The heap of things to come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use broker::{ConnId, FileId, Load, Micros, earliest};

use crate::engine::disk::SyncPoint;

/// A host, by its place in the plan.
pub type HostIndex = usize;

/// Something that will happen.
#[derive(Debug)]
pub enum Event<F> {
    /// An incarnation begins.
    Start { host: HostIndex, incarnation: u64 },
    /// What travels on a link arrives.
    Arrive(Parcel<F>),
    /// An attempt to connect is given up.
    GiveUp { conn: ConnId, host: HostIndex, incarnation: u64 },
    /// A sync is done.
    Synced { host: HostIndex, incarnation: u64, file: FileId, token: u64, point: SyncPoint },
    /// An append failed.
    DiskFailed { host: HostIndex, incarnation: u64, file: FileId },
    /// The world outside asks for something.
    Load { host: HostIndex, incarnation: u64, load: Load },
    /// An operator asks the process to stop.
    Stop { host: HostIndex, incarnation: u64 },
    /// The grace of a process that was asked to stop is over.
    GraceOver { host: HostIndex, incarnation: u64 },
    /// A timer fires.
    Timer { host: HostIndex },
    /// A host that was busy takes its next input.
    Ready { host: HostIndex, incarnation: u64 },
}

/// Something on its way from one end of a connection to the other.
#[derive(Debug)]
pub struct Parcel<F> {
    /// The connection.
    pub conn: ConnId,
    /// Which end it comes from: 0 opened the connection, 1 accepted it.
    pub from_end: usize,
    /// What it is.
    pub cargo: Cargo<F>,
}

/// What can be on its way.
#[derive(Debug)]
pub enum Cargo<F> {
    /// The wish to connect.
    Syn,
    /// The connection is established.
    Accepted,
    /// Nobody listens.
    Refused,
    /// A frame.
    Frame(F),
    /// The end of the stream, or a reset.
    Close,
    /// The process at the other end is gone.
    HungUp,
}

/// When something is due, and in which order among all that is due then: the time above, the drawn tie below. One number,
/// because the heap compares little else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due(u128);

impl Due {
    fn new(at: Micros, tie: u64) -> Self {
        Due(u128::from(at) << 64 | u128::from(tie))
    }

    fn at(self) -> Micros {
        (self.0 >> 64) as Micros
    }
}

/// Events in the order of time; simultaneous ones in the order of their ties. A host has one timer, so timers do not go
/// through the heap: most are armed anew before they fire.
pub struct Events<F> {
    heap: BinaryHeap<Reverse<(Due, u32)>>,
    /// What the heap's numbers stand for; the heap moves its entries about, and these are large.
    events: Vec<Option<Event<F>>>,
    free: Vec<u32>,
    timers: Vec<Option<Due>>,
    /// The first of the timers.
    first: Option<(Due, HostIndex)>,
}

impl<F> Events<F> {
    pub fn new(hosts: usize) -> Self {
        Events {
            heap: BinaryHeap::with_capacity(256),
            events: Vec::with_capacity(256),
            free: Vec::with_capacity(256),
            timers: vec![None; hosts],
            first: None,
        }
    }

    /// Adds an event. The tie is made of what the event is, never of how many there were before it, and of no two events the
    /// same.
    pub fn push(&mut self, at: Micros, tie: u64, event: Event<F>) {
        let number = self.free.pop().unwrap_or_else(|| {
            self.events.push(None);
            u32::try_from(self.events.len() - 1).unwrap_or(u32::MAX)
        });
        self.events[number as usize] = Some(event);
        self.heap.push(Reverse((Due::new(at, tie), number)));
    }

    /// Arms a host's timer; what it was armed for before is forgotten.
    pub fn arm(&mut self, host: HostIndex, at: Micros, tie: u64) {
        self.set_timer(host, Some(Due::new(at, tie)));
    }

    /// Disarms a host's timer.
    pub fn disarm(&mut self, host: HostIndex) {
        self.set_timer(host, None);
    }

    pub fn next_at(&self) -> Option<Micros> {
        let heap = self.heap.peek().map(|Reverse((due, _))| due.at());
        earliest([heap, self.first.map(|(due, _)| due.at())])
    }

    pub fn pop(&mut self) -> Option<(Micros, Event<F>)> {
        let next = self.heap.peek().map(|Reverse((due, _))| *due);
        if let Some((due, host)) = self.first
            && next.is_none_or(|next| due < next)
        {
            self.set_timer(host, None);
            return Some((due.at(), Event::Timer { host }));
        }
        let Reverse((due, number)) = self.heap.pop()?;
        self.free.push(number);
        Some((due.at(), self.events[number as usize].take()?))
    }

    fn set_timer(&mut self, host: HostIndex, due: Option<Due>) {
        self.timers[host] = due;
        match (self.first, due) {
            (Some((_, first)), _) if first == host => self.find_first(),
            (Some((first, _)), Some(due)) if due > first => {}
            (_, Some(due)) => self.first = Some((due, host)),
            (_, None) => {}
        }
    }

    fn find_first(&mut self) {
        let armed = self.timers.iter().enumerate().filter_map(|(host, due)| due.map(|due| (due, host)));
        self.first = armed.min();
    }
}
