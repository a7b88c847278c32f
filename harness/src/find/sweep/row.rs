//! What a campaign counts by: a variant on an engine.

use std::ops::Range;

use super::Sweep;
use crate::engine::Engine;
use crate::scenario::{Scenario, Variant};
use crate::trace::hash_bytes;

/// A variant on an engine.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its variant.
    pub variant: &'a Variant,
    /// The engine.
    pub engine: Engine,
}

/// The names of a row, as they stand in results.
pub type RowName = [String; 3];

impl<'a> Row<'a> {
    /// Every variant of some scenarios on some engines.
    pub fn all(scenarios: &[&'a Scenario], engines: &[Engine]) -> Vec<Self> {
        let variants =
            scenarios.iter().flat_map(|&scenario| scenario.variants.iter().map(move |v| (scenario, v)));
        let rows = variants.flat_map(|(scenario, variant)| {
            engines.iter().map(move |&engine| Row { scenario, variant, engine })
        });
        rows.collect()
    }

    /// Its names.
    #[must_use]
    pub fn name(&self) -> RowName {
        [self.scenario.name, self.variant.name, self.engine.name()].map(str::to_owned)
    }

    /// The sweep over it.
    #[must_use]
    pub fn sweep(&self, jobs: usize) -> Sweep<'a> {
        Sweep { scenario: self.scenario, variant: self.variant, engine: self.engine, jobs }
    }

    /// The seeds of its chunk of this number. A chunk is what is recorded at once: some tenths of a second of work. Its borders
    /// depend on nothing else, so that results of different campaigns fit together.
    #[must_use]
    pub fn chunk(&self, number: u64) -> Range<u64> {
        let from = number.saturating_mul(self.chunk_size());
        from..from.saturating_add(self.chunk_size())
    }

    /// The number of the chunk that a seed is in.
    #[must_use]
    pub fn chunk_of(&self, seed: u64) -> u64 {
        seed / self.chunk_size()
    }

    fn chunk_size(&self) -> u64 {
        match self.engine {
            Engine::Direct => 200,
            Engine::Turmoil => 10,
            Engine::Madsim => 40,
            // Takes real time.
            Engine::Tokio => 1,
        }
    }

    /// A number that spreads its chunks over shards, the same on every machine.
    #[must_use]
    pub fn spread(&self) -> u64 {
        hash_bytes(self.name().join(" ").as_bytes()) >> 32
    }
}
