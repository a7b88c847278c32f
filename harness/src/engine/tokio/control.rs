//! What faults can do to processes. What they cannot was refused before the run began.

use std::fmt::Debug;
use std::rc::Rc;

use broker::server::Wire;
use broker::{FrameInfo, Load, Micros, NodeId};

use super::process::Process;
use super::stage::Stage;
use crate::chaos::harm::{Harm, Place, Toll};
use crate::chaos::world::{World, WorldAction};

/// The world of a run on this machine.
pub struct Control<'a, F>(&'a Rc<Stage<F>>);

impl<'a, F> Control<'a, F> {
    pub fn new(stage: &'a Rc<Stage<F>>) -> Self {
        Control(stage)
    }
}

impl<F: Wire + FrameInfo + Debug + 'static> World for Control<'_, F> {
    fn now(&self) -> Micros {
        self.0.now()
    }

    fn toll(&self, place: Place) -> Toll {
        self.0.toll(place)
    }

    fn durable_as_told(&self, _: NodeId) -> bool {
        true
    }

    /// What has no arm here was refused before the run began.
    fn act(&mut self, action: WorldAction) {
        match action {
            WorldAction::Crash(node) => self.crash(node),
            WorldAction::Stop(node) => self.stop(node),
            WorldAction::Restart(node) => self.0.restart(node),
            WorldAction::Pause(node) => self.pause(node),
            WorldAction::Resume(node) => self.resume(node),
            WorldAction::Slow(node, longer) => self.slow(node, longer),
            WorldAction::Load(node, load) => self.load(node, load),
            _ => {}
        }
    }
}

impl<F: Wire + FrameInfo + Debug + 'static> Control<'_, F> {
    fn crash(&mut self, node: NodeId) {
        let killed = match self.0.guest(node) {
            Some(guest) => guest.crash(),
            None => self.0.with_process(node, Process::kill),
        };
        if killed {
            self.0.count(node, Harm::Killed);
        }
    }

    fn stop(&mut self, node: NodeId) {
        let now = self.0.now();
        match self.0.guest(node) {
            Some(guest) => guest.stop(now),
            None => {
                self.0.with_process(node, |process| process.terminate(now));
            }
        }
    }

    fn pause(&mut self, node: NodeId) {
        match self.0.guest(node) {
            Some(guest) => guest.pause(true),
            None if self.0.with_process(node, |process| process.pause()) => {
                self.0.count(node, Harm::Postponed);
            }
            None => {}
        }
    }

    fn resume(&mut self, node: NodeId) {
        match self.0.guest(node) {
            Some(guest) => guest.pause(false),
            None => {
                self.0.with_process(node, |process| process.resume());
            }
        }
    }

    fn slow(&mut self, node: NodeId, longer: Micros) {
        if let Some(guest) = self.0.guest(node) {
            guest.slow.set(longer);
        }
    }

    fn load(&mut self, node: NodeId, load: Load) {
        if let Some(guest) = self.0.guest(node) {
            guest.loads.push(load);
        }
    }
}
