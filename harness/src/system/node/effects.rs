//! A consumer's link to its group's sink: one call after another, each answered or, when the connection is lost or the
//! sink is silent for too long, of unknown outcome.

use std::collections::VecDeque;

use broker::{
    BackOff, ConnId, Link, MessageId, Micros, NodeId, Observation, Outputs, Phase, Readiness, RequestId,
    Terms,
};

use crate::system::frame::{LabFrame, SinkFrame, Way};

/// How long the sink may take to answer, in microseconds; a connection that does not come to be costs its callers no more.
const PATIENCE: Micros = 400_000;

/// How long to wait before connecting again, in microseconds.
const RECONNECT_PAUSE: Micros = 20_000;

/// The link, and who waits for it.
#[derive(Debug)]
pub struct Effects {
    link: Link<Call>,
    /// What was not sent yet, the oldest first; nothing while the link is established.
    waiting: VecDeque<Waiting>,
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
struct Call {
    caller: Caller,
    id: MessageId,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    number: RequestId,
    call: Call,
    way: Way,
    since: Micros,
}

impl Effects {
    /// A link that is not connected.
    #[must_use]
    pub fn new(sink: NodeId) -> Self {
        let back_off = BackOff::fixed(RECONNECT_PAUSE);
        let terms = Terms { opening: None, answer: PATIENCE, back_off };
        Effects { link: Link::new(sink, terms), waiting: VecDeque::new() }
    }

    /// Whether this is its connection.
    #[must_use]
    pub fn owns(&self, conn: ConnId) -> bool {
        self.link.has(conn)
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
        let number = self.link.number();
        out.observe(Observation::Effect { phase: Phase::Invoke, sink: self.link.peer(), id });
        self.waiting.push_back(Waiting { number, call: Call { caller, id }, way, since: now });
        self.pump(now, out);
    }

    /// The connection is established.
    pub fn opened(&mut self, now: Micros, conn: ConnId, out: &mut Outputs<LabFrame>) {
        self.link.opened(conn);
        self.pump(now, out);
    }

    /// The sink answered that it did it, or that it did not.
    pub fn answered(
        &mut self,
        number: RequestId,
        phase: Phase,
        out: &mut Outputs<LabFrame>,
    ) -> Option<Caller> {
        self.link.answered(number).map(|call| self.end(call, phase, out))
    }

    /// The connection is gone: returns the callers whose outcome is unknown. What was not sent yet waits for the next one.
    pub fn lost(&mut self, now: Micros, conn: ConnId, out: &mut Outputs<LabFrame>) -> Vec<Caller> {
        let lost = self.link.lost(now, conn, 0);
        lost.into_iter().map(|call| self.end(call, Phase::Info, out)).collect()
    }

    /// Does what is due: connects again, gives up on answers that are overdue.
    pub fn tick(&mut self, now: Micros, out: &mut Outputs<LabFrame>) -> Vec<Caller> {
        let mut ended = Vec::new();
        if self.link.overdue(now) {
            let lost = self.link.give_up(now, 0, out);
            ended.extend(lost.into_iter().map(|call| self.end(call, Phase::Info, out)));
        }
        // What was never sent certainly did not happen.
        while let Some(waiting) = self.waiting.pop_front_if(|waiting| waiting.since + PATIENCE <= now) {
            ended.push(self.end(waiting.call, Phase::Fail, out));
        }
        self.pump(now, out);
        ended
    }

    /// When something will be due. A rest that nobody waits for is not.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let Some(first) = self.waiting.front() else {
            return self.link.deadline().filter(|_| self.link.is_established());
        };
        let waits_until = first.since + PATIENCE;
        Some(self.link.deadline().map_or(waits_until, |due| due.min(waits_until)))
    }

    fn pump(&mut self, now: Micros, out: &mut Outputs<LabFrame>) {
        while let Some(&Waiting { number, call, way, since }) = self.waiting.front()
            && self.link.prepare(now, out) == Readiness::Ready
        {
            self.link.send(SinkFrame::Apply { call: number, id: call.id, way }, out);
            self.link.expect(since, number, call);
            self.waiting.pop_front();
        }
    }

    fn end(&self, call: Call, phase: Phase, out: &mut Outputs<LabFrame>) -> Caller {
        out.observe(Observation::Effect { phase, sink: self.link.peer(), id: call.id });
        call.caller
    }
}
