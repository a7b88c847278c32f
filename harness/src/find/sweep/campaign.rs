//! A campaign: many rows over many seeds, on all cores, chunk by chunk, each recorded when it is done. It goes on where it was
//! killed, and can be dealt over machines.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use thiserror::Error;

use super::ledger::Ledger;
use super::record::Record;
use super::request::{Due, Request};
use super::results::{Results, ResultsError};
use super::row::Row;
use super::summary::Summary;
use crate::engine::EngineError;
use crate::engine::panic_message;
use crate::seed::SEEDS_END;
use crate::stop::Stop;

/// What is to be run.
pub struct Campaign<'a> {
    /// The rows; each gets its first chunk before any gets its second.
    pub rows: Vec<Row<'a>>,
    /// The seeds of each.
    pub seeds: Range<u64>,
    /// Which part of the work is done here.
    pub shard: Shard,
    /// How many threads; at least 1.
    pub jobs: usize,
}

/// One of several equal parts of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    number: u64,
    /// Of how many.
    of: u64,
}

/// Why a campaign ended early.
#[derive(Debug, Error)]
pub enum CampaignError {
    /// An engine cannot run a row.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Results cannot be kept.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// Something panicked in a run that is no node: a system's own hosts, or the lab itself.
    #[error("{row}, seeds {}..{}: a worker panicked: {what}", .seeds.start, .seeds.end)]
    Panicked {
        /// The row.
        row: String,
        /// Its seeds, of which nothing was recorded.
        seeds: Range<u64>,
        /// What it said.
        what: String,
    },
}

/// A row, and some of its seeds.
type Chunk<'a> = (Row<'a>, Range<u64>);

impl<'a> Campaign<'a> {
    /// Runs what is not in the results yet, until that is all or it is stopped; a chunk that was begun is finished. `progress`
    /// is told of every chunk, from any thread.
    ///
    /// # Errors
    ///
    /// [`CampaignError`]; what was recorded before stays.
    pub fn run(
        &self,
        results: &mut Results,
        stop: &Stop,
        progress: &(dyn Fn(&Row<'_>, &Summary) + Sync),
    ) -> Result<(), CampaignError> {
        results.ask(&self.request())?;
        let before = results.ledger().clone();
        let (chunks, results) = (Mutex::new(self.chunks(&before)), Mutex::new(results));
        let failure = Mutex::new(None);
        let work = || {
            while !stop.stopped() && lock(&failure).is_none() {
                // Not in the condition: the guard would live as long as the chunk.
                let next = lock(&chunks).next();
                let Some((row, seeds)) = next else { return };
                match guarded(&row, seeds) {
                    Ok(record) => {
                        progress(&row, &record.summary);
                        if let Err(error) = lock(&results).append(record) {
                            lock(&failure).get_or_insert(error.into());
                        }
                    }
                    Err(CampaignError::Engine(EngineError::Interrupted)) => return,
                    Err(error) => drop(lock(&failure).get_or_insert(error)),
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(work);
            }
        });
        failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    /// What it asks for, all shards together.
    fn request(&self) -> Request {
        let to = Some(self.seeds.end).filter(|_| !self.is_endless());
        Request { rows: self.rows.iter().map(Row::name).collect(), from: self.seeds.start, to }
    }

    /// Its rows of which some seeds are to be run here, each with how many have not been.
    #[must_use]
    pub fn due(&self, done: &Ledger) -> Vec<Due<'a>> {
        let due = |&row: &Row<'a>| {
            if self.is_endless() {
                return Some(Due { row, missing: 0 });
            }
            let alone = Campaign { rows: vec![row], seeds: self.seeds.clone(), ..*self };
            (alone.runs(&Ledger::default()) > 0).then(|| Due { row, missing: alone.runs(done) })
        };
        self.rows.iter().filter_map(due).collect()
    }

    /// Whether it runs as many seeds as there is time for.
    fn is_endless(&self) -> bool {
        self.seeds.end == SEEDS_END
    }

    /// How many runs there are to do.
    #[must_use]
    pub fn runs(&self, done: &Ledger) -> u64 {
        self.chunks(done).map(|(_, seeds)| seeds.end - seeds.start).sum()
    }

    /// What there is to do, in this order.
    fn chunks<'s>(&'s self, done: &'s Ledger) -> impl Iterator<Item = Chunk<'a>> + 's {
        let chunk = |row: &Row<'_>, turn: u64| row.chunk_of(self.seeds.start) + turn;
        let some_left =
            move |turn: &u64| self.rows.iter().any(|row| row.chunk(chunk(row, *turn)).start < self.seeds.end);
        let turns = (0..).take_while(some_left);
        let cells = turns.flat_map(move |turn| self.rows.iter().map(move |row| (row, chunk(row, turn))));
        let ours = cells.filter(|(row, number)| self.shard.has(row.spread() + number));
        ours.flat_map(|(row, number)| {
            let chunk = row.chunk(number);
            let seeds = chunk.start.max(self.seeds.start)..chunk.end.min(self.seeds.end);
            let missing = if seeds.is_empty() { Vec::new() } else { done.missing(&row.name(), seeds) };
            missing.into_iter().map(|seeds| (*row, seeds))
        })
    }
}

/// Runs a chunk; what panics in it is no node, and ends the campaign instead of the program.
fn guarded(row: &Row<'_>, seeds: Range<u64>) -> Result<Record, CampaignError> {
    let run = catch_unwind(AssertUnwindSafe(|| one_chunk(row, seeds.clone())));
    let panicked = |panic: Box<dyn Any + Send>| CampaignError::Panicked {
        row: row.name().join(" "),
        seeds,
        what: panic_message(panic.as_ref()),
    };
    Ok(run.map_err(panicked)??)
}

fn one_chunk(row: &Row<'_>, seeds: Range<u64>) -> Result<Record, EngineError> {
    let sweep = row.sweep(1);
    let mut summary = Summary::default();
    for seed in seeds.clone() {
        summary.add(row.scenario, row.variant, &sweep.one(seed)?);
    }
    let [scenario, variant, engine] = row.name();
    Ok(Record { scenario, variant, engine, from: seeds.start, to: seeds.end, summary })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A worker that panicked left nothing half done behind the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { number: 0, of: 1 };

    fn has(self, number: u64) -> bool {
        number % self.of == self.number
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number + 1, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse::<u64>().ok()?, n.parse().ok()?)));
        match parts {
            Some((i, of)) if (1..=of).contains(&i) => Ok(Shard { number: i - 1, of }),
            _ => Err(format!("`{text}` is not a shard such as 2/5, the second of five")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::Engine;
    use crate::scenario::{Scenario, Variant};
    use crate::{Cluster, Path};

    fn scenario() -> Scenario {
        Scenario::named("orders", Path::Broker, "")
            .variant(Variant::holds("safe", Cluster::new()))
            .variant(Variant::holds("safer", Cluster::new()))
    }

    fn seeds(campaign: &Campaign<'_>, done: &Ledger) -> Vec<(String, u64)> {
        let chunks = campaign.chunks(done);
        let mut seeds: Vec<(String, u64)> =
            chunks.flat_map(|(row, seeds)| seeds.map(move |seed| (row.name().join(" "), seed))).collect();
        seeds.sort_unstable();
        seeds
    }

    proptest! {
        #[test]
        fn shards_are_disjoint_and_together_everything(of in 1..5_u64, from in 0..300_u64, len in 0..900_u64) {
            let scenario = scenario();
            let rows = Row::all(&[&scenario], &[Engine::Direct, Engine::Turmoil]);
            let campaign =
                |shard| Campaign { rows: rows.clone(), seeds: from..from + len, shard, jobs: 1 };
            let none = Ledger::default();
            let shards = (0..of).map(|number| seeds(&campaign(Shard { number, of }), &none));
            let mut together: Vec<_> = shards.flatten().collect();
            together.sort_unstable();
            prop_assert_eq!(together, seeds(&campaign(Shard::WHOLE), &none));
        }
    }

    #[test]
    fn what_is_done_is_not_done_again() {
        let scenario = scenario();
        let rows = Row::all(&[&scenario], &[Engine::Direct]);
        let campaign = Campaign { rows, seeds: 0..1_000, shard: Shard::WHOLE, jobs: 1 };
        let mut done = Ledger::default();
        let name = ["orders", "safe", "direct"].map(str::to_owned);
        let [scenario, variant, engine] = name.clone();
        done.add(Record { scenario, variant, engine, from: 200, to: 350, summary: Summary::default() });
        let left = seeds(&campaign, &done);
        assert_eq!((left.len() as u64, campaign.runs(&done)), (1_850, 1_850));
        assert!(!left.contains(&(name.join(" "), 200)) && left.contains(&(name.join(" "), 350)));
    }

    #[test]
    fn a_shard_is_the_first_to_the_last_of_some() {
        assert_eq!("2/5".parse::<Shard>().map(|shard| shard.to_string()), Ok("2/5".to_owned()));
        for wrong in ["0/5", "6/5", "1", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
