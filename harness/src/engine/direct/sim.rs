//! The simulated world: hosts, links and the events between them. Steps, traffic and the verbs of faults are files of their
//! own.

use std::fmt::Debug;

use broker::{EventSet, FrameInfo, Input, Micros, NodeId, Observation, Outputs};

use super::event::{Event, Events, HostIndex};
use super::host::{HostState, Power};
use super::network::{Conns, Directed, EndState};
use crate::chaos::harm::Toll;
use crate::engine::costs::Costs;
use crate::engine::{Ended, Host, Outcome, Plan};
use crate::seed::{Purpose, Seed};
use crate::trace::Trace;

/// The world of one run.
pub struct Sim<F> {
    pub(super) now: Micros,
    pub(super) seed: Seed,
    pub(super) costs: Costs,
    pub(super) hosts: Vec<HostState<F>>,
    /// Directed links, by sender and receiver.
    pub(super) links: Vec<Directed<F>>,
    /// What faults did on each of them; apart, because most frames meet no fault.
    pub(super) tolls: Vec<Toll>,
    pub(super) conns: Conns,
    pub(super) events: Events<F>,
    pub(super) out: Outputs<F>,
    pub(super) trace: Trace,
    pub(super) steps: u64,
    /// Who took the last step.
    pub(super) last: Option<NodeId>,
    pub(super) frames: u64,
    pub(super) panics: Vec<(NodeId, String)>,
}

/// A step that was taken and whose actions are still to be performed.
#[derive(Clone, Copy, Debug)]
pub struct Stepped {
    /// The node.
    pub node: NodeId,
    pub(super) host: HostIndex,
    pub(super) incarnation: u64,
}

impl<F: FrameInfo + Debug + 'static> Sim<F> {
    /// The world as the plan wants it, at time 0.
    pub fn new(plan: Plan<F>, trace: Trace) -> Self {
        let count = plan.hosts.len();
        let autostart: Vec<bool> = plan.hosts.iter().map(|host| host.autostart).collect();
        let mut sim = Sim {
            now: 0,
            seed: Seed(plan.seed),
            costs: plan.costs,
            links: links(Seed(plan.seed), &plan.hosts),
            tolls: vec![Toll::default(); count * count],
            hosts: plan.hosts.into_iter().map(HostState::new).collect(),
            conns: Conns::default(),
            events: Events::new(count),
            out: Outputs::new(),
            trace,
            steps: 0,
            last: None,
            frames: 0,
            panics: Vec::new(),
        };
        (0..count).filter(|&host| autostart[host]).for_each(|host| sim.begin(host));
        sim
    }

    /// From now on nodes record these marks and no others.
    pub fn listen(&mut self, marks: EventSet) {
        self.out.listens = marks;
    }

    pub fn next_event_at(&self) -> Option<Micros> {
        self.events.next_at()
    }

    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Who took the last step.
    pub fn last(&self) -> Option<NodeId> {
        self.last
    }

    /// Time passes without an event; a referee that wants to be woken at once for ever uses up the budget, too.
    pub fn advance_to(&mut self, at: Micros) {
        self.now = at;
        self.steps += 1;
    }

    pub fn outcome(self, ended: Ended) -> Outcome {
        Outcome {
            ended,
            steps: self.steps,
            frames: self.frames,
            elapsed: self.now,
            trace: self.trace,
            panics: self.panics,
        }
    }

    pub fn take_observations(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.out.observations)
    }

    /// Gives the emptied list back, so that its memory serves the next step.
    pub fn give_back(&mut self, mut observations: Vec<Observation>) {
        observations.clear();
        self.out.observations = observations;
    }

    /// Takes the next event; returns the step it led to, if any.
    pub fn take_event(&mut self) -> Option<Stepped> {
        let (at, event) = self.events.pop()?;
        self.now = at;
        match event {
            Event::Start { host, incarnation } => self.start(host, incarnation),
            Event::Arrive(parcel) => self.arrive(parcel),
            Event::GiveUp { conn, host, incarnation } => {
                let opening =
                    self.conns.get(conn).is_some_and(|conn| conn.ends[0].state == EndState::Opening);
                opening.then(|| self.end_opening(conn, host, incarnation)).flatten()
            }
            Event::Synced { host, incarnation, file, token, point } => {
                let state = &mut self.hosts[host];
                // The disk finishes what it was asked for even when the process that asked is gone, unless its power is.
                let finishes = state.incarnation == incarnation && state.power == Power::On;
                let failed = finishes && state.disk.finish_sync(point).is_err();
                let input = if failed { Input::DiskFailed { file } } else { Input::Synced { file, token } };
                self.give(host, incarnation, input)
            }
            Event::DiskFailed { host, incarnation, file } => {
                self.give(host, incarnation, Input::DiskFailed { file })
            }
            Event::Load { host, incarnation, load } => self.give(host, incarnation, Input::Load(load)),
            Event::Stop { host, incarnation } => self.give(host, incarnation, Input::Stop),
            Event::GraceOver { host, incarnation } => {
                if self.hosts[host].lives(incarnation) {
                    self.end(host);
                }
                None
            }
            Event::Timer { host } => {
                self.hosts[host].alarm = None;
                self.give(host, self.hosts[host].incarnation, Input::Timer)
            }
            Event::Ready { host, incarnation } => self.next_from_inbox(host, incarnation),
        }
    }

    pub(super) fn begin(&mut self, host: HostIndex) {
        let state = &mut self.hosts[host];
        state.incarnation += 1;
        let incarnation = state.incarnation;
        let tie = self.tie(0, host as u64, incarnation);
        self.events.push(self.now, tie, Event::Start { host, incarnation });
    }

    fn start(&mut self, host: HostIndex, incarnation: u64) -> Option<Stepped> {
        let state = &mut self.hosts[host];
        if state.incarnation != incarnation || state.node.is_some() || state.power == Power::Off {
            return None;
        }
        state.node = Some((state.factory)());
        let seed = self.seed.draw(Purpose::Incarnation, [u64::from(state.id.0), incarnation]);
        let files = state.disk.read();
        self.step(host, Input::Started { files, seed })
    }

    pub(super) fn tie(&self, kind: u64, subject: u64, number: u64) -> u64 {
        self.seed.draw(Purpose::TieBreak, [kind << 32 | subject, number])
    }

    pub(super) fn index(&self, node: NodeId) -> Option<HostIndex> {
        self.hosts.binary_search_by_key(&node, |host| host.id).ok()
    }

    pub(super) fn link(&self, from: HostIndex, to: HostIndex) -> usize {
        from * self.hosts.len() + to
    }
}

/// A directed link from every host to every host.
fn links<F>(seed: Seed, hosts: &[Host<F>]) -> Vec<Directed<F>> {
    let id = |host: &Host<F>| u64::from(host.id.0);
    let pairs = hosts.iter().flat_map(|from| hosts.iter().map(move |to| [id(from), id(to)]));
    pairs.map(|keys| Directed::new(seed.stream(Purpose::Latency, keys))).collect()
}
