//! How a case is played: hosts, a script of faults, and what came of it.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use broker::{Input, Micros, NodeId, Observation};

use super::toys::{BACK, CLIENT, Counter, Echo, Event, Log, MS, Number, SERVER, THERE};
use crate::chaos::world::{Streams, World, WorldAction};
use crate::engine::costs::Costs;
use crate::engine::{BoxedNode, Engine, Flow, Host, Outcome, Plan, Referee, on_its_own_thread, run};
use crate::trace::Trace;

pub const ENGINES: &[Engine] = &[
    Engine::Direct,
    Engine::Turmoil,
    #[cfg(madsim)]
    Engine::Madsim,
];

pub const STRIKE: Micros = 200 * MS;
pub const HEAL: Micros = 500 * MS;
pub const HORIZON: Micros = 2500 * MS;

/// While the fault lasts, and nothing that was under way before can still arrive.
pub const DURING: Range<Micros> = STRIKE + 20 * MS..HEAL;
pub const AFTER: Range<Micros> = HEAL..HORIZON;

pub type Act = Box<dyn Fn(&mut dyn World)>;

/// Acts at its times and at the first observation, and keeps what it sees.
#[derive(Default)]
pub struct Script {
    pub acts: Vec<(Micros, Act)>,
    pub at_observation: Option<Act>,
    /// Whether the first observation is enough.
    pub stops: bool,
    pub seen: Vec<(NodeId, Observation)>,
}

impl Referee for Script {
    fn next_wake(&self) -> Option<Micros> {
        self.acts.first().map(|(at, _)| *at)
    }
    fn wake(&mut self, world: &mut dyn World) -> Flow {
        let (_, act) = self.acts.remove(0);
        act(world);
        Flow::Continue
    }
    fn observed(&mut self, node: NodeId, observations: &[Observation], world: &mut dyn World) -> Flow {
        let seen = observations.iter().cloned().map(|seen| (node, seen));
        self.seen.extend(seen);
        if let Some(act) = self.at_observation.take() {
            act(world);
        }
        if self.stops { Flow::Stop } else { Flow::Continue }
    }
}

/// What a case came to; can leave the thread it ran on.
pub struct Played {
    pub engine: Engine,
    pub events: Vec<Event>,
    pub seen: Vec<(NodeId, Observation)>,
    pub outcome: Outcome,
}

impl Played {
    pub fn inputs(&self, node: NodeId, during: Range<Micros>) -> impl Iterator<Item = &Input<Number>> {
        let events = self.events.iter();
        events.filter(move |event| event.node == node && during.contains(&event.at)).map(|event| &event.input)
    }

    pub fn numbers(&self, node: NodeId, during: Range<Micros>) -> Vec<u64> {
        let numbers = self.inputs(node, during).filter_map(|input| match input {
            Input::Frame { frame, .. } => Some(frame.0),
            _ => None,
        });
        numbers.collect()
    }

    /// How far a node's wall time was ahead, in microseconds, each value once.
    pub fn walls_ahead(&self, node: NodeId, during: Range<Micros>) -> Vec<i64> {
        let events = self.events.iter().filter(|event| event.node == node && during.contains(&event.at));
        let mut ahead: Vec<i64> = events.map(|event| event.wall_ahead).collect();
        ahead.sort_unstable();
        ahead.dedup();
        ahead
    }

    pub fn opened(&self, node: NodeId, during: Range<Micros>) -> usize {
        let opened = self.inputs(node, during);
        opened.filter(|input| matches!(input, Input::Opened { .. })).count()
    }

    pub fn closed(&self, node: NodeId, during: Range<Micros>) -> usize {
        let closed = self.inputs(node, during);
        closed.filter(|input| matches!(input, Input::Closed { .. })).count()
    }

    pub fn refused(&self, node: NodeId, during: Range<Micros>) -> usize {
        let refused = self.inputs(node, during);
        refused.filter(|input| matches!(input, Input::Refused { .. })).count()
    }

    /// Numbers that came back follow each other without a gap from 0 on, and go beyond the healing.
    #[track_caller]
    pub fn nothing_was_lost(&self) {
        let all = self.numbers(CLIENT, 0..HORIZON);
        let expected: Vec<u64> = (0..all.len() as u64).collect();
        assert_eq!(all, expected, "{:?}", self.engine);
        assert!(all.len() > 100, "{:?}: only {} came back", self.engine, all.len());
        assert_eq!(self.closed(CLIENT, 0..HORIZON), 0, "{:?}", self.engine);
    }

    /// The connection broke on both ends, and another one took its place after the healing.
    #[track_caller]
    pub fn was_replaced(&self) {
        assert!(!self.numbers(CLIENT, AFTER).is_empty(), "{:?}", self.engine);
        assert_eq!(self.opened(CLIENT, 0..HORIZON), 2, "{:?}", self.engine);
        assert_eq!(self.closed(CLIENT, 0..HORIZON), 1, "{:?}", self.engine);
    }
}

pub fn host(id: NodeId, factory: impl Fn() -> BoxedNode<Number> + 'static) -> Host<Number> {
    Host { id, name: id.to_string(), autostart: true, factory: Box::new(factory), disk: Vec::new() }
}

pub fn plan(hosts: Vec<Host<Number>>, seed: u64) -> Plan<Number> {
    Plan {
        hosts,
        costs: Costs::default(),
        seed,
        horizon: HORIZON,
        step_budget: 100_000,
        busiest_second: None,
        cluster: None,
    }
}

/// Plays hosts and a script, both made by `scene` on the thread of the run.
pub fn play(engine: Engine, seed: u64, scene: impl Fn(&Log) -> (Vec<Host<Number>>, Script) + Sync) -> Played {
    let perform = || {
        let log = Log::default();
        let (hosts, script) = scene(&log);
        let script = Rc::new(RefCell::new(script));
        let (plan, referee) = (plan(hosts, seed), Rc::clone(&script) as _);
        let outcome = run(engine, plan, referee, Trace::default()).unwrap();
        Played { engine, events: log.0.take(), seen: script.take().seen, outcome }
    };
    on_its_own_thread(engine, perform)
}

pub fn counting_hosts(log: &Log, connect_at: Micros) -> Vec<Host<Number>> {
    let (server, client) = (log.clone(), log.clone());
    vec![
        host(SERVER, move || Box::new(Echo(SERVER, server.clone()))),
        host(CLIENT, move || Box::new(Counter::new(client.clone(), connect_at))),
    ]
}

/// A client that counts and a server that echoes, on every engine; one act at [`STRIKE`], one at [`HEAL`].
pub fn struck(strike: fn(&mut dyn World), heal: fn(&mut dyn World), judge: impl Fn(Played)) {
    struck_when_connecting_at(0, strike, heal, judge);
}

pub fn struck_when_connecting_at(
    connect_at: Micros,
    strike: fn(&mut dyn World),
    heal: fn(&mut dyn World),
    judge: impl Fn(Played),
) {
    for &engine in ENGINES {
        judge(play(engine, 7, |log| {
            let script = Script {
                acts: vec![(STRIKE, Box::new(strike)), (HEAL, Box::new(heal))],
                ..Script::default()
            };
            (counting_hosts(log, connect_at), script)
        }));
    }
}

pub fn cut_both(world: &mut dyn World, streams: Streams) {
    world.act(WorldAction::Cut(THERE, streams));
    world.act(WorldAction::Cut(BACK, streams));
}

pub fn mend_both(world: &mut dyn World) {
    world.act(WorldAction::Mend(THERE));
    world.act(WorldAction::Mend(BACK));
}
