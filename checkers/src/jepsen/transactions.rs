//! Which operations are transactions.

use super::{Function, History, Operation, Row, Verb};

/// Every transaction of a client with its row: what is called so, and what holds micro-operations of transactions whatever it is
/// called. Elle looks at nothing else.
pub(super) fn transactions(history: &History) -> impl DoubleEndedIterator<Item = (Row, &Operation)> {
    history.clients().filter(|(_, operation)| {
        let of_transactions = |verb| matches!(verb, Verb::Append | Verb::Read | Verb::Got | Verb::Write);
        let micros = history.micros(operation);
        operation.function == Function::Txn || micros.iter().any(|micro| of_transactions(micro.verb))
    })
}
