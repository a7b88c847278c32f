//! What the nemesis did. Nobody can tell from a history alone whether a fault was needed for what went wrong, so it is only said to
//! be near; nor can anybody tell from `:start` whether something began to fail or was mended, so it is told by its own name.

use super::{History, NOWHERE, Row, Value};
use crate::report::Witness;

/// The operations of the nemesis, in order.
pub(super) struct Faults<'h> {
    history: &'h History,
    rows: Vec<Row>,
}

impl<'h> Faults<'h> {
    pub(super) fn of(history: &'h History) -> Self {
        let is_nemesis = |process: &Value| match process {
            Value::Keyword(name) | Value::Text(name) => name == "nemesis",
            _ => false,
        };
        let nemesis =
            history.rows().filter(|(_, operation)| is_nemesis(history.names.value(operation.process)));
        Faults { history, rows: nemesis.map(|(row, _)| row).collect() }
    }

    /// The same witness with what the nemesis did first after this row, or else last before it.
    pub(super) fn near(&self, row: Row, mut witness: Witness) -> Witness {
        let after = self.rows.partition_point(|&nemesis| nemesis < row);
        let Some(&nearest) = self.rows.get(after).or(self.rows[..after].last()).filter(|_| row != NOWHERE)
        else {
            return witness;
        };
        let operation = self.history.operation(nearest);
        let what = self.history.function(operation.function);
        witness.sentence.push_str(&format!("; near it the nemesis did {what}, at {}", operation.index));
        witness.operations.push(operation.index);
        witness.operations.sort_unstable();
        witness
    }
}
