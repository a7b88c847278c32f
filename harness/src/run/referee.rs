//! The course of one run as its engine sees it: chaos, healing, draining, the audit. Records what nodes observe, lets the
//! nemesis strike, and says when it is over.

use broker::{EventSet, Load, MessageId, Micros, NodeId, Observation, Phase as Ending};
use checkers::{Entry, Names, Verdict};

use super::deposed::Reigns;
use crate::chaos::cast::{Cast, Part};
use crate::chaos::coverage::Coverage;
use crate::chaos::harm::Harm;
use crate::chaos::nemesis::{Core, Hit, Nemesis, News};
use crate::chaos::world::{World, WorldAction};
use crate::engine::{Flow, Referee};
use crate::run::recorder::Recorder;

/// How often the referee looks whether everything has come to rest, in simulated microseconds.
const LOOK_EVERY: Micros = 50_000;

/// How long the audit may take, in simulated microseconds.
pub const AUDIT: Micros = 30_000_000;

/// So many facts come while only a core is healed, and as many at every producer when all is.
const FRESH: u32 = 2;

/// When the parts of a run end, in simulated microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Faults strike until here; then everything is healed.
    pub chaos: Micros,
    /// Everything must have come to rest until here.
    pub drained_by: Micros,
    /// Where only a core is healed at the end of the chaos, before everything is: what it has to do, and for how long at most.
    pub core: Option<CoreDuty>,
    /// Whether facts come once more when everything is healed.
    pub fresh: bool,
    /// Facts come once more when the system has had time to recover.
    pub again: Option<Again>,
    /// The run goes on until here even if everything has come to rest before; the reference run has a fixed length.
    pub at_least: Micros,
}

/// Facts that come when nothing is wrong any longer: one at every producer at each look, so that somebody waits all the time, also
/// where each send by itself is given up soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// So many simulated microseconds after everything was healed.
    pub after: Micros,
    /// For so long.
    pub lasts: Micros,
}

/// What a core has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreDuty {
    /// So many replicas of a log must be in sync for it to serve.
    pub min_in_sync: usize,
    /// It has to serve within so many simulated microseconds.
    pub within: Micros,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Chaos,
    /// Only a core is healed, until here.
    Core {
        until: Micros,
    },
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
    cast: Cast,
    reigns: Reigns,
    serving: Serving,
    /// Whether a core was to be healed and there was none.
    coreless: bool,
    /// When facts are to come, and how many at every producer; the next last.
    asks: Vec<(Micros, u32)>,
    /// Why not everything came to rest.
    unrest: Option<String>,
    /// What a handler awaited that this lab did not give it: the run ends there.
    foreign: Option<String>,
}

impl Again {
    /// When facts are to come and how many, if everything is healed now; the next last.
    fn asks(self, now: Micros) -> Vec<(Micros, u32)> {
        let times = (0..=self.lasts / LOOK_EVERY).rev();
        times.map(|look| (now + self.after + look * LOOK_EVERY, 1)).collect()
    }
}

/// What a core has done of its duty.
#[derive(Clone, Debug, Default)]
struct Serving {
    core: Core,
    asked: bool,
    begun: u32,
    open: Vec<MessageId>,
}

impl Serving {
    fn see(&mut self, node: NodeId, observation: &Observation) {
        if self.core.producer != Some(node) {
            return;
        }
        match *observation {
            Observation::Intent { id, .. } => {
                self.begun += 1;
                self.open.push(id);
            }
            Observation::Send { phase: Ending::Ok | Ending::Fail | Ending::Info, id, .. } => {
                self.open.retain(|open| *open != id);
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        self.begun >= FRESH && self.open.is_empty()
    }
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
    /// Whom the others struck.
    pub hits: Vec<Hit>,
    /// Steps that would have taken the last sound copy of something.
    pub withheld: Vec<usize>,
    /// Whether a core was to be healed and there was none.
    pub coreless: bool,
    /// What a handler awaited that this lab did not give it: the run says nothing about anything else.
    pub foreign: Option<String>,
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
            cast: cast.clone(),
            reigns: Reigns::default(),
            serving: Serving::default(),
            coreless: false,
            asks: Vec::new(),
            coverage: Coverage::new(cast),
            auditor: cast.of(Part::Auditor).next().map(|player| player.id),
            unrest: Some("the run ended before it could come to rest".to_owned()),
            foreign: None,
        }
    }

    /// Ends the run.
    #[must_use]
    pub fn finish(&mut self) -> Record {
        let (unfired, withheld) = (self.nemesis.unfired(), self.nemesis.withheld());
        self.coverage.budget(self.nemesis.spent());
        let (verdict, history) = self.recorder.finish();
        Record {
            verdict,
            history,
            coverage: self.coverage.clone(),
            unrest: self.unrest.clone(),
            unfired,
            hits: self.nemesis.hits(),
            withheld,
            coreless: self.coreless,
            foreign: self.foreign.clone(),
        }
    }

    /// The chaos ends: for a core first, where that is the course, else for all.
    fn end_chaos(&mut self, world: &mut dyn World) {
        let Some(CoreDuty { min_in_sync, within }) = self.course.core else {
            return self.heal(world);
        };
        let Some(core) = self.nemesis.core(min_in_sync, world.now()) else {
            self.coreless = true;
            return self.heal(world);
        };
        let now = world.now();
        self.nemesis.heal_core(&core, world);
        self.report_faults();
        self.recorder.core(now, &core, &self.cast, false);
        self.serving.core = core;
        // A wait is too long when it is longer than allowed, and it begins when the facts come.
        self.phase = Phase::Core { until: now + within + 2 * LOOK_EVERY };
        self.next_look = now + LOOK_EVERY;
    }

    fn look_at_core(&mut self, until: Micros, world: &mut dyn World) {
        let now = world.now();
        self.next_look = now + LOOK_EVERY;
        self.nemesis.revive_core(&self.serving.core, world);
        if !self.serving.asked {
            self.serving.asked = true;
            let producer = self.serving.core.producer.into_iter();
            producer
                .for_each(|producer| world.act(WorldAction::Load(producer, Load::More { records: FRESH })));
        }
        let served = self.serving.is_done() && self.coverage.is_settled();
        if served || now >= until {
            self.heal(world);
        }
    }

    fn heal(&mut self, world: &mut dyn World) {
        self.nemesis.heal_all(world);
        self.report_faults();
        if let Phase::Core { .. } = self.phase {
            self.recorder.core(world.now(), &self.serving.core, &self.cast, true);
        }
        self.recorder.healed(world.now());
        let now = world.now();
        self.coverage.healed(now);
        self.asks = self.course.again.map(|again| again.asks(now)).unwrap_or_default();
        self.asks.extend(self.course.fresh.then_some((now, FRESH)));
        self.next_look = now;
        self.phase = Phase::Drain;
    }

    fn look(&mut self, world: &mut dyn World) {
        let now = world.now();
        self.next_look = now + LOOK_EVERY;
        self.nemesis.revive(world);
        if let Some((_, records)) = self.asks.pop_if(|(at, _)| *at <= now) {
            let producers = self.cast.of(Part::Producer);
            producers.for_each(|player| world.act(WorldAction::Load(player.id, Load::More { records })));
            return;
        }
        if !self.asks.is_empty() {
            return;
        }
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
            world.act(WorldAction::Restart(auditor));
        }
    }

    fn report_faults(&mut self) {
        for report in self.nemesis.reports() {
            self.recorder.fault(&report);
            match report.news {
                News::Fired { lasts, nodes, .. } => {
                    self.coverage.fired(report.step, report.fault, nodes.len(), lasts);
                    if report.fault.harms().contains(&Harm::Killed) {
                        nodes.iter().for_each(|&node| self.coverage.ended(report.time, node));
                    }
                }
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
                    self.end_chaos(world);
                }
            }
            Phase::Core { until } if world.now() >= self.next_look => self.look_at_core(until, world),
            Phase::Core { .. } => {}
            Phase::Drain => self.look(world),
            Phase::Audit if world.now() >= self.next_look => self.phase = Phase::Over,
            Phase::Audit | Phase::Over => {}
        }
        self.flow()
    }

    fn observed(&mut self, node: NodeId, observations: &[Observation], world: &mut dyn World) -> Flow {
        let now = world.now();
        let observations = &*self.reigns.current(observations);
        self.recorder.observed(now, node, observations);
        for observation in observations {
            self.coverage.see(now, node, observation);
            self.serving.see(node, observation);
            match observation {
                Observation::Audited => self.phase = Phase::Over,
                Observation::ForeignAwait { id, what } => {
                    let consumer = self.cast.name(node);
                    self.foreign = Some(format!("foreign-await: the handler of {id} in {consumer} {what}"));
                    self.phase = Phase::Over;
                }
                _ => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_that_come_again_come_one_at_every_look_from_recovery_on_until_their_time_is_over() {
        let mut asks = Again { after: 3 * LOOK_EVERY, lasts: 2 * LOOK_EVERY }.asks(7);
        let order: Vec<(Micros, u32)> = std::iter::from_fn(|| asks.pop()).collect();
        assert_eq!(order, [3, 4, 5].map(|look| (7 + look * LOOK_EVERY, 1)));
    }
}
