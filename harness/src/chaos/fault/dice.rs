//! What a fault draws when a seed makes it: keyed by its step and by what is drawn, so that no draw moves another.

use super::FaultModel;
use crate::chaos::cast::{Cast, Part, Target};
use crate::chaos::world::Streams;
use crate::seed::rendezvous::Candidates;
use crate::seed::{Purpose, Seed, Stream};

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
    Rather,
    Way,
    Follows,
    After,
    Log,
    Lasts,
    Link,
    Order,
    Aim,
}

/// The draws of one step.
pub(crate) struct Draws {
    pub seed: Seed,
    pub step: u64,
}

impl Draws {
    /// The draw for a field, told apart further by a name or a number.
    pub fn stream(&self, field: Field) -> Stream {
        self.seed.stream(Purpose::Fault, [1 + self.step, field as u64])
    }

    pub fn below(&self, bound: u64, field: Field) -> u64 {
        self.seed.below(bound, Purpose::Fault, [1 + self.step, field as u64])
    }

    pub fn pick<'a, T>(&self, from: &'a [T], field: Field) -> Option<&'a T> {
        from.get(self.below(from.len() as u64, field) as usize)
    }

    /// Small values as often as large ones, in the sense of their logarithm.
    pub fn log_uniform(&self, least: u64, most: u64, field: Field) -> u64 {
        self.stream(field).log_uniform(least, most)
    }
}

/// The roles that faults are aimed at.
#[derive(Debug)]
pub(crate) struct Roster {
    /// Every role of the cast that one node plays.
    pub all: Candidates<Target>,
    /// The same, and those that several play at once.
    pub at_once: Candidates<Target>,
    /// Those that brokers play.
    pub brokers: Candidates<Target>,
    /// Those of hosts that keep files.
    pub keepers: Candidates<Target>,
}

/// What a kind of fault draws its own numbers and targets from.
#[derive(Clone, Copy)]
pub struct Dice<'a> {
    pub(crate) draws: &'a Draws,
    pub(crate) model: &'a FaultModel,
    pub(crate) roster: &'a Roster,
    pub(crate) cast: &'a Cast,
    /// Whom it strikes rather than anybody else, and in how many of six cases.
    pub(crate) rather: Option<(&'a Target, u64)>,
}

impl Dice<'_> {
    /// Whom it strikes.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        self.one_of_roles(&self.roster.all)
    }

    /// Whom it strikes, where it strikes all at once who play a role.
    #[must_use]
    pub fn target_at_once(&self) -> Option<Target> {
        self.one_of_roles(&self.roster.at_once)
    }

    /// Whom it strikes among those that keep files: a client has no disk that a fault could do anything to.
    #[must_use]
    pub fn keeper(&self) -> Option<Target> {
        self.one_of_roles(&self.roster.keepers)
    }

    fn one_of_roles(&self, roles: &Candidates<Target>) -> Option<Target> {
        match self.rather {
            Some((target, cases)) if self.draws.below(6, Field::Rather) < cases => Some(target.clone()),
            _ => roles.draw(self.draws.stream(Field::Target)).cloned(),
        }
    }

    /// The controller, where there is one: it syncs whatever it decides, while a broker may leave its bytes to the page cache.
    #[must_use]
    pub fn controller(&self) -> Option<Target> {
        self.cast.of(Part::Controller).next().map(|_| Target::Controller)
    }

    /// Another role; by chance the same node plays it.
    #[must_use]
    pub fn other(&self) -> Option<Target> {
        let one = self.target()?;
        self.roster.all.draw_of(self.draws.stream(Field::Other), |other| *other != one).cloned()
    }

    /// Two roles of brokers.
    #[must_use]
    pub fn brokers(&self) -> Option<(Target, Target)> {
        let one = self.roster.brokers.draw(self.draws.stream(Field::Target))?;
        let other = self.roster.brokers.draw_of(self.draws.stream(Field::Other), |other| other != one)?;
        Some((one.clone(), other.clone()))
    }

    /// How many brokers there are.
    #[must_use]
    pub fn broker_count(&self) -> usize {
        self.cast.of(Part::Broker).count()
    }

    /// The number of a producer, from 1.
    #[must_use]
    pub fn producer(&self) -> Option<usize> {
        let producers = self.cast.of(Part::Producer).zip(1..);
        let named = Candidates::new(producers.map(|(player, number)| (player.name.as_str(), 1, number)));
        named.draw(self.draws.stream(Field::Target)).copied()
    }

    /// A consumer group.
    #[must_use]
    pub fn group(&self) -> Option<String> {
        let named = Candidates::new(self.cast.groups.iter().map(|group| (group.as_str(), 1, group)));
        named.draw(self.draws.stream(Field::Target)).map(|&group| group.clone())
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
