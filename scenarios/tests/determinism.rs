//! Before anything else: a seed is a run, and leaving one step out moves no other draw.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use harness::engine::Engine;
use harness::run::{Keep, Report, draw, run};
use harness::schedule::Schedule;
use scenarios::catalogue;

fn traced(schedule: &Schedule) -> Report {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == schedule.scenario).unwrap();
    let variant = scenario.find(&schedule.variant).unwrap();
    let engine = Engine::ALL.iter().copied().find(|engine| engine.name() == schedule.engine).unwrap();
    run(scenario, variant, engine, schedule.clone(), Keep { history: true, trace: true, ..Keep::default() })
        .unwrap()
}

#[test]
fn the_same_seed_is_the_same_run_line_by_line_on_every_simulator() {
    let catalogue = catalogue();
    for engine in Engine::ALL.iter().copied().filter(|engine| engine.simulated() && engine.available()) {
        for scenario in &catalogue {
            let schedule = draw(scenario, &scenario.variants[0], engine, 5);
            let (one, other) = (traced(&schedule), traced(&schedule));
            let differs = one.trace.lines().iter().zip(other.trace.lines()).find(|(one, other)| one != other);
            assert_eq!(differs, None, "{} on {}", scenario.name, engine.name());
            assert_eq!(one.trace.hash(), other.trace.hash());
            assert_eq!(one.history, other.history);
            assert_eq!(one.verdict, other.verdict);
        }
    }
}

#[test]
fn a_schedule_that_was_written_and_read_again_is_the_same_run() {
    let catalogue = catalogue();
    for scenario in &catalogue {
        let schedule = draw(scenario, &scenario.variants[0], Engine::Direct, 9);
        let read = Schedule::from_json(&schedule.to_json()).unwrap();
        assert_eq!(read, schedule);
        assert_eq!(traced(&read).trace.hash(), traced(&schedule).trace.hash());
    }
}

#[test]
fn other_seeds_are_other_runs() {
    let catalogue = catalogue();
    let scenario = &catalogue[0];
    let hash = |seed| traced(&draw(scenario, &scenario.variants[1], Engine::Direct, seed)).trace.hash();
    assert_ne!(hash(1), hash(2));
}

/// Two runs of one seed that differ in one late step are the same until that step strikes: nothing that was drawn for the
/// others has moved.
#[test]
fn leaving_a_step_out_moves_nothing_before_it_strikes() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "leader-only-ack-crash").unwrap();
    let variant = scenario.find("safe").unwrap();
    let witness = scenario.find("unsafe").unwrap().witness.clone().unwrap();
    let whole = harness::run::directed(scenario, variant, &witness, Engine::Direct);
    let mut without = whole.clone();
    without.steps.remove(1);
    let (whole, without) = (traced(&whole), traced(&without));
    let until = |report: &Report| {
        let lines = report.trace.lines().iter();
        lines
            .take_while(|line| line.trim_start().split(' ').next().unwrap().parse::<u64>().unwrap() < 450_000)
            .count()
    };
    assert!(until(&whole) > 100);
    assert_eq!(whole.trace.lines()[..until(&whole)], without.trace.lines()[..until(&without)]);
}
