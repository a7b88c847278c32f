//! The numbers of a system that a seed draws.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use thiserror::Error;

use super::rendezvous::key;
use super::{Purpose, Seed, bounded};

/// The numbers that a seed draws for a system, by their names in schedules.
pub type Knobs = BTreeMap<String, u64>;

/// A number of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// Its name in schedules.
    pub name: &'static str,
    /// What seeds draw, both ends included; one number where all have the same.
    pub drawn: RangeInclusive<u64>,
    /// What every second seed has, whatever the others draw.
    pub usual: Option<u64>,
    /// What a schedule may say.
    pub allowed: RangeInclusive<u64>,
    /// What a shrinker makes of it, if it can.
    pub simplest: u64,
}

impl Knob {
    /// A number that a seed draws, and of which nothing else is allowed.
    #[must_use]
    pub fn new(name: &'static str, drawn: RangeInclusive<u64>) -> Self {
        Knob { name, allowed: drawn.clone(), simplest: *drawn.start(), drawn, usual: None }
    }

    /// The same, of which this is the simplest number; where it is not said, the least is.
    #[must_use]
    pub fn simplest(self, simplest: u64) -> Self {
        Knob { simplest, ..self }
    }

    /// The same, of which every second seed draws a number in this range instead, small ones as often as large ones.
    #[must_use]
    pub fn varying(self, among: RangeInclusive<u64>) -> Self {
        Knob { usual: Some(*self.drawn.start()), drawn: among, ..self }
    }

    /// The same, of which a schedule may say more or less than seeds draw.
    #[must_use]
    pub fn allowing(mut self, allowed: RangeInclusive<u64>) -> Self {
        self.simplest = *allowed.start();
        self.allowed = allowed;
        self
    }
}

/// A number that a system does not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{name}` is {number}, and can be {} to {} here", .allowed.start(), .allowed.end())]
pub struct OutOfRange {
    /// The knob.
    pub name: &'static str,
    /// The number.
    pub number: u64,
    /// What it can be.
    pub allowed: RangeInclusive<u64>,
}

impl Knob {
    /// What a seed has of it.
    pub(crate) fn draw(&self, seed: Seed) -> u64 {
        let draws = seed.stream(Purpose::Knob, [key(self.name)]);
        let (least, most) = (*self.drawn.start(), *self.drawn.end());
        match self.usual {
            Some(usual) if draws.draw(2).is_multiple_of(2) => usual,
            Some(_) => draws.log_uniform(least, most),
            None => least + bounded(draws.draw(0), most - least + 1),
        }
    }

    /// Refuses a number that it cannot be.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`], with its range.
    pub fn check(&self, number: u64) -> Result<(), OutOfRange> {
        match self.allowed.contains(&number) {
            true => Ok(()),
            false => Err(OutOfRange { name: self.name, number, allowed: self.allowed.clone() }),
        }
    }
}
