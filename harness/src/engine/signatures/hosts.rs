//! Hosts: crashed, without power, paused, and stopped by themselves.

use broker::{FileId, Input, Node, Now, Observation, Outputs};
use bytes::Bytes;

use super::play::{
    AFTER, Act, DURING, ENGINES, HEAL, HORIZON, STRIKE, Script, counting_hosts, host, plan, play, struck,
    struck_when_connecting_at,
};
use super::toys::{CLIENT, Log, MS, NONE, Number, SERVER};
use crate::chaos::world::{DiskChange, World, WorldAction};
use crate::engine::{Ended, Engine, direct};
use crate::trace::Trace;

#[test]
fn a_crash_closes_connections_and_refuses_new_ones_until_the_restart() {
    struck(
        |world| world.act(WorldAction::Crash(SERVER)),
        |world| world.act(WorldAction::Restart(SERVER)),
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
        |world| world.act(WorldAction::PowerLoss(SERVER, 1)),
        |world| world.act(WorldAction::Restart(SERVER)),
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
        |world| world.act(WorldAction::PowerLoss(SERVER, 1)),
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
        |world| world.act(WorldAction::Pause(SERVER)),
        |world| world.act(WorldAction::Resume(SERVER)),
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
            world.act(WorldAction::Pause(SERVER));
            world.act(WorldAction::Crash(SERVER));
        },
        |world| world.act(WorldAction::Restart(SERVER)),
        |played| played.was_replaced(),
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
            acts: vec![(HEAL, Box::new(|world| world.act(WorldAction::Restart(SERVER))))],
            at_observation: Some(Box::new(strike)),
            ..Script::default()
        };
        (vec![host(SERVER, move || Box::new(Appender(log.clone())))], script)
    });
    let Some(Input::Started { files, .. }) = played.inputs(SERVER, AFTER).next() else {
        panic!("{engine:?}: not restarted");
    };
    files.iter().flat_map(|stored| stored.bytes.clone()).collect()
}

#[test]
fn a_crash_keeps_what_was_appended_and_a_power_loss_what_was_synced() {
    for &engine in ENGINES {
        assert_eq!(found_after(engine, |world| world.act(WorldAction::Crash(SERVER))), b"ab");
        let kept = found_after(engine, |world| world.act(WorldAction::PowerLoss(SERVER, 3)));
        assert!(kept == b"a" || kept == b"ab", "{engine:?}: {kept:?}");
    }
}

/// Answers a number in the step in which it appends it, as a broker does that acknowledges what is in its page cache.
struct Hasty(Log);

impl Node for Hasty {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.0.push(SERVER, now, &input);
        if let Input::Frame { conn, frame } = input {
            out.append(FILE, Bytes::from_static(b"x"));
            out.send(conn, frame);
        }
    }
}

#[test]
fn what_a_step_wanted_behind_an_append_that_failed_is_not_done_and_the_node_hears_of_it_next() {
    for &engine in ENGINES {
        let played = play(engine, 7, |log| {
            let mut hosts = counting_hosts(log, 0);
            let log = log.clone();
            hosts[0] = host(SERVER, move || Box::new(Hasty(log.clone())));
            let full: Act = Box::new(|world| world.act(WorldAction::Disk(SERVER, DiskChange::Full(true))));
            (hosts, Script { acts: vec![(STRIKE, full)], ..Script::default() })
        });
        assert!(!played.numbers(CLIENT, 0..STRIKE).is_empty(), "{engine:?}");
        assert_eq!(played.numbers(CLIENT, DURING.start..HORIZON), NONE, "{engine:?}");
        let told: Vec<&Input<Number>> = played.inputs(SERVER, DURING).collect();
        let after_frames = told.windows(2).filter(|pair| matches!(pair[0], Input::Frame { .. }));
        let next: Vec<&Input<Number>> = after_frames.map(|pair| pair[1]).collect();
        assert!(next.len() > 20, "{engine:?}: {told:?}");
        assert!(
            next.iter().all(|input| matches!(input, Input::DiskFailed { file: FILE })),
            "{engine:?}: {next:?}"
        );
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
                at_observation: Some(Box::new(|world| world.act(WorldAction::Crash(SERVER)))),
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

#[test]
fn no_node_takes_a_step_after_the_referee_has_seen_enough() {
    for &engine in ENGINES {
        let played = play(engine, 7, |log| {
            let mut hosts = counting_hosts(log, 0);
            let log = log.clone();
            hosts[0] = host(SERVER, move || Box::new(Reporter(log.clone())));
            let script = Script { stops: true, ..Script::default() };
            (hosts, script)
        });
        assert_eq!(played.outcome.ended, Ended::Stopped, "{engine:?}");
        assert_eq!(played.outcome.steps, played.events.len() as u64);
        let last = played.events.last().map(|event| &event.input);
        assert!(matches!(last, Some(Input::Frame { .. })), "{engine:?}: {last:?}");
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
fn a_timer_armed_for_now_again_and_again_uses_the_budget_up_or_is_seen_to_stop_time() {
    for &engine in ENGINES {
        let played = play(engine, 7, |_| (vec![host(SERVER, || Box::new(Restless))], Script::default()));
        // Only where steps take no time does a microsecond hold so many of them.
        let (ended, steps) = match engine {
            Engine::Direct => (Ended::Standstill(SERVER), 50_000),
            _ => (Ended::OutOfSteps, 100_000),
        };
        assert_eq!(played.outcome.ended, ended, "{engine:?}");
        assert_eq!(played.outcome.steps, steps, "{engine:?}");
    }
}

struct Busy;

impl Node for Busy {
    type Frame = Number;
    fn step(&mut self, now: Now, _input: Input<Number>, out: &mut Outputs<Number>) {
        out.arm(now.mono + 100);
    }
}

#[test]
fn a_system_that_takes_more_steps_in_a_second_than_it_knows_of_runs_away() {
    let ended = |most| {
        let mut plan = plan(vec![host(SERVER, || Box::new(Busy))], 7);
        plan.busiest_second = most;
        direct::run(plan, &mut Script::default(), Trace::default()).ended
    };
    assert_eq!(ended(None), Ended::Horizon);
    assert_eq!(ended(Some(11_000)), Ended::Horizon);
    assert_eq!(ended(Some(1_000)), Ended::Runaway(SERVER));
}

#[test]
fn a_host_without_autostart_waits_for_its_restart() {
    for &engine in ENGINES {
        let played = play(engine, 7, |log| {
            let mut hosts = counting_hosts(log, 0);
            hosts[0].autostart = false;
            let script = Script {
                acts: vec![(HEAL, Box::new(|world| world.act(WorldAction::Restart(SERVER))))],
                ..Script::default()
            };
            (hosts, script)
        });
        assert_eq!(played.inputs(SERVER, 0..HEAL).count(), 0, "{engine:?}");
        assert!(played.refused(CLIENT, 0..HEAL) > 2, "{engine:?}");
        assert!(!played.numbers(CLIENT, AFTER).is_empty(), "{engine:?}");
    }
}
