//! Stops in good order: what a node does before it exits is kept, and who ends one that does not.

use broker::{FileId, Input, Micros, Node, Now, Outputs, STOP_GRACE};
use bytes::Bytes;

use super::play::{
    AFTER, DURING, ENGINES, HEAL, HORIZON, Played, STRIKE, Script, counting_hosts, host, play,
};
use super::toys::{CLIENT, Log, MS, NONE, Number, SERVER};
use crate::chaos::world::{World, WorldAction};

/// Echoes; asked to stop, it writes a byte, and exits when that is synced.
struct Tidy(Log);

impl Tidy {
    const FILE: FileId = FileId(4);
}

impl Node for Tidy {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.0.push(SERVER, now, &input);
        match input {
            Input::Frame { conn, frame } => out.send(conn, frame),
            Input::Stop => {
                out.append(Self::FILE, Bytes::from_static(b"."));
                out.sync(Self::FILE, 0);
            }
            Input::Synced { .. } => out.exit(),
            _ => {}
        }
    }
}

/// Echoes, and goes on when it is asked to stop.
struct Stubborn(Log);

impl Node for Stubborn {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.0.push(SERVER, now, &input);
        if let Input::Frame { conn, frame } = input {
            out.send(conn, frame);
        }
    }
}

type Verbs = fn(&mut dyn World);

/// A client that counts and a server, with acts at these times, on every engine.
fn acted<N: Node<Frame = Number> + 'static>(
    server: fn(Log) -> N,
    acts: &[(Micros, Verbs)],
    judge: fn(Played),
) {
    for &engine in ENGINES {
        judge(play(engine, 7, |log| {
            let mut hosts = counting_hosts(log, 0);
            let log = log.clone();
            hosts[0] = host(SERVER, move || Box::new(server(log.clone())));
            let acts = acts.iter().map(|&(at, act)| (at, Box::new(act) as _)).collect();
            (hosts, Script { acts, ..Script::default() })
        }));
    }
}

/// When the server's incarnations began, and how many bytes each found.
fn starts(played: &Played) -> Vec<(Micros, usize)> {
    let of_server = played.events.iter().filter(|event| event.node == SERVER);
    let starts = of_server.filter_map(|event| match &event.input {
        Input::Started { files, .. } => Some((event.at, files.iter().map(|file| file.bytes.len()).sum())),
        _ => None,
    });
    starts.collect()
}

#[test]
fn a_node_that_is_asked_to_stop_does_its_last_work_and_exits_then() {
    acted(
        Tidy,
        &[
            (STRIKE, |world| world.act(WorldAction::Stop(SERVER))),
            (HEAL, |world| world.act(WorldAction::Restart(SERVER))),
        ],
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(CLIENT, STRIKE..HEAL), 1);
            assert!(played.refused(CLIENT, DURING) > 2);
            let stops = played.inputs(SERVER, 0..HORIZON).filter(|input| **input == Input::Stop);
            assert_eq!(stops.count(), 1);
            let found: Vec<usize> = starts(&played).into_iter().map(|(_, bytes)| bytes).collect();
            assert_eq!(found, [0, 1], "{:?}", played.engine);
            assert_eq!(played.seen, [], "nobody halted");
        },
    );
}

#[test]
fn a_node_that_is_started_while_it_stops_begins_anew_when_it_has_stopped() {
    let both: Verbs = |world| {
        world.act(WorldAction::Stop(SERVER));
        world.act(WorldAction::Restart(SERVER));
    };
    acted(Tidy, &[(STRIKE, both)], |played| {
        played.was_replaced();
        let [(_, 0), (again, 1)] = starts(&played)[..] else { panic!("{:?}", starts(&played)) };
        assert!((STRIKE..STRIKE + 10 * MS).contains(&again), "{:?}: {again}", played.engine);
    });
}

#[test]
fn a_node_that_goes_on_is_killed_when_its_grace_is_over() {
    acted(Stubborn, &[(STRIKE, |world| world.act(WorldAction::Stop(SERVER)))], |played| {
        let over = STRIKE + STOP_GRACE;
        assert!(!played.numbers(CLIENT, over - 50 * MS..over).is_empty(), "it works as before");
        assert_eq!(played.closed(CLIENT, 0..over), 0, "{:?}", played.engine);
        assert_eq!(played.closed(CLIENT, over..HORIZON), 1, "{:?}", played.engine);
        assert_eq!(played.numbers(CLIENT, over + 20 * MS..HORIZON), NONE);
    });
}

#[test]
fn a_paused_node_cannot_hear_and_is_killed_when_its_grace_is_over() {
    let both: Verbs = |world| {
        world.act(WorldAction::Pause(SERVER));
        world.act(WorldAction::Stop(SERVER));
    };
    acted(Tidy, &[(STRIKE, both)], |played| {
        assert_eq!(played.inputs(SERVER, STRIKE + MS..HORIZON).count(), 0);
        assert_eq!(played.closed(CLIENT, STRIKE + STOP_GRACE..HORIZON), 1, "{:?}", played.engine);
    });
}

#[test]
fn a_crash_ends_a_stop_and_what_was_to_come_after_it() {
    let all: Verbs = |world| {
        world.act(WorldAction::Stop(SERVER));
        world.act(WorldAction::Restart(SERVER));
        world.act(WorldAction::Crash(SERVER));
    };
    acted(Tidy, &[(STRIKE, all), (HEAL, |world| world.act(WorldAction::Restart(SERVER)))], |played| {
        let [(_, 0), (again, 0)] = starts(&played)[..] else { panic!("{:?}", starts(&played)) };
        assert!(AFTER.contains(&again), "{:?}: {again}", played.engine);
    });
}
