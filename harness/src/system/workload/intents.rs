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
    at_once: u32,
    keys: Vec<Bytes>,
    hot_key_percent: u32,
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
            at_once: 1,
            keys,
            hot_key_percent: 0,
            payload: Bytes::from(vec![b'x'; payload]),
        }
    }

    /// So many facts come at once, when the first of them is due; none is 1.
    #[must_use]
    pub fn at_once(self, facts: u32) -> Self {
        Intents { at_once: facts.max(1), ..self }
    }

    /// Of a hundred facts so many are of the first key, whosever turn it is.
    #[must_use]
    pub fn hot_key(self, percent: u32) -> Self {
        Intents { hot_key_percent: percent, ..self }
    }

    /// When the next fact comes; `None` when all have come.
    #[must_use]
    pub fn next_at(&self) -> Option<Micros> {
        let first = self.next - self.next % self.at_once;
        let at = if self.hurried > 0 { 0 } else { self.begin + Micros::from(first) * self.every };
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
        let key = self.key_of(number);
        let id = MessageId { producer: self.producer, number };
        let record = Record { id, key: self.keys[key].clone(), payload: self.payload.clone() };
        Some(Intent { record, key: u64::from(self.producer) << 32 | key as u64 })
    }

    /// 37 and 100 have no divisor in common: of a hundred facts in a row each has another remainder, and the hot ones lie scattered.
    fn key_of(&self, number: u32) -> usize {
        let hot = u64::from(number) * 37 % 100 < u64::from(self.hot_key_percent);
        if hot { 0 } else { number as usize % self.keys.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the facts come, and the number of the key of each.
    fn all(mut intents: Intents) -> Vec<(Micros, u64)> {
        let next = |intents: &mut Intents| {
            let at = intents.next_at()?;
            Some((at, intents.take(at)?.key & u64::from(u32::MAX)))
        };
        std::iter::from_fn(|| next(&mut intents)).collect()
    }

    #[test]
    fn facts_that_come_at_once_take_no_less_time_altogether() {
        let times = |at_once| -> Vec<Micros> {
            let facts = all(Intents::new(1, 5, 100, 10, 1, 0).at_once(at_once));
            facts.into_iter().map(|(at, _)| at).collect()
        };
        assert_eq!(times(1), [100, 110, 120, 130, 140]);
        assert_eq!(times(2), [100, 100, 120, 120, 140]);
        assert_eq!(times(100), [100; 5]);
    }

    #[test]
    fn a_hot_key_has_its_share_and_the_others_the_rest_in_turn() {
        let of_first = |percent| {
            let facts = all(Intents::new(1, 1_000, 0, 1, 10, 0).hot_key(percent));
            facts.into_iter().filter(|(_, key)| *key == 0).count()
        };
        assert_eq!(of_first(0), 100);
        assert_eq!(of_first(100), 1_000);
        assert!((500..600).contains(&of_first(50)), "{}", of_first(50));
    }
}
