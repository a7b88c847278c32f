//! The events at which schedules strike are real: each of those that every system of ours goes through comes to pass.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use checkers::Event;
use harness::chaos::cast::Target;
use harness::chaos::fault::Fault;
use harness::chaos::schedule::{Moment, Step};
use harness::engine::Engine;
use harness::run::{Keep, draw, run};
use scenarios::catalogue;

const EVENTS: &[&str] = &[
    "append-before-ack",
    "ack-before-sync",
    "ack-before-replication",
    "replicated-before-watermark",
    "commit-before-effect",
    "effect-before-commit",
    "election-started",
    "rebalance-started",
    "send-before-answer",
];

/// Whether a fault that waits for this event strikes in a run of some scenario's unsafe variant.
fn comes_to_pass(event: &str) -> bool {
    catalogue().iter().any(|scenario| {
        let variant = &scenario.variants[0];
        let mut schedule = draw(scenario, variant, Engine::Direct, 0);
        schedule.steps =
            vec![Step::new(Moment::event(event, 1), Fault::pause(Target::Controller)).heal_after_ms(1)];
        let report = run(scenario, variant, Engine::Direct, schedule, Keep::default()).unwrap();
        report.unfired.is_empty()
    })
}

#[test]
fn what_schedules_wait_for_comes_to_pass() {
    let missing: Vec<&&str> = EVENTS.iter().filter(|event| !comes_to_pass(event)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// When each of these steps struck, in microseconds, and whom, in a run of the first scenario's safe variant.
fn strikes(engine: Engine, steps: Vec<Step>) -> Vec<(u64, String)> {
    let catalogue = catalogue();
    let (scenario, variant) = (&catalogue[0], catalogue[0].find("safe").unwrap());
    let mut schedule = draw(scenario, variant, engine, 0);
    schedule.steps = steps;
    let keep = Keep { history: true, ..Keep::default() };
    let report = run(scenario, variant, engine, schedule, keep).unwrap();
    let (names, entries) = report.history.unwrap();
    let struck = entries.iter().filter_map(|entry| match entry.event {
        Event::Fault { target, healed: false, .. } => Some((entry.time, names.text(target).to_owned())),
        _ => None,
    });
    struck.collect()
}

#[test]
fn a_fault_so_long_after_an_event_strikes_then_and_the_node_it_happened_to() {
    let pause = || Fault::pause(Target::Actor);
    for engine in Engine::ALL.iter().copied().filter(|engine| engine.simulated() && engine.available()) {
        let at = Moment::event("append-before-ack", 9);
        let at_once = strikes(engine, vec![Step::new(at.clone(), pause()).heal_after_ms(1)]);
        let later = strikes(engine, vec![Step::new(at.later(7), pause()).heal_after_ms(1)]);
        let [(when, whom)] = &at_once[..] else { panic!("{at_once:?}") };
        // A simulator with sockets looks at its clock every millisecond.
        let [(then, same)] = &later[..] else { panic!("{later:?}") };
        let late = then - when;
        assert!((7_000..=8_000).contains(&late) && whom == same, "{}: {at_once:?} {later:?}", engine.name());
    }
}

#[test]
fn what_comes_behind_a_step_waits_for_its_moment_and_counts_nothing_before() {
    let pause = |at| Step::new(at, Fault::pause(Target::Controller)).heal_after_ms(1);
    let steps = vec![
        pause(Moment::event("append", 9)),
        pause(Moment::Behind(7)),
        pause(Moment::event("append", 1).behind()),
        pause(Moment::event("append", 1)),
    ];
    let times: Vec<u64> = strikes(Engine::Direct, steps).into_iter().map(|(when, _)| when).collect();
    let [earliest, first, behind, last] = times[..] else { panic!("{times:?}") };
    assert!(earliest < first && behind == first + 7_000 && behind < last, "{times:?}");
    let alone = strikes(Engine::Direct, vec![pause(Moment::Behind(40))]);
    assert_eq!(alone[0].0, 40_000);
}

#[test]
fn whoever_was_struck_is_struck_again_also_when_another_plays_the_role_by_then() {
    let leader = Target::leader("payments", 0);
    let at = Moment::event("append", 9);
    let struck = strikes(
        Engine::Direct,
        vec![
            Step::new(at.clone(), Fault::crash(leader.clone())).heal_after_ms(900),
            Step::new(at.clone().later(905), Fault::pause(Target::Struck)).heal_after_ms(1),
            Step::new(at.later(906), Fault::pause(leader)).heal_after_ms(1),
        ],
    );
    let [(_, first), (_, again), (_, leader)] = &struck[..] else { panic!("{struck:?}") };
    assert!(first == again && first != leader, "{struck:?}");
}
