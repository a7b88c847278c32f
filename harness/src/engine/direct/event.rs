//! The heap of things to come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use broker::{ConnId, FileId, Micros};

use crate::disk::SyncPoint;

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
    /// The connection stands.
    Accepted,
    /// Nobody listens.
    Refused,
    /// A frame.
    Frame(F),
    /// The end of the stream, or a reset.
    Close,
}

/// When something is due, and in which order among all that is due then.
type Due = (Micros, u64, u64);

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
    sequence: u64,
}

impl<F> Events<F> {
    pub fn new(hosts: usize) -> Self {
        Events {
            heap: BinaryHeap::with_capacity(256),
            events: Vec::with_capacity(256),
            free: Vec::with_capacity(256),
            timers: vec![None; hosts],
            first: None,
            sequence: 0,
        }
    }

    /// Adds an event. The tie is drawn from what the event is, never from how many there were before it.
    pub fn push(&mut self, at: Micros, tie: u64, event: Event<F>) {
        let number = self.free.pop().unwrap_or_else(|| {
            self.events.push(None);
            u32::try_from(self.events.len() - 1).unwrap_or(u32::MAX)
        });
        self.events[number as usize] = Some(event);
        self.sequence += 1;
        self.heap.push(Reverse(((at, tie, self.sequence), number)));
    }

    /// Arms a host's timer; what it was armed for before is forgotten.
    pub fn arm(&mut self, host: HostIndex, at: Micros, tie: u64) {
        self.sequence += 1;
        self.set_timer(host, Some((at, tie, self.sequence)));
    }

    /// Disarms a host's timer.
    pub fn disarm(&mut self, host: HostIndex) {
        self.set_timer(host, None);
    }

    pub fn next_at(&self) -> Option<Micros> {
        let heap = self.heap.peek().map(|Reverse(((at, ..), _))| *at);
        let timer = self.first.map(|((at, ..), _)| at);
        match (heap, timer) {
            (Some(heap), Some(timer)) => Some(heap.min(timer)),
            (one, other) => one.or(other),
        }
    }

    pub fn pop(&mut self) -> Option<(Micros, Event<F>)> {
        let next = self.heap.peek().map(|Reverse((due, _))| *due);
        if let Some((due, host)) = self.first
            && next.is_none_or(|next| due < next)
        {
            self.set_timer(host, None);
            return Some((due.0, Event::Timer { host }));
        }
        let Reverse((due, number)) = self.heap.pop()?;
        self.free.push(number);
        Some((due.0, self.events[number as usize].take()?))
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
