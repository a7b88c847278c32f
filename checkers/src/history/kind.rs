//! Sets of kinds of events: what a checker wants to be shown.

use super::EventKind;

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
