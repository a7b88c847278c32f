//! A host: what outlives its incarnations.

use std::cell::{Cell, RefCell};

use std::task::{Context, Waker};

use broker::{Micros, NodeId};

use super::links::remember;
use crate::chaos::world::ClockChange;
use crate::engine::clock::Clock;
use crate::engine::disk::SimDisk;
use crate::engine::loads::Loads;
use crate::engine::stopping::Stopping;
use crate::engine::{BoxedNode, Host};

/// What a host is able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs its program.
    Up,
    /// Its program ended; to whoever connects it answers that nobody is there.
    Down,
    /// It answers nothing.
    Dark,
}

/// One host of a run.
pub struct Place<F> {
    host: Host<F>,
    /// Where it stands in the plan; decides its address.
    pub number: usize,
    pub disk: RefCell<SimDisk>,
    /// How much longer the node takes for everything, in microseconds.
    pub slow: Cell<Micros>,
    /// What the world outside asks of the node.
    pub loads: Loads,
    pub stopping: Stopping,
    clock: Cell<Clock>,
    /// Who sleeps until the clock shows some time.
    sleeper: RefCell<Option<Waker>>,
    power: Cell<Power>,
    paused: Cell<bool>,
    /// How many incarnations are over; the number of the one that runs.
    over: Cell<u64>,
}

impl<F> Place<F> {
    pub fn new(number: usize, host: Host<F>) -> Self {
        let power = if host.autostart { Power::Up } else { Power::Down };
        let disk = RefCell::new(SimDisk::formatted(&host.disk));
        Place {
            host,
            number,
            disk,
            slow: Cell::new(0),
            loads: Loads::default(),
            stopping: Stopping::default(),
            clock: Cell::default(),
            sleeper: RefCell::default(),
            power: Cell::new(power),
            paused: Cell::new(false),
            over: Cell::new(0),
        }
    }

    pub fn node(&self) -> NodeId {
        self.host.id
    }

    pub fn name(&self) -> &str {
        &self.host.name
    }

    pub fn power(&self) -> Power {
        self.power.get()
    }

    /// The program of the next incarnation.
    pub fn program(&self) -> BoxedNode<F> {
        (self.host.factory)()
    }

    /// The number of the incarnation that runs, or will run next.
    pub fn incarnation(&self) -> u64 {
        self.over.get()
    }

    /// Whether this incarnation runs, paused or not.
    pub fn runs(&self, incarnation: u64) -> bool {
        self.power.get() == Power::Up && self.over.get() == incarnation
    }

    pub fn is_paused(&self) -> bool {
        self.paused.get()
    }

    /// The clock that its nodes go by.
    pub fn clock(&self) -> Clock {
        self.clock.get()
    }

    /// Changes the clock; whoever sleeps by it is woken.
    pub fn change_clock(&self, time: Micros, change: ClockChange) {
        let mut clock = self.clock.get();
        clock.change(time, change);
        self.clock.set(clock);
        if let Some(sleeper) = self.sleeper.take() {
            sleeper.wake();
        }
    }

    /// Has the task that sleeps by the clock woken when it changes.
    pub fn wake_sleeper_later(&self, context: &Context<'_>) {
        remember(&self.sleeper, context);
    }

    /// Ends the incarnation that runs; says whether one did.
    pub fn end(&self, power: Power) -> bool {
        self.paused.set(false);
        self.loads.clear();
        self.stopping.end();
        // A branch, and not `u64::from(ended)` added: where this is inlined behind another look at `power`, rustc 1.95 with
        // optimisation adds 0 (its GVN pass; debug builds are right). CI compares the traces of both builds.
        let ended = self.power.replace(power) == Power::Up;
        if ended {
            self.over.set(self.over.get() + 1);
        }
        ended
    }

    /// Begins the next incarnation; gives what the host was before.
    pub fn begin(&self) -> Power {
        self.power.replace(Power::Up)
    }

    /// Pauses the host or lets it go on; says whether that changed anything.
    pub fn set_paused(&self, paused: bool) -> bool {
        self.power.get() == Power::Up && self.paused.replace(paused) != paused
    }
}
