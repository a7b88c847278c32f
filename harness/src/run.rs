//! One run, from a seed or a schedule to a verdict. This is the main path.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use broker::Micros;
use checkers::{Anomaly, Entry, Names, Validity, Verdict};

use crate::cast::Roles;
use crate::coverage::{Item, Tally};
use crate::engine::{Ended, Engine, EngineError, on_its_own_thread};
use crate::fault::FaultModel;
use crate::nemesis::{Budget, Long, Nemesis, generate, long};
use crate::recorder::Recorder;
use crate::referee::{AUDIT, Conduct, Course};
use crate::scenario::{Scenario, Variant, Witness};
use crate::schedule::{Expect, Moment, Schedule, Step};
use crate::seed::{Purpose, Seed};
use crate::system::{Knob, Setup};
use crate::trace::Trace;

/// A run that takes more steps than this is given up: most likely a timer is armed for now, again and again.
const STEP_BUDGET: u64 = 3_000_000;

/// The knob that every run has, whatever its system: it goes on for so many milliseconds at least. Seeds do not draw it.
const HORIZON: &str = "horizon-ms";

/// For how many milliseconds faults may strike, where it is not as long as the scenario says. Long runs say so.
const CHAOS: &str = "chaos-ms";

/// An hour of simulated time.
const LONGEST_HORIZON: u64 = 3_600_000;

/// The knobs of a run: its system's, and those that every run has.
#[must_use]
pub fn knobs(variant: &Variant) -> Vec<Knob> {
    let of_every_run = [HORIZON, CHAOS].map(|name| Knob::new(name, 0..=0).allowing(0..=LONGEST_HORIZON));
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

/// Everything about one run.
#[derive(Debug)]
pub struct Report {
    /// What was run, complete enough to run it again.
    pub schedule: Schedule,
    /// What the checkers found.
    pub verdict: Verdict,
    /// How the run is to be read, given what its variant promises.
    pub conclusion: Conclusion,
    /// The trace, with its hash.
    pub trace: Trace,
    /// What faults met.
    pub tally: Tally,
    /// Business facts.
    pub intents: u64,
    /// Facts that a broker acknowledged.
    pub acknowledged: u64,
    /// Sends that failed for certain.
    pub refused: u64,
    /// Sends of which nobody learned whether they failed.
    pub unresolved: u64,
    /// Whether everything came to rest after healing.
    pub drained: bool,
    /// Whether it was a long run: one fault, held until every wait without what it takes would have been too long.
    pub long: bool,
    /// Frames delivered.
    pub frames: u64,
    /// Steps taken.
    pub steps: u64,
    /// Simulated microseconds.
    pub elapsed: Micros,
    /// The history, where it was kept.
    pub history: Option<(Names, Vec<Entry>)>,
    /// The places of the schedule's steps that never fired, or had nobody to strike.
    pub unfired: Vec<usize>,
    /// The places of the steps that would have taken the last sound copy of something, and were withheld.
    pub withheld: Vec<usize>,
}

impl Report {
    /// The schedule without the steps that were withheld: on `direct` it gives the same run.
    #[must_use]
    pub fn fired(&self) -> Schedule {
        let mut schedule = self.schedule.clone();
        self.withheld.iter().rev().for_each(|&step| drop(schedule.steps.remove(step)));
        schedule
    }

    /// Whether what the schedule says it shows came back: its anomaly, or none where it names none.
    #[must_use]
    pub fn reproduced(&self) -> bool {
        let classes = self.verdict.classes();
        match self.schedule.expect {
            Some(expect) => classes.contains(&(expect.anomaly, expect.path)),
            None => classes.is_empty(),
        }
    }
}

/// How a run is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// Every promise was kept, though faults did something to outstanding work.
    Held,
    /// Every promise was kept, but no fault did anything to outstanding work: it proves nothing.
    Vacuous,
    /// What the variant is expected to produce, and nothing that does not follow from it.
    Found,
    /// A checker could not look, or the run was cut short.
    Unknown,
    /// A promise was broken that the variant makes.
    Violated,
}

/// Draws what a seed stands for: knobs and faults.
#[must_use]
pub fn draw(scenario: &Scenario, variant: &Variant, engine: Engine, root: u64) -> Schedule {
    let seed = Seed(root);
    let knobs = variant.system.knobs().into_iter().map(|knob| (knob.name.to_owned(), knob.draw(seed)));
    let mut knobs: BTreeMap<String, u64> = knobs.collect();
    if let Some(long) = drawn_long(scenario, variant, engine, seed, &knobs) {
        knobs.insert(CHAOS.to_owned(), long.chaos_ms);
        let pace = variant.system.spread(&knobs, long.chaos_ms * 1_000);
        knobs.extend(pace.map(|(name, pace)| (name.to_owned(), pace)));
        return schedule(scenario, variant, engine, root, knobs, vec![long.step]);
    }
    let steps = if engine.simulated() {
        let cast = variant.system.cast(&knobs);
        generate(&promised(scenario, variant), &cast, seed, scenario.chaos)
    } else {
        rehearsed(scenario, seed)
    };
    Schedule { budgeted: true, ..schedule(scenario, variant, engine, root, knobs, steps) }
}

/// The long run that a seed stands for, if it stands for one and the system promises anything that it could show.
fn drawn_long(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    seed: Seed,
    knobs: &BTreeMap<String, u64>,
) -> Option<Long> {
    let promise = variant.system.availability(knobs, engine.tick()?)?;
    long(&promised(scenario, variant), &variant.system.cast(knobs), seed, &promise)
}

/// What a seed draws from: what a variant promises to survive, without what no node of its system can notice.
#[must_use]
pub fn promised(scenario: &Scenario, variant: &Variant) -> FaultModel {
    let mut model = variant.faults(&scenario.faults);
    model.kinds.retain(|&kind| variant.system.notices(kind));
    model
}

/// What strikes in runs that take real time, of which there are few: in every variant the scenario's witness, moved a little
/// by the seed.
fn rehearsed(scenario: &Scenario, seed: Seed) -> Vec<Step> {
    let witness = scenario.variants.iter().find_map(|variant| variant.witness.as_ref());
    let mut steps = witness.map_or_else(Vec::new, |witness| witness.steps.clone());
    for step in &mut steps {
        match &mut step.at {
            Moment::Ms(ms) => *ms += seed.below(100, Purpose::Knob, [u64::MAX]),
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
        version: crate::schedule::VERSION,
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
    let course = course(scenario, &schedule);
    let nemesis = Nemesis::new(schedule.steps.clone(), Roles::new(&cast), Seed(schedule.seed));
    let nemesis = if schedule.budgeted { nemesis.within(Budget::new(&cast)) } else { nemesis };
    let wanted = scenario.coverage(variant).filter_map(Item::awaits).collect();
    let promise = engine.tick().and_then(|tick| variant.system.availability(&schedule.knobs, tick));
    let recorder = Recorder::new(&cast, promise.as_ref(), keep.history);
    let conduct = Rc::new(RefCell::new(Conduct::new(&cast, course, nemesis, wanted, recorder)));
    let setup = Setup {
        knobs: &schedule.knobs,
        seed: schedule.seed,
        horizon: course.drained_by + AUDIT,
        step_budget: STEP_BUDGET,
    };
    let trace = Trace::new(keep.trace);
    let trace = if keep.sent { trace.keeping_sent() } else { trace };
    let outcome = variant.system.run(engine, &setup, conduct.clone(), trace)?;
    let record = conduct.borrow_mut().finish();
    let mut verdict = record.verdict;
    if outcome.ended == Ended::OutOfSteps {
        verdict.unknown.push(format!("the run took more than {STEP_BUDGET} steps and was given up"));
    }
    if let Some(unrest) = &record.unrest {
        verdict.unknown.push(format!("not everything came to rest after healing: {unrest}"));
    }
    if !verdict.unknown.is_empty() {
        verdict.validity = verdict.validity.max(Validity::Unknown);
    }
    let tally = record.coverage.tally();
    let conclusion = conclude(variant, &verdict, tally);
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
        drained: record.unrest.is_none(),
        long,
        frames: outcome.frames,
        steps: outcome.steps,
        elapsed: outcome.elapsed,
        history: record.history,
        unfired: record.unfired,
        withheld: record.withheld,
    })
}

fn course(scenario: &Scenario, schedule: &Schedule) -> Course {
    let micros =
        |duration: std::time::Duration| Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX);
    let knob = |name| schedule.knobs.get(name).map(|ms: &u64| ms.saturating_mul(1_000));
    let chaos = knob(CHAOS).unwrap_or(micros(scenario.chaos));
    let at_least = knob(HORIZON).unwrap_or(0);
    Course { chaos, drained_by: chaos + micros(scenario.drain), at_least }
}

/// Reads a verdict in the light of what the variant promises.
#[must_use]
pub fn conclude(variant: &Variant, verdict: &Verdict, tally: Tally) -> Conclusion {
    let foreseen = |anomaly: &Anomaly| variant.foresees(anomaly.kind, anomaly.path);
    match verdict.validity {
        Validity::Invalid if verdict.anomalies.iter().all(foreseen) => Conclusion::Found,
        Validity::Invalid => Conclusion::Violated,
        Validity::Unknown => Conclusion::Unknown,
        Validity::Valid if tally.on_outstanding == 0 => Conclusion::Vacuous,
        Validity::Valid => Conclusion::Held,
    }
}

impl Report {
    /// The anomaly a kept schedule is kept for: what the variant expects, if it was found, else the first that was.
    #[must_use]
    pub fn reason_to_keep(&self, variant: &Variant) -> Option<Expect> {
        let found = |anomaly: &Anomaly| Expect { anomaly: anomaly.kind, path: anomaly.path };
        let expected =
            variant.expect.filter(|expect| self.verdict.classes().contains(&(expect.anomaly, expect.path)));
        let surprise = self.verdict.anomalies.iter().find(|a| !variant.foresees(a.kind, a.path)).map(found);
        surprise.or(expected).or_else(|| self.verdict.anomalies.first().map(found))
    }
}
