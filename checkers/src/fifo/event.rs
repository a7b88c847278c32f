//! What happens to a queue, and what may be wrong with it.

use std::fmt;

use super::Number;

/// One event. The history is the list of them, in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An enqueue that did not certainly fail begins.
    EnqueueInvoked(Number),
    /// It succeeded. One with an unknown outcome never returns.
    EnqueueReturned(Number),
    /// A dequeue begins that will return this value.
    DequeueInvoked(Number),
    /// It returned it.
    DequeueReturned(Number),
    /// A dequeue begins that will find the queue empty. Its number is its own.
    EmptyInvoked(Number),
    /// It did.
    EmptyReturned(Number),
    /// A dequeue begins whose outcome nobody knows.
    UnknownInvoked,
}

impl Event {
    /// The value that it is about, if it is about one.
    pub(super) fn value(&self) -> Option<Number> {
        match *self {
            Event::EnqueueInvoked(value)
            | Event::EnqueueReturned(value)
            | Event::DequeueInvoked(value)
            | Event::DequeueReturned(value) => Some(value),
            Event::EmptyInvoked(_) | Event::EmptyReturned(_) | Event::UnknownInvoked => None,
        }
    }
}

/// What was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Dequeued without, or before, being enqueued.
    Fresh,
    /// Dequeued twice.
    Repeat,
    /// Overtaken.
    Order,
    /// Found empty while it was not.
    Witness,
}

impl Rule {
    /// Every rule.
    pub const ALL: &[Rule] = &[Rule::Fresh, Rule::Repeat, Rule::Order, Rule::Witness];

    /// Its name in the literature.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Rule::Fresh => "VFresh",
            Rule::Repeat => "VRepet",
            Rule::Order => "VOrd",
            Rule::Witness => "VWit",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// The value, for [`Rule::Order`] the one that came out too early, for [`Rule::Witness`] the number of the empty dequeue.
    pub value: Number,
    /// The value that was overtaken, for [`Rule::Order`].
    pub overtaken: Option<Number>,
}
