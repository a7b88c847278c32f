//! Moments of a log, so fine that one lies before another only where that is certain.
//!
//! Clocks are coarse: what two clients tell of one and the same time came in an order that nobody knows. There every begin is put
//! before every end, so that nothing is said to have ended before another thing began. What a single client tells of one time came
//! in the order of its lines.

use super::order::Order;
use super::step::Step;
use crate::{Name, Phase};

/// A moment: its time, and its place within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(i64, u64);

impl Moment {
    /// Before everything.
    pub(super) const FIRST: Moment = Moment(i64::MIN, 0);
}

/// The moments of all steps.
#[derive(Debug, Default)]
pub(super) struct Moments {
    of: Vec<Moment>,
    /// Whether others tell of the same time as the step.
    shared: Vec<bool>,
}

/// Within a time that several tell of: begins, and then ends.
const BEGINS: u64 = 0;
const ENDS: u64 = 1;

impl Moments {
    /// The moments of steps that are in this order.
    pub(super) fn new(steps: &[Step], order: Order) -> Self {
        let mut moments = Moments::default();
        let numbered: Vec<(i64, &Step)> = (0..)
            .zip(steps)
            .map(|(at, step)| (if order == Order::Times { step.time.unwrap_or(at) } else { at }, step))
            .collect();
        for instant in numbered.chunk_by(|one, other| one.0 == other.0) {
            moments.put(instant);
        }
        moments
    }

    fn put(&mut self, instant: &[(i64, &Step)]) {
        let client: Option<Name> = instant.first().map(|(_, step)| step.client);
        let shared = instant.iter().any(|(_, step)| Some(step.client) != client);
        for (place, (time, step)) in (0..).zip(instant) {
            let place = match (shared, step.phase) {
                (false, _) => 2 * place,
                (true, Phase::Invoke) => BEGINS,
                (true, _) => ENDS,
            };
            self.of.push(Moment(*time, place));
            self.shared.push(shared);
        }
    }

    /// The moment of a step.
    pub(super) fn of(&self, step: usize) -> Moment {
        self.of[step]
    }

    /// The moment behind a step, for what its client began next.
    pub(super) fn after(&self, step: usize) -> Moment {
        let Moment(time, place) = self.of[step];
        if self.shared[step] { Moment(time, BEGINS) } else { Moment(time, place + 1) }
    }
}
