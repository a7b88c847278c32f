//! By when the values that stayed must have been taken.

use super::{Event, Life, NEVER, Number};

/// A value that stayed must have been taken before this moment.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub(super) at: u32,
    pub(super) value: Number,
    pub(super) overtaker: Number,
}

/// The deadlines of all values that stayed, the earliest first.
pub(super) fn deadlines(events: &[Event], lives: &[Life]) -> Vec<Deadline> {
    let mut first: Option<(u32, Number)> = None;
    let mut deadlines = Vec::new();
    for event in events.iter().rev() {
        match *event {
            Event::EnqueueInvoked(overtaker) => {
                let returned = lives[overtaker as usize].dequeue_returned;
                if returned != NEVER && first.is_none_or(|(at, _)| returned < at) {
                    first = Some((returned, overtaker));
                }
            }
            Event::EnqueueReturned(value) if !lives[value as usize].removed() => {
                deadlines.extend(first.map(|(at, overtaker)| Deadline { at, value, overtaker }));
            }
            _ => {}
        }
    }
    // Of those with one deadline the one that was enqueued first stands first.
    deadlines.reverse();
    deadlines.sort_by_key(|deadline| deadline.at);
    deadlines
}
