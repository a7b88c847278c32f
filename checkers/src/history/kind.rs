//! The kinds of events, and sets of them: what a checker wants to be shown.

use super::Event;

/// An [`Event`] without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the event of the same name")]
pub enum EventKind {
    Send,
    Poll,
    Settle,
    Effect,
    Intent,
    Answered,
    Append,
    Watermark,
    Committed,
    Lead,
    Truncate,
    Recover,
    Apply,
    Grant,
    Position,
    Revoke,
    Drop,
    DeadLetter,
    Logged,
    Digest,
    Audited,
    Fault,
    Began,
    Healed,
    Halted,
    HungUp,
    Laggard,
    Replicated,
    Members,
    Registered,
}

impl EventKind {
    /// How many there are.
    pub const COUNT: usize = EventKind::Registered as usize + 1;
}

impl Event {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Event::Send { .. } => EventKind::Send,
            Event::Poll { .. } => EventKind::Poll,
            Event::Settle { .. } => EventKind::Settle,
            Event::Effect { .. } => EventKind::Effect,
            Event::Intent { .. } => EventKind::Intent,
            Event::Answered { .. } => EventKind::Answered,
            Event::Append { .. } => EventKind::Append,
            Event::Watermark { .. } => EventKind::Watermark,
            Event::Committed { .. } => EventKind::Committed,
            Event::Lead { .. } => EventKind::Lead,
            Event::Truncate { .. } => EventKind::Truncate,
            Event::Recover { .. } => EventKind::Recover,
            Event::Apply { .. } => EventKind::Apply,
            Event::Grant { .. } => EventKind::Grant,
            Event::Position { .. } => EventKind::Position,
            Event::Revoke { .. } => EventKind::Revoke,
            Event::Drop { .. } => EventKind::Drop,
            Event::DeadLetter { .. } => EventKind::DeadLetter,
            Event::Logged { .. } => EventKind::Logged,
            Event::Digest { .. } => EventKind::Digest,
            Event::Audited => EventKind::Audited,
            Event::Fault { .. } => EventKind::Fault,
            Event::Began => EventKind::Began,
            Event::Healed => EventKind::Healed,
            Event::Halted { .. } => EventKind::Halted,
            Event::HungUp { .. } => EventKind::HungUp,
            Event::Laggard { .. } => EventKind::Laggard,
            Event::Replicated { .. } => EventKind::Replicated,
            Event::Members { .. } => EventKind::Members,
            Event::Registered { .. } => EventKind::Registered,
        }
    }
}

/// Which events a checker wants to see, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted(u32);

impl Wanted {
    /// None.
    pub const NOTHING: Wanted = Wanted(0);
    /// Every one.
    pub const EVERYTHING: Wanted = Wanted(u32::MAX);

    /// These.
    #[must_use]
    pub const fn only(events: &[EventKind]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < events.len() {
            bits |= 1 << events[at] as u32;
            at += 1;
        }
        Wanted(bits)
    }

    /// Whether the kind with this number is among them.
    pub(crate) const fn has_number(self, kind: usize) -> bool {
        self.0 & (1 << kind) != 0
    }
}
