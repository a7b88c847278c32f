//! Engines: the ways to run the same nodes under the same schedule.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;

use broker::server::Wire;
use broker::{ClusterConfig, FrameInfo, Micros, Node, NodeId, Observation};
use thiserror::Error;

use crate::costs::Costs;
use crate::fault::FaultKind;
use crate::trace::{Sent, Trace};
use crate::world::World;

pub mod direct;
#[cfg(madsim)]
pub mod madsim;
#[cfg(test)]
mod signatures;
mod sockets;
mod tokio;
pub mod turmoil;
mod watched;

/// A node of one incarnation, ready to be stepped.
pub type BoxedNode<F> = Box<dyn Node<Frame = F>>;

/// One host of a run.
pub struct Host<F> {
    /// Its id; ids are unique, not necessarily dense.
    pub id: NodeId,
    /// Its name, as it stands in histories.
    pub name: String,
    /// Whether it is up from the beginning; otherwise the referee starts it with `World::restart`.
    pub autostart: bool,
    /// Makes its program anew for every incarnation.
    pub factory: Box<dyn Fn() -> BoxedNode<F>>,
}

impl<F> Host<F> {
    /// A host that is up from the beginning and runs what `program` makes.
    pub fn new<N: Node<Frame = F> + 'static>(
        id: NodeId,
        name: impl Into<String>,
        program: impl Fn() -> N + 'static,
    ) -> Self {
        Host { id, name: name.into(), autostart: true, factory: Box::new(move || Box::new(program())) }
    }

    /// The same host, down until the referee starts it.
    #[must_use]
    pub fn later(self) -> Self {
        Host { autostart: false, ..self }
    }
}

/// What an engine is given: everything but the faults, which come through the referee.
pub struct Plan<F> {
    /// The hosts, in ascending order of their ids.
    pub hosts: Vec<Host<F>>,
    /// What things cost.
    pub costs: Costs,
    /// The root seed of the run.
    pub seed: u64,
    /// The run ends here at the latest, in simulated microseconds.
    pub horizon: Micros,
    /// The run ends after so many steps at the latest.
    pub step_budget: u64,
    /// The hosts that can also be processes of their own, as the `broker` process reads them.
    pub cluster: Option<ClusterConfig>,
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It goes on.
    Continue,
    /// It has seen enough.
    Stop,
}

/// Who watches a run and acts on it: records what nodes observe, lets faults strike, and decides when it is over.
pub trait Referee {
    /// When the referee wants to be woken next, in simulated microseconds. The engine asks after every call to the referee.
    fn next_wake(&self) -> Option<Micros>;

    /// It is time.
    fn wake(&mut self, world: &mut dyn World) -> Flow;

    /// A node took a step and saw this; its actions have not been performed yet. A fault that strikes `node` itself now
    /// (crash, power loss) discards them.
    fn observed(&mut self, node: NodeId, observations: &[Observation], world: &mut dyn World) -> Flow;
}

/// A referee as the engines with sockets need it: their hosts run in tasks that own what they use. The caller keeps a clone
/// and reads there what the referee saw.
pub type SharedReferee = Rc<RefCell<dyn Referee>>;

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The referee had seen enough.
    Stopped,
    /// The horizon was reached.
    Horizon,
    /// The budget of steps was used up: most likely a timer that is armed for now, again and again.
    OutOfSteps,
}

/// What an engine reports of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Why it ended.
    pub ended: Ended,
    /// Steps taken by all nodes.
    pub steps: u64,
    /// Frames delivered.
    pub frames: u64,
    /// Simulated microseconds that passed.
    pub elapsed: Micros,
    /// The trace: its hash, and its lines if they were asked for.
    pub trace: Trace,
    /// Panics of nodes, caught: the node and the message. The node was crashed.
    pub panics: Vec<(NodeId, String)>,
}

/// The engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// A heap of events over the nodes.
    Direct,
    /// The asynchronous shell under turmoil's simulated network.
    Turmoil,
    /// The asynchronous shell under madsim's network and task order.
    Madsim,
    /// Real processes, sockets and files.
    Tokio,
}

/// Why an engine cannot run something.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EngineError {
    /// It is not in this build.
    #[error("this build has no {} engine: {why}", .engine.name())]
    Absent {
        /// The engine.
        engine: Engine,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// It has no means for a fault.
    #[error("{} cannot do {}: run this on {}", .engine.name(), .fault.name(), able(*.fault))]
    Cannot {
        /// The engine.
        engine: Engine,
        /// The fault.
        fault: FaultKind,
    },
    /// The system under test has no processes that this engine could start.
    #[error("{} runs a cluster as processes, and this system has none (`System::processes`)", .engine.name())]
    NoProcesses {
        /// The engine.
        engine: Engine,
    },
    /// The machine did not do what the engine needs.
    #[error("{}: {what}", .engine.name())]
    Failed {
        /// The engine.
        engine: Engine,
        /// What failed, and why.
        what: String,
    },
    /// The user interrupted it; there is no result.
    #[error("interrupted")]
    Interrupted,
}

impl Engine {
    /// Every engine.
    pub const ALL: &[Engine] = &[Engine::Direct, Engine::Turmoil, Engine::Madsim, Engine::Tokio];

    /// Its name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Engine::Direct => "direct",
            Engine::Turmoil => "turmoil",
            Engine::Madsim => "madsim",
            Engine::Tokio => "tokio",
        }
    }

    /// Whether its runs are repeatable.
    #[must_use]
    pub fn simulated(self) -> bool {
        self != Engine::Tokio
    }

    /// Whether it has means for this fault.
    #[must_use]
    pub fn can(self, fault: FaultKind) -> bool {
        self.simulated() || matches!(fault, FaultKind::Crash | FaultKind::Restart | FaultKind::Pause)
    }

    /// Whether this build has it.
    #[must_use]
    pub fn available(self) -> bool {
        self != Engine::Madsim || cfg!(madsim)
    }
}

/// The engines that have means for a fault, for people.
fn able(fault: FaultKind) -> String {
    let able: Vec<&str> =
        Engine::ALL.iter().filter(|engine| engine.can(fault)).map(|engine| engine.name()).collect();
    able.join(", ")
}

/// Runs a plan on an engine. On madsim this must be called on a thread that has run nothing before; see
/// [`on_its_own_thread`].
///
/// # Errors
///
/// [`EngineError`] when the engine is not there.
pub fn run<F: FrameInfo + Wire + Debug + 'static>(
    engine: Engine,
    plan: Plan<F>,
    referee: SharedReferee,
    trace: Trace,
) -> Result<Outcome, EngineError> {
    match engine {
        Engine::Direct => Ok(direct::run(plan, &mut *referee.borrow_mut(), trace)),
        Engine::Turmoil => Ok(turmoil::run(plan, referee, trace)),
        #[cfg(madsim)]
        Engine::Madsim => Ok(madsim::run(plan, referee, trace)),
        #[cfg(not(madsim))]
        Engine::Madsim => {
            Err(EngineError::Absent { engine, why: "it was built without `--cfg madsim`; unset RUSTFLAGS" })
        }
        Engine::Tokio => {
            let cluster = plan.cluster.clone().ok_or(EngineError::NoProcesses { engine })?;
            tokio::run(plan, &cluster, referee, trace)
        }
    }
}

/// Lets bare tasks carry these frames over an engine's own network for so many simulated microseconds: what the network costs
/// by itself.
///
/// # Errors
///
/// [`EngineError`] when the engine is not there or has no network of its own, or the frames did not arrive.
pub fn raw(engine: Engine, sent: &Rc<[Sent]>, elapsed: Micros, seed: u64) -> Result<(), EngineError> {
    let (costs, total) = (Costs::default(), sent.iter().map(|sent| sent.bytes as u64).sum::<u64>());
    let mut hosts: Vec<NodeId> = sent.iter().flat_map(|sent| [sent.from, sent.to]).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let raw = || Rc::new(sockets::Raw { hosts, sent: Rc::clone(sent), received: Cell::new(0) });
    let received = match engine {
        Engine::Turmoil => turmoil::raw(&raw(), &costs, elapsed, seed),
        #[cfg(madsim)]
        Engine::Madsim => madsim::raw(&raw(), &costs, elapsed, seed),
        _ => return Err(EngineError::Failed { engine, what: "it has no network of its own".to_owned() }),
    };
    if received == total {
        return Ok(());
    }
    Err(EngineError::Failed { engine, what: format!("{received} of {total} bytes arrived in a raw run") })
}

/// Runs something the way its engine needs it: madsim wants a thread that has run nothing before.
pub fn on_its_own_thread<T: Send>(engine: Engine, run: impl FnOnce() -> T + Send) -> T {
    #[cfg(madsim)]
    if engine == Engine::Madsim {
        return madsim::on_fresh_thread(run);
    }
    let _ = engine;
    run()
}
