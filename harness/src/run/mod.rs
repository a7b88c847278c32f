//! One run, from a seed or a schedule to a verdict. This is the main path.

mod deposed;
pub(crate) mod recorder;
mod referee;
mod verdict;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use broker::Micros;
use checkers::{Anomaly, Availability, Entry, Lost, Names, Validity, Verdict, Waited};

use crate::chaos::cast::Roles;
use crate::chaos::coverage::{Item, Tally};
use crate::chaos::fault::FaultModel;
use crate::chaos::nemesis::{Budget, Hit, Long, Nemesis, generate, long};
use crate::chaos::schedule::{Expect, Moment, Schedule, Step};
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
    /// Where a core was to be healed before everything was: whether there was one.
    pub core: Option<bool>,
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
    /// Whom the others struck, and when.
    pub hits: Vec<Hit>,
    /// The places of the steps that would have taken the last sound copy of something, and were withheld.
    pub withheld: Vec<usize>,
}

impl Report {
    /// The schedule without the steps that were withheld: on `direct` it gives the same run, unless a step stands behind one that was
    /// withheld and now follows the one before.
    #[must_use]
    pub fn fired(&self) -> Schedule {
        let mut schedule = self.schedule.clone();
        self.withheld.iter().rev().for_each(|&step| drop(schedule.steps.remove(step)));
        schedule
    }

    /// The anomalies of this kind on this path, the first one first.
    pub fn found(&self, expect: Expect) -> impl Iterator<Item = &Anomaly> {
        let Expect { anomaly, path } = expect;
        self.verdict.anomalies.iter().filter(move |found| (found.kind, found.path) == (anomaly, path))
    }

    /// Whether it shows this anomaly.
    #[must_use]
    pub fn shows(&self, expect: Expect) -> bool {
        self.found(expect).next().is_some()
    }

    /// Whether what the schedule says it shows came back: its anomaly, or none where it names none.
    #[must_use]
    pub fn reproduced(&self) -> bool {
        match self.schedule.expect {
            Some(expect) => self.shows(expect),
            None => self.verdict.anomalies.is_empty(),
        }
    }
}

/// How a run is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// Every promise was kept, though faults did something to outstanding work.
    Held,
    /// Every promise was kept, but no fault did anything to outstanding work and no wait was judged while something was lost, or there
    /// was no core to be healed: it proves nothing.
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

/// Whether a window was judged in which something was lost.
#[must_use]
pub fn judged_faulted(waited: &Waited) -> bool {
    waited.lost.is_something() && waited.windows > 0
}

/// Reads a verdict in the light of what the variant promises.
#[must_use]
pub fn conclude(variant: &Variant, verdict: &Verdict, tally: Tally) -> Conclusion {
    let mut broken =
        verdict.anomalies.iter().filter(|found| !variant.leaves_open(found.kind, found.path)).peekable();
    if broken.peek().is_some() {
        let foreseen = broken.all(|anomaly| variant.foresees(anomaly.kind, anomaly.path));
        return if foreseen { Conclusion::Found } else { Conclusion::Violated };
    }
    if verdict.validity == Validity::Unknown || !verdict.unknown.is_empty() {
        return Conclusion::Unknown;
    }
    let faulted = tally.on_outstanding > 0 || verdict.waits.iter().any(judged_faulted);
    if faulted { Conclusion::Held } else { Conclusion::Vacuous }
}

impl Report {
    /// The anomaly a kept schedule is kept for: what the variant expects, if it was found, else the first that was.
    #[must_use]
    pub fn reason_to_keep(&self, variant: &Variant) -> Option<Expect> {
        let found = |anomaly: &Anomaly| Expect { anomaly: anomaly.kind, path: anomaly.path };
        let expected = variant.expect.filter(|&expect| self.shows(expect));
        let surprise = self.verdict.anomalies.iter().find(|a| !variant.foresees(a.kind, a.path)).map(found);
        surprise.or(expected).or_else(|| self.verdict.anomalies.first().map(found))
    }
}
