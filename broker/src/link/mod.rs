//! A connection to another host, kept by whoever speaks first: opened when it is needed, given up when it leaves something
//! unanswered, opened again after a rest. A host that lost its power says nothing, so silence must end a connection.
//!
//! ```text
//!             prepare                opened
//!     idle ------------> opening -------------> established
//!      ^                    |                        |
//!      | the rest is over   | lost, given up         | lost, given up
//!      +----- resting <-----+------------------------+
//! ```
//!
//! Brokers, clients, the lab's consumers and its auditor all have their connections kept by this one machine. They differ in their
//! [`Terms`], and each decides for itself whom to connect to, what to ask, and what it means that an answer will not come.

mod owed;
mod terms;
#[cfg(test)]
mod tests;

use owed::Owed;
pub use terms::{BackOff, Terms};

use crate::{ConnId, Micros, NodeId, Outputs, RequestId};

/// The way to one host. `T` says what a request was about: whoever asked gets it back with the answer, or with the loss.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Link<T> {
    peer: NodeId,
    terms: Terms,
    state: State,
    failures: u32,
    owed: Owed<T>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Idle,
    Opening { conn: ConnId, until: Option<Micros> },
    Established { conn: ConnId },
    Resting { until: Micros },
}

/// Whether requests can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// At once.
    Ready,
    /// Soon, or the attempt fails.
    Opening,
    /// Not before a rest is over.
    Resting,
}

impl<T> Link<T> {
    /// A link that has no connection yet.
    #[must_use]
    pub fn new(peer: NodeId, terms: Terms) -> Self {
        Link { peer, terms, state: State::Idle, failures: 0, owed: Owed::default() }
    }

    /// Whom it leads to.
    #[must_use]
    pub fn peer(&self) -> NodeId {
        self.peer
    }

    /// The connection that is established or being opened.
    fn conn(&self) -> Option<ConnId> {
        match self.state {
            State::Opening { conn, .. } | State::Established { conn } => Some(conn),
            State::Idle | State::Resting { .. } => None,
        }
    }

    /// Whether this connection is, or is becoming, the link's.
    #[must_use]
    pub fn has(&self, conn: ConnId) -> bool {
        self.conn() == Some(conn)
    }

    /// Whether requests can be sent.
    #[must_use]
    pub fn is_established(&self) -> bool {
        matches!(self.state, State::Established { .. })
    }

    /// What the requests were about that are not answered yet, the oldest first.
    pub fn owed(&self) -> impl ExactSizeIterator<Item = &T> {
        self.owed.abouts()
    }

    /// How often in a row it failed without an answer in between.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Begins to open the connection unless there is one, or the link must rest.
    pub fn prepare<F>(&mut self, now: Micros, out: &mut Outputs<F>) -> Readiness {
        self.wake(now);
        match self.state {
            State::Established { .. } => Readiness::Ready,
            State::Opening { .. } => Readiness::Opening,
            State::Resting { .. } => Readiness::Resting,
            State::Idle => {
                let until = self.terms.opening.map(|patience| now + patience);
                self.state = State::Opening { conn: out.connect(self.peer), until };
                Readiness::Opening
            }
        }
    }

    /// This connection is established; one that was given up before is not the link's any more, and changes nothing.
    pub fn opened(&mut self, conn: ConnId) {
        if matches!(self.state, State::Opening { conn: own, .. } if own == conn) {
            self.state = State::Established { conn };
        }
    }

    /// Sends the request made of its id, once the connection is established. Its answer is overdue when the peer may hold it back
    /// for `held_back` microseconds and the link's patience is over as well.
    pub fn ask<F, G: Into<F>>(
        &mut self,
        now: Micros,
        held_back: Micros,
        about: T,
        request: impl FnOnce(RequestId) -> G,
        out: &mut Outputs<F>,
    ) {
        if self.is_established() {
            let id = self.number();
            self.send(request(id), out);
            self.expect(now + held_back, id, about);
        }
    }

    /// Takes the id of the next request.
    pub fn number(&mut self) -> RequestId {
        self.owed.number()
    }

    /// Sends a frame, once the connection is established. Nothing is expected in return.
    pub fn send<F>(&self, frame: impl Into<F>, out: &mut Outputs<F>) {
        if let State::Established { conn } = self.state {
            out.send(conn, frame);
        }
    }

    /// From now on the answer to this request, which was sent, is owed; patience with it begins at `since`.
    pub fn expect(&mut self, since: Micros, id: RequestId, about: T) {
        self.owed.push(id, since + self.terms.answer, about);
    }

    /// What the request of this id was about; nothing for an answer that nobody awaits.
    pub fn answered(&mut self, id: RequestId) -> Option<T> {
        let about = self.owed.take(id)?;
        self.failures = 0;
        Some(about)
    }

    /// This connection was refused, or is gone: the link rests. Returns what will not be answered, the oldest first. `draw` is a
    /// random number, for a back-off with jitter.
    pub fn lost(&mut self, now: Micros, conn: ConnId, draw: u64) -> Vec<T> {
        if self.has(conn) { self.fail(now, draw) } else { Vec::new() }
    }

    /// Closes the connection, if there is one, because the link has failed: it rests. Returns what will not be answered, as [`Link::lost`] does.
    pub fn give_up<F>(&mut self, now: Micros, draw: u64, out: &mut Outputs<F>) -> Vec<T> {
        if let Some(conn) = self.conn() {
            out.close(conn);
        }
        self.fail(now, draw)
    }

    /// Closes the connection because it is not wanted: that is no failure, and needs no rest. Returns what will not be answered.
    pub fn close<F>(&mut self, out: &mut Outputs<F>) -> Vec<T> {
        let Some(conn) = self.conn() else { return Vec::new() };
        out.close(conn);
        self.state = State::Idle;
        self.owed.take_all()
    }

    /// Leads to this host from now on; a rest goes on. Returns what another one will not answer.
    pub fn turn_to<F>(&mut self, peer: NodeId, out: &mut Outputs<F>) -> Vec<T> {
        if self.peer == peer {
            return Vec::new();
        }
        self.peer = peer;
        self.close(out)
    }

    /// Ends a rest whose time is over.
    pub fn wake(&mut self, now: Micros) {
        if matches!(self.state, State::Resting { until } if until <= now) {
            self.state = State::Idle;
        }
    }

    /// Whether the peer has left something unanswered for too long.
    #[must_use]
    pub fn overdue(&self, now: Micros) -> bool {
        self.conn().is_some() && self.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// When patience ends, or a rest.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        match self.state {
            State::Idle => None,
            State::Opening { until, .. } => until,
            State::Established { .. } => self.owed.first_due(),
            State::Resting { until } => Some(until),
        }
    }

    fn fail(&mut self, now: Micros, draw: u64) -> Vec<T> {
        let until = now + self.terms.back_off.rest(self.failures, draw);
        self.state = match self.state {
            State::Resting { until: former } => State::Resting { until: former.max(until) },
            _ => State::Resting { until },
        };
        self.failures = self.failures.saturating_add(1);
        self.owed.take_all()
    }
}
