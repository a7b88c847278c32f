//! One line of a plain log, understood.

use super::word::Operation;
use crate::{MessageId, Name, Phase};

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The number of its line, from 1.
    pub(super) line: u64,
    /// When, in nanoseconds since some moment.
    pub(super) time: Option<i64>,
    /// Who.
    pub(super) client: Name,
    /// What.
    pub(super) operation: Operation,
    /// Begun, or how it ended.
    pub(super) phase: Phase,
    /// The message; a dequeue that begins, or found nothing, names none.
    pub(super) message: Option<MessageId>,
    /// With whom the client shares the messages.
    pub(super) group: Option<Name>,
    /// Which queue.
    pub(super) queue: Option<Name>,
    /// What the message must stay in order with.
    pub(super) key: Option<Name>,
    /// Where the effect took place.
    pub(super) sink: Option<Name>,
}
