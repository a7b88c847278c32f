//! A large clean history of our own: producers, a broker, a group of consumers, a sink that knows what it has applied.

use checkers::{Disposition, Entry, Event, MessageId, Name, Names, Offset, Phase, Scope, TopicPartition};

const PRODUCERS: u32 = 8;
const PARTITIONS: u32 = 4;
/// Records between settlements.
const POLLED: u64 = 10;

struct Making {
    names: Names,
    entries: Vec<Entry>,
    producers: Vec<Name>,
    consumers: Vec<Name>,
    broker: Name,
    sink: Name,
    group: Name,
    auditor: Name,
    topic: Name,
    /// The end of each log.
    ends: Vec<Offset>,
    stored: Vec<(TopicPartition, Offset, MessageId)>,
}

impl Making {
    fn new(entries: usize) -> Self {
        let mut names = Names::default();
        let mut all = |kind: &str, count: u32| -> Vec<Name> {
            (0..count).map(|number| names.intern(&format!("{kind}-{number}"))).collect()
        };
        let (producers, consumers) = (all("producer", PRODUCERS), all("consumer", PARTITIONS));
        let [broker, sink, group, auditor, topic] =
            ["broker-1", "ledger", "billing", "auditor", "payments"].map(|name| names.intern(name));
        let (entries, stored) = (Vec::with_capacity(entries), Vec::new());
        let ends = vec![0; PARTITIONS as usize];
        Making { names, entries, producers, consumers, broker, sink, group, auditor, topic, ends, stored }
    }

    fn log(&self, partition: u32) -> TopicPartition {
        TopicPartition { topic: self.topic, partition }
    }

    fn tell(&mut self, process: Name, event: Event) {
        let time = self.entries.len() as u64 * 7;
        self.entries.push(Entry { time, process, event });
    }
    fn granted(&mut self) {
        for partition in 0..PARTITIONS {
            let (group, log) = (self.group, self.log(partition));
            self.tell(self.consumers[partition as usize], Event::Grant { group, log, generation: 1 });
        }
    }

    /// One message, from its intent to its effect.
    fn delivered(&mut self, number: u32) {
        let (producer, partition) = (number % PRODUCERS, number % PARTITIONS);
        let id = MessageId { producer: producer + 1, number: number / PRODUCERS };
        let (group, sink, broker, log) = (self.group, self.sink, self.broker, self.log(partition));
        let (process, consumer) = (self.producers[producer as usize], self.consumers[partition as usize]);
        let offset = self.ends[partition as usize];
        self.ends[partition as usize] += 1;
        self.stored.push((log, offset, id));
        let send = |phase, offset| Event::Send { phase, id, log, offset, awaits_ack: true };
        self.tell(process, Event::Intent { id, key: u64::from(number % 64) });
        self.tell(process, send(Phase::Invoke, None));
        self.tell(broker, Event::Append { log, offset, epoch: 1, id });
        self.tell(broker, Event::Watermark { log, offset: offset + 1 });
        self.tell(process, send(Phase::Ok, Some(offset)));
        self.tell(process, Event::Answered { id });
        self.tell(consumer, Event::Poll { group, log, offset, id });
        self.tell(consumer, Event::Effect { phase: Phase::Invoke, sink, id });
        self.tell(sink, Event::Apply { id });
        self.tell(consumer, Event::Effect { phase: Phase::Ok, sink, id });
        if offset % POLLED == POLLED - 1 {
            self.settled(partition);
        }
    }

    /// All that a log has so far.
    fn settled(&mut self, partition: u32) {
        let (group, log) = (self.group, self.log(partition));
        let (what, how) = (Scope::UpTo(self.ends[partition as usize]), Disposition::Done);
        for phase in [Phase::Invoke, Phase::Ok] {
            let settle = Event::Settle { phase, group, log, what: what.clone(), how, generation: 1 };
            self.tell(self.consumers[partition as usize], settle);
        }
    }

    fn audited(&mut self) {
        self.tell(self.auditor, Event::Healed);
        for (log, offset, id) in std::mem::take(&mut self.stored) {
            self.tell(self.auditor, Event::Logged { log, offset, id, stamp: None });
        }
        self.tell(self.auditor, Event::Audited);
    }
}

/// So many entries, or some more.
pub fn make(operations: usize) -> (Names, Vec<Entry>) {
    let mut making = Making::new(operations + 1_000);
    making.granted();
    // 11 entries a message, and a settlement for every tenth; one more in the final read.
    let messages = (operations as f64 / 11.2) as u32;
    (0..messages).for_each(|number| making.delivered(number));
    (0..PARTITIONS).for_each(|partition| making.settled(partition));
    making.audited();
    (making.names, making.entries)
}
