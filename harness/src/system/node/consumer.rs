//! A consumer's host: a member of its group whose workers run the user's handler.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use broker::client::{ClientInput, Consumer, ConsumerConfig, ConsumerEvent, Ticket};
use broker::{
    Alarm, Input, MessageId, Micros, Node, NodeId, Now, Observation, Outputs, Phase, Record, earliest,
};

use super::Factory;
use super::effects::{Caller, Effects};
use crate::system::frame::{LabFrame, SinkFrame};
use crate::system::workload::{CallKind, EffectError, Life, Progress, Worker};

/// How long a record rests after its handler asked for it again, in microseconds.
pub const REDELIVERY_PAUSE: Micros = 20_000;

/// Makes a worker with a new handler.
pub type Workers = Arc<dyn Fn(&Life) -> Worker + Send + Sync>;

/// When a consumer is a member of its group, in microseconds of its host's monotonic time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// It joins then, or when it starts if that is later.
    pub joins: Micros,
    /// It leaves then in good order, and its process ends. Started again after that, it stays.
    pub leaves: Option<Micros>,
}

/// A consumer's state machine.
pub struct ConsumerNode {
    config: Rc<ConsumerConfig>,
    /// What is still to come of its stay.
    stay: Stay,
    joined: bool,
    client: Consumer,
    effects: Effects,
    /// One worker for each lane that had work; the place is the lane's number.
    lanes: Vec<Lane>,
    make_worker: Workers,
    life: Life,
    sleeps: Vec<(Micros, Caller)>,
    alarm: Alarm,
}

struct Lane {
    worker: Worker,
    at_work: Option<(Ticket, MessageId)>,
}

impl ConsumerNode {
    /// Makes a consumer whose effects happen at `sink`; `life` is that of its first incarnation.
    #[must_use]
    pub fn factory(
        config: Rc<ConsumerConfig>,
        stay: Stay,
        sink: NodeId,
        workers: Workers,
        life: Life,
    ) -> Factory {
        let starts = Cell::new(0);
        Box::new(move || {
            let incarnation = starts.replace(starts.get() + 1);
            Box::new(ConsumerNode {
                client: Consumer::new((*config).clone(), 0),
                config: Rc::clone(&config),
                stay,
                joined: false,
                effects: Effects::new(sink),
                lanes: Vec::new(),
                make_worker: Arc::clone(&workers),
                life: Life { incarnation, ..life.clone() },
                sleeps: Vec::new(),
                alarm: Alarm::default(),
            })
        })
    }

    fn tick(&mut self, now: Now, out: &mut Outputs<LabFrame>) {
        self.alarm.fired();
        self.join_or_leave(now, out);
        let unknown = self.effects.tick(now.mono, out);
        self.answer_all(now, &unknown, Err(EffectError::Unknown), out);
        while let Some(at) = self.sleeps.iter().position(|&(until, _)| until <= now.mono) {
            let (_, caller) = self.sleeps.remove(at);
            self.answer(now, caller, Ok(()), out);
        }
    }

    /// Moves the client on, from the moment on at which it joins.
    fn join_or_leave(&mut self, now: Now, out: &mut Outputs<LabFrame>) {
        if self.stay.leaves.is_some_and(|at| at <= now.mono) {
            self.stay.leaves = None;
            return self.client.leave(now, out);
        }
        self.joined |= self.stay.joins <= now.mono;
        if self.joined {
            self.client.tick(now, out);
        }
    }

    fn answer_all(
        &mut self,
        now: Now,
        callers: &[Caller],
        answer: Result<(), EffectError>,
        out: &mut Outputs<LabFrame>,
    ) {
        for &caller in callers {
            self.answer(now, caller, answer, out);
        }
    }

    fn answer(
        &mut self,
        now: Now,
        caller: Caller,
        answer: Result<(), EffectError>,
        out: &mut Outputs<LabFrame>,
    ) {
        if let Some(lane) = self.lanes.get_mut(caller.lane) {
            let progress = lane.worker.answer(caller.slot, answer);
            self.progressed(now, caller.lane, progress, out);
        }
    }

    fn deliver(
        &mut self,
        now: Now,
        ticket: Ticket,
        record: Record,
        attempt: u32,
        out: &mut Outputs<LabFrame>,
    ) {
        let lane = usize::from(ticket.lane);
        while self.lanes.len() <= lane {
            self.lanes.push(Lane { worker: (self.make_worker)(&self.life), at_work: None });
        }
        if self.lanes[lane].at_work.is_some() {
            // The group took the record away while the handler was at it: the handler's life ends there, as it would by
            // cancelling its task. What it has asked for cannot be called back.
            self.lanes[lane].worker = (self.make_worker)(&self.life);
        }
        self.lanes[lane].at_work = Some((ticket, record.id));
        let progress = self.lanes[lane].worker.give(record, attempt);
        self.progressed(now, lane, progress, out);
    }

    /// Passes on what a handler asked for, and ends its work when it is through.
    fn progressed(&mut self, now: Now, lane: usize, progress: Progress, out: &mut Outputs<LabFrame>) {
        while let Some(call) = self.lanes[lane].worker.next_call() {
            let caller = Caller { lane, slot: call.slot };
            match call.kind {
                CallKind::Apply(id, way) => self.effects.apply(now.mono, caller, id, way, out),
                CallKind::Sleep(micros) => self.sleeps.push((now.mono + micros, caller)),
            }
        }
        if progress == Progress::Waiting {
            return;
        }
        let Some((ticket, id)) = self.lanes[lane].at_work.take() else {
            return;
        };
        match progress {
            Progress::Waiting => {}
            Progress::Done(Ok(())) => self.client.done(now, ticket, out),
            Progress::Done(Err(_)) => self.client.retry(now, ticket, REDELIVERY_PAUSE, out),
            Progress::Foreign(foreign) => {
                out.observe(Observation::ForeignAwait { id, what: foreign.to_string() });
                out.halt(format!("foreign-await: the handler of {id} {foreign}"));
            }
            Progress::Panicked(message) => {
                out.observe(Observation::Panicked { id, message: message.clone() });
                out.halt(format!("the handler of {id} panicked: {message}"));
            }
        }
    }

    fn settle(&mut self, now: Now, out: &mut Outputs<LabFrame>) {
        while let Some(event) = self.client.poll_event() {
            match event {
                ConsumerEvent::Deliver { ticket, record, attempt, .. } => {
                    self.deliver(now, ticket, record, attempt, out);
                }
                ConsumerEvent::Left => out.exit(),
            }
        }
        let sleep = self.sleeps.iter().map(|&(until, _)| until).min();
        let client = if self.joined { self.client.deadline() } else { Some(self.stay.joins) };
        let deadline = earliest([sleep, client, self.stay.leaves, self.effects.deadline()]);
        self.alarm.wake_by(deadline, out);
    }
}

impl Node for ConsumerNode {
    type Frame = LabFrame;

    fn step(&mut self, now: Now, input: Input<LabFrame>, out: &mut Outputs<LabFrame>) {
        match input {
            Input::Started { seed, .. } => {
                out.observe(Observation::Began);
                self.client = Consumer::new((*self.config).clone(), seed);
                self.life.seed = seed;
                self.stay.leaves = self.stay.leaves.filter(|&at| at > now.mono);
                self.join_or_leave(now, out);
            }
            Input::Timer => self.tick(now, out),
            // Its group need not wait for its session to end before somebody else is given what it had.
            Input::Stop => self.client.leave(now, out),
            Input::Opened { conn } if self.effects.owns(conn) => self.effects.opened(now.mono, conn, out),
            Input::Refused { conn } | Input::Closed { conn } if self.effects.owns(conn) => {
                let unknown = self.effects.lost(now.mono, conn, out);
                self.answer_all(now, &unknown, Err(EffectError::Unknown), out);
            }
            Input::Frame { conn, frame: LabFrame::Sink(SinkFrame::Applied { call }) }
                if self.effects.owns(conn) =>
            {
                if let Some(caller) = self.effects.answered(call, Phase::Ok, out) {
                    self.answer(now, caller, Ok(()), out);
                }
            }
            Input::Frame { conn, frame: LabFrame::Sink(SinkFrame::Refused { call }) }
                if self.effects.owns(conn) =>
            {
                if let Some(caller) = self.effects.answered(call, Phase::Fail, out) {
                    self.answer(now, caller, Err(EffectError::Refused), out);
                }
            }
            other => {
                if let Some(input) = other.map(LabFrame::broker).and_then(ClientInput::from_input) {
                    self.client.handle(now, input, out);
                }
            }
        }
        self.settle(now, out);
    }
}
