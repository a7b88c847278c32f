//! Many runs of one variant: over seeds, on all cores, until the seeds, the time or the patience of the user end.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde::Serialize;

use crate::engine::{Engine, EngineError};
use crate::run::{Conclusion, Keep, Report, draw, run};
use crate::scenario::{Scenario, Variant};
use crate::stop::Stop;

/// What to sweep.
#[derive(Clone, Copy)]
pub struct Sweep<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its variant.
    pub variant: &'a Variant,
    /// The engine.
    pub engine: Engine,
    /// How many threads; at least 1.
    pub jobs: usize,
}

/// What a sweep came to; adding two of them gives the sweep over both.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Runs.
    pub runs: u64,
    /// Runs in which every promise was kept though faults struck outstanding work.
    pub valid: u64,
    /// Runs in which a promise was broken.
    pub invalid: u64,
    /// Runs that could not be judged.
    pub unknown: u64,
    /// Runs in which every promise was kept, and no fault struck outstanding work.
    pub vacuous: u64,
    /// Runs in which a promise was broken that the variant makes.
    pub violated: u64,
    /// Runs in which a fault struck while a record was unacknowledged, unreplicated or unsettled.
    pub struck: u64,
    /// Runs in which everything came to rest after healing.
    pub drained: u64,
    /// Business facts.
    pub intents: u64,
    /// Facts that a broker acknowledged.
    pub acknowledged: u64,
    /// In how many runs each expected or surprising anomaly was found, by `kind/path`.
    pub anomalies: BTreeMap<String, u64>,
    /// In how many runs each foreseen consequence was found, by `kind/path`.
    pub consequences: BTreeMap<String, u64>,
    /// The seed of the first run that broke a promise of the variant, else of the first that found what it expects.
    pub first_failure: Option<u64>,
    /// The first run that could not be judged.
    pub first_unknown: Option<Unjudged>,
    first_is_violation: bool,
}

/// A run that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unjudged {
    /// Its seed.
    pub seed: u64,
    /// Why.
    pub reason: String,
}

impl Summary {
    /// The share of intents that a broker acknowledged, from 0 to 1.
    #[must_use]
    pub fn acknowledged_share(&self) -> f64 {
        if self.intents == 0 { 0.0 } else { self.acknowledged as f64 / self.intents as f64 }
    }

    /// Adds one run.
    pub fn add(&mut self, variant: &Variant, report: &Report) {
        self.runs += 1;
        self.intents += report.intents;
        self.acknowledged += report.acknowledged;
        self.struck += u64::from(report.tally.on_outstanding > 0);
        self.drained += u64::from(report.drained);
        match report.conclusion {
            Conclusion::Held => self.valid += 1,
            Conclusion::Vacuous => self.vacuous += 1,
            Conclusion::Unknown => self.unknown += 1,
            Conclusion::Found | Conclusion::Violated => self.invalid += 1,
        }
        for (kind, path) in report.verdict.classes() {
            let root = variant.expect.is_some_and(|expect| expect.anomaly == kind && expect.path == path);
            let follows = !root && variant.foresees(kind, path);
            let counts = if follows { &mut self.consequences } else { &mut self.anomalies };
            *counts.entry(format!("{kind}/{path}")).or_default() += 1;
        }
        self.note_failure(report);
        self.note_unknown(report);
    }

    fn note_unknown(&mut self, report: &Report) {
        let seed = report.schedule.seed;
        let first = self.first_unknown.as_ref().is_none_or(|first| seed < first.seed);
        if report.conclusion == Conclusion::Unknown && first {
            let reason = report.verdict.unknown.first().cloned().unwrap_or_default();
            self.first_unknown = Some(Unjudged { seed, reason });
        }
    }

    fn note_failure(&mut self, report: &Report) {
        let violation = report.conclusion == Conclusion::Violated;
        self.violated += u64::from(violation);
        if !matches!(report.conclusion, Conclusion::Found | Conclusion::Violated) {
            return;
        }
        let seed = report.schedule.seed;
        let replaces = match (violation, self.first_is_violation) {
            (true, false) => true,
            (false, true) => false,
            _ => self.first_failure.is_none_or(|first| seed < first),
        };
        if replaces {
            self.first_failure = Some(seed);
            self.first_is_violation = violation;
        }
    }
}

impl Sweep<'_> {
    /// Runs every seed of the range, or as many as there is time for. `progress` is told of every run, from any thread.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the engine cannot run the variant.
    pub fn seeds(
        &self,
        seeds: Range<u64>,
        stop: &Stop,
        progress: &(dyn Fn(&Report) + Sync),
    ) -> Result<Summary, EngineError> {
        let next = AtomicU64::new(seeds.start);
        let summary = Mutex::new(Ok(Summary::default()));
        let work = || {
            while !stop.stopped() {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return;
                }
                let outcome = self.one(seed);
                let Ok(mut summary) = summary.lock() else { return };
                match (&mut *summary, outcome) {
                    (Ok(summary), Ok(report)) => {
                        summary.add(self.variant, &report);
                        progress(&report);
                    }
                    (_, Err(EngineError::Interrupted)) => return,
                    (whole, Err(error)) => *whole = Err(error),
                    (Err(_), _) => return,
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(work);
            }
        });
        summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Runs one seed.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the engine cannot run the variant.
    pub fn one(&self, seed: u64) -> Result<Report, EngineError> {
        let schedule = draw(self.scenario, self.variant, self.engine, seed);
        // What cannot be run again is kept while it is there.
        let keep = Keep { history: !self.engine.simulated(), ..Keep::default() };
        run(self.scenario, self.variant, self.engine, schedule, keep)
    }
}
