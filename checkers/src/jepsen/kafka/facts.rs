//! Who sent and who polled what: the micro-operations in columns, every message a number.

use crate::Phase;
use crate::jepsen::{Function, History, Id, NOWHERE, Operation, Row, Value, Verb};
use crate::report::Witness;

/// The number of a key.
pub(super) type Key = u32;

/// The number of a message: of a value of a key.
pub(super) type Number = u32;

const NO_KEY: Key = Key::MAX;

/// One message: a value of a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) key: Key,
    pub(super) value: Id,
    /// The last operation that ended and had sent it.
    pub(super) writer: Row,
    /// Whether anybody began to send it.
    pub(super) attempted: bool,
    /// Whether a send of it failed for certain, and whether one succeeded.
    pub(super) failed: bool,
    pub(super) acknowledged: bool,
    /// Whether any operation polled it, and whether one that succeeded did.
    pub(super) polled: bool,
    pub(super) polled_ok: bool,
    /// The first operation that succeeded and polled it.
    pub(super) reader: Row,
}

impl Pair {
    pub(super) fn has_writer(&self) -> bool {
        self.writer != NOWHERE
    }
}

/// One message in one micro-operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fact {
    pub(super) row: Row,
    pub(super) key: Key,
    pub(super) pair: Number,
    pub(super) offset: Option<i64>,
}

/// All that a history says about messages.
pub(super) struct Facts<'h> {
    history: &'h History,
    /// By key: its value.
    pub(super) keys: Vec<Id>,
    /// Sorted by key and value.
    pub(super) pairs: Vec<Pair>,
    /// What operations that ended had sent, in the order of the history.
    pub(super) sends: Vec<Fact>,
    /// What operations polled, in the order of the history.
    pub(super) polls: Vec<Fact>,
    /// By value: the key it is.
    numbers: Vec<Key>,
    /// By row: where its sends and polls begin.
    sends_of: Vec<u32>,
    polls_of: Vec<u32>,
}

impl<'h> Facts<'h> {
    pub(super) fn new(history: &'h History) -> Self {
        let (keys, numbers) = keys(history);
        let mut facts = Facts {
            history,
            keys,
            numbers,
            pairs: Vec::new(),
            sends: Vec::new(),
            polls: Vec::new(),
            sends_of: Vec::new(),
            polls_of: Vec::new(),
        };
        let attempts = facts.gather();
        facts.number(&attempts);
        facts.account();
        facts
    }

    /// What an operation sent.
    pub(super) fn sent_by(&self, row: Row) -> &[Fact] {
        slice(&self.sends, &self.sends_of, row)
    }

    /// What an operation polled.
    pub(super) fn polled_by(&self, row: Row) -> &[Fact] {
        slice(&self.polls, &self.polls_of, row)
    }

    pub(super) fn pair(&self, number: Number) -> &Pair {
        &self.pairs[number as usize]
    }

    /// The number of a message.
    pub(super) fn number_of(&self, key: Key, value: Id) -> Option<Number> {
        let at = self.pairs.binary_search_by_key(&(key, value), |pair| (pair.key, pair.value)).ok()?;
        Number::try_from(at).ok()
    }

    /// Every message with its number.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (Number, &Pair)> {
        (0..).zip(&self.pairs)
    }

    /// The key that a value is, should it be one.
    pub(super) fn key_of(&self, value: Id) -> Option<Key> {
        self.numbers.get(value as usize).copied().filter(|&key| key != NO_KEY)
    }

    pub(super) fn key_value(&self, key: Key) -> &Value {
        self.history.value(self.keys[key as usize])
    }

    /// The key and the value of a message.
    pub(super) fn shown(&self, pair: &Pair) -> (&Value, &Value) {
        (self.key_value(pair.key), self.history.value(pair.value))
    }

    /// A witness over messages of one key and some operations.
    pub(super) fn witness(
        &self,
        key: Key,
        pairs: impl IntoIterator<Item = Number>,
        offsets: Vec<i64>,
        rows: impl IntoIterator<Item = Row>,
        sentence: String,
    ) -> Witness {
        let values = pairs.into_iter().map(|pair| self.history.value(self.pair(pair).value).clone());
        let rows = rows.into_iter().filter(|&row| row != NOWHERE);
        Witness {
            key: Some(self.key_value(key).clone()),
            values: values.collect(),
            offsets,
            operations: rows.map(|row| self.history.operation(row).index).collect(),
            sentence,
        }
    }

    /// Whether an operation certainly took effect: it says so, or it does not know and something it sent was polled.
    pub(super) fn committed(&self, row: Row) -> bool {
        match self.history.operation(row).phase {
            Phase::Ok => true,
            Phase::Info => self.sent_by(row).iter().any(|sent| self.pair(sent.pair).polled_ok),
            Phase::Invoke | Phase::Fail => false,
        }
    }

    /// Fills the columns; a message's number is its value for now. Hands back what was attempted.
    fn gather(&mut self) -> Vec<(Key, Id)> {
        let mut attempts = Vec::new();
        for (row, operation) in self.history.rows() {
            self.sends_of.push(length(&self.sends));
            self.polls_of.push(length(&self.polls));
            if !operation.client {
                continue;
            }
            for micro in self.history.micros(operation) {
                let sends = micro.verb == Verb::Send && sends(operation);
                let polls = micro.verb == Verb::Poll && polls(operation);
                if !sends && !polls {
                    continue;
                }
                let key = self.numbers[micro.key as usize];
                for element in self.history.elements(micro) {
                    let fact = Fact { row, key, pair: element.value, offset: element.offset };
                    match (sends, operation.phase) {
                        (false, _) => self.polls.push(fact),
                        (true, Phase::Invoke) => attempts.push((key, element.value)),
                        (true, _) => self.sends.push(fact),
                    }
                }
            }
        }
        self.sends_of.push(length(&self.sends));
        self.polls_of.push(length(&self.polls));
        attempts
    }

    /// Numbers the messages.
    fn number(&mut self, attempts: &[(Key, Id)]) {
        let facts = self.sends.iter().chain(&self.polls).map(|fact| (fact.key, fact.pair));
        let mut all: Vec<(Key, Id)> = facts.chain(attempts.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let find = |key, value| Number::try_from(all.binary_search(&(key, value)).unwrap_or(0)).unwrap_or(0);
        for fact in self.sends.iter_mut().chain(&mut self.polls) {
            fact.pair = find(fact.key, fact.pair);
        }
        self.pairs = all.iter().map(|&(key, value)| blank(key, value)).collect();
        for &(key, value) in attempts {
            self.pairs[find(key, value) as usize].attempted = true;
        }
    }

    /// Notes what became of every message.
    fn account(&mut self) {
        for sent in &self.sends {
            let pair = &mut self.pairs[sent.pair as usize];
            let phase = self.history.operation(sent.row).phase;
            pair.writer = sent.row;
            pair.attempted = true;
            pair.failed |= phase == Phase::Fail;
            pair.acknowledged |= phase == Phase::Ok;
        }
        for polled in &self.polls {
            let pair = &mut self.pairs[polled.pair as usize];
            pair.polled = true;
            if self.history.operation(polled.row).phase == Phase::Ok && !pair.polled_ok {
                pair.polled_ok = true;
                pair.reader = polled.row;
            }
        }
    }
}

fn blank(key: Key, value: Id) -> Pair {
    Pair {
        key,
        value,
        writer: NOWHERE,
        attempted: false,
        failed: false,
        acknowledged: false,
        polled: false,
        polled_ok: false,
        reader: NOWHERE,
    }
}

/// Whether the sends of an operation count.
pub(super) fn sends(operation: &Operation) -> bool {
    matches!(operation.function, Function::Send | Function::Txn)
}

/// Whether the polls of an operation count.
pub(super) fn polls(operation: &Operation) -> bool {
    matches!(operation.function, Function::Poll | Function::Txn)
}

/// Numbers the keys in the order in which they are first met.
fn keys(history: &History) -> (Vec<Id>, Vec<Key>) {
    let (mut keys, mut numbers) = (Vec::new(), vec![NO_KEY; history.values.len()]);
    for (_, operation) in history.clients() {
        for micro in history.micros(operation) {
            let number = &mut numbers[micro.key as usize];
            if matches!(micro.verb, Verb::Send | Verb::Poll) && *number == NO_KEY {
                *number = length(&keys);
                keys.push(micro.key);
            }
        }
    }
    (keys, numbers)
}

fn length<T>(all: &[T]) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

fn slice<'a>(facts: &'a [Fact], begins: &[u32], row: Row) -> &'a [Fact] {
    &facts[begins[row as usize] as usize..begins[row as usize + 1] as usize]
}
