//! The experiment: the same schedule with a fault left out, or at other moments, over and over with other draws; how often does
//! the anomaly still come?

use std::fmt;

use crate::chaos::schedule::{EventMoment, Expect, Moment, Schedule, Step};
use crate::engine::{Engine, EngineError};
use crate::run::{Keep, run};
use crate::scenario::{Scenario, Variant};
use crate::seed::{Purpose, Seed};
use crate::stop::Stop;

/// What is tried, and how often.
#[derive(Clone, Copy)]
pub struct Experiment<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its variant.
    pub variant: &'a Variant,
    /// The engine.
    pub engine: Engine,
    /// The anomaly in question.
    pub expect: Expect,
    /// So many runs of each change.
    pub runs: u64,
    /// Ends it early, with the trials that are done.
    pub stop: &'a Stop,
}

/// In how many runs of how many the anomaly came; runs in which a step was withheld do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    /// Runs that showed it.
    pub came: u64,
    /// Runs.
    pub of: u64,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.came, self.of)
    }
}

/// What one step has to do with it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Trial {
    /// The step's place in the schedule, from 0.
    pub step: usize,
    /// Whether the anomaly comes without the step, everything else being exactly the same.
    pub comes_without: bool,
    /// Without the step, under other draws.
    pub without: Share,
    /// With the step at other moments.
    pub elsewhen: Share,
}

impl Experiment<'_> {
    /// How often the schedule as it is shows the anomaly, under its own draws first and then under others.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the engine cannot run the variant.
    pub fn as_it_is(&self, schedule: &Schedule) -> Result<Share, EngineError> {
        self.share(|number| redrawn(schedule, number))
    }

    /// Leaves every step out, and moves it, one after the other.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the engine cannot run the variant.
    pub fn trials(&self, schedule: &Schedule) -> Result<Vec<Trial>, EngineError> {
        let steps = (0..schedule.steps.len()).take_while(|_| !self.stop.stopped());
        steps.map(|step| self.trial(schedule, step)).collect()
    }

    fn trial(&self, schedule: &Schedule, step: usize) -> Result<Trial, EngineError> {
        let without = schedule.without(step);
        let elsewhen = |number| {
            let mut moved = schedule.clone();
            moved.steps[step] = at_another_moment(&moved.steps[step], Seed(schedule.seed), step, number);
            moved
        };
        Ok(Trial {
            step,
            comes_without: self.shows(without.clone())? == Some(true),
            without: self.share(|number| redrawn(&without, number))?,
            elsewhen: self.share(elsewhen)?,
        })
    }

    fn share(&self, schedule: impl Fn(u64) -> Schedule) -> Result<Share, EngineError> {
        let mut share = Share::default();
        for number in (0..self.runs).take_while(|_| !self.stop.stopped()) {
            let came = self.shows(schedule(number))?;
            share.of += u64::from(came.is_some());
            share.came += u64::from(came == Some(true));
        }
        Ok(share)
    }

    /// Whether the anomaly comes; nothing where a step was withheld, which is another schedule than was asked for.
    fn shows(&self, schedule: Schedule) -> Result<Option<bool>, EngineError> {
        let report = run(self.scenario, self.variant, self.engine, schedule, Keep::default())?;
        Ok(report.withheld.is_empty().then(|| report.shows(self.expect)))
    }
}

/// The same steps and numbers under other draws: other latencies, other orders. The first is the schedule itself.
fn redrawn(schedule: &Schedule, number: u64) -> Schedule {
    Schedule { seed: schedule.seed.wrapping_add(number), ..schedule.clone() }
}

/// The step at a moment up to half as far away again: at another time, or at another occurrence of its event.
fn at_another_moment(step: &Step, seed: Seed, place: usize, number: u64) -> Step {
    let around = |middle: u64| {
        let width = middle.max(2);
        (middle - middle / 2 + seed.below(width, Purpose::Fault, [u64::MAX, place as u64, number])).max(1)
    };
    let at = match &step.at {
        Moment::Ms(ms) => Moment::Ms(around(*ms)),
        Moment::Behind(ms) => Moment::Behind(around(*ms)),
        Moment::Event(event) => Moment::Event(EventMoment { count: around(event.count), ..event.clone() }),
    };
    Step { at, ..step.clone() }
}
