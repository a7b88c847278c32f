//! What a settlement says: of which records, and what becomes of them.

use serde::{Deserialize, Serialize};

use super::Offset;

/// Which records of a log are settled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All below this offset: Kafka's commits, and a classic acknowledgement with `multiple`.
    UpTo(Offset),
    /// This one alone, as most queues settle.
    One(Offset),
    /// These alone.
    Many(Box<[Offset]>),
}

/// What becomes of records that are settled: a disposition, in the words of AMQP 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// They are done with.
    Done,
    /// They are handed out again: a negative acknowledgement with requeue.
    Return,
    /// They are put aside for people, or dropped: a negative acknowledgement without requeue.
    Dead,
}

impl Scope {
    /// The records that it names one by one.
    #[must_use]
    pub fn alone(&self) -> &[Offset] {
        match self {
            Scope::UpTo(_) => &[],
            Scope::One(offset) => std::slice::from_ref(offset),
            Scope::Many(offsets) => offsets,
        }
    }
}
