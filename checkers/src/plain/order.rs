//! The order of a log: that of its times where every line tells one, else that of its lines.

use super::said::Said;
use super::step::Step;

/// What the order of the steps is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// Lines tell their times.
    Times,
    /// Each line came after the one above it.
    #[default]
    Lines,
    /// Some lines tell times, and those contradict the order of the lines.
    Nobody,
}

/// Puts the steps into their order.
pub(super) fn arrange(steps: &mut [Step], said: &mut Said) -> Order {
    let timed = steps.iter().filter(|step| step.time.is_some()).count();
    let in_order = steps.iter().filter_map(|step| step.time).is_sorted();
    if timed == steps.len() {
        if !in_order {
            said.note("the lines are not in the order of their times: put into it".to_owned());
            steps.sort_by_key(|step| (step.time, step.line));
        }
        return Order::Times;
    }
    let without = steps.len() - timed;
    said.note(match timed {
        0 => "no line tells a time: the order of the lines is taken for that of time".to_owned(),
        _ => format!("{without} lines tell no time: the order of the lines is taken for that of time"),
    });
    if in_order { Order::Lines } else { Order::Nobody }
}
