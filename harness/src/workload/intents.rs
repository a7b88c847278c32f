//! The business facts that a producer is to send. They come from the world outside: a crash of the producer does not undo
//! them, and none comes twice.

use broker::{MessageId, Micros, Record};
use bytes::Bytes;

/// The stream of facts of one producer.
#[derive(Clone, Debug)]
pub struct Intents {
    producer: u32,
    count: u32,
    next: u32,
    /// So many come now, whenever they were to come.
    hurried: u32,
    begin: Micros,
    every: Micros,
    keys: Vec<Bytes>,
    payload: Bytes,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// As the message to send.
    pub record: Record,
    /// The number of its key.
    pub key: u64,
}

impl Intents {
    /// `count` facts of `producer`, the first at `begin` and then one every so many microseconds, dealt over `keys` keys that
    /// no other producer uses, each with a payload of `payload` bytes.
    #[must_use]
    pub fn new(producer: u32, count: u32, begin: Micros, every: Micros, keys: u32, payload: usize) -> Self {
        let keys = (0..keys.max(1)).map(|key| Bytes::from(format!("p{producer}-k{key}"))).collect();
        Intents {
            producer,
            count,
            next: 0,
            hurried: 0,
            begin,
            every,
            keys,
            payload: Bytes::from(vec![b'x'; payload]),
        }
    }

    /// When the next fact comes; `None` when all have come.
    #[must_use]
    pub fn next_at(&self) -> Option<Micros> {
        let at = if self.hurried > 0 { 0 } else { self.begin + Micros::from(self.next) * self.every };
        (self.next < self.count).then_some(at)
    }

    /// So many facts come now that were to come later; those behind them come when they were to come.
    pub fn burst(&mut self, records: u32) {
        self.hurried = self.hurried.saturating_add(records);
    }

    /// So many facts more, and the next so many come now.
    pub fn more(&mut self, records: u32) {
        self.count = self.count.saturating_add(records);
        self.burst(records);
    }

    /// The next fact, when it is time.
    pub fn take(&mut self, now: Micros) -> Option<Intent> {
        self.next_at().filter(|&at| at <= now)?;
        let number = self.next;
        self.next += 1;
        self.hurried = self.hurried.saturating_sub(1);
        let key = number as usize % self.keys.len();
        let id = MessageId { producer: self.producer, number };
        let record = Record { id, key: self.keys[key].clone(), payload: self.payload.clone() };
        Some(Intent { record, key: u64::from(self.producer) << 32 | key as u64 })
    }
}
