//! The heap of things to come.

use std::cmp::{Ordering, Reverse};
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
    /// A timer fires, if it was not armed anew since.
    Timer { host: HostIndex, incarnation: u64, armed: u64 },
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

struct Entry<F> {
    at: Micros,
    tie: u64,
    sequence: u64,
    event: Event<F>,
}

impl<F> Ord for Entry<F> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.tie, self.sequence).cmp(&(other.at, other.tie, other.sequence))
    }
}

impl<F> PartialOrd for Entry<F> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<F> PartialEq for Entry<F> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<F> Eq for Entry<F> {}

/// Events in the order of time; simultaneous ones in the order of their ties.
pub struct Events<F> {
    heap: BinaryHeap<Reverse<Entry<F>>>,
    sequence: u64,
}

impl<F> Events<F> {
    pub fn new() -> Self {
        Events { heap: BinaryHeap::with_capacity(256), sequence: 0 }
    }

    /// Adds an event. The tie is drawn from what the event is, never from how many there were before it.
    pub fn push(&mut self, at: Micros, tie: u64, event: Event<F>) {
        self.sequence += 1;
        self.heap.push(Reverse(Entry { at, tie, sequence: self.sequence, event }));
    }

    pub fn next_at(&self) -> Option<Micros> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    pub fn pop(&mut self) -> Option<(Micros, Event<F>)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }
}
