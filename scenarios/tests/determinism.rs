//! Before anything else: a seed is a run, and leaving one step out moves no other draw.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use harness::chaos::cast::Target;
use harness::chaos::fault::Fault;
use harness::chaos::schedule::{Moment, Schedule, Step};
use harness::engine::Engine;
use harness::run::{Keep, Report, directed, draw, run};
use harness::{Scenario, Variant};
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

/// What strikes is drawn from the cast and the fault model. What a scenario is called, expects, must see or shows by hand is not
/// known to the generator.
#[test]
fn a_scenario_draws_what_any_other_with_its_cast_and_faults_would() {
    let catalogue = catalogue();
    for scenario in &catalogue {
        let stranger = Scenario { name: "stranger", about: "", must_see: Vec::new(), ..scenario.clone() };
        for variant in &scenario.variants {
            let unknown = Variant {
                name: "unknown",
                expect: None,
                also: Vec::new(),
                witness: None,
                must_see: Vec::new(),
                ..variant.clone()
            };
            for seed in 0..50 {
                let steps = |scenario, variant| draw(scenario, variant, Engine::Direct, seed).steps;
                assert_eq!(steps(scenario, variant), steps(&stranger, &unknown), "{} {seed}", scenario.name);
            }
        }
    }
}

#[test]
fn other_seeds_are_other_runs() {
    let catalogue = catalogue();
    let scenario = &catalogue[0];
    let hash = |seed| traced(&draw(scenario, &scenario.variants[1], Engine::Direct, seed)).trace.hash();
    assert_ne!(hash(1), hash(2));
}

/// When a line of a trace happened, in microseconds.
fn time(line: &str) -> u64 {
    line.trim_start().split(' ').next().unwrap().parse().unwrap()
}

/// Two runs of one seed that differ in one step are the same until that step strikes: nothing that was drawn for the others
/// has moved.
#[test]
fn leaving_a_step_out_moves_nothing_before_it_strikes() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "leader-only-ack-crash").unwrap();
    let mut compared = 0;
    for seed in 0..20 {
        let whole = draw(scenario, scenario.find("safe").unwrap(), Engine::Direct, seed);
        let of_whole = traced(&whole);
        for (place, step) in whole.steps.iter().enumerate() {
            let Moment::Ms(ms) = step.at else { continue };
            // What stands behind it moves with it.
            if whole.steps.get(place + 1).is_some_and(|next| next.at.is_behind()) {
                continue;
            }
            let mut without = whole.clone();
            without.steps.remove(place);
            let of_rest = traced(&without);
            let before = |report: &Report| {
                report.trace.lines().iter().take_while(|line| time(line) < ms * 1_000).count()
            };
            let lines = before(&of_whole);
            let differs =
                (0..lines).find(|&line| of_whole.trace.lines()[line] != of_rest.trace.lines()[line]);
            assert_eq!((lines, differs), (before(&of_rest), None), "seed {seed} without step {place}");
            compared += lines;
        }
    }
    assert!(compared > 10_000, "only {compared} lines were compared");
}

/// The torn tail that a power loss leaves is drawn for that power loss, whatever stands before it in the schedule.
#[test]
fn leaving_a_step_out_that_never_strikes_changes_nothing_at_all() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "flush-async-power-loss").unwrap();
    let witness = scenario.find("unsafe").unwrap().witness.as_ref().unwrap();
    let whole = directed(scenario, scenario.find("unsafe").unwrap(), witness, Engine::Direct);
    let mut with_one_more = whole.clone();
    let never = Step::new(Moment::event("append", 1_000_000), Fault::crash(Target::Controller));
    with_one_more.steps.insert(0, never);
    assert_eq!(traced(&whole).trace.hash(), traced(&with_one_more).trace.hash());
}
