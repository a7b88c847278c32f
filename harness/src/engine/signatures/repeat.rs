//! Whatever happens, it happens again with the same seed.

use std::cell::RefCell;
use std::rc::Rc;

use broker::Input;

use super::play::{
    Act, ENGINES, HEAL, HORIZON, STRIKE, Script, counting_hosts, cut_both, mend_both, plan, play, struck,
};
use super::toys::{BACK, CLIENT, Log, MS, SERVER, THERE};
use crate::chaos::world::{Streams, World, WorldAction};
use crate::engine::{Ended, Engine, run};
use crate::trace::Trace;

#[test]
fn one_seed_gives_one_trace_and_another_seed_another() {
    for &engine in ENGINES {
        let hash = |seed| {
            let played = play(engine, seed, |log| {
                let script = Script {
                    acts: vec![
                        (STRIKE, Box::new(|world| world.act(WorldAction::Crash(SERVER)))),
                        (HEAL, Box::new(|world| world.act(WorldAction::Restart(SERVER)))),
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
fn faults_may_follow_each_other_in_one_moment() {
    struck(
        |world| {
            world.act(WorldAction::Crash(SERVER));
            world.act(WorldAction::Crash(SERVER));
            world.act(WorldAction::Restart(SERVER));
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

/// A script of faults in a disorder that depends on the seed alone.
fn disorder(seed: u64) -> Script {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (state >> 33) % below
    };
    let act = move |draw: &mut dyn FnMut(u64) -> u64| -> Act {
        let node = if draw(2) == 0 { SERVER } else { CLIENT };
        let link = if draw(2) == 0 { THERE } else { BACK };
        let streams = [Streams::Hold, Streams::Hang, Streams::Reset][draw(3) as usize];
        let key = draw(100);
        match draw(10) {
            0 => Box::new(move |world| world.act(WorldAction::Crash(node))),
            1 => Box::new(move |world| world.act(WorldAction::PowerLoss(node, key))),
            2 => Box::new(move |world| world.act(WorldAction::Pause(node))),
            3 => Box::new(move |world| world.act(WorldAction::Resume(node))),
            4 => Box::new(move |world| world.act(WorldAction::Cut(link, streams))),
            5 => Box::new(move |world| world.act(WorldAction::Mend(link))),
            6 => Box::new(move |world| world.act(WorldAction::LoseFrame(link))),
            7 => Box::new(move |world| world.act(WorldAction::Stop(node))),
            _ => Box::new(move |world| world.act(WorldAction::Restart(node))),
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
            world.act(WorldAction::Crash(node));
            world.act(WorldAction::Restart(node));
        }
    };
    acts.push((at + 1, Box::new(heal)));
    Script { acts, ..Script::default() }
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

#[test]
fn a_trace_reads_as_what_happened_to_whom_and_when() {
    let script = Script {
        acts: vec![(20 * MS, Box::new(|world| world.act(WorldAction::Crash(SERVER))))],
        ..Script::default()
    };
    let (hosts, script) = (counting_hosts(&Log::default(), 0), Rc::new(RefCell::new(script)));
    let outcome = run(Engine::Direct, plan(hosts, 7), script, Trace::new(true)).unwrap();
    insta::assert_snapshot!(outcome.trace.lines()[..12].join("\n"));
}
