//! The same cases on every engine with sockets: what each verb of [`World`] makes the nodes see, while it lasts and after.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use broker::server::{Wire, WireError};
use broker::{ConnId, FileId, FrameInfo, Input, Micros, Node, NodeId, Now, Observation, Outputs};
use bytes::Bytes;

use crate::costs::Costs;
use crate::engine::{BoxedNode, Ended, Flow, Host, Outcome, Plan, Referee, turmoil};
use crate::trace::Trace;
use crate::world::{Link, Streams, World};

#[derive(Clone, Copy, Debug)]
enum Engine {
    Turmoil,
    #[cfg(madsim)]
    Madsim,
}

const ENGINES: &[Engine] = &[
    Engine::Turmoil,
    #[cfg(madsim)]
    Engine::Madsim,
];

#[derive(Clone, Debug, PartialEq)]
struct Number(u64);

impl Wire for Number {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }
    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let bytes = bytes.try_into().map_err(|_| WireError::Nonsense)?;
        Ok(Number(u64::from_le_bytes(bytes)))
    }
}

impl FrameInfo for Number {
    fn size(&self) -> usize {
        12
    }
    fn digest(&self) -> u64 {
        self.0
    }
}

const NONE: [u64; 0] = [];

const SERVER: NodeId = NodeId(3);
const CLIENT: NodeId = NodeId(8);
const THERE: Link = Link {
    from: CLIENT,
    to: SERVER,
};
const BACK: Link = Link {
    from: SERVER,
    to: CLIENT,
};

const MS: Micros = 1000;
const STRIKE: Micros = 200 * MS;
const HEAL: Micros = 500 * MS;
const HORIZON: Micros = 2500 * MS;

/// While the fault lasts, and nothing that was under way before can still arrive.
const DURING: Range<Micros> = STRIKE + 20 * MS..HEAL;
const AFTER: Range<Micros> = HEAL..HORIZON;

/// Everything that happened to the nodes, in order.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<Event>>>);

#[derive(Clone, Debug, PartialEq)]
struct Event {
    at: Micros,
    node: NodeId,
    input: Input<Number>,
}

impl Log {
    fn push(&self, node: NodeId, now: Now, input: &Input<Number>) {
        self.0.borrow_mut().push(Event {
            at: now.mono,
            node,
            input: input.clone(),
        });
    }
}

/// Answers every frame with the same frame.
struct Echo(Log);

impl Node for Echo {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.0.push(SERVER, now, &input);
        if let Input::Frame { conn, frame } = input {
            out.send(conn, frame);
        }
    }
}

/// Sends the numbers from 0, one every 10 ms while it is connected, and connects again when it is not.
struct Counter {
    log: Log,
    connect_at: Micros,
    next: u64,
    conn: Option<ConnId>,
    opened: bool,
}

impl Counter {
    const EVERY: Micros = 10 * MS;

    fn new(log: Log, connect_at: Micros) -> Self {
        Counter {
            log,
            connect_at,
            next: 0,
            conn: None,
            opened: false,
        }
    }

    fn tick(&mut self, now: Now, out: &mut Outputs<Number>) {
        match self.conn {
            None if now.mono >= self.connect_at => self.conn = Some(out.connect(SERVER)),
            Some(conn) if self.opened => {
                out.send(conn, Number(self.next));
                self.next += 1;
            }
            _ => {}
        }
        out.arm(now.mono + Self::EVERY);
    }
}

impl Node for Counter {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.log.push(CLIENT, now, &input);
        match input {
            Input::Started { .. } | Input::Timer => self.tick(now, out),
            Input::Opened { conn } if self.conn == Some(conn) => self.opened = true,
            Input::Closed { .. } | Input::Refused { .. } => {
                self.conn = None;
                self.opened = false;
            }
            _ => {}
        }
    }
}

type Act = Box<dyn Fn(&mut dyn World)>;

/// Acts at its times and at the first observation, and keeps what it sees.
#[derive(Default)]
struct Script {
    acts: Vec<(Micros, Act)>,
    at_observation: Option<Act>,
    seen: Vec<(NodeId, Observation)>,
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
        Flow::Continue
    }
}

/// What a case came to; can leave the thread it ran on.
struct Played {
    engine: Engine,
    events: Vec<Event>,
    seen: Vec<(NodeId, Observation)>,
    outcome: Outcome,
}

impl Played {
    fn inputs(&self, node: NodeId, during: Range<Micros>) -> impl Iterator<Item = &Input<Number>> {
        let events = self.events.iter();
        events
            .filter(move |event| event.node == node && during.contains(&event.at))
            .map(|event| &event.input)
    }

    fn numbers(&self, node: NodeId, during: Range<Micros>) -> Vec<u64> {
        let numbers = self.inputs(node, during).filter_map(|input| match input {
            Input::Frame { frame, .. } => Some(frame.0),
            _ => None,
        });
        numbers.collect()
    }

    fn opened(&self, node: NodeId, during: Range<Micros>) -> usize {
        let opened = self.inputs(node, during);
        opened
            .filter(|input| matches!(input, Input::Opened { .. }))
            .count()
    }

    fn closed(&self, node: NodeId, during: Range<Micros>) -> usize {
        let closed = self.inputs(node, during);
        closed
            .filter(|input| matches!(input, Input::Closed { .. }))
            .count()
    }

    fn refused(&self, node: NodeId, during: Range<Micros>) -> usize {
        let refused = self.inputs(node, during);
        refused
            .filter(|input| matches!(input, Input::Refused { .. }))
            .count()
    }

    /// Numbers that came back follow each other without a gap from 0 on, and go beyond the healing.
    #[track_caller]
    fn nothing_was_lost(&self) {
        let all = self.numbers(CLIENT, 0..HORIZON);
        let expected: Vec<u64> = (0..all.len() as u64).collect();
        assert_eq!(all, expected, "{:?}", self.engine);
        assert!(all.len() > 100, "{:?}: only {} came back", self.engine, all.len());
        assert_eq!(self.closed(CLIENT, 0..HORIZON), 0, "{:?}", self.engine);
    }

    /// The connection broke on both ends, and another one took its place after the healing.
    #[track_caller]
    fn was_replaced(&self) {
        assert!(!self.numbers(CLIENT, AFTER).is_empty(), "{:?}", self.engine);
        assert_eq!(self.opened(CLIENT, 0..HORIZON), 2, "{:?}", self.engine);
        assert_eq!(self.closed(CLIENT, 0..HORIZON), 1, "{:?}", self.engine);
    }
}

fn host(id: NodeId, factory: impl Fn() -> BoxedNode<Number> + 'static) -> Host<Number> {
    Host {
        id,
        name: id.to_string(),
        autostart: true,
        factory: Box::new(factory),
    }
}

fn plan(hosts: Vec<Host<Number>>, seed: u64) -> Plan<Number> {
    Plan {
        hosts,
        costs: Costs::default(),
        seed,
        horizon: HORIZON,
        step_budget: 100_000,
    }
}

/// Plays hosts and a script, both made by `scene` on the thread of the run.
fn play(engine: Engine, seed: u64, scene: impl Fn(&Log) -> (Vec<Host<Number>>, Script) + Sync) -> Played {
    let perform = || {
        let log = Log::default();
        let (hosts, script) = scene(&log);
        let script = Rc::new(RefCell::new(script));
        let (plan, referee) = (plan(hosts, seed), Rc::clone(&script) as _);
        let outcome = match engine {
            Engine::Turmoil => turmoil::run(plan, referee, Trace::default()),
            #[cfg(madsim)]
            Engine::Madsim => crate::engine::madsim::run(plan, referee, Trace::default()),
        };
        Played {
            engine,
            events: log.0.take(),
            seen: script.take().seen,
            outcome,
        }
    };
    match engine {
        Engine::Turmoil => perform(),
        #[cfg(madsim)]
        Engine::Madsim => crate::engine::madsim::on_fresh_thread(perform),
    }
}

fn counting_hosts(log: &Log, connect_at: Micros) -> Vec<Host<Number>> {
    let (server, client) = (log.clone(), log.clone());
    vec![
        host(SERVER, move || Box::new(Echo(server.clone()))),
        host(CLIENT, move || Box::new(Counter::new(client.clone(), connect_at))),
    ]
}

/// A client that counts and a server that echoes, on every engine; one act at [`STRIKE`], one at [`HEAL`].
fn struck(strike: fn(&mut dyn World), heal: fn(&mut dyn World), judge: impl Fn(Played)) {
    struck_when_connecting_at(0, strike, heal, judge);
}

fn struck_when_connecting_at(
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

fn cut_both(world: &mut dyn World, streams: Streams) {
    world.cut(THERE, streams);
    world.cut(BACK, streams);
}

fn mend_both(world: &mut dyn World) {
    world.mend(THERE);
    world.mend(BACK);
}

#[test]
fn one_seed_gives_one_trace_and_another_seed_another() {
    for &engine in ENGINES {
        let hash = |seed| {
            let played = play(engine, seed, |log| {
                let script = Script {
                    acts: vec![
                        (STRIKE, Box::new(|world| world.crash(SERVER))),
                        (HEAL, Box::new(|world| world.restart(SERVER))),
                    ],
                    ..Script::default()
                };
                (counting_hosts(log, 0), script)
            });
            assert_eq!(played.outcome.ended, Ended::Horizon);
            assert!(played.outcome.frames > 200, "{engine:?}");
            played.outcome.trace.hash()
        };
        let first = hash(1);
        assert_eq!(first, hash(1), "{engine:?}");
        assert_eq!(first, hash(1), "{engine:?}");
        assert_ne!(first, hash(2), "{engine:?}");
    }
}

#[test]
fn without_faults_every_number_comes_back_in_order() {
    struck(|_| {}, |_| {}, |played| played.nothing_was_lost());
}

#[test]
fn a_crash_closes_connections_and_refuses_new_ones_until_the_restart() {
    struck(
        |world| world.crash(SERVER),
        |world| world.restart(SERVER),
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(CLIENT, STRIKE..HEAL), 1);
            assert!(played.refused(CLIENT, DURING) > 2);
            assert_eq!(played.inputs(SERVER, DURING).count(), 0);
        },
    );
}

#[test]
fn a_power_loss_is_silent_until_the_power_is_back() {
    struck(
        |world| world.power_loss(SERVER, 1),
        |world| world.restart(SERVER),
        |played| {
            played.was_replaced();
            let heard = played.inputs(CLIENT, DURING);
            assert_eq!(heard.filter(|input| **input != Input::Timer).count(), 0);
            assert_eq!(played.closed(CLIENT, AFTER), 1);
        },
    );
}

#[test]
fn whoever_connects_to_a_host_without_power_is_refused_after_a_while() {
    struck_when_connecting_at(
        STRIKE,
        |world| world.power_loss(SERVER, 1),
        |_| {},
        |played| {
            assert_eq!(played.refused(CLIENT, STRIKE..STRIKE + 500 * MS), 0);
            assert!(played.refused(CLIENT, 0..HORIZON) > 0);
            assert_eq!(played.opened(CLIENT, 0..HORIZON), 0);
        },
    );
}

#[test]
fn a_paused_host_takes_no_step_and_loses_nothing() {
    struck(
        |world| world.pause(SERVER),
        |world| world.resume(SERVER),
        |played| {
            played.nothing_was_lost();
            assert_eq!(played.inputs(SERVER, STRIKE + MS..HEAL).count(), 0);
            assert_eq!(played.numbers(CLIENT, DURING), NONE);
        },
    );
}

#[test]
fn a_paused_host_can_crash_and_come_back_unpaused() {
    struck(
        |world| {
            world.pause(SERVER);
            world.crash(SERVER);
        },
        |world| world.restart(SERVER),
        |played| played.was_replaced(),
    );
}

#[test]
fn bytes_on_a_held_link_arrive_after_it_is_mended() {
    struck(
        |world| cut_both(world, Streams::Hold),
        mend_both,
        |played| {
            played.nothing_was_lost();
            assert_eq!(played.numbers(SERVER, DURING), NONE);
            assert_eq!(played.numbers(CLIENT, DURING), NONE);
        },
    );
}

#[test]
fn a_link_held_in_one_direction_lets_the_other_pass() {
    struck(
        |world| world.cut(BACK, Streams::Hold),
        |world| world.mend(BACK),
        |played| {
            played.nothing_was_lost();
            assert!(played.numbers(SERVER, DURING).len() > 20);
            assert_eq!(played.numbers(CLIENT, DURING), NONE);
        },
    );
}

#[test]
fn the_end_of_a_connection_does_not_pass_a_held_link() {
    struck(
        |world| {
            cut_both(world, Streams::Hold);
            world.crash(SERVER);
        },
        |world| {
            mend_both(world);
            world.restart(SERVER);
        },
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(CLIENT, 0..HEAL), 0);
        },
    );
}

#[test]
fn whoever_connects_over_a_held_link_waits_until_it_is_mended() {
    struck_when_connecting_at(
        STRIKE + 10 * MS,
        |world| cut_both(world, Streams::Hold),
        mend_both,
        |played| {
            assert_eq!(played.refused(CLIENT, 0..HORIZON), 0);
            assert_eq!(played.opened(CLIENT, 0..HEAL), 0);
            played.nothing_was_lost();
        },
    );
}

#[test]
fn a_connection_that_hangs_is_dead_for_ever_and_nobody_is_told() {
    struck(
        |world| cut_both(world, Streams::Hang),
        mend_both,
        |played| {
            let late = DURING.start..HORIZON;
            assert_eq!(played.numbers(SERVER, late.clone()), NONE);
            assert_eq!(played.numbers(CLIENT, late), NONE);
            assert_eq!(played.closed(CLIENT, 0..HORIZON), 0);
            assert_eq!(played.closed(SERVER, 0..HORIZON), 0);
        },
    );
}

#[test]
fn a_connection_that_hangs_in_one_direction_still_carries_the_other() {
    struck(
        |world| world.cut(BACK, Streams::Hang),
        mend_both,
        |played| {
            assert!(played.numbers(SERVER, AFTER).len() > 100);
            assert_eq!(played.numbers(CLIENT, DURING.start..HORIZON), NONE);
            assert_eq!(played.closed(CLIENT, 0..HORIZON), 0);
        },
    );
}

#[test]
fn whoever_connects_over_a_hanging_link_is_refused_after_a_while() {
    struck_when_connecting_at(
        STRIKE + 10 * MS,
        |world| cut_both(world, Streams::Hang),
        mend_both,
        |played| {
            assert_eq!(played.refused(CLIENT, 0..HEAL), 0);
            assert_eq!(played.refused(CLIENT, AFTER), 1);
            assert!(!played.numbers(CLIENT, AFTER).is_empty());
        },
    );
}

#[test]
fn a_reset_closes_both_ends_at_once_and_refuses_new_connections() {
    struck(
        |world| cut_both(world, Streams::Reset),
        mend_both,
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(CLIENT, STRIKE..DURING.start), 1);
            assert_eq!(played.closed(SERVER, STRIKE..DURING.start), 1);
            assert!(played.refused(CLIENT, DURING) > 2);
        },
    );
}

#[test]
fn a_lost_frame_never_arrives_and_its_connection_is_reset_on_both_ends() {
    struck(
        |world| world.lose_frame(THERE),
        |_| {},
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(SERVER, STRIKE..HEAL), 1);
            let arrived = played.numbers(SERVER, 0..HORIZON);
            let missing: Vec<u64> = (0..arrived.len() as u64)
                .filter(|number| !arrived.contains(number))
                .collect();
            assert!(!missing.is_empty(), "{:?}", played.engine);
            assert!(missing.len() <= 2, "{:?}: {missing:?}", played.engine);
        },
    );
}

#[test]
fn faults_may_follow_each_other_in_one_moment() {
    struck(
        |world| {
            world.crash(SERVER);
            world.crash(SERVER);
            world.restart(SERVER);
            cut_both(world, Streams::Hang);
            mend_both(world);
        },
        |_| {},
        |played| {
            let starts = played.inputs(SERVER, 0..HORIZON);
            let starts = starts.filter(|input| matches!(input, Input::Started { .. }));
            assert_eq!(starts.count(), 2, "{:?}", played.engine);
        },
    );
}

/// Appends a byte and syncs it, then appends another and reports it.
struct Appender(Log);

const FILE: FileId = FileId(4);

impl Node for Appender {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.0.push(SERVER, now, &input);
        match input {
            Input::Started { files, .. } if files.is_empty() => {
                out.append(FILE, Bytes::from_static(b"a"));
                out.sync(FILE, 5);
            }
            Input::Synced { file, token } => {
                assert_eq!((file, token), (FILE, 5));
                out.append(FILE, Bytes::from_static(b"b"));
                out.arm(now.mono);
            }
            Input::Timer => out.observe(Observation::Finished),
            _ => {}
        }
    }
}

/// What an appender finds after a fault that strikes it when it has synced one byte and appended another.
fn found_after(engine: Engine, strike: fn(&mut dyn World)) -> Vec<u8> {
    let played = play(engine, 7, |log| {
        let log = log.clone();
        let script = Script {
            acts: vec![(HEAL, Box::new(|world| world.restart(SERVER)))],
            at_observation: Some(Box::new(strike)),
            ..Script::default()
        };
        (
            vec![host(SERVER, move || Box::new(Appender(log.clone())))],
            script,
        )
    });
    let Some(Input::Started { files, .. }) = played.inputs(SERVER, AFTER).next() else {
        panic!("{engine:?}: not restarted");
    };
    files.iter().flat_map(|stored| stored.bytes.clone()).collect()
}

#[test]
fn a_crash_keeps_what_was_appended_and_a_power_loss_what_was_synced() {
    for &engine in ENGINES {
        assert_eq!(found_after(engine, |world| world.crash(SERVER)), b"ab");
        let kept = found_after(engine, |world| world.power_loss(SERVER, 3));
        assert!(kept == b"a" || kept == b"ab", "{engine:?}: {kept:?}");
    }
}

/// Sends a number when it is told one, and reports it in the same step.
struct Reporter(Log);

impl Node for Reporter {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.0.push(SERVER, now, &input);
        if let Input::Frame { conn, frame } = input {
            out.send(conn, frame);
            out.observe(Observation::Finished);
        }
    }
}

#[test]
fn a_fault_that_strikes_a_host_at_its_own_observation_discards_the_actions_of_that_step() {
    for &engine in ENGINES {
        let played = play(engine, 7, |log| {
            let mut hosts = counting_hosts(log, 0);
            let log = log.clone();
            hosts[0] = host(SERVER, move || Box::new(Reporter(log.clone())));
            let script = Script {
                at_observation: Some(Box::new(|world| world.crash(SERVER))),
                ..Script::default()
            };
            (hosts, script)
        });
        assert_eq!(played.numbers(SERVER, 0..HORIZON), [0], "{engine:?}");
        assert_eq!(played.numbers(CLIENT, 0..HORIZON), NONE, "{engine:?}");
        assert_eq!(played.closed(CLIENT, 0..HORIZON), 1, "{engine:?}");
        assert_eq!(played.seen, [(SERVER, Observation::Finished)]);
    }
}

struct Panicker;

impl Node for Panicker {
    type Frame = Number;
    fn step(&mut self, _now: Now, input: Input<Number>, _out: &mut Outputs<Number>) {
        assert!(!matches!(input, Input::Frame { .. }), "no frames, please");
    }
}

#[test]
fn a_panic_is_reported_and_crashes_its_node_and_no_other() {
    for &engine in ENGINES {
        let played = play(engine, 7, |log| {
            let mut hosts = counting_hosts(log, 0);
            hosts[0] = host(SERVER, || Box::new(Panicker));
            (hosts, Script::default())
        });
        let message = "no frames, please".to_owned();
        assert_eq!(played.outcome.panics, [(SERVER, message)], "{engine:?}");
        let reason = "panic: no frames, please".to_owned();
        assert_eq!(played.seen, [(SERVER, Observation::Halted { reason })]);
        assert_eq!(played.closed(CLIENT, 0..HORIZON), 1, "{engine:?}");
        assert_eq!(played.outcome.ended, Ended::Horizon);
    }
}

struct Restless;

impl Node for Restless {
    type Frame = Number;
    fn step(&mut self, now: Now, _input: Input<Number>, out: &mut Outputs<Number>) {
        out.arm(now.mono);
    }
}

#[test]
fn a_timer_armed_for_now_again_and_again_uses_the_budget_up() {
    for &engine in ENGINES {
        let played = play(engine, 7, |_| {
            (vec![host(SERVER, || Box::new(Restless))], Script::default())
        });
        assert_eq!(played.outcome.ended, Ended::OutOfSteps, "{engine:?}");
        assert_eq!(played.outcome.steps, 100_000, "{engine:?}");
    }
}

#[test]
fn a_host_without_autostart_waits_for_its_restart() {
    for &engine in ENGINES {
        let played = play(engine, 7, |log| {
            let mut hosts = counting_hosts(log, 0);
            hosts[0].autostart = false;
            let script = Script {
                acts: vec![(HEAL, Box::new(|world| world.restart(SERVER)))],
                ..Script::default()
            };
            (hosts, script)
        });
        assert_eq!(played.inputs(SERVER, 0..HEAL).count(), 0, "{engine:?}");
        assert!(played.refused(CLIENT, 0..HEAL) > 2, "{engine:?}");
        assert!(!played.numbers(CLIENT, AFTER).is_empty(), "{engine:?}");
    }
}

/// A script of faults in a disorder that depends on the seed alone.
fn disorder(seed: u64) -> Script {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = move |below: u64| {
        state = state
            .wrapping_mul(0x5851_F42D_4C95_7F2D)
            .wrapping_add(0x1405_7B7E_F767_814F);
        (state >> 33) % below
    };
    let act = move |draw: &mut dyn FnMut(u64) -> u64| -> Act {
        let node = if draw(2) == 0 { SERVER } else { CLIENT };
        let link = if draw(2) == 0 { THERE } else { BACK };
        let streams = [Streams::Hold, Streams::Hang, Streams::Reset][draw(3) as usize];
        let key = draw(100);
        match draw(9) {
            0 => Box::new(move |world| world.crash(node)),
            1 => Box::new(move |world| world.power_loss(node, key)),
            2 => Box::new(move |world| world.pause(node)),
            3 => Box::new(move |world| world.resume(node)),
            4 => Box::new(move |world| world.cut(link, streams)),
            5 => Box::new(move |world| world.mend(link)),
            6 => Box::new(move |world| world.lose_frame(link)),
            _ => Box::new(move |world| world.restart(node)),
        }
    };
    let mut at = 0;
    let acts = (0..40).map(|_| {
        at += draw(50 * MS);
        (at, act(&mut draw))
    });
    let mut acts: Vec<_> = acts.collect();
    let heal = |world: &mut dyn World| {
        mend_both(world);
        for node in [SERVER, CLIENT] {
            world.crash(node);
            world.restart(node);
        }
    };
    acts.push((at + 1, Box::new(heal)));
    Script {
        acts,
        ..Script::default()
    }
}

#[test]
fn any_disorder_of_faults_can_be_survived_healed_and_repeated() {
    for &engine in ENGINES {
        for seed in 0..40 {
            let played = || play(engine, seed, |log| (counting_hosts(log, 0), disorder(seed)));
            let (first, second) = (played(), played());
            assert_eq!(first.outcome.ended, Ended::Horizon);
            assert!(first.outcome.panics.is_empty());
            let end = HORIZON - 300 * MS..HORIZON;
            assert!(!first.numbers(CLIENT, end).is_empty(), "{engine:?} {seed}");
            assert_eq!(first.outcome.trace, second.outcome.trace, "{engine:?} {seed}");
        }
    }
}
