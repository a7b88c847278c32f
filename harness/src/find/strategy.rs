//! Schedules for anyone's `proptest!`: drawn as seeds draw them, shrunk by leaving out steps.

use proptest::prelude::Rng;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::chaos::schedule::Schedule;
use crate::engine::Engine;
use crate::run::draw;
use crate::scenario::{Scenario, Variant};

/// The schedules that seeds stand for.
#[derive(Clone)]
pub struct Schedules {
    scenario: Scenario,
    variant: Variant,
    engine: Engine,
}

/// The schedules that seeds stand for, for one variant on one engine.
///
/// ```
/// # use harness::{Cluster, Path, Scenario, Variant, engine::Engine, find::strategy::schedules};
/// # use harness::run::{Keep, run};
/// # use proptest::prelude::*;
/// let scenario = Scenario::named("orders", Path::Broker, "Nothing is lost.")
///     .variant(Variant::holds("safe", Cluster::new()));
/// let safe = &scenario.variants[0];
/// let config = ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() };
/// proptest!(config, |(schedule in schedules(&scenario, safe, Engine::Direct))| {
///     let report = run(&scenario, safe, Engine::Direct, schedule, Keep::default())?;
///     prop_assert!(report.verdict.anomalies.is_empty(), "{:?}", report.verdict.anomalies);
/// });
/// ```
#[must_use]
pub fn schedules(scenario: &Scenario, variant: &Variant, engine: Engine) -> Schedules {
    Schedules { scenario: scenario.clone(), variant: variant.clone(), engine }
}

impl std::fmt::Debug for Schedules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "schedules of {} {} on {}", self.scenario.name, self.variant.name, self.engine.name())
    }
}

impl Strategy for Schedules {
    type Tree = Fewer;
    type Value = Schedule;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = runner.rng().next_u64();
        let schedule = draw(&self.scenario, &self.variant, self.engine, seed);
        Ok(Fewer { schedule, next: 0, left_out: None })
    }
}

/// A schedule, and those with fewer of its steps: each is left out for a try, and stays out when it is not needed.
#[derive(Clone, Debug)]
pub struct Fewer {
    schedule: Schedule,
    /// The step to leave out next.
    next: usize,
    /// The schedule before the last step was left out.
    left_out: Option<Box<Schedule>>,
}

impl ValueTree for Fewer {
    type Value = Schedule;

    fn current(&self) -> Schedule {
        self.schedule.clone()
    }

    fn simplify(&mut self) -> bool {
        if self.next >= self.schedule.steps.len() {
            return false;
        }
        self.left_out = Some(Box::new(self.schedule.clone()));
        self.schedule.steps.remove(self.next);
        true
    }

    fn complicate(&mut self) -> bool {
        let Some(before) = self.left_out.take() else { return false };
        self.schedule = *before;
        self.next += 1;
        true
    }
}
