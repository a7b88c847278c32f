//! The course of one run as its engine sees it: chaos, healing, draining, the audit. Records what nodes observe, lets the
//! nemesis strike, and says when it is over.

use broker::{EventSet, Micros, NodeId, Observation};
use checkers::{Entry, Names, Verdict};

use crate::cast::{Cast, Part};
use crate::coverage::Coverage;
use crate::engine::{Flow, Referee};
use crate::nemesis::{Nemesis, News};
use crate::recorder::Recorder;
use crate::world::World;

/// How often the referee looks whether everything has come to rest, in simulated microseconds.
const LOOK_EVERY: Micros = 50_000;

/// How long the audit may take, in simulated microseconds.
pub const AUDIT: Micros = 30_000_000;

/// When the parts of a run end, in simulated microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Faults strike until here; then everything is healed.
    pub chaos: Micros,
    /// Everything must have come to rest until here.
    pub drained_by: Micros,
    /// The run goes on until here even if everything has come to rest before; the reference run has a fixed length.
    pub at_least: Micros,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Chaos,
    Drain,
    Audit,
    Over,
}

/// Watches over one run.
pub struct Conduct {
    course: Course,
    phase: Phase,
    next_look: Micros,
    nemesis: Nemesis,
    recorder: Recorder,
    coverage: Coverage,
    auditor: Option<NodeId>,
    listens: EventSet,
    /// Why not everything came to rest.
    unrest: Option<String>,
}

/// What is left of a run when it is over.
pub struct Record {
    /// What the checkers say.
    pub verdict: Verdict,
    /// The history, where it was kept.
    pub history: Option<(Names, Vec<Entry>)>,
    /// What was attempted, and what faults met.
    pub coverage: Coverage,
    /// Why not everything came to rest in time, if it did not.
    pub unrest: Option<String>,
    /// Steps of the schedule that never fired.
    pub unfired: Vec<usize>,
    /// Steps that would have taken the last sound copy of something.
    pub withheld: Vec<usize>,
}

impl Conduct {
    /// Watches over a run of this cast; the marks `wanted` are seen beside those that the nemesis waits for.
    #[must_use]
    pub fn new(cast: &Cast, course: Course, nemesis: Nemesis, wanted: EventSet, recorder: Recorder) -> Self {
        Conduct {
            listens: nemesis.awaits().fold(wanted, EventSet::with),
            course,
            phase: Phase::Chaos,
            next_look: course.chaos,
            nemesis,
            recorder,
            coverage: Coverage::new(cast),
            auditor: cast.of(Part::Auditor).next().map(|player| player.id),
            unrest: Some("the run ended before it could come to rest".to_owned()),
        }
    }

    /// Ends the run.
    #[must_use]
    pub fn finish(&mut self) -> Record {
        let (unfired, withheld) = (self.nemesis.unfired(), self.nemesis.withheld());
        self.coverage.budget(self.nemesis.spent());
        let (verdict, history) = self.recorder.finish();
        let (coverage, unrest) = (self.coverage.clone(), self.unrest.clone());
        Record { verdict, history, coverage, unrest, unfired, withheld }
    }

    fn heal(&mut self, world: &mut dyn World) {
        self.nemesis.heal_all(world);
        self.report_faults();
        self.recorder.healed(world.now());
        self.coverage.healed(world.now());
        self.phase = Phase::Drain;
    }

    fn look(&mut self, world: &mut dyn World) {
        let now = world.now();
        self.next_look = now + LOOK_EVERY;
        self.nemesis.revive(world);
        let unrest = self.coverage.unrest(now);
        let quiet = unrest.is_none();
        if now < self.course.at_least || !(quiet || now >= self.course.drained_by) {
            return;
        }
        self.unrest = unrest;
        self.nemesis.settle_all(world);
        self.report_faults();
        self.phase = Phase::Over;
        if let Some(auditor) = self.auditor {
            self.phase = Phase::Audit;
            self.next_look = now + AUDIT;
            world.restart(auditor);
        }
    }

    fn report_faults(&mut self) {
        for report in self.nemesis.reports() {
            self.recorder.fault(&report);
            match report.news {
                News::Fired { lasts, .. } => self.coverage.fired(report.step, report.fault, lasts),
                News::Did { harms } => self.coverage.did(report.step, harms),
                News::Healed { .. } => {}
            }
        }
    }
}

impl Referee for Conduct {
    fn listens(&self) -> EventSet {
        self.listens
    }

    fn next_wake(&self) -> Option<Micros> {
        let nemesis = if self.phase == Phase::Chaos { self.nemesis.next_wake() } else { None };
        Some(nemesis.map_or(self.next_look, |at| at.min(self.next_look)))
    }

    fn wake(&mut self, world: &mut dyn World) -> Flow {
        match self.phase {
            Phase::Chaos => {
                self.nemesis.wake(world);
                self.report_faults();
                if world.now() >= self.course.chaos {
                    self.heal(world);
                }
            }
            Phase::Drain => self.look(world),
            Phase::Audit if world.now() >= self.next_look => self.phase = Phase::Over,
            Phase::Audit | Phase::Over => {}
        }
        self.flow()
    }

    fn observed(&mut self, node: NodeId, observations: &[Observation], world: &mut dyn World) -> Flow {
        let now = world.now();
        for observation in observations {
            self.recorder.observed(now, node, observation);
            self.coverage.see(now, node, observation);
            if *observation == Observation::Audited {
                self.phase = Phase::Over;
            }
        }
        if self.phase == Phase::Chaos {
            self.nemesis.observed(node, observations, world);
            self.report_faults();
        }
        self.flow()
    }
}

impl Conduct {
    fn flow(&self) -> Flow {
        if self.phase == Phase::Over { Flow::Stop } else { Flow::Continue }
    }
}
