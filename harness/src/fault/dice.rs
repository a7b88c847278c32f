//! What a fault draws when a seed makes it: keyed by its step and by what is drawn, so that no draw moves another.

use super::FaultModel;
use crate::cast::{Cast, Part, Target};
use crate::seed::{Purpose, Seed};
use crate::world::Streams;

/// The fields of a step, for the keys of their draws.
#[derive(Clone, Copy)]
pub(crate) enum Field {
    Count,
    Possible,
    Kind,
    AtEvent,
    Time,
    Event,
    Occurrence,
    Target,
    Other,
    Heal,
    Direction,
    Streams,
    Amount,
    Sign,
    Weight,
    Burst,
    Shape,
    Flapping,
}

/// The draws of one step.
pub(crate) struct Draws {
    pub seed: Seed,
    pub step: u64,
}

impl Draws {
    pub fn below(&self, bound: u64, field: Field) -> u64 {
        self.seed.below(bound, Purpose::Fault, [1 + self.step, field as u64])
    }

    pub fn pick<'a, T>(&self, from: &'a [T], field: Field) -> Option<&'a T> {
        from.get(self.below(from.len() as u64, field) as usize)
    }

    /// Small values as often as large ones, in the sense of their logarithm.
    pub fn log_uniform(&self, least: u64, most: u64, field: Field) -> u64 {
        let doublings = u64::from((most / least.max(1)).max(1).ilog2());
        let scale = least << self.below(doublings + 1, field);
        (scale + self.seed.below(scale, Purpose::Fault, [1 + self.step, field as u64, 1])).min(most)
    }
}

/// What a kind of fault draws its own numbers and targets from.
#[derive(Clone, Copy)]
pub struct Dice<'a> {
    pub(crate) draws: &'a Draws,
    pub(crate) model: &'a FaultModel,
    pub(crate) targets: &'a [Target],
    pub(crate) cast: &'a Cast,
    pub(crate) at_event: bool,
}

impl Dice<'_> {
    /// Whom it strikes; at an event in one of three cases whoever the event happens to.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        match self.draws.below(3, Field::Target) {
            0 if self.at_event => Some(Target::Actor),
            _ => self.draws.pick(self.targets, Field::Target).cloned(),
        }
    }

    /// Whom it strikes among those that keep files: a client has no disk that a fault could do anything to.
    #[must_use]
    pub fn keeper(&self) -> Option<Target> {
        let keeps = |target: &&Target| {
            !matches!(target, Target::Producer(_) | Target::Member(_) | Target::Random | Target::Minority)
        };
        let keepers: Vec<Target> = self.targets.iter().filter(keeps).cloned().collect();
        Dice { targets: &keepers, ..*self }.target()
    }

    /// The controller, where there is one: it syncs whatever it decides, while a broker may leave its bytes to the page cache.
    #[must_use]
    pub fn controller(&self) -> Option<Target> {
        self.cast.of(Part::Controller).next().map(|_| Target::Controller)
    }

    /// Somebody else, or by chance the same.
    #[must_use]
    pub fn other(&self) -> Option<Target> {
        self.draws.pick(self.targets, Field::Other).cloned()
    }

    /// The number of a producer, from 1.
    #[must_use]
    pub fn producer(&self) -> Option<usize> {
        let producers = self.cast.of(Part::Producer).count() as u64;
        (producers > 0).then(|| 1 + self.draws.below(producers, Field::Target) as usize)
    }

    /// A consumer group.
    #[must_use]
    pub fn group(&self) -> Option<String> {
        self.draws.pick(&self.cast.groups, Field::Target).cloned()
    }

    /// What becomes of streams, of what the model allows.
    #[must_use]
    pub fn streams(&self) -> Option<Streams> {
        self.draws.pick(&self.model.streams, Field::Streams).copied()
    }

    /// One of these.
    #[must_use]
    pub fn one_of<T: Copy>(&self, of: &[T]) -> Option<T> {
        self.draws.pick(of, Field::Direction).copied()
    }

    /// Which of so many shapes a fault has, from 0.
    #[must_use]
    pub fn shape(&self, shapes: u64) -> u64 {
        self.draws.below(shapes, Field::Shape)
    }

    /// Yes in one of so many cases.
    #[must_use]
    pub fn one_in(&self, cases: u64) -> bool {
        self.draws.below(cases, Field::Flapping) == 0
    }

    /// A number in this range, small ones as often as large ones.
    #[must_use]
    pub fn amount(&self, least: u64, most: u64) -> u64 {
        self.draws.log_uniform(least, most, Field::Amount)
    }

    /// Such a number, or its negative.
    #[must_use]
    pub fn signed(&self, least: u64, most: u64) -> i64 {
        let amount = i64::try_from(self.amount(least, most)).unwrap_or(i64::MAX);
        if self.draws.below(2, Field::Sign) == 0 { amount } else { -amount }
    }
}
