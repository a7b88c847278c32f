//! What a scenario runs: a set of hosts. The lab's own cluster is one system; a stranger's broker, with frames of its own, is
//! another, and gets the same engines, faults and checkers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use broker::server::Wire;
use broker::{ClusterConfig, FrameInfo};
use checkers::Availability;
use thiserror::Error;

use crate::cast::Cast;
use crate::engine::{self, Engine, EngineError, Host, Outcome, Plan, SharedReferee};
use crate::fault::FaultKind;
use crate::rendezvous::key;
use crate::seed::{Purpose, Seed, bounded};
use crate::trace::Trace;

/// The numbers that a seed draws for a system, by their names in schedules.
pub type Knobs = BTreeMap<String, u64>;

/// A number of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// Its name in schedules.
    pub name: &'static str,
    /// What seeds draw, both ends included; one number where all have the same.
    pub drawn: RangeInclusive<u64>,
    /// What every second seed has, whatever the others draw.
    pub usual: Option<u64>,
    /// What a schedule may say.
    pub allowed: RangeInclusive<u64>,
    /// What a shrinker makes of it, if it can.
    pub simplest: u64,
}

impl Knob {
    /// A number that a seed draws, and of which nothing else is allowed.
    #[must_use]
    pub fn new(name: &'static str, drawn: RangeInclusive<u64>) -> Self {
        Knob { name, allowed: drawn.clone(), simplest: *drawn.start(), drawn, usual: None }
    }

    /// The same, of which this is the simplest number; where it is not said, the least is.
    #[must_use]
    pub fn simplest(self, simplest: u64) -> Self {
        Knob { simplest, ..self }
    }

    /// The same, of which every second seed draws a number in this range instead, small ones as often as large ones.
    #[must_use]
    pub fn varying(self, among: RangeInclusive<u64>) -> Self {
        Knob { usual: Some(*self.drawn.start()), drawn: among, ..self }
    }

    /// The same, of which a schedule may say more or less than seeds draw.
    #[must_use]
    pub fn allowing(mut self, allowed: RangeInclusive<u64>) -> Self {
        self.simplest = *allowed.start();
        self.allowed = allowed;
        self
    }
}

/// A number that a system does not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{name}` is {number}, and can be {} to {} here", .allowed.start(), .allowed.end())]
pub struct OutOfRange {
    /// The knob.
    pub name: &'static str,
    /// The number.
    pub number: u64,
    /// What it can be.
    pub allowed: RangeInclusive<u64>,
}

impl Knob {
    /// What a seed has of it.
    pub(crate) fn draw(&self, seed: Seed) -> u64 {
        let draws = seed.stream(Purpose::Knob, [key(self.name)]);
        let (least, most) = (*self.drawn.start(), *self.drawn.end());
        match self.usual {
            Some(usual) if draws.draw(2).is_multiple_of(2) => usual,
            Some(_) => draws.log_uniform(least, most),
            None => least + bounded(draws.draw(0), most - least + 1),
        }
    }

    /// Refuses a number that it cannot be.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`], with its range.
    pub fn check(&self, number: u64) -> Result<(), OutOfRange> {
        match self.allowed.contains(&number) {
            true => Ok(()),
            false => Err(OutOfRange { name: self.name, number, allowed: self.allowed.clone() }),
        }
    }
}

/// A system under test.
pub trait System: Send + Sync + 'static {
    /// What travels on its connections.
    type Frame: FrameInfo + Wire + fmt::Debug + 'static;

    /// Its knobs.
    fn knobs(&self) -> Vec<Knob>;

    /// Who takes part.
    fn cast(&self, knobs: &Knobs) -> Cast;

    /// The programs of its hosts, in ascending order of their ids.
    fn hosts(&self, knobs: &Knobs) -> Vec<Host<Self::Frame>>;

    /// The same system, of whose numbers seeds draw all that its promise allows; where it promises nothing, as it is.
    #[must_use]
    fn widened(self) -> Self
    where
        Self: Sized,
    {
        self
    }

    /// The hosts that can also be processes of their own, as the `broker` process reads them; a system without any cannot run
    /// on `tokio`.
    fn processes(&self, knobs: &Knobs) -> Option<ClusterConfig> {
        let _ = knobs;
        None
    }

    /// Whether a node of it can notice a fault of this kind; what nobody can notice is neither drawn nor asked for. Everything,
    /// unless it says otherwise.
    fn notices(&self, kind: FaultKind) -> bool {
        let _ = kind;
        true
    }

    /// What things cost.
    fn costs(&self, knobs: &Knobs) -> crate::costs::Costs {
        let _ = knobs;
        crate::costs::Costs::default()
    }

    /// The knob, and what it must be, by which what these knobs ask for is spread over so many microseconds.
    fn spread(&self, knobs: &Knobs, span: broker::Micros) -> Option<(&'static str, u64)> {
        let _ = (knobs, span);
        None
    }

    /// How long those who wait for it wait at most while one thing is lost, on an engine where a frame may take `tick` microseconds
    /// longer than it costs. A system that promises nothing is not judged by it.
    fn availability(&self, knobs: &Knobs, tick: broker::Micros) -> Option<Availability> {
        let _ = (knobs, tick);
        None
    }

    /// So many steps all of its hosts take within one simulated second at the most. Where more are taken on `direct`, somebody answers
    /// itself without end, and the run is `stuck`. A system that does not know is not judged by it.
    fn busiest_second(&self, knobs: &Knobs) -> Option<u64> {
        let _ = knobs;
        None
    }
}

/// A system whose frame type is out of sight, so that scenarios of different systems share one catalogue.
pub trait AnySystem: Send + Sync {
    /// See [`System::knobs`].
    fn knobs(&self) -> Vec<Knob>;

    /// See [`System::cast`].
    fn cast(&self, knobs: &Knobs) -> Cast;

    /// See [`System::spread`].
    fn spread(&self, knobs: &Knobs, span: broker::Micros) -> Option<(&'static str, u64)>;

    /// See [`System::availability`].
    fn availability(&self, knobs: &Knobs, tick: broker::Micros) -> Option<Availability>;

    /// See [`System::busiest_second`].
    fn busiest_second(&self, knobs: &Knobs) -> Option<u64>;

    /// See [`System::notices`].
    fn notices(&self, kind: FaultKind) -> bool;

    /// Runs the system on an engine.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the engine is not there or cannot run this system.
    fn run(
        &self,
        engine: Engine,
        setup: &Setup<'_>,
        referee: SharedReferee,
        trace: Trace,
    ) -> Result<Outcome, EngineError>;
}

/// What a run is set up with, beside the system.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The numbers drawn for the system.
    pub knobs: &'a Knobs,
    /// The root seed.
    pub seed: u64,
    /// The run ends here at the latest, in simulated microseconds.
    pub horizon: broker::Micros,
    /// The run ends after so many steps at the latest.
    pub step_budget: u64,
    /// So many steps are taken within one simulated second at the most, where the system knows.
    pub busiest_second: Option<u64>,
}

impl<S: System> AnySystem for S {
    fn knobs(&self) -> Vec<Knob> {
        System::knobs(self)
    }

    fn cast(&self, knobs: &Knobs) -> Cast {
        System::cast(self, knobs)
    }

    fn spread(&self, knobs: &Knobs, span: broker::Micros) -> Option<(&'static str, u64)> {
        System::spread(self, knobs, span)
    }

    fn availability(&self, knobs: &Knobs, tick: broker::Micros) -> Option<Availability> {
        System::availability(self, knobs, tick)
    }

    fn busiest_second(&self, knobs: &Knobs) -> Option<u64> {
        System::busiest_second(self, knobs)
    }

    fn notices(&self, kind: FaultKind) -> bool {
        System::notices(self, kind)
    }

    fn run(
        &self,
        engine: Engine,
        setup: &Setup<'_>,
        referee: SharedReferee,
        trace: Trace,
    ) -> Result<Outcome, EngineError> {
        let plan = Plan {
            hosts: self.hosts(setup.knobs),
            costs: self.costs(setup.knobs),
            seed: setup.seed,
            horizon: setup.horizon,
            step_budget: setup.step_budget,
            busiest_second: setup.busiest_second,
            cluster: self.processes(setup.knobs),
        };
        engine::run(engine, plan, referee, trace)
    }
}
