//! Plain logs: what clients of a queue noted down, without offsets and without what a broker saw. JSON lines, or a table with a
//! header; a client, an operation, a message and an outcome each.
//!
//! ```text
//! time,client,operation,id,outcome
//! 1764184181000,web-1,enqueue,order-7,ok
//! 1764184181020,billing-1,dequeue,order-7,ok
//! 1764184181350,billing-1,effect,order-7,ok
//! 1764184181400,billing-1,ack,order-7,ok
//! ```
//!
//! A log is taken to be whole: every enqueue of every client is in it, and the queue was empty when it began. What it cannot show
//! is `unknown`, with what would let it be judged: whether the queue was read until it was empty ([`Promises::drained`]), who
//! shares the messages with whom ([`Field::Group`], [`Promises::one_group`]), whether a dequeue settles what it takes
//! ([`Promises::auto_ack`]).
//!
//! Enqueues and effects mean what sends and effects of a history mean, so they go to the same ledger and the same checkers. A
//! dequeue without an offset is no poll, and an ack of one message is no settlement of all below it: what is judged by these has
//! rules of its own, one file each, in `rules`.

mod act;
mod always;
mod check;
mod clock;
mod columns;
mod date;
mod field;
mod handling;
mod interpreter;
mod lines;
mod looks;
mod manual;
mod mapping;
mod moment;
mod object;
mod order;
mod problem;
mod promises;
mod reader;
mod row;
mod rules;
mod said;
mod separator;
mod source;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod translate;
mod word;

pub use check::{Checked, check};
pub use clock::TimeUnit;
pub use field::{FIELDS, Field, FieldRow};
pub use looks::{Looks, looks};
pub(crate) use manual::manual;
pub use mapping::{Mapped, Mapping, MappingError};
pub use problem::Problem;
pub use promises::Promises;
pub use rules::ANOMALIES;
pub use word::{OPERATIONS, OUTCOMES, Operation, WordRow};
