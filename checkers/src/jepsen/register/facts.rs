//! Who wrote and read what: the values that a transaction shows to others, and those that it is shown.

use std::collections::BTreeMap;

use crate::Phase;
use crate::jepsen::transactions::transactions;
use crate::jepsen::{History, Id, Micro, NIL, NOWHERE, Operation, Row, Verb, partners};
use crate::report::Witness;

/// An operation that ended, at one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    pub(super) key: Id,
    pub(super) value: Id,
    pub(super) row: Row,
}

/// All that a history says about registers.
pub(super) struct Facts<'h> {
    pub(super) history: &'h History,
    /// What operations that succeeded read before they wrote it themselves, by register and value.
    pub(super) reads: Vec<Access>,
    /// What operations that may have taken effect wrote last, by register and value.
    pub(super) writes: Vec<Access>,
    /// Every attempt to write, by register and value.
    attempts: Vec<Access>,
}

impl<'h> Facts<'h> {
    /// Gathers them.
    ///
    /// # Errors
    /// Why the history cannot be judged.
    pub(super) fn new(history: &'h History) -> Result<Self, String> {
        let mut facts = Facts { history, reads: Vec::new(), writes: Vec::new(), attempts: Vec::new() };
        facts.gather()?;
        for accesses in [&mut facts.reads, &mut facts.writes, &mut facts.attempts] {
            accesses.sort_unstable();
        }
        facts.unique()?;
        Ok(facts)
    }

    /// Every transaction of a client with its row.
    pub(super) fn transactions(&self) -> impl DoubleEndedIterator<Item = (Row, &'h Operation)> + use<'h> {
        transactions(self.history)
    }

    /// Every read and write of an operation.
    pub(super) fn micros(&self, operation: &Operation) -> impl Iterator<Item = (&'h Micro, Id)> + use<'h> {
        let history = self.history;
        let micros = history.micros(operation).iter().filter(|micro| micro.verb != Verb::Plain);
        micros.map(move |micro| (micro, value(history, micro)))
    }

    /// Who read a value of a register.
    pub(super) fn readers(&self, key: Id, value: Id) -> &[Access] {
        of(&self.reads, key, value)
    }

    /// Who wrote a value to a register for others to see, certainly or perhaps.
    pub(super) fn writers(&self, key: Id, value: Id) -> &[Access] {
        of(&self.writes, key, value)
    }

    /// Whether anybody tried to write a value to a register.
    pub(super) fn attempted(&self, key: Id, value: Id) -> bool {
        !of(&self.attempts, key, value).is_empty()
    }

    /// Operations with unknown outcomes that were seen to have taken effect, for one of their writes was read; in order.
    pub(super) fn seen(&self) -> Vec<Row> {
        let unknown = |write: &&Access| self.history.operation(write.row).phase == Phase::Info;
        let read = |write: &&Access| !self.readers(write.key, write.value).is_empty();
        let mut seen: Vec<Row> =
            self.writes.iter().filter(unknown).filter(read).map(|write| write.row).collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    /// A witness about one register.
    pub(super) fn witness(&self, key: Id, values: &[Id], rows: &[Row], sentence: String) -> Witness {
        let rows = rows.iter().filter(|&&row| row != NOWHERE);
        Witness {
            key: Some(self.history.value(key).clone()),
            values: values.iter().map(|&value| self.history.value(value).clone()).collect(),
            offsets: Vec::new(),
            operations: rows.map(|&row| self.history.operation(row).index).collect(),
            sentence,
        }
    }

    fn gather(&mut self) -> Result<(), String> {
        let partners = partners(self.history);
        for (row, operation) in self.transactions() {
            if let Some(refused) = refused(self.history, operation) {
                return Err(refused);
            }
            let begins = operation.phase == Phase::Invoke || partners[row as usize] == NOWHERE;
            let writes = self.micros(operation).filter(|(micro, _)| micro.verb == Verb::Write);
            if begins {
                self.attempts.extend(writes.map(|(micro, value)| Access { key: micro.key, value, row }));
            }
            self.external(row, operation);
        }
        Ok(())
    }

    /// The first read of each register that is not written before, and the last write.
    fn external(&mut self, row: Row, operation: &Operation) {
        if !matches!(operation.phase, Phase::Ok | Phase::Info) {
            return;
        }
        let mut registers: BTreeMap<Id, (Option<Id>, Option<Id>)> = BTreeMap::new();
        for (micro, value) in self.micros(operation) {
            let known = registers.contains_key(&micro.key);
            let (read, written) = registers.entry(micro.key).or_default();
            match micro.verb {
                Verb::Write => *written = Some(value),
                _ if !known => *read = Some(value),
                _ => {}
            }
        }
        for (key, (read, written)) in registers {
            let access = |value| Access { key, value, row };
            // What an operation with an unknown outcome read is not known.
            self.reads.extend(read.filter(|_| operation.phase == Phase::Ok).map(access));
            self.writes.extend(written.map(access));
        }
    }

    fn unique(&self) -> Result<(), String> {
        let twice = |pair: &&[Access]| (pair[0].key, pair[0].value) == (pair[1].key, pair[1].value);
        let nil = self.attempts.iter().find(|attempt| attempt.value == NIL);
        let (again, what) = match self.attempts.windows(2).find(twice) {
            Some(pair) => (Some(&pair[1]), "a second time: values must be unique"),
            None => (nil, "although that is what registers hold at first"),
        };
        again.map_or(Ok(()), |Access { key, value, row }| {
            let [key, value] = [key, value].map(|id| self.history.value(*id));
            Err(format!("{value} is written to {key} at {} {what}", self.history.operation(*row).index))
        })
    }
}

/// What a read or a write is about; `nil` for a read without a value.
fn value(history: &History, micro: &Micro) -> Id {
    history.elements(micro).first().map_or(NIL, |element| element.value)
}

/// Why an operation is not one of registers.
fn refused(history: &History, operation: &Operation) -> Option<String> {
    let fits = |micro: &Micro| match micro.verb {
        Verb::Write | Verb::Got | Verb::Plain => true,
        Verb::Read => !micro.collection,
        _ => false,
    };
    let refused = history.micros(operation).iter().any(|micro| !fits(micro));
    refused.then(|| {
        format!("operation {} holds something else than :w and :r of single values", operation.index)
    })
}

fn of(accesses: &[Access], key: Id, value: Id) -> &[Access] {
    let from = accesses.partition_point(|access| (access.key, access.value) < (key, value));
    let more = accesses[from..].partition_point(|access| (access.key, access.value) == (key, value));
    &accesses[from..from + more]
}
