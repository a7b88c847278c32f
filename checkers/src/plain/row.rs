//! One line of a plain log, cut into what its columns hold.

use std::collections::BTreeMap;

/// What stands in one column of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The number of the column.
    pub(super) column: usize,
    /// What stands there; `None` for what is neither text nor number.
    pub(super) text: Option<String>,
    /// Where it stands in the line, in bytes, from 1.
    pub(super) at: usize,
}

/// The names of the columns that were met, and their numbers.
#[derive(Debug, Default)]
pub(super) struct Header {
    names: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Header {
    /// The number of a column; a new one gets the next.
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The name of a column.
    pub(super) fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("?", String::as_str)
    }

    /// All of them, in the order in which they were met.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}
