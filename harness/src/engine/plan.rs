//! What an engine is given, and what it gives back.

use std::cell::RefCell;
use std::rc::Rc;

use broker::{ClusterConfig, EventSet, Micros, Node, NodeId, Observation, StoredFile};

use crate::chaos::world::World;
use crate::engine::costs::Costs;
use crate::trace::Trace;

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
    /// What is on its disk before it starts for the first time, synced.
    pub disk: Vec<StoredFile>,
}

impl<F> Host<F> {
    /// A host that is up from the beginning and runs what `program` makes.
    pub fn new<N: Node<Frame = F> + 'static>(
        id: NodeId,
        name: impl Into<String>,
        program: impl Fn() -> N + 'static,
    ) -> Self {
        Host {
            id,
            name: name.into(),
            autostart: true,
            factory: Box::new(move || Box::new(program())),
            disk: Vec::new(),
        }
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
    /// So many steps are taken within one simulated second at the most, where the system knows.
    pub busiest_second: Option<u64>,
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
    /// The marks it listens for; others need not be recorded. Asked once, at the beginning.
    fn listens(&self) -> EventSet {
        EventSet::ALL
    }

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
    /// Time did not go on: this node took the last of very many steps within one microsecond.
    Standstill(NodeId),
    /// Far more steps were taken within one second than what is asked of the system can cause; this node took the last of them.
    Runaway(NodeId),
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
