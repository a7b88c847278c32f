//! A producer's host: turns intents into sends, and tells the user "done" when its acks are satisfied.

use std::cell::RefCell;
use std::rc::Rc;

use broker::client::{ClientInput, Failure, Producer, ProducerConfig, ProducerEvent, key_hash};
use broker::{Alarm, DropReason, Input, Load, Node, Now, Observation, Outputs, TopicPartition, earliest};

use super::Factory;
use crate::system::frame::LabFrame;
use crate::system::workload::Intents;

/// A producer's state machine.
pub struct ProducerNode {
    config: ProducerConfig,
    logs: Rc<[TopicPartition]>,
    /// Shared with later incarnations: what the world has asked for stays asked for.
    intents: Rc<RefCell<Intents>>,
    client: Producer,
    finished: bool,
    /// Whether it was asked to stop: it takes no new intents, and exits when the last send has an outcome.
    stopping: bool,
    alarm: Alarm,
}

impl ProducerNode {
    /// Makes a producer that deals its intents over `logs` by their keys.
    #[must_use]
    pub fn factory(config: ProducerConfig, logs: Vec<TopicPartition>, intents: Intents) -> Factory {
        let logs: Rc<[TopicPartition]> = logs.into();
        let intents = Rc::new(RefCell::new(intents));
        Box::new(move || {
            Box::new(ProducerNode {
                config: config.clone(),
                logs: Rc::clone(&logs),
                intents: Rc::clone(&intents),
                client: Producer::new(config.clone(), 0),
                finished: false,
                stopping: false,
                alarm: Alarm::default(),
            })
        })
    }

    fn send_due(&mut self, now: Now, out: &mut Outputs<LabFrame>) {
        if self.stopping {
            return;
        }
        while let Some(intent) = self.intents.borrow_mut().take(now.mono) {
            out.observe(Observation::Intent { id: intent.record.id, key: intent.key });
            let log = key_hash(&intent.record.key) % self.logs.len() as u64;
            self.client.send(now, self.logs[log as usize], intent.record, out);
        }
    }

    fn tell_user(&mut self, out: &mut Outputs<LabFrame>) {
        while let Some(event) = self.client.poll_event() {
            out.observe(match event {
                ProducerEvent::Acked { id, .. } => Observation::Answered { id },
                ProducerEvent::Failed { id, reason: Failure::Refused(_), .. } => {
                    Observation::Drop { id, reason: DropReason::Refused }
                }
                ProducerEvent::Failed { id, .. } | ProducerEvent::Unknown { id, .. } => {
                    Observation::Drop { id, reason: DropReason::DeliveryTimeout }
                }
            });
        }
    }

    fn settle(&mut self, out: &mut Outputs<LabFrame>) {
        let next = self.intents.borrow().next_at();
        if next.is_none() && self.client.is_idle() && !self.finished {
            self.finished = true;
            out.observe(Observation::Finished);
        }
        let next = next.filter(|_| !self.stopping);
        let deadline = earliest([next, self.client.deadline()]);
        self.alarm.wake_by(deadline, out);
        if self.stopping && self.client.queued() == 0 {
            out.exit();
        }
    }
}

impl Node for ProducerNode {
    type Frame = LabFrame;

    fn step(&mut self, now: Now, input: Input<LabFrame>, out: &mut Outputs<LabFrame>) {
        match input {
            Input::Started { seed, .. } => {
                out.observe(Observation::Began);
                self.client = Producer::new(self.config.clone(), seed);
            }
            Input::Load(Load::Burst { records }) => self.intents.borrow_mut().burst(records),
            Input::Stop => self.stopping = true,
            Input::Load(Load::More { records }) => {
                self.intents.borrow_mut().more(records);
                self.finished = false;
            }
            Input::Timer => {
                self.alarm.fired();
                self.client.tick(now, out);
            }
            other => {
                if let Some(input) = other.map(LabFrame::broker).and_then(ClientInput::from_input) {
                    self.client.handle(now, input, out);
                }
            }
        }
        self.send_due(now, out);
        self.tell_user(out);
        self.settle(out);
    }
}
