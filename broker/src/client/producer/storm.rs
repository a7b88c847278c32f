//! An idempotent producer in a network that loses answers, cuts connections and delivers what was cut off much later, against
//! a leader that refuses, and that loses what it has not acknowledged. Whatever happens, no record is stored twice, their
//! order is kept, and what the producer says of them is true.

use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::client::script::{Received, Script, TP, record};
use crate::{NodeId, ProducerStamp};

/// A log whose producer state is derived from it, as a chain of leaders would keep it.
#[derive(Default)]
struct Log {
    entries: Vec<(ProducerStamp, u32)>,
    /// Entries below are held by every replica; those above may be lost with their leader.
    committed: usize,
    /// Requests to be answered when the entry at this place is committed.
    pending: Vec<(usize, Received)>,
}

/// What a leader says at once.
enum Said {
    /// The batch lies here.
    At(usize),
    No(Refusal),
}

impl Log {
    fn append(&mut self, stamp: ProducerStamp, number: u32) -> Said {
        if let Some(at) = self.entries.iter().position(|e| e.0 == stamp) {
            return Said::At(at);
        }
        let (epoch, next) = self.entries.last().map_or((0, 0), |(last, _)| (last.epoch, last.sequence + 1));
        match (stamp.epoch.cmp(&epoch), stamp.sequence) {
            (std::cmp::Ordering::Less, _) => return Said::No(Refusal::StaleProducerEpoch),
            (std::cmp::Ordering::Equal, sequence) if sequence == next => {}
            (std::cmp::Ordering::Greater, 0) => {}
            _ => return Said::No(Refusal::SequenceGap),
        }
        self.entries.push((stamp, number));
        Said::At(self.entries.len() - 1)
    }
}

struct Storm {
    producer: Producer,
    script: Script,
    log: Log,
    /// The leader has too few replicas in sync.
    refusing: bool,
    sent: u32,
}

impl Storm {
    fn new(in_flight: usize, delivery_timeout: Micros) -> Self {
        let config = ProducerConfig { in_flight, delivery_timeout, ..ProducerConfig::new(vec![NodeId(1)]) };
        Storm {
            producer: Producer::new(config, 11),
            script: Script::new(),
            log: Log::default(),
            refusing: false,
            sent: 0,
        }
    }

    fn step(&mut self, kind: u8, choice: u8) {
        match kind {
            0 | 1 => self.send(),
            2..=4 => (0..=choice % 4).for_each(|_| self.arrive()),
            5 => self.refusing = choice < 192,
            6 => self.linger(choice),
            7 | 8 => self.commit(),
            9 if choice < 32 => self.fail_over(),
            10 if choice < 48 => self.script.cut(&mut self.producer, 1),
            _ => self.script.pass(&mut self.producer, Micros::from(choice) * 500),
        }
    }

    fn send(&mut self) {
        self.producer.send(self.script.now, TP, record(self.sent, "k"), &mut self.script.out);
        self.sent += 1;
        self.script.run(&mut self.producer);
    }

    /// The oldest request arrives.
    fn arrive(&mut self) {
        if let Some(asked) = self.script.requests.pop_front() {
            if self.refusing {
                let refusal = ProduceError::NotStored(Refusal::NotEnoughReplicas);
                let answer = Response::Produced(Err(refusal));
                return self.script.answer(&mut self.producer, &asked, answer);
            }
            self.serve(asked);
        }
    }

    /// Of a connection that is long gone, a request arrives. Each connection delivers in order.
    fn linger(&mut self, choice: u8) {
        let lingering = &self.script.lingering;
        if !lingering.is_empty() {
            let conn = lingering[usize::from(choice) % lingering.len()].conn;
            let first = lingering.iter().position(|r| r.conn == conn).unwrap();
            let asked = self.script.lingering.remove(first).unwrap();
            self.serve(asked);
        }
    }

    fn serve(&mut self, asked: Received) {
        let Request::Produce { stamp: Some(stamp), records, .. } = &asked.request else {
            panic!("not expected here: {asked:?}");
        };
        match self.log.append(*stamp, records[0].id.number) {
            Said::At(at) => self.log.pending.push((at, asked)),
            Said::No(refusal) => {
                let answer = Response::Produced(Err(ProduceError::NotStored(refusal)));
                self.script.answer(&mut self.producer, &asked, answer);
            }
        }
    }

    fn commit(&mut self) {
        self.log.committed = self.log.entries.len();
        for (at, asked) in std::mem::take(&mut self.log.pending) {
            let answer = Response::Produced(Ok(at as Offset));
            self.script.answer(&mut self.producer, &asked, answer);
        }
    }

    /// The leader is gone with all that only it had; its connections are cut.
    fn fail_over(&mut self) {
        self.log.entries.truncate(self.log.committed);
        self.log.pending.clear();
        self.script.cut(&mut self.producer, 1);
    }

    /// The network heals: everything arrives and is answered.
    fn heal(&mut self) {
        self.refusing = false;
        for _ in 0..200 {
            self.linger(0);
            while !self.script.requests.is_empty() {
                self.arrive();
            }
            self.commit();
            self.script.pass(&mut self.producer, 20_000);
        }
    }

    fn numbers(&self) -> Vec<u32> {
        self.log.entries.iter().map(|e| e.1).collect()
    }
}

fn storms(len: Range<usize>) -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0u8..13, any::<u8>()), len)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_idempotent_producer_stores_nothing_twice_keeps_the_order_and_says_the_truth(
        in_flight in 1usize..=5, patience in 1u64..10, steps in storms(10..150),
    ) {
        let mut storm = Storm::new(in_flight, patience * 50_000);
        for (kind, choice) in steps {
            storm.step(kind, choice);
        }
        storm.heal();
        let stored = storm.numbers();
        prop_assert!(stored.is_sorted_by(|a, b| a < b), "twice, or out of order: {:?}", stored);
        prop_assert_eq!(storm.producer.queued(), 0);
        for number in 0..storm.sent {
            match storm.script.ends(number).as_slice() {
                [Phase::Ok] => prop_assert!(stored.contains(&number), "{} is lost", number),
                [Phase::Fail] => prop_assert!(!stored.contains(&number), "{} did not fail", number),
                [Phase::Info] => {}
                other => prop_assert!(false, "{} ended {:?}", number, other),
            }
        }
    }
}

/// The test above would prove little if storms were mild.
#[test]
fn storms_reach_every_ending_and_new_epochs() {
    let mut rng = crate::rng::Rng::new(1);
    let (mut bumps, mut retries, mut ends) = (0, 0, [0, 0, 0]);
    for _ in 0..200 {
        let mut storm = Storm::new(5, 150_000);
        for _ in 0..150 {
            let draw = rng.next().to_le_bytes();
            storm.step(draw[0] % 13, draw[1]);
        }
        storm.heal();
        bumps += storm.script.marks(Mark::BumpProducerEpoch);
        retries += storm.script.marks(Mark::RetrySend);
        for number in 0..storm.sent {
            ends[storm.script.ends(number)[0] as usize - 1] += 1;
        }
    }
    assert!(bumps > 20 && retries > 1_000, "{bumps} {retries}");
    assert!(ends.iter().all(|&count| count > 100), "{ends:?}");
}
