//! A Jepsen history in columns: one row per operation map, its contents in two arenas.

use super::values::{Id, Values};
use crate::Phase;
use crate::Value;

/// The index of an operation in [`History::operations`].
pub type Row = u32;

/// No row.
pub const NOWHERE: Row = Row::MAX;

/// What an operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// Micro-operations that send.
    Send,
    /// Micro-operations that poll.
    Poll,
    /// Any micro-operations.
    Txn,
    /// The consumer takes these keys.
    Assign,
    /// The consumer asks its group for these keys.
    Subscribe,
    /// Puts a value into a queue.
    Enqueue,
    /// Takes a value out of it.
    Dequeue,
    /// Takes all that is left out of it.
    Drain,
    /// Adds an element to a set, or an amount to a counter.
    Add,
    /// Reads a set or a counter.
    Read,
    /// Makes an id.
    Generate,
    /// Anything else, by the number of its name in [`History::names`].
    Other(Id),
}

impl Function {
    /// Every function that has a meaning here, by its name in files.
    pub const NAMED: &[(&str, Function)] = &[
        ("send", Function::Send),
        ("poll", Function::Poll),
        ("txn", Function::Txn),
        ("assign", Function::Assign),
        ("subscribe", Function::Subscribe),
        ("enqueue", Function::Enqueue),
        ("dequeue", Function::Dequeue),
        ("drain", Function::Drain),
        ("add", Function::Add),
        ("read", Function::Read),
        ("generate", Function::Generate),
    ];
}

/// One operation map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its index, as it stands in the file, else counted.
    pub index: u64,
    /// Nanoseconds of the test; 0 where the file has none.
    pub time: i64,
    /// Who, by number in [`History::names`].
    pub process: Id,
    /// Whether the process is a client: an integer, or none at all.
    pub client: bool,
    /// Begun, or how it ended.
    pub phase: Phase,
    /// What.
    pub function: Function,
    /// Whether its error says that there was nothing to take.
    pub nothing: bool,
    pub(super) micros: (u32, u32),
}

/// What a micro-operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `[:send k v]` or `[:send k [offset v]]`.
    Send,
    /// One key of a `[:poll {..}]`.
    Poll,
    /// `[:append k v]`.
    Append,
    /// `[:r k [..]]`, or `[:r k nil]` where nothing was read.
    Read,
    /// `[:w k v]`.
    Write,
    /// `[:r k v]` of a single value.
    Got,
    /// The value of an operation that has no micro-operations.
    Plain,
    /// One event of a `:rebalance-log`: its elements are keys.
    Rebalanced,
    /// A micro-operation that nobody here knows.
    Unknown,
}

/// One micro-operation on one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Micro {
    /// What.
    pub verb: Verb,
    /// Whether its result is a collection; `nil` and a plain value are none.
    pub collection: bool,
    /// Its place in the operation, from 0.
    pub place: u32,
    /// The key, by number in [`History::values`].
    pub key: Id,
    elements: (u32, u32),
}

/// A value, and its offset where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// The value, by number in [`History::values`].
    pub value: Id,
    /// The offset.
    pub offset: Option<i64>,
}

/// A history.
#[derive(Clone, Debug)]
pub struct History {
    /// Every operation map, in the order of the file.
    pub operations: Vec<Operation>,
    /// Keys and values.
    pub values: Values,
    /// Processes, and names of functions.
    pub names: Values,
    micros: Vec<Micro>,
    elements: Vec<Element>,
}

/// The number of `nil` in [`History::values`].
pub const NIL: Id = 0;

impl Default for History {
    fn default() -> Self {
        let mut values = Values::default();
        values.id(Value::Nil);
        let (operations, names) = (Vec::new(), Values::default());
        History { operations, values, names, micros: Vec::new(), elements: Vec::new() }
    }
}

impl History {
    /// Adds an operation without contents; what is added next is its own.
    pub(super) fn begin(&mut self) {
        let at = end(&self.micros);
        let (phase, function) = (Phase::Info, Function::Txn);
        self.operations.push(Operation {
            index: 0,
            time: 0,
            process: 0,
            client: true,
            phase,
            function,
            nothing: false,
            micros: (at, at),
        });
    }

    /// Adds a micro-operation to the last operation.
    pub(super) fn micro(&mut self, verb: Verb, place: u32, key: Id, collection: bool) {
        let at = end(&self.elements);
        self.micros.push(Micro { verb, collection, place, key, elements: (at, at) });
    }

    /// Adds an element to the last micro-operation.
    pub(super) fn element(&mut self, value: Id, offset: Option<i64>) {
        self.elements.push(Element { value, offset });
        let end = end(&self.elements);
        if let Some(last) = self.micros.last_mut() {
            last.elements.1 = end;
        }
    }

    /// Ends the last operation.
    pub(super) fn close(&mut self) {
        let end = end(&self.micros);
        if let Some(last) = self.operations.last_mut() {
            last.micros.1 = end;
        }
    }

    /// Makes one value of the last operation's collection: whoever puts a collection into something means it as a whole.
    pub(super) fn whole(&mut self) {
        let Some(last) = self.operations.last() else { return };
        let [Micro { verb: Verb::Plain, collection: true, elements, .. }] = *slice(&self.micros, last.micros)
        else {
            return;
        };
        let its = slice(&self.elements, elements).iter();
        let texts: Vec<String> = its.map(|element| self.values.value(element.value).to_string()).collect();
        let value = self.values.id(Value::Other(format!("[{}]", texts.join(" "))));
        self.elements.truncate(elements.0 as usize);
        self.elements.push(Element { value, offset: None });
        if let Some(micro) = self.micros.last_mut() {
            (micro.collection, micro.elements.1) = (false, end(&self.elements));
        }
    }

    /// Every operation with its row.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = (Row, &Operation)> {
        let rows = self.operations.iter().enumerate();
        rows.map(|(row, operation)| (Row::try_from(row).unwrap_or(NOWHERE), operation))
    }

    /// Every operation of a client with its row.
    pub fn clients(&self) -> impl DoubleEndedIterator<Item = (Row, &Operation)> {
        self.rows().filter(|(_, operation)| operation.client)
    }

    /// The name of a function, as it stands in files.
    #[must_use]
    pub fn function(&self, function: Function) -> Value {
        let named = Function::NAMED.iter().find(|(_, named)| *named == function);
        match (named, function) {
            (_, Function::Other(name)) => self.names.value(name).clone(),
            (Some((name, _)), _) => Value::Keyword((*name).to_owned()),
            (None, _) => Value::Nil,
        }
    }

    /// One operation.
    #[must_use]
    pub fn operation(&self, row: Row) -> &Operation {
        &self.operations[row as usize]
    }

    /// What an operation consists of.
    #[must_use]
    pub fn micros(&self, operation: &Operation) -> &[Micro] {
        slice(&self.micros, operation.micros)
    }

    /// What a micro-operation carries.
    #[must_use]
    pub fn elements(&self, micro: &Micro) -> &[Element] {
        slice(&self.elements, micro.elements)
    }

    /// The values of an operation without micro-operations.
    pub fn plain(&self, operation: &Operation) -> impl Iterator<Item = Id> {
        let plain = self.micros(operation).iter().filter(|micro| micro.verb == Verb::Plain);
        plain.flat_map(|micro| self.elements(micro)).map(|element| element.value)
    }

    /// The one value of an operation without micro-operations; [`NIL`] where it is missing.
    #[must_use]
    pub fn single(&self, operation: &Operation) -> Id {
        self.plain(operation).next().unwrap_or(NIL)
    }

    /// Whether an operation has a value at all.
    #[must_use]
    pub fn has_value(&self, operation: &Operation) -> bool {
        !self.micros(operation).is_empty()
    }

    /// Whether an operation's value is a collection.
    #[must_use]
    pub fn is_collection(&self, operation: &Operation) -> bool {
        self.micros(operation).first().is_some_and(|micro| micro.collection)
    }

    /// The value behind a number.
    #[must_use]
    pub fn value(&self, id: Id) -> &Value {
        self.values.value(id)
    }
}

/// For every row the other half of its operation, or [`NOWHERE`]: an invocation is completed by the next operation of its process.
#[must_use]
pub fn partners(history: &History) -> Vec<Row> {
    let mut partners = vec![NOWHERE; history.operations.len()];
    let mut open = vec![NOWHERE; history.names.len()];
    for (row, operation) in history.clients() {
        let waiting = std::mem::replace(&mut open[operation.process as usize], NOWHERE);
        if operation.phase == Phase::Invoke {
            open[operation.process as usize] = row;
        } else if waiting != NOWHERE {
            partners[row as usize] = waiting;
            partners[waiting as usize] = row;
        }
    }
    partners
}

fn end<T>(all: &[T]) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

fn slice<T>(all: &[T], (from, to): (u32, u32)) -> &[T] {
    all.get(from as usize..to as usize).unwrap_or_default()
}
