//! A consumer's connection to its group's sink: one call after another, each answered or, when the connection is lost or the
//! sink is silent for too long, of unknown outcome.

use broker::{ConnId, MessageId, Micros, NodeId, Observation, Outputs, Phase};

use crate::system::frame::{LabFrame, SinkFrame, Way};

/// How long the sink may take to answer, in microseconds.
const PATIENCE: Micros = 400_000;

/// How long to wait before connecting again, in microseconds.
const RECONNECT_PAUSE: Micros = 20_000;

/// The link.
#[derive(Debug)]
pub struct Effects {
    sink: NodeId,
    state: State,
    next_call: u32,
    calls: Vec<Pending>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Down { retry_at: Micros },
    Connecting(ConnId),
    Open(ConnId),
}

/// Whose call it is, so that its answer finds its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The worker.
    pub lane: usize,
    /// Its call.
    pub slot: u32,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    call: u32,
    caller: Caller,
    id: MessageId,
    way: Way,
    sent: bool,
    answer_by: Micros,
}

impl Effects {
    /// A link that is not connected.
    #[must_use]
    pub fn new(sink: NodeId) -> Self {
        Effects { sink, state: State::Down { retry_at: 0 }, next_call: 0, calls: Vec::new() }
    }

    /// Whether this is its connection.
    #[must_use]
    pub fn owns(&self, conn: ConnId) -> bool {
        matches!(self.state, State::Open(own) | State::Connecting(own) if own == conn)
    }

    /// Asks for an effect.
    pub fn apply(
        &mut self,
        now: Micros,
        caller: Caller,
        id: MessageId,
        way: Way,
        out: &mut Outputs<LabFrame>,
    ) {
        let call = self.next_call;
        self.next_call = self.next_call.wrapping_add(1);
        out.observe(Observation::Effect { phase: Phase::Invoke, sink: self.sink, id });
        self.calls.push(Pending { call, caller, id, way, sent: false, answer_by: now + PATIENCE });
        self.pump(now, out);
    }

    /// The connection is established.
    pub fn opened(&mut self, now: Micros, conn: ConnId, out: &mut Outputs<LabFrame>) {
        self.state = State::Open(conn);
        self.pump(now, out);
    }

    /// The sink answered that it did it, or that it did not.
    pub fn answered(&mut self, call: u32, phase: Phase, out: &mut Outputs<LabFrame>) -> Option<Caller> {
        let at = self.calls.iter().position(|pending| pending.call == call)?;
        let pending = self.calls.remove(at);
        out.observe(Observation::Effect { phase, sink: self.sink, id: pending.id });
        Some(pending.caller)
    }

    /// The connection is gone: returns the callers whose outcome is unknown. What was not sent yet waits for the next one.
    pub fn lost(&mut self, now: Micros, out: &mut Outputs<LabFrame>) -> Vec<Caller> {
        self.state = State::Down { retry_at: now + RECONNECT_PAUSE };
        self.give_up(|pending| pending.sent, out)
    }

    /// Does what is due: connects again, gives up on answers that are overdue.
    pub fn tick(&mut self, now: Micros, out: &mut Outputs<LabFrame>) -> Vec<Caller> {
        let overdue = self.calls.iter().any(|pending| pending.answer_by <= now);
        let mut unknown = Vec::new();
        if overdue {
            if let State::Open(conn) = self.state {
                out.close(conn);
                unknown = self.lost(now, out);
            }
            unknown.extend(self.give_up(|pending| pending.answer_by <= now, out));
        }
        self.pump(now, out);
        unknown
    }

    /// When something will be due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let answer = self.calls.iter().map(|pending| pending.answer_by).min()?;
        match self.state {
            State::Down { retry_at } => Some(retry_at.min(answer)),
            _ => Some(answer),
        }
    }

    fn pump(&mut self, now: Micros, out: &mut Outputs<LabFrame>) {
        match self.state {
            State::Down { retry_at } if retry_at <= now && !self.calls.is_empty() => {
                self.state = State::Connecting(out.connect(self.sink));
            }
            State::Open(conn) => {
                for pending in self.calls.iter_mut().filter(|pending| !pending.sent) {
                    pending.sent = true;
                    out.send(conn, SinkFrame::Apply { call: pending.call, id: pending.id, way: pending.way });
                }
            }
            _ => {}
        }
    }

    fn give_up(&mut self, which: impl Fn(&Pending) -> bool, out: &mut Outputs<LabFrame>) -> Vec<Caller> {
        let mut unknown = Vec::new();
        let sink = self.sink;
        self.calls.retain(|pending| {
            if which(pending) {
                // One that was never sent certainly did not happen.
                let phase = if pending.sent { Phase::Info } else { Phase::Fail };
                out.observe(Observation::Effect { phase, sink, id: pending.id });
                unknown.push(pending.caller);
            }
            !which(pending)
        });
        unknown
    }
}
