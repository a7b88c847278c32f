//! What a scenario runs: a set of hosts. The lab's own cluster is one system; a stranger's broker, with frames of its own, is
//! another, and gets the same engines, faults and checkers.

pub mod cluster;
pub(crate) mod frame;
pub(crate) mod node;
pub(crate) mod sink;
pub mod workload;

use std::fmt;

use broker::server::Wire;
use broker::{ClusterConfig, FrameInfo};
use checkers::Availability;

use crate::chaos::cast::Cast;
use crate::chaos::fault::FaultKind;
use crate::engine::{self, Engine, EngineError, Host, Outcome, Plan, SharedReferee};
use crate::seed::knob::{Knob, Knobs};
use crate::trace::Trace;

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
    fn costs(&self, knobs: &Knobs) -> crate::engine::costs::Costs {
        let _ = knobs;
        crate::engine::costs::Costs::default()
    }

    /// The knob, and what it must be, by which what these knobs ask for is spread over so many microseconds.
    fn spread(&self, knobs: &Knobs, span: broker::Micros) -> Option<(&'static str, u64)> {
        let _ = (knobs, span);
        None
    }

    /// What keeps it from being run with these knobs, in words; nothing, unless it says otherwise.
    fn flaw(&self, knobs: &Knobs) -> Option<String> {
        let _ = knobs;
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

    /// See [`System::flaw`].
    fn flaw(&self, knobs: &Knobs) -> Option<String>;

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

    fn flaw(&self, knobs: &Knobs) -> Option<String> {
        System::flaw(self, knobs)
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
