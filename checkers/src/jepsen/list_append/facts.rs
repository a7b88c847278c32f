//! Who appended what: every appended element a number, and the operations that did.

use crate::Phase;
use crate::jepsen::transactions::transactions;
use crate::jepsen::{History, Id, Micro, NOWHERE, Operation, Row, Verb};
use crate::report::Witness;

/// The number of an element of a list.
pub(super) type Number = u32;

/// One element that somebody appended to one list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub(super) list: Id,
    pub(super) value: Id,
    /// The last operation that ended, may have taken effect, and had appended it.
    pub(super) writer: Row,
    /// The last operation that certainly failed and had tried to append it.
    pub(super) failed: Row,
    /// The last operation that appended more to the list after it.
    pub(super) intermediate: Row,
}

/// A read of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read<'h> {
    pub(super) row: Row,
    pub(super) micro: &'h Micro,
}

/// All that a history says about lists.
pub(super) struct Facts<'h> {
    pub(super) history: &'h History,
    /// Sorted by list and value.
    pub(super) elements: Vec<Element>,
    /// Every read by an operation that ended, in the order of the history.
    pub(super) reads: Vec<Read<'h>>,
}

impl<'h> Facts<'h> {
    /// Gathers them.
    ///
    /// # Errors
    /// Why the history cannot be judged.
    pub(super) fn new(history: &'h History) -> Result<Self, String> {
        let mut facts = Facts { history, elements: Vec::new(), reads: Vec::new() };
        facts.gather()?;
        facts.account();
        Ok(facts)
    }

    /// The number of an element, should anybody have appended it.
    pub(super) fn find(&self, list: Id, value: Id) -> Option<Number> {
        let at = self.elements.binary_search_by_key(&(list, value), |element| (element.list, element.value));
        Number::try_from(at.ok()?).ok()
    }

    pub(super) fn element(&self, number: Number) -> &Element {
        &self.elements[number as usize]
    }

    /// The values of a read, in order; none where the outcome is `nil`.
    pub(super) fn values(&self, micro: &Micro) -> Vec<Id> {
        self.history.elements(micro).iter().map(|element| element.value).collect()
    }

    /// The last value of a read.
    pub(super) fn last(&self, micro: &Micro) -> Option<Id> {
        self.history.elements(micro).last().map(|element| element.value)
    }

    /// Every read by an operation that succeeded.
    pub(super) fn acknowledged_reads(&self) -> impl Iterator<Item = &Read<'h>> {
        self.reads.iter().filter(|read| self.history.operation(read.row).phase == Phase::Ok)
    }

    /// Every read by an operation that may have taken effect.
    pub(super) fn possible_reads(&self) -> impl Iterator<Item = &Read<'h>> {
        self.reads.iter().filter(|read| possible(self.history.operation(read.row)))
    }

    /// Every transaction of a client with its row.
    pub(super) fn transactions(&self) -> impl DoubleEndedIterator<Item = (Row, &'h Operation)> + use<'h> {
        transactions(self.history)
    }

    /// A witness about one list.
    pub(super) fn witness(&self, list: Id, values: &[Id], rows: &[Row], sentence: String) -> Witness {
        let rows = rows.iter().filter(|&&row| row != NOWHERE);
        Witness {
            key: Some(self.history.value(list).clone()),
            values: values.iter().map(|&value| self.history.value(value).clone()).collect(),
            offsets: Vec::new(),
            operations: rows.map(|&row| self.history.operation(row).index).collect(),
            sentence,
        }
    }

    fn gather(&mut self) -> Result<(), String> {
        let mut attempts: Vec<(Id, Id, Row)> = Vec::new();
        let mut all: Vec<(Id, Id)> = Vec::new();
        for (row, operation) in self.transactions() {
            for micro in self.history.micros(operation) {
                let appended = self.last(micro);
                match (micro.verb, appended) {
                    (Verb::Append, Some(value)) => {
                        all.push((micro.key, value));
                        if operation.phase == Phase::Invoke {
                            attempts.push((micro.key, value, row));
                        }
                    }
                    (Verb::Read, _) if operation.phase != Phase::Invoke => {
                        self.reads.push(Read { row, micro })
                    }
                    (Verb::Read | Verb::Plain, _) => {}
                    _ => return Err(self.unexpected(operation)),
                }
            }
        }
        attempts.sort_unstable();
        let twice = attempts.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1));
        if let Some(&[(list, value, _), (_, _, row)]) = twice {
            let (list, value) = (self.history.value(list), self.history.value(value));
            let index = self.history.operation(row).index;
            return Err(format!(
                "{value} is appended to {list} a second time at {index}: elements must be unique"
            ));
        }
        all.sort_unstable();
        all.dedup();
        let blank =
            |(list, value)| Element { list, value, writer: NOWHERE, failed: NOWHERE, intermediate: NOWHERE };
        self.elements = all.into_iter().map(blank).collect();
        Ok(())
    }

    fn unexpected(&self, operation: &Operation) -> String {
        format!("operation {} holds micro-operations other than :r and :append", operation.index)
    }

    fn account(&mut self) {
        for (row, operation) in self.transactions() {
            let micros = self.history.micros(operation);
            for (at, micro) in micros.iter().enumerate().filter(|(_, micro)| micro.verb == Verb::Append) {
                let number = self.last(micro).and_then(|value| self.find(micro.key, value));
                let Some(element) = number.and_then(|number| self.elements.get_mut(number as usize)) else {
                    continue;
                };
                let more = &micros[at + 1..];
                if more.iter().any(|later| later.verb == Verb::Append && later.key == micro.key) {
                    element.intermediate = row;
                }
                match operation.phase {
                    Phase::Ok | Phase::Info => element.writer = row,
                    Phase::Fail => element.failed = row,
                    Phase::Invoke => {}
                }
            }
        }
    }
}

/// Whether an operation ended and may have taken effect.
pub(super) fn possible(operation: &Operation) -> bool {
    matches!(operation.phase, Phase::Ok | Phase::Info)
}
