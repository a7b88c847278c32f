//! What callers' links differ in: how patient they are, and how long they rest after a failure.

use crate::Micros;
use crate::rng::around;

/// How patient a link is, and how long it rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    /// How long a connection may take to open, in microseconds; without it the link waits until it is established or refused.
    pub opening: Option<Micros>,
    /// How long an answer may take beyond what its request allows, in microseconds.
    pub answer: Micros,
    /// How long to rest after a failure.
    pub back_off: BackOff,
}

/// A back-off: always the same rest, or one that doubles, with or without jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BackOff {
    first: Micros,
    doublings: u32,
    jitters: bool,
}

impl BackOff {
    /// The same rest after every failure, in microseconds.
    #[must_use]
    pub const fn fixed(rest: Micros) -> Self {
        BackOff { first: rest, doublings: 0, jitters: false }
    }

    /// The rest doubles with every further failure in a row, at most so many times.
    #[must_use]
    pub const fn doubling(self, most: u32) -> Self {
        BackOff { doublings: most, ..self }
    }

    /// The rest is a fifth shorter or longer, so that links that failed together do not return together.
    #[must_use]
    pub const fn jittered(self) -> Self {
        BackOff { jitters: true, ..self }
    }

    /// How long to rest after so many failures in a row before this one; `draw` is a random number, for the jitter.
    #[must_use]
    pub fn rest(self, failures: u32, draw: u64) -> Micros {
        let rest = self.first << failures.min(self.doublings);
        let rest = if self.jitters { around(rest, draw) } else { rest };
        // At least one microsecond, so that no back-off of 0 turns into a loop within one instant.
        rest.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_rest_stays_and_a_doubling_one_grows_as_often_as_it_may() {
        let fixed = BackOff::fixed(50);
        assert_eq!([0, 1, 9].map(|failures| fixed.rest(failures, 7)), [50, 50, 50]);
        let doubling = fixed.doubling(3);
        assert_eq!([0, 1, 2, 3, 4].map(|failures| doubling.rest(failures, 7)), [50, 100, 200, 400, 400]);
    }

    #[test]
    fn jitter_takes_or_adds_a_fifth_at_the_most() {
        let rests: Vec<Micros> = (0..41).map(|draw| BackOff::fixed(100).jittered().rest(0, draw)).collect();
        assert_eq!((rests.iter().min(), rests.iter().max()), (Some(&80), Some(&120)));
    }

    #[test]
    fn no_rest_is_over_at_once() {
        assert_eq!(BackOff::fixed(0).jittered().rest(0, 7), 1);
    }
}
