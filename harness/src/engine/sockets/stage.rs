//! What the hosts of one run have in common: the links, the referee, the trace, and what the engine still has to do.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt::Debug;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::rc::Rc;

use broker::{EventSet, FrameInfo, Input, Micros, NodeId, Observation};
use tokio::sync::Notify;

use super::control::Control;
use super::links::Links;
use super::network::place_of;
use super::place::{Place, Power};
use crate::chaos::harm::{Harm, Place as Where};
use crate::engine::costs::Costs;
use crate::engine::{Ended, Flow, Outcome, Plan, SharedReferee};
use crate::seed::Seed;
use crate::trace::Trace;

/// What the engine must do to its own hosts and links, at its next quantum and in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// End the program of this host.
    Stop(NodeId),
    /// Start the program of this host anew.
    Start(NodeId),
    /// Pause this host.
    Pause(NodeId),
    /// Let this host go on.
    Resume(NodeId),
    /// Bring the link between these hosts, in both directions, to its new state.
    Relink(NodeId, NodeId),
}

/// A run on simulated sockets. It is made of cells because all hosts share it, and each runs in tasks of its own.
pub struct Stage<F> {
    pub costs: Costs,
    pub links: Rc<Links>,
    pub seed: Seed,
    places: Vec<Rc<Place<F>>>,
    horizon: Micros,
    step_budget: u64,
    referee: SharedReferee,
    commands: RefCell<VecDeque<Command>>,
    /// Told whenever the engine's main loop has something to look at.
    main: Notify,
    now: Cell<Micros>,
    steps: Cell<u64>,
    frames: Cell<u64>,
    ended: Cell<Option<Ended>>,
    trace: RefCell<Trace>,
    panics: RefCell<Vec<(NodeId, String)>>,
}

impl<F> Stage<F> {
    /// A stage for this plan. `holds_one_way`: whether the engine's network can hold one direction of a link.
    pub fn new(plan: Plan<F>, referee: SharedReferee, trace: Trace, holds_one_way: bool) -> Rc<Self> {
        let places = plan.hosts.into_iter().enumerate();
        Rc::new(Stage {
            places: places.map(|(number, host)| Rc::new(Place::new(number, host))).collect(),
            costs: plan.costs,
            links: Rc::new(Links::new(holds_one_way)),
            seed: Seed(plan.seed),
            horizon: plan.horizon,
            step_budget: plan.step_budget,
            referee,
            commands: RefCell::default(),
            main: Notify::new(),
            now: Cell::new(0),
            steps: Cell::new(0),
            frames: Cell::new(0),
            ended: Cell::new(None),
            trace: RefCell::new(trace),
            panics: RefCell::default(),
        })
    }

    /// All hosts, in the order of the plan.
    pub fn places(&self) -> &[Rc<Place<F>>] {
        &self.places
    }

    pub fn place(&self, node: NodeId) -> Option<&Rc<Place<F>>> {
        let found = self.places.binary_search_by_key(&node, |place| place.node());
        found.ok().and_then(|number| self.places.get(number))
    }

    pub fn place_at(&self, address: IpAddr) -> Option<&Rc<Place<F>>> {
        self.places.get(place_of(address)?)
    }

    pub fn power(&self, node: NodeId) -> Power {
        self.place(node).map_or(Power::Down, |place| place.power())
    }

    pub fn now(&self) -> Micros {
        self.now.get()
    }

    /// Tells the stage what time it is, and wakes the referee as often as it asks for it. Called by the engine's main loop.
    pub fn tick(&self, now: Micros) {
        self.now.set(now);
        if now >= self.horizon {
            self.end(Ended::Horizon);
        }
        for place in &self.places {
            if place.stopping.due().is_some_and(|due| due <= now) {
                self.end_process(place);
            }
        }
        while !self.is_over() && self.next_wake() <= now {
            let flow = self.referee.borrow_mut().wake(&mut Control::new(self));
            self.heed(flow);
        }
    }

    /// What the engine must do now; to be asked until there is nothing.
    pub fn next_command(&self) -> Option<Command> {
        self.commands.borrow_mut().pop_front()
    }

    pub fn command(&self, command: Command) {
        self.commands.borrow_mut().push_back(command);
        self.main.notify_one();
    }

    /// Has the engine's main loop look when it is wanted next.
    pub fn look_again(&self) {
        self.main.notify_one();
    }

    /// The marks that the referee listens for.
    pub fn listens(&self) -> EventSet {
        self.referee.borrow().listens()
    }

    /// Whether the run is over.
    pub fn is_over(&self) -> bool {
        self.ended.get().is_some()
    }

    /// A host saw this. With `Break` its incarnation is over.
    pub fn observed(
        &self,
        place: &Place<F>,
        incarnation: u64,
        now: Micros,
        observations: &[Observation],
    ) -> ControlFlow<()> {
        if !observations.is_empty() {
            self.now.set(now);
            let mut control = Control::new(self);
            let flow = self.referee.borrow_mut().observed(place.node(), observations, &mut control);
            self.heed(flow);
            // The referee may want to be woken earlier now.
            self.main.notify_one();
        }
        if self.is_over() || !place.runs(incarnation) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// A node panicked; it will be stopped.
    pub fn panicked(&self, node: NodeId, message: String) {
        self.panics.borrow_mut().push((node, message));
    }

    /// A host arms a timer for this time of its clock.
    pub fn note_timer(&self, place: &Place<F>, at: Micros) {
        if place.clock().strays(at) {
            self.links.tolls.count(Where::Host(place.node()), Harm::StrayTimer);
        }
    }

    /// A node did something because the world outside asked for it.
    pub fn heeded(&self, place: &Place<F>) {
        self.links.tolls.count(Where::Host(place.node()), Harm::Asked);
    }

    /// What the run came to; takes the trace out of the stage.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            ended: self.ended.get().unwrap_or(Ended::Horizon),
            steps: self.steps.get(),
            frames: self.frames.get(),
            elapsed: self.now.get(),
            trace: self.trace.take(),
            panics: self.panics.take(),
        }
    }

    fn next_wake(&self) -> Micros {
        self.referee.borrow().next_wake().unwrap_or(Micros::MAX)
    }

    fn heed(&self, flow: Flow) {
        if flow == Flow::Stop {
            self.end(Ended::Stopped);
        }
    }

    fn end(&self, why: Ended) {
        if self.ended.get().is_none() {
            self.ended.set(Some(why));
            self.main.notify_one();
        }
    }
}

/// For a main loop that sleeps from event to event: turmoil's goes from tick to tick.
#[cfg(madsim)]
impl<F> Stage<F> {
    /// When the main loop must look again at the latest.
    pub fn next_tick(&self) -> Micros {
        let graces = self.places.iter().filter_map(|place| place.stopping.due());
        graces.fold(self.next_wake(), Micros::min).min(self.horizon)
    }

    /// Waits until the main loop has something to look at.
    pub async fn called(&self) {
        self.main.notified().await;
    }
}

impl<F: FrameInfo + Debug> Stage<F> {
    /// A node is about to take a step.
    pub fn step(&self, place: &Place<F>, now: Micros, input: &Input<F>) {
        self.now.set(now);
        let shown = place.clock().at(now);
        if shown.wall != shown.mono {
            self.links.tolls.count(Where::Host(place.node()), Harm::WrongWall);
        }
        self.links.tolls.came_through(Where::Host(place.node()), now);
        self.trace.borrow_mut().step(now, place.node(), place.name(), input);
        self.steps.set(self.steps.get() + 1);
        if matches!(input, Input::Frame { .. }) {
            self.frames.set(self.frames.get() + 1);
        }
        if self.steps.get() >= self.step_budget {
            self.end(Ended::OutOfSteps);
        }
    }
}
