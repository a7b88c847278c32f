//! The smallest schedule that still shows an anomaly: delta debugging over the steps, then pairs of steps made one, then fewer of
//! whatever the system counts, then plainer steps, over and over until nothing helps any more. Leaving a step out moves no draw of the others on `direct`, so
//! what remains is to blame and not merely near in time.
//!
//! Sources: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002); Hypothesis, on shrinking by passes.

use std::collections::BTreeSet;
use std::slice;

use crate::chaos::cast::Target;
use crate::chaos::fault::{Fault, FaultKind};
use crate::chaos::nemesis::targets;
use crate::chaos::schedule::{EventMoment, Expect, Moment, Schedule, Step};
use crate::engine::{Engine, EngineError};
use crate::run::{Keep, Report, run};
use crate::scenario::{Scenario, Variant};
use crate::seed::knob::Knob;
use crate::stop::Stop;

/// What is shrunk, and for how long.
#[derive(Clone, Copy)]
pub struct Shrink<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its variant.
    pub variant: &'a Variant,
    /// The engine.
    pub engine: Engine,
    /// What every smaller schedule must still show.
    pub expect: Expect,
    /// So many runs at the most.
    pub budget: u64,
    /// Ends it early, with the best so far.
    pub stop: &'a Stop,
    /// Told of every run: how many there were, and the best so far.
    pub progress: &'a (dyn Fn(u64, &Schedule) + Sync),
}

/// What remains.
#[derive(Debug)]
pub struct Shrunk {
    /// The run of the smallest schedule.
    pub report: Report,
    /// How many runs it took.
    pub runs: u64,
    /// Whether nothing smaller was left to try; otherwise the budget was used up, or it was stopped.
    pub complete: bool,
}

impl Shrink<'_> {
    /// Shrinks a schedule; `None` when it does not show the anomaly to begin with.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the engine cannot run the variant.
    pub fn shrink(&self, schedule: &Schedule) -> Result<Option<Shrunk>, EngineError> {
        let report = self.run(schedule.clone())?;
        let report = match report.withheld.is_empty() {
            true => report,
            // What was withheld did nothing.
            false => self.run(report.fired())?,
        };
        if !self.shows(&report) {
            return Ok(None);
        }
        let mut search = Search { shrink: *self, best: report, tried: BTreeSet::new(), runs: 1 };
        while search.pass()? {}
        let complete = search.goes_on();
        Ok(Some(Shrunk { report: search.best, runs: search.runs, complete }))
    }

    fn run(&self, schedule: Schedule) -> Result<Report, EngineError> {
        run(self.scenario, self.variant, self.engine, schedule, Keep::default())
    }

    /// Whether it shows the anomaly, with every step allowed to strike: one that was withheld would mean something else where it
    /// is not.
    fn shows(&self, report: &Report) -> bool {
        report.withheld.is_empty() && report.shows(self.expect)
    }
}

struct Search<'a> {
    shrink: Shrink<'a>,
    best: Report,
    /// Every schedule that was tried and is not to be tried again.
    tried: BTreeSet<String>,
    runs: u64,
}

impl Search<'_> {
    /// One pass over everything that could be smaller; whether something was.
    fn pass(&mut self) -> Result<bool, EngineError> {
        Ok([self.fewer_steps()?, self.merged_steps()?, self.fewer_of_all()?, self.plainer_steps()?]
            .contains(&true))
    }

    fn goes_on(&self) -> bool {
        self.runs < self.shrink.budget && !self.shrink.stop.stopped()
    }

    /// Takes a smaller schedule if it still shows the anomaly.
    fn attempt(&mut self, smaller: Schedule) -> Result<bool, EngineError> {
        if !self.goes_on() || !self.tried.insert(smaller.to_json()) {
            return Ok(false);
        }
        self.runs += 1;
        let report = self.shrink.run(smaller)?;
        let shows = self.shrink.shows(&report);
        if shows {
            self.best = report;
        }
        (self.shrink.progress)(self.runs, &self.best.schedule);
        Ok(shows)
    }

    /// Leaves out half of the steps, a quarter, and so on down to single ones.
    fn fewer_steps(&mut self) -> Result<bool, EngineError> {
        let mut helped = false;
        let mut chunk = self.best.schedule.steps.len().next_power_of_two();
        while chunk > 0 {
            let mut from = 0;
            while from < self.best.schedule.steps.len() {
                let mut smaller = self.best.schedule.clone();
                let to = (from + chunk).min(smaller.steps.len());
                smaller.steps.drain(from..to);
                if self.attempt(smaller)? {
                    helped = true;
                } else {
                    from += chunk;
                }
            }
            chunk /= 2;
        }
        Ok(helped)
    }

    /// Makes one step of two that do the same: at the moment of the first, and for as long as both together. Also of two that do
    /// not, if the plainest of all faults, a crash, does as well.
    fn merged_steps(&mut self) -> Result<bool, EngineError> {
        let mut helped = false;
        let crashes = self.crashes();
        let mut first = 0;
        while first < self.best.schedule.steps.len() {
            let mut one = false;
            for smaller in merged(&self.best.schedule, first, &crashes) {
                one = one || self.attempt(smaller)?;
            }
            helped |= one;
            first += usize::from(!one);
        }
        Ok(helped)
    }

    /// A crash of everybody who can be crashed, if it may strike this variant at all.
    fn crashes(&self) -> Vec<Fault> {
        let Shrink { scenario, variant, .. } = self.shrink;
        if !variant.faults(&scenario.faults).kinds.contains(&FaultKind::Crash) {
            return Vec::new();
        }
        let targets = targets(&variant.system.cast(&self.best.schedule.knobs)).into_iter();
        targets
            .map(|(target, _)| target)
            .filter(|target| *target != Target::Random)
            .map(Fault::crash)
            .collect()
    }

    /// Fewer records, and of whatever else the system has a number: as near to the simplest as a search by halves finds.
    fn fewer_of_all(&mut self) -> Result<bool, EngineError> {
        let mut helped = false;
        for Knob { name, simplest, .. } in self.shrink.variant.system.knobs() {
            if self.best.schedule.knobs.get(name).is_some_and(|&now| now != simplest) {
                helped |= self.attempt(self.with(name, simplest))?;
            }
            let mut low = simplest + 1;
            while let Some(&now) = self.best.schedule.knobs.get(name)
                && low < now
            {
                let middle = low + (now - low) / 2;
                if self.attempt(self.with(name, middle))? {
                    helped = true;
                } else {
                    low = middle + 1;
                }
            }
        }
        Ok(helped)
    }

    /// The best schedule with another number.
    fn with(&self, knob: &str, number: u64) -> Schedule {
        let mut schedule = self.best.schedule.clone();
        schedule.knobs.insert(knob.to_owned(), number);
        schedule
    }

    /// Each step plainer: at a round time, at an earlier occurrence or nearer to it, healed sooner, a simpler fault.
    fn plainer_steps(&mut self) -> Result<bool, EngineError> {
        let mut helped = false;
        for at in 0..self.best.schedule.steps.len() {
            let mut forms = plainer(&self.best.schedule.steps[at]).into_iter();
            while let Some(step) = forms.next() {
                let mut smaller = self.best.schedule.clone();
                smaller.steps[at] = step;
                if self.attempt(smaller)? {
                    helped = true;
                    forms = plainer(&self.best.schedule.steps[at]).into_iter();
                }
            }
        }
        Ok(helped)
    }
}

/// The schedules in which a step and another are one: of those that do the same, else a crash at the moment of the first.
fn merged(schedule: &Schedule, first: usize, crashes: &[Fault]) -> Vec<Schedule> {
    let one = &schedule.steps[first];
    let others = (0..schedule.steps.len()).filter(|&other| other != first);
    let merged = others.flat_map(|other| {
        let second = &schedule.steps[other];
        let alike = other > first && second.inject == one.inject;
        let as_one = if alike { slice::from_ref(&one.inject) } else { crashes };
        as_one.iter().map(move |inject| {
            let mut smaller = schedule.clone();
            let (inject, heal_after_ms) = (inject.clone(), both(one, second));
            smaller.steps[first] = Step { at: one.at.clone(), heal_after_ms, inject };
            smaller.steps.remove(other);
            smaller
        })
    });
    merged.collect()
}

/// How long two steps last together, if both are healed: from the first to the end of the second where both have a time.
fn both(one: &Step, other: &Step) -> Option<u64> {
    let (this, that) = (one.heal_after_ms?, other.heal_after_ms?);
    match (&one.at, &other.at) {
        (Moment::Ms(first), Moment::Ms(second)) => Some((second + that).saturating_sub(*first).max(this)),
        _ => Some(this + that),
    }
}

/// Plainer forms of a step, the plainest first. Every form is smaller in something and larger in nothing, so this ends.
fn plainer(step: &Step) -> Vec<Step> {
    let moments: Vec<Moment> = match &step.at {
        Moment::Ms(ms) => rounder(*ms).map(Moment::Ms).collect(),
        Moment::Behind(ms) => rounder(*ms).map(Moment::Behind).collect(),
        Moment::Event(event) => {
            let earlier = [1, event.count / 2, event.count.saturating_sub(1)].into_iter();
            let earlier = earlier.filter(|&count| count > 0 && count < event.count);
            let earlier = earlier.map(|count| EventMoment { count, ..event.clone() });
            let nearer = [0, event.after_ms / 2].into_iter().filter(|&after_ms| after_ms < event.after_ms);
            let nearer = nearer.map(|after_ms| EventMoment { after_ms, ..event.clone() });
            earlier.chain(nearer).map(Moment::Event).collect()
        }
    };
    let moments = moments.into_iter().map(|at| Step { at, ..step.clone() });
    let sooner = step.heal_after_ms.into_iter().flat_map(|ms| {
        let rounder = [1_000, 100, 10].into_iter().map(move |unit| ms - ms % unit);
        rounder.chain([ms / 2]).filter(move |sooner| (1..ms).contains(sooner))
    });
    let sooner = sooner.map(|ms| Step { heal_after_ms: Some(ms), ..step.clone() });
    let faults = step.inject.simpler().into_iter().map(|inject| Step { inject, ..step.clone() });
    faults.chain(moments).chain(sooner).collect()
}

/// Rounder times before this one, the roundest first.
fn rounder(ms: u64) -> impl Iterator<Item = u64> {
    let round = [1_000, 100, 10].into_iter().map(move |unit| ms - ms % unit);
    round.filter(move |rounder| (1..ms).contains(rounder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(ms: u64, heal: u64) -> Step {
        Step::new(Moment::Ms(ms), Fault::pause(Target::Broker(1))).heal_after_ms(heal)
    }

    #[test]
    fn two_steps_that_do_the_same_become_one_that_lasts_as_long() {
        let other = Step::new(Moment::Ms(250), Fault::crash(Target::Broker(1)));
        let schedule = Schedule {
            version: 1,
            scenario: String::new(),
            variant: String::new(),
            engine: String::new(),
            seed: 0,
            knobs: Default::default(),
            budgeted: false,
            steps: vec![pause(200, 100), other.clone(), pause(400, 150)],
            expect: None,
        };
        let all: Vec<Vec<Step>> =
            merged(&schedule, 0, &[]).into_iter().map(|smaller| smaller.steps).collect();
        assert_eq!(all, [vec![pause(200, 350), other]]);
        assert!(merged(&schedule, 1, &[]).is_empty());
    }
}
