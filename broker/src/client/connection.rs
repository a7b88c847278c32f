//! A connection to one broker: opened when it is first needed, given up when it leaves a request unanswered, opened again
//! after a rest.

use std::collections::VecDeque;

use crate::wire::client::Request;
use crate::{ConnId, Frame, Micros, NodeId, Now, Outputs, RequestId};

/// The way to one broker. `T` says what a request was about; whoever asked gets it back with the answer, or with the loss.
#[derive(Clone, Debug, Hash)]
pub(super) struct Link<T> {
    peer: NodeId,
    state: State,
    next_request: RequestId,
    outstanding: VecDeque<Outstanding<T>>,
    failures: u32,
}

#[derive(Clone, Copy, Debug, Hash)]
enum State {
    Idle,
    Resting { until: Micros },
    Opening { conn: ConnId, deadline: Micros },
    Open { conn: ConnId },
}

#[derive(Clone, Debug, Hash)]
struct Outstanding<T> {
    id: RequestId,
    deadline: Micros,
    about: T,
}

/// Whether requests can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// At once.
    Ready,
    /// Soon, or the attempt fails.
    Opening,
    /// Not before a rest is over.
    Resting,
}

impl<T> Link<T> {
    pub(super) fn new(peer: NodeId) -> Self {
        Link { peer, state: State::Idle, next_request: 0, outstanding: VecDeque::new(), failures: 0 }
    }

    pub(super) fn peer(&self) -> NodeId {
        self.peer
    }

    pub(super) fn conn(&self) -> Option<ConnId> {
        match self.state {
            State::Opening { conn, .. } | State::Open { conn } => Some(conn),
            State::Idle | State::Resting { .. } => None,
        }
    }

    /// How many answers the broker owes.
    pub(super) fn owed(&self) -> usize {
        self.outstanding.len()
    }

    /// How often in a row it failed without an answer in between.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Starts to open the connection if it may, and gives up on that at `deadline`.
    pub(super) fn prepare<F>(&mut self, deadline: Micros, out: &mut Outputs<F>) -> Readiness {
        match self.state {
            State::Open { .. } => Readiness::Ready,
            State::Opening { .. } => Readiness::Opening,
            State::Resting { .. } => Readiness::Resting,
            State::Idle => {
                let conn = out.connect(self.peer);
                self.state = State::Opening { conn, deadline };
                Readiness::Opening
            }
        }
    }

    /// Sends a request on a connection that stands; one left unanswered at `deadline` costs the connection.
    pub(super) fn ask<F: From<Frame>>(
        &mut self,
        request: Request,
        deadline: Micros,
        about: T,
        out: &mut Outputs<F>,
    ) {
        let id = self.tell(request, out);
        self.outstanding.push_back(Outstanding { id, deadline, about });
    }

    /// Sends a request that is not answered.
    pub(super) fn tell<F: From<Frame>>(&mut self, request: Request, out: &mut Outputs<F>) -> RequestId {
        let id = self.next_request;
        self.next_request = self.next_request.wrapping_add(1);
        if let State::Open { conn } = self.state {
            out.send(conn, request.frame(id));
        }
        id
    }

    pub(super) fn opened(&mut self) {
        if let State::Opening { conn, .. } = self.state {
            self.state = State::Open { conn };
        }
    }

    /// What the request with this id was about; `None` for an answer nobody awaits.
    pub(super) fn answered(&mut self, id: RequestId) -> Option<T> {
        let at = self.outstanding.iter().position(|o| o.id == id)?;
        self.failures = 0;
        self.outstanding.remove(at).map(|o| o.about)
    }

    /// The connection is gone, or never came to be. What was outstanding is to be taken with [`Link::take_lost`].
    pub(super) fn failed(&mut self, rest_until: Micros) {
        self.state = State::Resting { until: rest_until };
        self.failures = self.failures.saturating_add(1);
    }

    /// The oldest request that will not be answered any more.
    pub(super) fn take_lost(&mut self) -> Option<T> {
        self.outstanding.pop_front().map(|o| o.about)
    }

    /// Moves a rest to due once it expires.
    pub(super) fn wake(&mut self, now: Now) {
        if let State::Resting { until } = self.state
            && until <= now.mono
        {
            self.state = State::Idle;
        }
    }

    /// Whether the peer left something unanswered for too long.
    pub(super) fn overdue(&self, now: Now) -> bool {
        let overdue = self.conn().is_some() && self.deadline().is_some_and(|deadline| deadline <= now.mono);
        defect!(AlwaysOverdue: true, overdue)
    }

    pub(super) fn deadline(&self) -> Option<Micros> {
        match self.state {
            State::Idle => None,
            State::Resting { until } => Some(until),
            State::Opening { deadline, .. } => Some(deadline),
            State::Open { .. } => self.outstanding.iter().map(|o| o.deadline).min(),
        }
    }
}
