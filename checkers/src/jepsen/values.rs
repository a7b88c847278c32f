//! Keys, values, processes and the like of a Jepsen history, as numbers.

use std::collections::BTreeMap;

use crate::Value;

/// A value's number in [`Values`].
pub type Id = u32;

const EMPTY: Id = Id::MAX;

/// Small integers are looked up in an array, as long as that has at most so many places for each value there is.
const SPARSE: usize = 8;
const ALWAYS_DENSE: usize = 1 << 16;

/// Numbers values in the order in which they were first met.
#[derive(Clone, Debug, Default)]
pub struct Values {
    values: Vec<Value>,
    dense: Vec<Id>,
    others: BTreeMap<Value, Id>,
}

impl Values {
    /// The number of a value.
    pub fn id(&mut self, value: Value) -> Id {
        if let Value::Int(int) = value {
            return self.integer(int);
        }
        let next = self.next();
        let id = *self.others.entry(value.clone()).or_insert(next);
        if id == next {
            self.values.push(value);
        }
        id
    }

    /// The number of a value, if it was met.
    #[must_use]
    pub fn find(&self, value: &Value) -> Option<Id> {
        if let Value::Int(int) = value
            && let Some(&id) = usize::try_from(*int).ok().and_then(|at| self.dense.get(at))
            && id != EMPTY
        {
            return Some(id);
        }
        self.others.get(value).copied()
    }

    /// The value behind a number; `nil` for a number that was never given.
    #[must_use]
    pub fn value(&self, id: Id) -> &Value {
        self.values.get(id as usize).unwrap_or(&Value::Nil)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn integer(&mut self, int: i64) -> Id {
        let value = Value::Int(int);
        if let Some(id) = self.find(&value) {
            return id;
        }
        let id = self.next();
        let limit = ALWAYS_DENSE + SPARSE * self.values.len();
        self.values.push(value.clone());
        match usize::try_from(int) {
            Ok(at) if at < limit => {
                if at >= self.dense.len() {
                    self.dense.resize(at + 1, EMPTY);
                }
                self.dense[at] = id;
            }
            _ => {
                self.others.insert(value, id);
            }
        }
        id
    }

    fn next(&self) -> Id {
        Id::try_from(self.values.len()).unwrap_or(EMPTY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_keeps_its_number_whether_small_large_or_no_integer() {
        let texts =
            [Value::Nil, Value::Bool(true), Value::Keyword("x".to_owned()), Value::Text("x".to_owned())];
        let integers = [0, 7, -1, i64::MAX, i64::MIN, 65_536, 1 << 40].map(Value::Int);
        let all: Vec<Value> = texts.into_iter().chain(integers).collect();
        let mut values = Values::default();
        for _ in 0..2 {
            let ids: Vec<Id> = all.iter().map(|value| values.id(value.clone())).collect();
            assert_eq!(ids, (0..11).collect::<Vec<_>>());
        }
        assert!(
            all.iter()
                .zip(0..)
                .all(|(value, id)| values.value(id) == value && values.find(value) == Some(id))
        );
        assert_eq!(values.find(&Value::Int(8)), None);
        assert!(values.dense.len() <= ALWAYS_DENSE + 8 * SPARSE);
    }
}
