//! The nemesis: lets the faults of a schedule strike at their moments, and heals them.

mod budget;
mod chain;
mod core;
mod events;
mod generate;
mod healing;
mod lasting;
mod long;
mod outage;
mod pending;
mod rehearsal;
mod targets;
mod touched;
mod turnover;

use broker::{EventKind, Mark, Micros, NodeId, Observation};
use checkers::Course;

pub use budget::{Budget, Spent};
pub use core::{Core, Members};
pub(crate) use generate::aimed;
pub use generate::generate;
pub use long::{Long, long};
pub(crate) use targets::targets;

use crate::chaos::cast::Roles;
use crate::chaos::fault::{FaultKind, Scene};
use crate::chaos::harm::Harms;
use crate::chaos::link::Link;
use crate::chaos::schedule::{Moment, Step};
use crate::chaos::world::World;
use crate::seed::{Purpose, Seed};
use budget::Strike;
use lasting::Lasting;
use pending::{Fired, Pending, key, micros};
use rehearsal::Rehearsal;
use touched::{Refusals, Touched};

/// The nemesis of one run.
pub struct Nemesis {
    steps: Vec<Pending>,
    members: Members,
    roles: Roles,
    lasting: Vec<Lasting>,
    reports: Vec<FaultReport>,
    seed: Seed,
    /// What strikes may take; without it, anything.
    budget: Option<Budget>,
    /// When something is due next.
    due: Option<Micros>,
    /// How many steps wait for an event; most schedules have none.
    awaited: usize,
    refusals: Refusals,
}

/// Whom a step of the schedule struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The place of the step in the schedule.
    pub step: usize,
    /// When, in simulated microseconds.
    pub time: Micros,
    /// What it struck, in words.
    pub target: String,
    /// The hosts it struck; none where it struck links.
    pub nodes: Vec<NodeId>,
    /// When it was undone, if it was, in simulated microseconds.
    pub undone: Option<Micros>,
}

/// News of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultReport {
    /// When, in simulated microseconds.
    pub time: Micros,
    /// The place of its step in the schedule.
    pub step: usize,
    /// The fault.
    pub fault: FaultKind,
    /// What became of it.
    pub news: News,
}

/// What becomes of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Its moment came.
    Fired {
        /// What it acts on, in words.
        target: String,
        /// The hosts it acts on.
        nodes: Vec<NodeId>,
        /// The links it acts on.
        links: Vec<Link>,
        /// What it does until it heals.
        course: Course,
        /// Whether it lasts until it is healed.
        lasts: bool,
    },
    /// It was undone.
    Healed {
        /// Where.
        target: String,
    },
    /// It is over, and this is what it did: nothing, perhaps.
    Did {
        /// The kinds of harm.
        harms: Harms,
    },
}

impl Nemesis {
    /// A nemesis for these steps.
    #[must_use]
    pub fn new(steps: Vec<Step>, roles: Roles, seed: Seed) -> Self {
        let pending = |step: Step| Pending {
            key: key(&step),
            awaits: step.awaits(),
            due: match step.at {
                Moment::Ms(ms) => Some(micros(ms)),
                Moment::Event(_) | Moment::Behind(_) => None,
            },
            step,
            fired: Fired::NotYet,
            hit: None,
            seen: 0,
            touched: Touched::default(),
            actor: None,
        };
        let mut steps: Vec<Pending> = steps.into_iter().map(pending).collect();
        if let Some(first) = steps.first_mut() {
            first.follow(0);
        }
        let members = Members::new(roles.cast());
        let mut nemesis = Nemesis {
            steps,
            members,
            roles,
            lasting: Vec::new(),
            reports: Vec::new(),
            seed,
            budget: None,
            due: None,
            awaited: 0,
            refusals: Refusals::default(),
        };
        nemesis.look_ahead();
        nemesis
    }

    /// The same, with strikes withheld that this budget does not allow.
    #[must_use]
    pub fn within(self, budget: Budget) -> Self {
        Nemesis { budget: Some(budget), ..self }
    }

    /// What its steps wait for, and what it and its budget count.
    pub fn awaits(&self) -> impl Iterator<Item = EventKind> {
        let registrations = self.budget.iter().map(|_| Mark::RegisterBroker.into());
        let awaited = self.steps.iter().filter_map(|pending| pending.awaits);
        awaited.chain(registrations).chain([Mark::RefuseEffect.into()])
    }

    /// When the next fault or healing is due.
    #[must_use]
    pub fn next_wake(&self) -> Option<Micros> {
        self.due
    }

    fn look_ahead(&mut self) {
        self.awaited = self
            .steps
            .iter()
            .filter(|pending| pending.fired == Fired::NotYet && pending.due.is_none())
            .count();
        let strike = self
            .steps
            .iter()
            .filter(|pending| pending.fired == Fired::NotYet)
            .filter_map(|pending| pending.due)
            .min();
        let last = self.lasting.iter().flat_map(|lasting| [lasting.until, lasting.next_action()]);
        self.due = last.chain([strike]).flatten().min();
    }

    /// Does what is due: first what heals, then what goes on, then what strikes.
    pub fn wake(&mut self, world: &mut dyn World) {
        let now = world.now();
        while let Some(at) = self.lasting.iter().position(|lasting| lasting.until.is_some_and(|at| at <= now))
        {
            let over = self.lasting.remove(at);
            self.heal(over, world);
        }
        self.go_on(now, world);
        for step in 0..self.steps.len() {
            let pending = &self.steps[step];
            if pending.fired == Fired::NotYet && pending.due.is_some_and(|at| at <= now) {
                self.strike(step, pending.actor, world);
            }
        }
        self.look_ahead();
    }

    /// Faults that are more than one action do their next ones; what has nothing left to do or to heal is over.
    fn go_on(&mut self, now: Micros, world: &mut dyn World) {
        for at in 0..self.lasting.len() {
            while self.lasting[at].next_action().is_some_and(|due| due <= now) {
                let lasting = &mut self.lasting[at];
                let (_, action) = lasting.struck.later[lasting.done];
                lasting.done += 1;
                let step = lasting.step;
                if !self.is_wanted(action, Some(at)) {
                    self.steps[step].touched.watch(world, &self.refusals).act(action);
                }
            }
        }
        let through =
            |lasting: &mut Lasting| lasting.struck.healing.is_empty() && lasting.next_action().is_none();
        let over: Vec<Lasting> = self.lasting.extract_if(.., through).collect();
        over.into_iter().for_each(|over| self.tell_over(over, now));
    }

    /// Counts what a node observed, and strikes at what was waited for.
    pub fn observed(&mut self, node: NodeId, observations: &[Observation], world: &mut dyn World) {
        // All of one step, before anything strikes in it: the controller decides about several logs at once.
        if let Some(budget) = &mut self.budget {
            observations.iter().for_each(|observation| budget.see(node, observation));
        }
        for observation in observations {
            self.roles.see(node, observation);
            self.members.see(observation);
            if *observation == Observation::Mark(Mark::RefuseEffect) {
                self.refusals.count(node);
            }
            if self.awaited == 0 {
                continue;
            }
            for step in 0..self.steps.len() {
                if self.is_before_its_turn(step) {
                    continue;
                }
                if let Some(after_ms) = self.steps[step].counts(observation) {
                    self.moment_came(step, node, after_ms, world);
                }
            }
        }
    }

    /// The event has happened that a step waited for: it strikes in this very step, or later.
    fn moment_came(&mut self, step: usize, actor: NodeId, after_ms: u64, world: &mut dyn World) {
        if after_ms == 0 {
            return self.strike(step, Some(actor), world);
        }
        let pending = &mut self.steps[step];
        pending.actor = Some(actor);
        pending.due = Some(world.now().saturating_add(micros(after_ms)));
        self.look_ahead();
    }

    /// The run is nearly over: finds out what those faults did that there was nothing to heal of.
    pub fn settle_all(&mut self, world: &dyn World) {
        for step in 0..self.steps.len() {
            if self.steps[step].fired == Fired::AtSomebody {
                self.settle(step, world);
            }
        }
    }

    /// Finds out what a fault did, which is over now.
    fn settle(&mut self, step: usize, world: &dyn World) {
        let pending = &mut self.steps[step];
        pending.fired = Fired::Over;
        let touched = std::mem::take(&mut pending.touched);
        let fault = pending.step.inject.kind();
        let harms = touched.harms(fault.harms(), |place| self.refusals.toll(world, place));
        self.reports.push(FaultReport { time: world.now(), step, fault, news: News::Did { harms } });
    }

    /// What happened since the last time.
    pub fn reports(&mut self) -> std::vec::Drain<'_, FaultReport> {
        self.reports.drain(..)
    }

    /// The steps that have struck nobody: their moment never came, or nobody played the role they were aimed at.
    #[must_use]
    pub fn unfired(&self) -> Vec<usize> {
        self.steps_that(|fired| matches!(fired, Fired::NotYet | Fired::AtNobody))
    }

    /// The steps that would have taken the last sound copy of something.
    #[must_use]
    pub fn withheld(&self) -> Vec<usize> {
        self.steps_that(|fired| fired == Fired::Withheld)
    }

    /// The steps that struck somebody.
    #[must_use]
    pub fn hits(&self) -> Vec<Hit> {
        self.steps.iter().filter_map(|pending| pending.hit.clone()).collect()
    }

    fn steps_that(&self, came_to: impl Fn(Fired) -> bool) -> Vec<usize> {
        (0..self.steps.len()).filter(|&step| came_to(self.steps[step].fired)).collect()
    }

    /// What its budget was spent on.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.budget.as_ref().map(Budget::spent).unwrap_or_default()
    }

    /// Whether a step counts only what comes behind the one before it, whose moment has not come.
    fn is_before_its_turn(&self, step: usize) -> bool {
        let Moment::Event(event) = &self.steps[step].step.at else { return false };
        let before = step.checked_sub(1).map(|before| self.steps[before].fired);
        event.behind && before == Some(Fired::NotYet)
    }

    /// The moment of a step has come. What is timed behind it has its time now, whatever becomes of this one.
    fn strike(&mut self, step: usize, actor: Option<NodeId>, world: &mut dyn World) {
        self.strike_now(step, actor, world);
        if let Some(next) = self.steps.get_mut(step + 1) {
            next.follow(world.now());
        }
        self.look_ahead();
    }

    fn strike_now(&mut self, step: usize, actor: Option<NodeId>, world: &mut dyn World) {
        let now = world.now();
        let pending = &mut self.steps[step];
        pending.fired = Fired::AtNobody;
        let key = self.seed.draw(Purpose::Fault, [pending.key]);
        if self.is_withheld(step, actor, key, world) {
            self.steps[step].fired = Fired::Withheld;
            return;
        }
        let pending = &mut self.steps[step];
        let fault = &pending.step.inject;
        // Before the fault strikes: it may take the role from whoever plays it.
        let aimed_at = fault.targets().first().and_then(|target| self.roles.resolve(target, actor, key));
        let mut world = pending.touched.watch(world, &self.refusals);
        let struck = fault.strike(&mut Scene { roles: &self.roles, actor, world: &mut world, key });
        let fault = fault.kind();
        let Some(struck) = struck else { return };
        pending.fired = Fired::AtSomebody;
        let (target, nodes) = (struck.target.clone(), struck.nodes.clone());
        pending.hit = Some(Hit { step, time: now, target, nodes, undone: None });
        self.roles.note_struck(aimed_at);
        let news = News::Fired {
            target: struck.target.clone(),
            nodes: struck.nodes.clone(),
            links: struck.links.clone(),
            course: struck.course(),
            lasts: !struck.healing.is_empty(),
        };
        self.reports.push(FaultReport { time: now, step, fault, news });
        if !struck.healing.is_empty() || !struck.later.is_empty() {
            let until = pending.step.heal_after_ms.map(|ms| now.saturating_add(micros(ms)));
            self.lasting.push(Lasting { step, since: now, until, struck, done: 0 });
        } else if let Some(budget) = &mut self.budget {
            budget.over(step, now);
        }
    }

    /// Asks the budget, if there is one, about what the step would strike.
    fn is_withheld(&mut self, step: usize, actor: Option<NodeId>, key: u64, world: &dyn World) -> bool {
        let Some(budget) = &mut self.budget else { return false };
        let inject = &self.steps[step].step.inject;
        let mut rehearsal = Rehearsal::of(world);
        let scene = &mut Scene { roles: &self.roles, actor, world: &mut rehearsal, key };
        let Some(struck) = inject.strike(scene) else { return false };
        // No session and no lag is measured in wall time.
        let touches = if inject.kind().is_of_wall_time() { Vec::new() } else { budget.touched(&struck) };
        let targets = inject.targets();
        let from = targets.iter().flat_map(|target| self.roles.resolve_all(target, actor, key)).collect();
        let strike = Strike { takes: inject.takes(), from, touches };
        let granted = budget.grants(&strike, world.now(), &|node| world.durable_as_told(node));
        if granted {
            budget.began(step, strike.touches);
        }
        !granted
    }
}
