//! The simulated network: connections, and the directed links they run over.

use std::collections::VecDeque;

use broker::{ConnId, Micros};

use super::event::{HostIndex, Parcel};
use crate::chaos::world::Streams;
use crate::seed::Stream;

/// A connection between two hosts.
pub struct Conn {
    /// The opener, then the acceptor.
    pub ends: [End; 2],
    /// When the last parcel in each direction arrives; the next arrives after it. Indexed by the sending end.
    pub last_arrival: [Micros; 2],
    /// A direction in which bytes were lost is dead for ever. Indexed by the sending end.
    pub dead: [bool; 2],
    /// The network has forgotten it; both directions are dead, too.
    pub forgotten: bool,
    /// A direction whose parcels wait. Indexed by the sending end.
    pub stalled: [bool; 2],
}

/// One end.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub host: HostIndex,
    /// The incarnation it belongs to.
    pub incarnation: u64,
    pub state: EndState,
}

/// What one end believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndState {
    /// The connection does not stand yet.
    Opening,
    /// It stands.
    Open,
    /// It is gone.
    Closed,
}

/// A directed link.
pub struct Directed<F> {
    /// What the cut in force does to what arrives.
    pub cut: Option<Streams>,
    /// How much longer everything takes, in microseconds.
    pub longer: Micros,
    /// How many frames are to be lost.
    pub lose: u32,
    /// Draws the latencies of parcels.
    latencies: Stream,
    /// Counts parcels, for these draws.
    sent: u64,
    /// What waits for the end of a cut.
    pub held: VecDeque<Parcel<F>>,
}

impl<F> Directed<F> {
    pub fn new(latencies: Stream) -> Self {
        Directed { cut: None, longer: 0, lose: 0, latencies, sent: 0, held: VecDeque::new() }
    }

    /// The draw for the next parcel.
    pub fn draw(&mut self) -> u64 {
        self.sent += 1;
        self.latencies.draw(self.sent)
    }
}

/// All connections; ids count from 1.
#[derive(Default)]
pub struct Conns {
    conns: Vec<Option<Conn>>,
}

impl Conns {
    pub fn insert(&mut self, id: ConnId, conn: Conn) {
        let at = id.0 as usize;
        if self.conns.len() <= at {
            self.conns.resize_with(at + 1, || None);
        }
        self.conns[at] = Some(conn);
    }

    pub fn get(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.get_mut(id.0 as usize)?.as_mut()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Conn> {
        self.conns.iter_mut().flatten()
    }

    pub fn iter(&self) -> impl Iterator<Item = (ConnId, &Conn)> {
        self.conns.iter().enumerate().filter_map(|(at, conn)| Some((ConnId(at as u64), conn.as_ref()?)))
    }
}

impl Conn {
    /// A connection that is being opened.
    pub fn opening(opener: End, acceptor: End) -> Self {
        Conn {
            ends: [opener, acceptor],
            last_arrival: [0; 2],
            dead: [false; 2],
            forgotten: false,
            stalled: [false; 2],
        }
    }

    /// Whether it is one between these hosts, whoever opened it.
    pub fn is_between(&self, one: HostIndex, other: HostIndex) -> bool {
        let hosts = [self.ends[0].host, self.ends[1].host];
        hosts == [one, other] || hosts == [other, one]
    }

    /// Whether it stands between these hosts.
    pub fn stands_between(&self, one: HostIndex, other: HostIndex) -> bool {
        self.is_between(one, other) && self.ends.iter().all(|end| end.state == EndState::Open)
    }

    /// Which end belongs to this host's incarnation.
    pub fn end_of(&self, host: HostIndex, incarnation: u64) -> Option<usize> {
        self.ends.iter().position(|end| end.host == host && end.incarnation == incarnation)
    }
}
