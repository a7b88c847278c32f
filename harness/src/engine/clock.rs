//! The clock of one host: what a node sees of time.

use broker::{Micros, Now};

use crate::chaos::world::ClockChange;

/// Clocks drift by less than this many millionths: timers must stay finite.
const MOST_DRIFT: i64 = 500_000;

const MILLION: i128 = 1_000_000;

/// A clock that may be off, and may run too fast or too slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// When it was changed last, in microseconds of the run.
    since: Micros,
    /// What it showed then.
    mono: Micros,
    /// How much faster it runs, in millionths.
    drift: i64,
    /// How far wall time is ahead of monotonic time, in microseconds.
    offset: i64,
}

impl Clock {
    /// What it shows at this time of the run.
    #[must_use]
    #[inline]
    pub fn at(&self, time: Micros) -> Now {
        if *self == Clock::default() {
            return Now { mono: time, wall: time };
        }
        let mono = self.mono(time);
        Now { mono, wall: mono.saturating_add_signed(self.offset) }
    }

    /// The first time of the run at which it shows this monotonic time; at the earliest when it was changed last.
    #[must_use]
    #[inline]
    pub fn when(&self, mono: Micros) -> Micros {
        if self.drift == 0 {
            return (self.since + mono.saturating_sub(self.mono)).max(self.since);
        }
        let left = i128::from(mono.saturating_sub(self.mono)) * MILLION;
        let rate = MILLION + i128::from(self.drift);
        self.since.saturating_add(Micros::try_from((left + rate - 1) / rate).unwrap_or(Micros::MAX))
    }

    /// Whether a timer for this monotonic time fires at another time than it would if the clock ran right from now on.
    #[must_use]
    #[inline]
    pub fn strays(&self, mono: Micros) -> bool {
        self.drift != 0 && self.when(mono) != Clock { drift: 0, ..*self }.when(mono)
    }

    /// Changes it at this time of the run.
    pub fn change(&mut self, time: Micros, change: ClockChange) {
        (self.mono, self.since) = (self.mono(time), time);
        match change {
            ClockChange::Offset(offset) => self.offset = offset,
            ClockChange::Jump(by) => self.offset = self.offset.saturating_add(by),
            ClockChange::Drift(millionths) => self.drift = millionths.clamp(-MOST_DRIFT, MOST_DRIFT),
        }
    }

    fn mono(&self, time: Micros) -> Micros {
        let passed = i128::from(time.saturating_sub(self.since));
        let shown = passed * (MILLION + i128::from(self.drift)) / MILLION;
        self.mono.saturating_add(Micros::try_from(shown).unwrap_or(Micros::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn change() -> impl Strategy<Value = ClockChange> {
        prop_oneof![
            (-1_000_000..1_000_000_i64).prop_map(ClockChange::Offset),
            (-1_000_000..1_000_000_i64).prop_map(ClockChange::Jump),
            (-400_000..400_000_i64).prop_map(ClockChange::Drift),
        ]
    }

    #[test]
    fn an_offset_and_a_jump_move_the_wall_and_a_drift_moves_both() {
        let mut clock = Clock::default();
        clock.change(1_000, ClockChange::Offset(500));
        clock.change(1_000, ClockChange::Jump(-200));
        assert_eq!(clock.at(2_000), Now { mono: 2_000, wall: 2_300 });
        clock.change(2_000, ClockChange::Drift(100_000));
        assert_eq!(clock.at(3_000), Now { mono: 3_100, wall: 3_400 });
    }

    proptest! {
        #[test]
        fn monotonic_time_never_goes_back_and_a_timer_never_fires_early(
            changes in proptest::collection::vec((0..100_000_u64, change()), 0..8),
            wait in 0..1_000_000_u64,
        ) {
            let (mut clock, mut time) = (Clock::default(), 0);
            for (pause, change) in changes {
                let before = clock.at(time).mono;
                time += pause;
                clock.change(time, change);
                prop_assert!(clock.at(time).mono >= before);
            }
            prop_assert!(clock.drift != 0 || !clock.strays(clock.at(time).mono + wait));
            let due = clock.at(time).mono + wait;
            let fires = clock.when(due);
            prop_assert!(clock.at(fires).mono >= due);
            prop_assert!(fires <= time || clock.at(fires - 1).mono < due);
        }
    }
}
