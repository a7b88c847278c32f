//! What the environment asks of tests: `LAB_SEEDS=0..1000` or `LAB_SEED=7`, `LAB_ENGINE=turmoil`, `LAB_BUDGET=60` (seconds),
//! `LAB_SCHEDULE=file.json`. For the catalogue's tests, and for your own.
//!
//! ```
//! let asked = harness::lab::asked::Asked::from_env().expect("the environment makes sense");
//! for engine in asked.simulators() {
//!     for seed in asked.seeds(0..3).take_while(|_| asked.has_time()) {
//!         println!("would run seed {seed} on {}", engine.name());
//!     }
//! }
//! ```

use std::env;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::engine::{Engine, EngineError};
use crate::lab::{UnknownName, names};

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    seeds: Option<Range<u64>>,
    engine: Option<Engine>,
    until: Option<Instant>,
    /// A schedule to replay.
    pub schedule: Option<PathBuf>,
}

/// Why the environment makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AskedError {
    /// A value that is not of its kind.
    #[error("{name}: {why}")]
    Value {
        /// The variable.
        name: &'static str,
        /// What is wrong with its value.
        why: String,
    },
    /// There is no such engine.
    #[error("LAB_ENGINE: {0}")]
    Engine(#[from] UnknownName),
    /// This build has not that engine.
    #[error("LAB_ENGINE: {0}")]
    Absent(#[from] EngineError),
}

impl Asked {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// [`AskedError`] with the variable and what is wrong with it.
    pub fn from_env() -> Result<Self, AskedError> {
        Self::new(|name| env::var(name).ok())
    }

    fn new(value: impl Fn(&str) -> Option<String>) -> Result<Self, AskedError> {
        let seed = number(&value, "LAB_SEED")?.map(|seed| seed..seed.saturating_add(1));
        let seeds = value("LAB_SEEDS").map(|text| names::seeds(&text)).transpose();
        let seeds = seeds.map_err(|why| AskedError::Value { name: "LAB_SEEDS", why })?;
        let engine = value("LAB_ENGINE").map(|name| simulator(&name)).transpose()?;
        let budget = number(&value, "LAB_BUDGET")?.map(Duration::from_secs);
        Ok(Asked {
            seeds: seed.or(seeds),
            engine,
            until: budget.map(|budget| Instant::now() + budget),
            schedule: value("LAB_SCHEDULE").map(PathBuf::from),
        })
    }

    /// The seeds to run: those asked for, or the usual ones. With a budget and no seeds, as many as there is time for.
    #[must_use]
    pub fn seeds(&self, usual: Range<u64>) -> Range<u64> {
        let endless = || if self.until.is_some() { usual.start..u64::MAX } else { usual.clone() };
        self.seeds.clone().unwrap_or_else(endless)
    }

    /// The simulators to run on: the one asked for, or all of this build.
    pub fn simulators(&self) -> impl Iterator<Item = Engine> + use<'_> {
        let here = |engine: &Engine| engine.simulated() && engine.available();
        let asked = move |engine: &Engine| self.engine.is_none_or(|asked| asked == *engine);
        Engine::ALL.iter().copied().filter(here).filter(asked)
    }

    /// Whether the budget is not used up.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// The simulator of this name: one that is not there would be a test that ran nothing, and passed.
fn simulator(name: &str) -> Result<Engine, AskedError> {
    let engine = names::engine(name)?;
    if !engine.simulated() {
        let why = format!("a run on {name} cannot be repeated from its seed: use `lab run --engine {name}`");
        return Err(AskedError::Value { name: "LAB_ENGINE", why });
    }
    engine.require()?;
    Ok(engine)
}

fn number(value: &impl Fn(&str) -> Option<String>, name: &'static str) -> Result<Option<u64>, AskedError> {
    let parse = |text: String| {
        text.parse().map_err(|error| AskedError::Value { name, why: format!("`{text}`: {error}") })
    };
    value(name).map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Result<Asked, AskedError> {
        let value =
            |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        Asked::new(value)
    }

    #[test]
    fn nothing_asked_is_the_usual_on_every_simulator() {
        let asked = asked(&[]).unwrap();
        assert_eq!(asked.seeds(0..12), 0..12);
        assert!(asked.simulators().count() >= 2 && asked.has_time());
    }

    #[test]
    fn what_is_asked_is_what_runs() {
        let asked = asked(&[("LAB_SEEDS", "5..9"), ("LAB_ENGINE", "turmoil"), ("LAB_BUDGET", "0")]).unwrap();
        assert_eq!(asked.seeds(0..12), 5..9);
        assert!(asked.simulators().eq([Engine::Turmoil]));
        assert!(!asked.has_time());
        assert_eq!(self::asked(&[("LAB_SEED", "7")]).unwrap().seeds(0..12), 7..8);
        assert_eq!(self::asked(&[("LAB_BUDGET", "60")]).unwrap().seeds(0..12), 0..u64::MAX);
    }

    #[test]
    fn nonsense_is_named_with_its_variable() {
        let error = |pairs: &[(&str, &str)]| asked(pairs).unwrap_err().to_string();
        assert!(error(&[("LAB_SEEDS", "ten")]).starts_with("LAB_SEEDS: `ten` is not a range of seeds"));
        assert_eq!(error(&[("LAB_SEED", "x")]), "LAB_SEED: `x`: invalid digit found in string");
        assert!(error(&[("LAB_ENGINE", "madsin")]).ends_with("did you mean `madsim`?"));
        assert!(error(&[("LAB_ENGINE", "tokio")]).ends_with("use `lab run --engine tokio`"));
    }

    #[test]
    fn an_engine_that_this_build_has_not_is_an_error_and_never_no_engine() {
        match asked(&[("LAB_ENGINE", "madsim")]) {
            Ok(asked) => assert!(Engine::Madsim.available() && asked.simulators().eq([Engine::Madsim])),
            Err(error) => {
                assert!(!Engine::Madsim.available());
                assert!(error.to_string().contains("--cfg"), "{error}");
            }
        }
    }
}
