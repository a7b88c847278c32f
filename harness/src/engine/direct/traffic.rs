//! Traffic: connections are opened and closed, and what is sent on them arrives, unless the link it travels on is cut.

use std::fmt::Debug;

use broker::{ConnId, FrameInfo, Input, Micros, NodeId};

use super::event::{Cargo, Event, HostIndex, Parcel};
use super::host::Power;
use super::network::{Conn, End, EndState};
use super::sim::{Sim, Stepped};
use crate::chaos::harm::Harm;
use crate::chaos::world::Streams;
use crate::sabotage::sabotage;
use crate::seed::bounded;
use crate::trace::Sent;

/// How long a connect may stay unanswered before it counts as refused, in microseconds.
const CONNECT_TIMEOUT: Micros = 1_000_000;

/// What a message without a frame counts on the wire, in bytes.
const BARE: usize = 64;

impl<F: FrameInfo + Debug + 'static> Sim<F> {
    pub(super) fn connect(&mut self, by: Stepped, conn: ConnId, peer: NodeId) {
        let opener = End { host: by.host, incarnation: by.incarnation, state: EndState::Opening };
        let Some(acceptor) = self.index(peer) else {
            let event = Event::GiveUp { conn, host: by.host, incarnation: by.incarnation };
            self.conns.insert(conn, Conn::opening(opener, opener));
            let tie = self.tie(5, conn.0, 0);
            return self.events.push(self.now + CONNECT_TIMEOUT, tie, event);
        };
        let acceptor = End { host: acceptor, incarnation: 0, state: EndState::Opening };
        self.conns.insert(conn, Conn::opening(opener, acceptor));
        self.dispatch(Parcel { conn, from_end: 0, cargo: Cargo::Syn });
    }

    pub(super) fn close(&mut self, by: Stepped, conn: ConnId) {
        let Some(end) = self.conns.get(conn).and_then(|c| c.end_of(by.host, by.incarnation)) else {
            return;
        };
        self.close_end(conn, end);
        self.say_closed(conn, end);
    }

    /// Tells the other end that this one is gone.
    pub(super) fn say_closed(&mut self, conn: ConnId, end: usize) {
        self.dispatch(Parcel { conn, from_end: end, cargo: Cargo::Close });
    }

    /// The kernel closes what a process leaves behind.
    pub(super) fn hang_up(&mut self, conn: ConnId, end: usize) {
        self.dispatch(Parcel { conn, from_end: end, cargo: Cargo::HungUp });
    }

    pub(super) fn close_end(&mut self, conn: ConnId, end: usize) {
        if let Some(conn) = self.conns.get(conn) {
            conn.ends[end].state = EndState::Closed;
        }
    }

    pub(super) fn send(&mut self, by: Stepped, conn: ConnId, frame: F) {
        let Some(known) = self.conns.get(conn) else { return };
        let open = |&end: &usize| known.ends[end].state == EndState::Open;
        let Some(end) = known.end_of(by.host, by.incarnation).filter(open) else { return };
        let to = known.ends[1 - end].host;
        let link = self.link(by.host, to);
        if self.links[link].lose > 0 && !sabotage!(LostFramesArrive) {
            self.links[link].lose -= 1;
            self.tolls[link].count(Harm::LostFrame);
            return self.reset(conn);
        }
        let size = frame.size();
        if let Some((arrival, tie)) = self.depart(conn, end, size) {
            self.trace.note_sent(Sent { time: self.now, from: by.node, to: self.hosts[to].id, bytes: size });
            let cargo = Cargo::Frame(frame);
            self.events.push(arrival, tie, Event::Arrive(Parcel { conn, from_end: end, cargo }));
        }
    }

    /// Both ends learn, each after the time of a frame, that the connection is gone.
    pub(super) fn reset(&mut self, conn: ConnId) {
        for end in 0..2 {
            self.say_closed(conn, end);
        }
    }

    /// Sends something without a frame on its way.
    pub(super) fn dispatch(&mut self, parcel: Parcel<F>) {
        if let Some((arrival, tie)) = self.depart(parcel.conn, parcel.from_end, BARE) {
            self.events.push(arrival, tie, Event::Arrive(parcel));
        }
    }

    /// When what leaves this end now arrives, with its tie: behind everything sent on this connection before it. Nothing where it is
    /// lost.
    fn depart(&mut self, conn: ConnId, end: usize, size: usize) -> Option<(Micros, u64)> {
        let conn = self.conns.get(conn)?;
        let (from, to) = (conn.ends[end].host, conn.ends[1 - end].host);
        let link = from * self.hosts.len() + to;
        if conn.dead[end] {
            let harm = if conn.forgotten { Harm::Forgotten } else { Harm::Lost };
            self.tolls[link].count(harm);
            return None;
        }
        let longer = self.links[link].longer;
        if longer > 0 {
            self.tolls[link].count(Harm::Delayed);
        }
        let drawn = self.links[link].draw();
        let jitter = bounded(drawn, self.costs.jitter + 1);
        let travel = self.costs.latency + jitter + self.costs.wire(size) + longer;
        let arrival = (self.now + travel).max(conn.last_arrival[end] + 1);
        conn.last_arrival[end] = arrival;
        // The jitter is made of the high bits, the tie begins with the low ones.
        Some((arrival, drawn.rotate_left(32)))
    }

    pub(super) fn arrive(&mut self, parcel: Parcel<F>) -> Option<Stepped> {
        let conn = self.conns.get(parcel.conn)?;
        let [sender, receiver] = [conn.ends[parcel.from_end], conn.ends[1 - parcel.from_end]];
        let stalled = conn.stalled[parcel.from_end];
        let link = self.link(sender.host, receiver.host);
        match self.links[link].cut {
            None if stalled => {
                self.tolls[link].count(Harm::Stalled);
                self.links[link].held.push_back(parcel);
                return None;
            }
            Some(Streams::Hold) => {
                self.tolls[link].count(Harm::Held);
                self.links[link].held.push_back(parcel);
                return None;
            }
            Some(Streams::Hang) => {
                self.tolls[link].count(Harm::Lost);
                return self.vanish(parcel);
            }
            Some(Streams::Reset) if matches!(parcel.cargo, Cargo::Syn) => {
                self.tolls[link].count(Harm::Refused);
                self.dispatch_back(&parcel, Cargo::Refused);
                return None;
            }
            // An open connection was reset when the cut began; a refusal or a reset itself gets through.
            Some(Streams::Reset) | None => {}
        }
        self.deliver(parcel, sender, receiver)
    }

    /// Lost on the way: this direction of the connection is dead from now on, and nobody is told.
    fn vanish(&mut self, parcel: Parcel<F>) -> Option<Stepped> {
        let conn = self.conns.get(parcel.conn)?;
        conn.dead[parcel.from_end] = true;
        if matches!(parcel.cargo, Cargo::Syn | Cargo::Accepted | Cargo::Refused) {
            let opener = conn.ends[0];
            let event =
                Event::GiveUp { conn: parcel.conn, host: opener.host, incarnation: opener.incarnation };
            let tie = self.tie(5, parcel.conn.0, 0);
            self.events.push(self.now + CONNECT_TIMEOUT, tie, event);
        }
        None
    }

    fn deliver(&mut self, parcel: Parcel<F>, sender: End, receiver: End) -> Option<Stepped> {
        let Parcel { conn, from_end, ref cargo } = parcel;
        let (host, incarnation) = (receiver.host, receiver.incarnation);
        match cargo {
            Cargo::Syn => return self.accept(parcel, host),
            Cargo::Accepted if self.hosts[host].lives(incarnation) => {
                self.conns.get(conn)?.ends[0].state = EndState::Open;
                return self.give(host, incarnation, Input::Opened { conn });
            }
            Cargo::Refused => return self.end_opening(conn, host, incarnation),
            _ => {}
        }
        if !self.hosts[host].lives(incarnation) {
            // A machine that was restarted knows nothing of the connection and says so; a dark one says nothing.
            if self.hosts[host].power == Power::On && !matches!(cargo, Cargo::Close | Cargo::HungUp) {
                self.dispatch_back(&parcel, Cargo::Close);
            }
            return None;
        }
        let state = receiver.state;
        match parcel.cargo {
            Cargo::Frame(frame) if state == EndState::Open => {
                self.give(host, incarnation, Input::Frame { conn, frame })
            }
            ref cargo @ (Cargo::Close | Cargo::HungUp) if state == EndState::Open => {
                self.close_end(conn, 1 - from_end);
                if matches!(cargo, Cargo::HungUp) {
                    self.hosts[sender.host].toll.count(Harm::HungUp);
                }
                self.give(host, incarnation, Input::Closed { conn })
            }
            Cargo::Close | Cargo::HungUp if state == EndState::Opening => {
                self.end_opening(conn, host, incarnation)
            }
            _ => None,
        }
    }

    fn accept(&mut self, parcel: Parcel<F>, host: HostIndex) -> Option<Stepped> {
        let (up, incarnation) = (self.hosts[host].node.is_some(), self.hosts[host].incarnation);
        match (up, self.hosts[host].power) {
            (false, Power::Off) => return self.vanish(parcel),
            (false, Power::On) => {
                self.dispatch_back(&parcel, Cargo::Refused);
                return None;
            }
            (true, _) => {}
        }
        let conn = parcel.conn;
        let acceptor = &mut self.conns.get(conn)?.ends[1];
        (acceptor.incarnation, acceptor.state) = (incarnation, EndState::Open);
        // The kernel accepts, even for a process that is paused.
        self.dispatch_back(&parcel, Cargo::Accepted);
        self.give(host, incarnation, Input::Opened { conn })
    }

    pub(super) fn end_opening(&mut self, conn: ConnId, host: HostIndex, incarnation: u64) -> Option<Stepped> {
        self.close_end(conn, 0);
        self.give(host, incarnation, Input::Refused { conn })
    }

    fn dispatch_back(&mut self, parcel: &Parcel<F>, cargo: Cargo<F>) {
        self.dispatch(Parcel { conn: parcel.conn, from_end: 1 - parcel.from_end, cargo });
    }
}
