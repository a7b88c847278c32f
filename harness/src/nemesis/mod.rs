//! The nemesis: lets the faults of a schedule strike at their moments, and heals them.

mod generate;

use broker::{Micros, NodeId, Observation};

pub use generate::{FaultModel, generate};

use crate::cast::Roles;
use crate::fault::{Healing, Scene};
use crate::schedule::{Moment, Step};
use crate::seed::{Purpose, Seed};
use crate::trace::hash_bytes;
use crate::world::World;

/// The nemesis of one run.
pub struct Nemesis {
    steps: Vec<Pending>,
    roles: Roles,
    healings: Vec<Planned>,
    reports: Vec<FaultReport>,
    seed: Seed,
    /// When something is due next.
    due: Option<Micros>,
    /// How many steps wait for an event; most schedules have none.
    awaited: usize,
}

struct Pending {
    step: Step,
    /// Made of what the step is and not of its place, so that leaving another step out moves no draw of this one.
    key: u64,
    fired: bool,
    /// How often its event has happened.
    seen: u64,
}

/// A healing that is due at some time, or at the end of the chaos.
struct Planned {
    at: Option<Micros>,
    step: usize,
    target: String,
    healing: Vec<Healing>,
}

/// A fault struck, or was healed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultReport {
    /// When, in simulated microseconds.
    pub time: Micros,
    /// The fault's name in files.
    pub fault: &'static str,
    /// What it struck, in words.
    pub target: String,
    /// Struck, or healed.
    pub healed: bool,
}

impl Nemesis {
    /// A nemesis for these steps.
    #[must_use]
    pub fn new(steps: Vec<Step>, roles: Roles, seed: Seed) -> Self {
        let pending = |step: Step| Pending { key: key(&step), step, fired: false, seen: 0 };
        let steps = steps.into_iter().map(pending).collect();
        let mut nemesis =
            Nemesis { steps, roles, healings: Vec::new(), reports: Vec::new(), seed, due: None, awaited: 0 };
        nemesis.look_ahead();
        nemesis
    }

    /// When the next fault or healing is due.
    #[must_use]
    pub fn next_wake(&self) -> Option<Micros> {
        self.due
    }

    fn look_ahead(&mut self) {
        self.awaited =
            self.steps.iter().filter(|pending| !pending.fired && pending.due_at().is_none()).count();
        let strike =
            self.steps.iter().filter(|pending| !pending.fired).filter_map(|pending| pending.due_at()).min();
        let heal = self.healings.iter().filter_map(|planned| planned.at).min();
        self.due = [strike, heal].into_iter().flatten().min();
    }

    /// Does what is due.
    pub fn wake(&mut self, world: &mut dyn World) {
        let now = world.now();
        while let Some(at) = self.healings.iter().position(|planned| planned.at.is_some_and(|at| at <= now)) {
            let planned = self.healings.remove(at);
            self.heal(planned, world);
        }
        for step in 0..self.steps.len() {
            if !self.steps[step].fired && self.steps[step].due_at().is_some_and(|at| at <= now) {
                self.strike(step, None, world);
            }
        }
        self.look_ahead();
    }

    /// Counts what a node observed, and strikes at what was waited for.
    pub fn observed(&mut self, node: NodeId, observations: &[Observation], world: &mut dyn World) {
        for observation in observations {
            self.roles.see(node, observation);
            if self.awaited == 0 {
                continue;
            }
            for step in 0..self.steps.len() {
                if self.steps[step].counts(observation) {
                    self.strike(step, Some(node), world);
                }
            }
        }
    }

    /// Ends the chaos: nothing strikes any more, everything is healed, the oldest fault first.
    pub fn heal_all(&mut self, world: &mut dyn World) {
        for planned in std::mem::take(&mut self.healings) {
            self.heal(planned, world);
        }
        // A node may also have stopped itself, and nobody planned its return.
        let everybody: Vec<NodeId> = self.roles.mortals().collect();
        everybody.into_iter().for_each(|node| world.restart(node));
    }

    /// What happened since the last time.
    pub fn reports(&mut self) -> Vec<FaultReport> {
        std::mem::take(&mut self.reports)
    }

    /// The steps that have not fired.
    #[must_use]
    pub fn unfired(&self) -> Vec<usize> {
        (0..self.steps.len()).filter(|&step| !self.steps[step].fired).collect()
    }

    fn strike(&mut self, step: usize, actor: Option<NodeId>, world: &mut dyn World) {
        let now = world.now();
        let pending = &mut self.steps[step];
        pending.fired = true;
        let key = self.seed.draw(Purpose::Fault, [pending.key]);
        let fault = pending.step.inject.kind().name();
        let Some(struck) = pending.step.inject.strike(&mut Scene { roles: &self.roles, actor, world, key })
        else {
            return;
        };
        self.reports.push(FaultReport { time: now, fault, target: struck.target.clone(), healed: false });
        if !struck.healing.is_empty() {
            let at = pending.step.heal_after_ms.map(|ms| now + ms * 1_000);
            self.healings.push(Planned { at, step, target: struck.target, healing: struck.healing });
        }
        self.look_ahead();
    }

    fn heal(&mut self, planned: Planned, world: &mut dyn World) {
        let still_broken = |healing: &Healing| {
            matches!(healing, Healing::Mend(_))
                && self.healings.iter().any(|other| other.healing.contains(healing))
        };
        // What another fault still cuts stays cut.
        planned
            .healing
            .iter()
            .filter(|healing| !still_broken(healing))
            .for_each(|healing| healing.heal(world));
        let fault = self.steps[planned.step].step.inject.kind().name();
        self.reports.push(FaultReport { time: world.now(), fault, target: planned.target, healed: true });
    }
}

impl Pending {
    fn due_at(&self) -> Option<Micros> {
        match self.step.at {
            Moment::Ms(ms) => Some(ms * 1_000),
            Moment::Event(_) => None,
        }
    }

    /// Counts an observation; true when it is the one that was waited for.
    fn counts(&mut self, observation: &Observation) -> bool {
        let Moment::Event(event) = &self.step.at else {
            return false;
        };
        if self.fired || observation.event() != event.name {
            return false;
        }
        self.seen += 1;
        self.seen == event.count
    }
}

/// Names a step by its moment and its fault.
fn key(step: &Step) -> u64 {
    hash_bytes(format!("{:?} {:?}", step.at, step.inject).as_bytes())
}
