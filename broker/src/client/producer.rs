//! The producer: takes records, sends them to their leaders, retries inside, and tells for each exactly once how it ended.

mod batch;
mod config;
mod queue;
mod session;

#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

pub use self::config::{Failure, ProducerConfig, ProducerEvent};

use self::batch::Serial;
use self::queue::{Ending, Queue};
use super::ClientInput;
use super::cluster::{Cluster, Heard, Lost};
use super::turn::Turn;
use crate::types::earliest;
use crate::wire::client::{ProduceError, Refusal, Request, Response};
use crate::{
    ConnId, Frame, Mark, MessageId, Micros, NodeId, Now, Observation, Offset, Outputs, Phase, Record,
    TopicPartition,
};

/// An embedded producer. See [`crate::client`] for how it is driven.
#[derive(Clone, Debug, Hash)]
pub struct Producer {
    config: ProducerConfig,
    cluster: Cluster<Asked>,
    identity: Option<u64>,
    identify: Turn,
    queues: Vec<Queue>,
    events: VecDeque<ProducerEvent>,
}

#[derive(Clone, Copy, Debug, Hash)]
enum Asked {
    Identity,
    Produce { queue: usize, serial: Serial },
}

impl Producer {
    /// A producer that opens its first connection with its first send. `seed` decides whom it asks first and its rests.
    #[must_use]
    pub fn new(config: ProducerConfig, seed: u64) -> Self {
        Producer {
            cluster: Cluster::new(
                &config.brokers,
                config.request_timeout,
                config.retry_backoff,
                config.metadata_age,
                seed,
            ),
            config,
            identity: None,
            identify: Turn::Idle,
            queues: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Takes a record to be sent to `topic_partition`. The buffer has no bound: an embedder that wants one looks at
    /// [`Producer::queued`] first.
    pub fn send<F: From<Frame>>(
        &mut self,
        now: Now,
        topic_partition: TopicPartition,
        record: Record,
        out: &mut Outputs<F>,
    ) {
        out.observe(Observation::Send { phase: Phase::Invoke, id: record.id, topic_partition, offset: None });
        let deadline = now.mono + self.config.delivery_timeout.max(1);
        let queue = self.queue_of(topic_partition);
        self.queues[queue].push(record, deadline);
        self.pump(now, out);
    }

    /// How many records were taken whose senders were not told yet how it ended.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queues.iter().map(Queue::unresolved).sum()
    }

    /// Whether nothing is under way any more: a batch of unknown outcome is sent again until a leader decides, also when its senders
    /// were told.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queues.iter().all(Queue::is_empty)
    }

    /// Whether this is one of the producer's connections.
    #[must_use]
    pub fn owns(&self, conn: ConnId) -> bool {
        self.cluster.owns(conn)
    }

    /// Takes what happened to a connection; `false` when it is not one of the producer's.
    pub fn handle<F: From<Frame>>(&mut self, now: Now, input: ClientInput, out: &mut Outputs<F>) -> bool {
        match self.cluster.handle(now, input) {
            Heard::NotMine => return false,
            Heard::Nothing => {}
            Heard::Answer(asked, response) => self.answered(now, asked, response, out),
        }
        self.pump(now, out);
        true
    }

    /// Does what is due; to be called when [`Producer::deadline`] has passed, harmless at any other time.
    pub fn tick<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        self.cluster.tick(now, out);
        self.pump(now, out);
    }

    /// The monotonic time in microseconds at which [`Producer::tick`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let queues = self.queues.iter().map(Queue::deadline);
        earliest(queues.chain([self.cluster.deadline(), self.identify.deadline()]))
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<ProducerEvent> {
        self.events.pop_front()
    }

    fn pump<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        while let Some(Lost { about, hung_up }) = self.cluster.next_lost() {
            if let Some(by) = hung_up {
                self.hung_up(about, by, out);
            }
            self.doubt(now, about);
        }
        for queue in 0..self.queues.len() {
            self.settle(queue, now, out);
            self.send_due(queue, now, out);
        }
        self.find_identity(now, out);
        self.cluster.refresh(now, out);
    }

    fn answered<F>(&mut self, now: Now, asked: Asked, response: Response, out: &mut Outputs<F>) {
        match (asked, response) {
            (Asked::Produce { queue, serial }, Response::Produced(answer)) => {
                self.produced(now, queue, serial, answer, out);
            }
            (Asked::Identity, Response::Producer(Some(id))) => {
                self.identity = Some(id);
                self.identify = Turn::Idle;
            }
            // Any other response is unexpected: it is treated as lost.
            (asked, _) => self.doubt(now, asked),
        }
    }

    fn produced<F>(
        &mut self,
        now: Now,
        queue: usize,
        serial: Serial,
        answer: Result<Offset, ProduceError>,
        out: &mut Outputs<F>,
    ) {
        let until = self.cluster.later(now);
        let queue = &mut self.queues[queue];
        let mut tell = teller(queue.topic_partition, &mut self.events, out);
        match answer {
            Ok(base) => queue.stored(serial, base, &mut tell),
            Err(ProduceError::NotStored(refusal)) => {
                queue.refuse(serial, refusal, until, &mut tell);
                if refusal == Refusal::NotLeader {
                    self.cluster.doubt_leaders(now);
                }
            }
            Err(ProduceError::Unknown(_)) => {
                queue.doubt(serial, until);
                self.cluster.doubt_leaders(now);
            }
        }
    }

    /// A broker closed the connection instead of answering. The history tells it, for a broker that goes on owes an answer.
    fn hung_up<F>(&self, asked: Asked, by: NodeId, out: &mut Outputs<F>) {
        let Asked::Produce { queue, serial } = asked else { return };
        let queue = &self.queues[queue];
        let topic_partition = queue.topic_partition;
        for id in queue.ids(serial) {
            out.observe(Observation::HungUp { id, topic_partition, by });
        }
    }

    /// The outcome of a request is not known.
    fn doubt(&mut self, now: Now, asked: Asked) {
        let until = self.cluster.later(now);
        match asked {
            Asked::Produce { queue, serial } => self.queues[queue].doubt(serial, until),
            Asked::Identity => {
                self.identify = Turn::Resting { until };
                self.cluster.next_turn();
            }
        }
    }

    /// Settles what time and answers have decided.
    fn settle<F>(&mut self, queue: usize, now: Now, out: &mut Outputs<F>) {
        let queue = &mut self.queues[queue];
        queue.wake(now);
        let gave_up = {
            let mut tell = teller(queue.topic_partition, &mut self.events, out);
            queue.expire(now, &mut tell);
            queue.give_up_sequence(&mut tell)
        };
        if gave_up {
            out.mark(Mark::BumpProducerEpoch);
            if defect!(SpentIdentityKept: queue.has_session(), !queue.has_session()) {
                // The id has no epochs left.
                self.identity = None;
            }
        }
        if queue.needs_session()
            && let Some(id) = self.identity
        {
            queue.begin(id);
        }
    }

    fn send_due<F: From<Frame>>(&mut self, queue: usize, now: Now, out: &mut Outputs<F>) {
        if !self.queues[queue].has_next() {
            return;
        }
        let Some(link) = self.cluster.leader(now, self.queues[queue].topic_partition, out) else {
            return;
        };
        if !self.config.acks.is_answered() {
            return self.send_unconfirmed(queue, link, out);
        }
        while let Some(at) = self.queues[queue].next() {
            self.send_batch(queue, at, link, now, out);
        }
    }

    fn send_batch<F: From<Frame>>(
        &mut self,
        queue: usize,
        at: usize,
        link: usize,
        now: Now,
        out: &mut Outputs<F>,
    ) {
        let stamp = self.queues[queue].stamp(at);
        let Some((serial, records, again)) = self.queues[queue].sent(at) else {
            return;
        };
        out.mark(if again { Mark::RetrySend } else { Mark::SendBeforeAnswer });
        let request = Request::Produce {
            topic_partition: self.queues[queue].topic_partition,
            acks: self.config.acks,
            stamp,
            records,
        };
        let about = Asked::Produce { queue, serial };
        self.cluster.ask(now, link, request, 0, about, out);
    }

    fn send_unconfirmed<F: From<Frame>>(&mut self, queue: usize, link: usize, out: &mut Outputs<F>) {
        let topic_partition = self.queues[queue].topic_partition;
        while let Some(records) = self.queues[queue].pop_unconfirmed() {
            for id in records.iter().map(|record| record.id) {
                out.observe(Observation::Unconfirmed { id, topic_partition });
                self.events.push_back(ProducerEvent::Acked { id, topic_partition, offset: None });
            }
            let request = Request::Produce { topic_partition, acks: self.config.acks, stamp: None, records };
            self.cluster.tell(link, request, out);
        }
    }

    fn find_identity<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        self.identify.wake(now);
        if self.identify == Turn::Idle && self.queues.iter().any(Queue::needs_session) {
            self.identify = Turn::Due;
        }
        if self.identify == Turn::Due
            && let Some(link) = self.cluster.any(now, out)
        {
            self.cluster.ask(now, link, Request::InitProducer, 0, Asked::Identity, out);
            self.identify = Turn::Asked;
        }
    }

    fn queue_of(&mut self, topic_partition: TopicPartition) -> usize {
        let known = self.queues.iter().position(|q| q.topic_partition == topic_partition);
        known.unwrap_or_else(|| {
            self.queues.push(Queue::new(topic_partition, self.config.discipline()));
            self.queues.len() - 1
        })
    }
}

/// Tells both the history and the embedder how a send ended.
fn teller<F>(
    topic_partition: TopicPartition,
    events: &mut VecDeque<ProducerEvent>,
    out: &mut Outputs<F>,
) -> impl FnMut(MessageId, Ending) {
    move |id, ending| {
        let (phase, offset, event) = match ending {
            Ending::Stored(offset) => {
                let offset = Some(offset);
                let event = ProducerEvent::Acked { id, topic_partition, offset };
                (Phase::Ok, offset, event)
            }
            Ending::Failed(reason) => (Phase::Fail, None, ProducerEvent::Failed { id, reason }),
            Ending::Unknown => (Phase::Info, None, ProducerEvent::Unknown { id }),
        };
        out.observe(Observation::Send { phase, id, topic_partition, offset });
        events.push_back(event);
    }
}
