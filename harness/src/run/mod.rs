//! One run, from a seed or a schedule to a verdict. This is the main path.

mod conclusion;
mod deposed;
pub(crate) mod recorder;
mod referee;
mod report;
mod verdict;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use broker::Micros;
use checkers::{Availability, Lost};

pub use conclusion::{Conclusion, conclude, judged_faulted};
pub use report::Report;

use crate::chaos::cast::Roles;
use crate::chaos::coverage::Item;
use crate::chaos::fault::FaultModel;
use crate::chaos::nemesis::{Budget, Long, Nemesis, generate, long};
use crate::chaos::schedule::{Moment, Schedule, Step};
use crate::engine::{Engine, EngineError, on_its_own_thread};
use crate::run::recorder::Recorder;
use crate::run::referee::{AUDIT, Again, Conduct, CoreDuty, Course};
use crate::scenario::{Scenario, Variant, Witness};
use crate::seed::knob::Knob;
use crate::seed::{Purpose, Seed};
use crate::system::Setup;
use crate::trace::Trace;

/// A run that takes more steps than this is given up: most likely a timer is armed for now, again and again.
const STEP_BUDGET: u64 = 3_000_000;

/// The knob that every run has, whatever its system: it goes on for so many milliseconds at least. Seeds do not draw it.
const HORIZON: &str = "horizon-ms";

/// For how many milliseconds faults may strike, where it is not as long as the scenario says. Long runs say so.
const CHAOS: &str = "chaos-ms";

/// Whether only a core is healed before everything is: 1, or 0.
const CORE: &str = "core";

/// One usual run in so many heals a core first.
const CORE_IN: u64 = 4;

/// So many milliseconds after everything was healed facts come once more, and nothing is wrong any longer; 0 is never.
const AGAIN: &str = "again-ms";

/// One usual run in so many waits for that: only then it shows who does not come to itself.
const AGAIN_IN: u64 = 4;

/// One usual run in so many spreads its load over the chaos, where a seed draws the numbers of its variant: what strikes late in
/// other runs meets nobody who still sends.
const SPREAD_IN: u64 = 3;

/// An hour of simulated time.
const LONGEST_HORIZON: u64 = 3_600_000;

/// The knobs of a run: its system's, and those that every run has.
#[must_use]
pub fn knobs(variant: &Variant) -> Vec<Knob> {
    let of_every_run =
        [(HORIZON, LONGEST_HORIZON), (CHAOS, LONGEST_HORIZON), (CORE, 1), (AGAIN, LONGEST_HORIZON)];
    let of_every_run = of_every_run.map(|(name, most)| Knob::new(name, 0..=0).allowing(0..=most));
    variant.system.knobs().into_iter().chain(of_every_run).collect()
}

/// What to keep of a run beside its verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Every entry of the history.
    pub history: bool,
    /// Every line of the trace.
    pub trace: bool,
    /// Every frame that is sent; only on the direct engine.
    pub sent: bool,
}

/// Draws what a seed stands for: knobs and faults.
#[must_use]
pub fn draw(scenario: &Scenario, variant: &Variant, engine: Engine, root: u64) -> Schedule {
    let seed = Seed(root);
    // What takes real time follows a witness, which is timed to the numbers that the scenario says.
    let number = |knob: &Knob| knob.usual.filter(|_| !engine.simulated()).unwrap_or_else(|| knob.draw(seed));
    let all = variant.system.knobs();
    let mut knobs: BTreeMap<String, u64> =
        all.iter().map(|knob| (knob.name.to_owned(), number(knob))).collect();
    if let Some(long) = drawn_long(scenario, variant, engine, seed, &knobs) {
        knobs.insert(CHAOS.to_owned(), long.chaos_ms);
        let pace = variant.system.spread(&knobs, long.chaos_ms * 1_000);
        knobs.extend(pace.map(|(name, pace)| (name.to_owned(), pace)));
        return schedule(scenario, variant, engine, root, knobs, vec![long.step]);
    }
    if let Some(promise) = promise_of(variant, engine, &knobs) {
        if seed.below(CORE_IN, Purpose::Core, []) == 0 {
            knobs.insert(CORE.to_owned(), 1);
        }
        if seed.below(AGAIN_IN, Purpose::Again, []) == 0 {
            knobs.insert(AGAIN.to_owned(), promise.recovery().div_ceil(1_000));
        }
    }
    let varies = engine.simulated() && all.iter().any(|knob| knob.usual.is_some());
    if varies && seed.below(SPREAD_IN, Purpose::Knob, [u64::MAX]) == 0 {
        let span = Micros::try_from(scenario.chaos.as_micros()).unwrap_or(Micros::MAX);
        knobs.extend(variant.system.spread(&knobs, span).map(|(name, pace)| (name.to_owned(), pace)));
    }
    let steps = if engine.simulated() {
        let cast = variant.system.cast(&knobs);
        generate(&promised(scenario, variant), &cast, seed, scenario.chaos)
    } else {
        rehearsed(scenario, seed)
    };
    Schedule { budgeted: true, ..schedule(scenario, variant, engine, root, knobs, steps) }
}

/// What the system promises of waiting, on an engine whose time is not real.
fn promise_of(variant: &Variant, engine: Engine, knobs: &BTreeMap<String, u64>) -> Option<Availability> {
    variant.system.availability(knobs, engine.tick()?)
}

/// The long run that a seed stands for, if it stands for one and the system promises anything that it could show.
fn drawn_long(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    seed: Seed,
    knobs: &BTreeMap<String, u64>,
) -> Option<Long> {
    let promise = promise_of(variant, engine, knobs)?;
    long(&promised(scenario, variant), &variant.system.cast(knobs), seed, &promise)
}

/// What a seed draws from: what a variant promises to survive, without what no node of its system can notice.
#[must_use]
pub fn promised(scenario: &Scenario, variant: &Variant) -> FaultModel {
    let mut model = variant.faults(&scenario.faults);
    model.kinds.retain(|&kind| variant.system.notices(kind));
    model
}

/// What strikes in runs that take real time, of which there are few: in every variant the scenario's witness, or what it says strikes then,
/// moved a little by the seed.
fn rehearsed(scenario: &Scenario, seed: Seed) -> Vec<Step> {
    let witness = scenario.variants.iter().find_map(|variant| variant.witness.as_ref());
    let mut steps = witness.map_or(&scenario.in_real_time, |witness| &witness.steps).clone();
    for step in &mut steps {
        match &mut step.at {
            Moment::Ms(ms) | Moment::Behind(ms) => *ms += seed.below(100, Purpose::Knob, [u64::MAX]),
            Moment::Event(event) => event.count += seed.below(8, Purpose::Knob, [u64::MAX]),
        }
    }
    steps
}

/// A witness as a schedule.
#[must_use]
pub fn directed(scenario: &Scenario, variant: &Variant, witness: &Witness, engine: Engine) -> Schedule {
    let knobs = BTreeMap::from([("records".to_owned(), witness.records)]);
    schedule(scenario, variant, engine, 0, knobs, witness.steps.clone())
}

fn schedule(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    seed: u64,
    knobs: BTreeMap<String, u64>,
    steps: Vec<Step>,
) -> Schedule {
    Schedule {
        version: crate::chaos::schedule::VERSION,
        scenario: scenario.name.to_owned(),
        variant: variant.name.to_owned(),
        engine: engine.name().to_owned(),
        seed,
        knobs,
        budgeted: false,
        steps,
        expect: None,
    }
}

/// Runs a schedule: set up, chaos, heal, drain, check.
///
/// # Errors
///
/// [`EngineError`] when the engine cannot run it.
pub fn run(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    schedule: Schedule,
    keep: Keep,
) -> Result<Report, EngineError> {
    if let Some(step) = schedule.steps.iter().find(|step| !engine.can(step.inject.kind())) {
        return Err(EngineError::Cannot { engine, fault: step.inject.kind() });
    }
    for knob in knobs(variant) {
        schedule.knobs.get(knob.name).map_or(Ok(()), |&number| knob.check(number))?;
    }
    if let Some(flaw) = variant.system.flaw(&schedule.knobs) {
        return Err(EngineError::Flaw(flaw));
    }
    on_its_own_thread(engine, || run_here(scenario, variant, engine, schedule, keep))
}

fn run_here(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    schedule: Schedule,
    keep: Keep,
) -> Result<Report, EngineError> {
    let cast = variant.system.cast(&schedule.knobs);
    let promise = promise_of(variant, engine, &schedule.knobs);
    let course = course(scenario, &schedule, promise.as_ref());
    let nemesis = Nemesis::new(schedule.steps.clone(), Roles::new(&cast), Seed(schedule.seed));
    let budget = || Budget::new(&cast).spending_the_controller(variant.spends_the_controller);
    let nemesis = if schedule.budgeted { nemesis.within(budget()) } else { nemesis };
    let wanted = scenario.coverage(variant).filter_map(Item::awaits).collect();
    let recorder = Recorder::new(&cast, promise.as_ref(), keep.history);
    let conduct = Rc::new(RefCell::new(Conduct::new(&cast, course, nemesis, wanted, recorder)));
    let setup = Setup {
        knobs: &schedule.knobs,
        seed: schedule.seed,
        horizon: course.drained_by.saturating_add(AUDIT),
        step_budget: STEP_BUDGET,
        busiest_second: variant.system.busiest_second(&schedule.knobs),
    };
    let trace = Trace::new(keep.trace);
    let trace = if keep.sent { trace.keeping_sent() } else { trace };
    let outcome = variant.system.run(engine, &setup, conduct.clone(), trace)?;
    let record = conduct.borrow_mut().finish();
    let verdict = verdict::of_run(&cast, &outcome, &record);
    let tally = record.coverage.tally();
    let conclusion = match conclude(variant, &verdict, tally) {
        Conclusion::Held if record.coreless => Conclusion::Vacuous,
        conclusion => conclusion,
    };
    let long = schedule.knobs.contains_key(CHAOS);
    Ok(Report {
        schedule,
        conclusion,
        verdict,
        trace: outcome.trace,
        tally,
        intents: record.coverage.intents(),
        acknowledged: record.coverage.acknowledged(),
        refused: record.coverage.refused(),
        unresolved: record.coverage.unresolved(),
        waited: record.coverage.senders_waited(outcome.elapsed),
        drained: record.unrest.is_none(),
        long,
        core: course.core.map(|_| !record.coreless),
        frames: outcome.frames,
        steps: outcome.steps,
        elapsed: outcome.elapsed,
        history: record.history,
        unfired: record.unfired,
        hits: record.hits,
        withheld: record.withheld,
    })
}

fn course(scenario: &Scenario, schedule: &Schedule, promise: Option<&Availability>) -> Course {
    let micros =
        |duration: std::time::Duration| Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX);
    let knob = |name| schedule.knobs.get(name).map(|ms: &u64| ms.saturating_mul(1_000));
    let chaos = knob(CHAOS).unwrap_or(micros(scenario.chaos));
    let at_least = knob(HORIZON).unwrap_or(0);
    let asked = schedule.knobs.get(CORE).is_some_and(|&core| core > 0);
    let core = promise.filter(|_| asked).map(|promise| CoreDuty {
        min_in_sync: promise.min_in_sync,
        within: promise.longest(Lost::AllButCore),
    });
    let healed_by = chaos.saturating_add(core.map_or(0, |duty| duty.within));
    let again = knob(AGAIN).filter(|&after| after > 0).zip(promise);
    let again =
        again.map(|(after, promise)| Again { after, lasts: promise.longest_of_senders(Lost::Nothing) });
    let again_until = again.map_or(0, |again| again.after.saturating_add(again.lasts));
    let drained_by = healed_by.saturating_add(again_until).saturating_add(micros(scenario.drain));
    // The reference run has a fixed length, and does what it always did.
    Course { chaos, core, fresh: at_least == 0, again, drained_by, at_least }
}
