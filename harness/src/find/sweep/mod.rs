//! Many runs: of one variant over seeds, and of many variants in a campaign whose results are kept as they come.

mod campaign;
mod costs;
mod ledger;
mod record;
mod request;
mod results;
mod row;
mod strikes;
mod summary;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

pub use campaign::{Campaign, CampaignError, Shard};
pub use costs::{Costs, Histogram, Times};
pub use ledger::Ledger;
pub use record::Record;
pub use request::{Due, Request};
pub use results::{Results, ResultsError};
pub use row::Row;
pub use strikes::Strikes;
pub use summary::{First, Longest, Summary, Unjudged};

use crate::engine::{Engine, EngineError};
use crate::run::{Keep, Report, draw, run};
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
                        summary.add(self.scenario, self.variant, &report);
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
