//! A large clean history of our own: producers, a broker, a group of consumers, a sink that knows what it has applied.

use checkers::{Disposition, Entry, Event, MessageId, Name, Names, Phase, Scope, TopicPartition};

const PRODUCERS: u32 = 8;
const PARTITIONS: u32 = 4;
/// Records between settlements.
const POLLED: u64 = 10;

struct Making {
    names: Names,
    entries: Vec<Entry>,
}

impl Making {
    fn tell(&mut self, process: Name, event: Event) {
        let time = self.entries.len() as u64 * 7;
        self.entries.push(Entry { time, process, event });
    }
}

/// So many entries, or some more.
pub fn make(operations: usize) -> (Names, Vec<Entry>) {
    let mut making = Making { names: Names::default(), entries: Vec::with_capacity(operations + 1_000) };
    let producers: Vec<Name> =
        (0..PRODUCERS).map(|number| making.names.intern(&format!("producer-{number}"))).collect();
    let consumers: Vec<Name> =
        (0..PARTITIONS).map(|number| making.names.intern(&format!("consumer-{number}"))).collect();
    let [broker, sink, group, auditor] =
        ["broker-1", "ledger", "billing", "auditor"].map(|name| making.names.intern(name));
    let topic = making.names.intern("payments");
    let log = |partition| TopicPartition { topic, partition };
    for (partition, &consumer) in (0..).zip(&consumers) {
        making.tell(consumer, Event::Grant { group, log: log(partition), generation: 1 });
    }
    // 11 entries a message, and a settlement for every tenth; one more in the final read.
    let messages = (operations as f64 / 11.2) as u32;
    let mut ends = vec![0_u64; PARTITIONS as usize];
    let mut stored = Vec::with_capacity(messages as usize);
    for number in 0..messages {
        let (producer, partition) = (number % PRODUCERS, number % PARTITIONS);
        let id = MessageId { producer: producer + 1, number: number / PRODUCERS };
        let (process, consumer, log) =
            (producers[producer as usize], consumers[partition as usize], log(partition));
        let offset = ends[partition as usize];
        ends[partition as usize] += 1;
        stored.push((log, offset, id));
        making.tell(process, Event::Intent { id, key: u64::from(number % 64) });
        making.tell(process, Event::Send { phase: Phase::Invoke, id, log, offset: None, awaits_ack: true });
        making.tell(broker, Event::Append { log, offset, epoch: 1, id });
        making.tell(broker, Event::Watermark { log, offset: offset + 1 });
        making
            .tell(process, Event::Send { phase: Phase::Ok, id, log, offset: Some(offset), awaits_ack: true });
        making.tell(process, Event::Answered { id });
        making.tell(consumer, Event::Poll { group, log, offset, id });
        making.tell(consumer, Event::Effect { phase: Phase::Invoke, sink, id });
        making.tell(sink, Event::Apply { id });
        making.tell(consumer, Event::Effect { phase: Phase::Ok, sink, id });
        if offset % POLLED == POLLED - 1 {
            for phase in [Phase::Invoke, Phase::Ok] {
                making.tell(
                    consumer,
                    Event::Settle {
                        phase,
                        group,
                        log,
                        what: Scope::UpTo(offset + 1),
                        how: Disposition::Done,
                        generation: 1,
                    },
                );
            }
        }
    }
    for (partition, &upto) in (0..).zip(&ends) {
        for phase in [Phase::Invoke, Phase::Ok] {
            making.tell(
                consumers[partition as usize],
                Event::Settle {
                    phase,
                    group,
                    log: log(partition),
                    what: Scope::UpTo(upto),
                    how: Disposition::Done,
                    generation: 1,
                },
            );
        }
    }
    making.tell(auditor, Event::Healed);
    for (log, offset, id) in stored {
        making.tell(auditor, Event::Logged { log, offset, id, stamp: None });
    }
    making.tell(auditor, Event::Audited);
    (making.names, making.entries)
}
