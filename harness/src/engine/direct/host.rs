//! One host: its node while it is up, its disk over all incarnations, and the inputs that wait while it is busy or paused.

use std::collections::VecDeque;

use broker::{Input, Micros, NodeId};

use crate::chaos::harm::Toll;
use crate::engine::BoxedNode;
use crate::engine::clock::Clock;
use crate::engine::disk::SimDisk;
use crate::engine::stopping::After;

/// A host of the simulated world.
pub struct HostState<F> {
    pub id: NodeId,
    pub name: String,
    pub factory: Box<dyn Fn() -> BoxedNode<F>>,
    pub node: Option<BoxedNode<F>>,
    pub incarnation: u64,
    pub disk: SimDisk,
    pub clock: Clock,
    /// When its timer is due by its own clock, if it was armed and has not fired.
    pub alarm: Option<Micros>,
    /// How much longer it takes for everything, in microseconds.
    pub slow: Micros,
    pub power: Power,
    pub paused: bool,
    /// What follows the stop that it was asked for.
    pub stopping: Option<After>,
    /// Busy with what it was given last, until then.
    pub busy_until: Micros,
    /// Inputs that wait, in order.
    pub inbox: VecDeque<Input<F>>,
    /// Counts the times its timer was armed; only the last counts.
    pub armed: u64,
    /// Counts its syncs and its turns, for their ties.
    pub counter: u64,
    /// What faults did to it, its disk apart.
    pub toll: Toll,
}

/// Whether somebody answers at this address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// The machine runs; without a process, connections are refused.
    On,
    /// The machine is dark; nothing answers.
    Off,
}

impl<F> HostState<F> {
    pub fn new(host: crate::engine::Host<F>) -> Self {
        HostState {
            id: host.id,
            name: host.name,
            factory: host.factory,
            node: None,
            incarnation: 0,
            disk: SimDisk::formatted(&host.disk),
            clock: Clock::default(),
            alarm: None,
            slow: 0,
            power: Power::On,
            paused: false,
            stopping: None,
            busy_until: 0,
            inbox: VecDeque::new(),
            armed: 0,
            counter: 0,
            toll: Toll::default(),
        }
    }

    /// Whether this incarnation is up.
    pub fn lives(&self, incarnation: u64) -> bool {
        self.node.is_some() && self.incarnation == incarnation
    }

    /// The next number for a tie of this host's own events.
    pub fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Ends the incarnation.
    pub fn go_down(&mut self) {
        self.node = None;
        self.paused = false;
        self.stopping = None;
        self.inbox.clear();
        self.alarm = None;
        self.busy_until = 0;
    }
}
