//! What chance finds shrinks to what a person would have written.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use harness::chaos::fault::FaultModel;
use harness::chaos::schedule::{Expect, Schedule};
use harness::engine::Engine;
use harness::find::shrink::{Shrink, Shrunk};
use harness::run::{Keep, draw, run};
use harness::scenario::FOUND_WITHIN;
use harness::stop::Stop;
use harness::{Scenario, Variant};
use scenarios::catalogue;

const ENGINE: Engine = Engine::Direct;

fn shows(scenario: &Scenario, variant: &Variant, schedule: Schedule, expect: Expect) -> bool {
    let report = run(scenario, variant, ENGINE, schedule, Keep::default()).unwrap();
    report.verdict.classes().contains(&(expect.anomaly, expect.path))
}

fn shrink(
    scenario: &Scenario,
    variant: &Variant,
    expect: Expect,
    schedule: &Schedule,
    budget: u64,
) -> Shrunk {
    let stop = Stop::new();
    let shrink =
        Shrink { scenario, variant, engine: ENGINE, expect, budget, stop: &stop, progress: &|_, _| {} };
    shrink.shrink(schedule).unwrap().unwrap()
}

/// Every scenario's unsafe variant, what it must show, and the first schedule by chance that shows it. What chance brings once in
/// thousands of runs is its witness, among what chance draws.
fn found() -> Vec<(Scenario, Expect, Schedule)> {
    let found = catalogue().into_iter().map(|scenario| {
        let variant = &scenario.variants[0];
        let expect = variant.expect.unwrap();
        let seldom = variant.found_within > FOUND_WITHIN;
        let drawn = (0..2_000).map(|seed| draw(&scenario, variant, ENGINE, seed));
        let witness = variant.witness.as_ref().unwrap();
        let amid = (0..200).filter(|_| seldom).map(|seed| {
            let mut schedule = draw(&scenario, variant, ENGINE, seed);
            schedule.steps.splice(0..0, witness.steps.clone());
            schedule.knobs.insert("records".to_owned(), witness.records);
            schedule
        });
        let shows = |schedule: &Schedule| shows(&scenario, variant, schedule.clone(), expect);
        let schedule = drawn.chain(amid).find(shows).unwrap();
        (scenario, expect, schedule)
    });
    found.collect()
}

#[test]
fn what_chance_finds_shrinks_to_at_most_twice_the_steps_of_the_witness_and_needs_every_one_of_them() {
    for (scenario, expect, schedule) in found() {
        let variant = &scenario.variants[0];
        let shrunk = shrink(&scenario, variant, expect, &schedule, 5_000);
        assert!(shrunk.complete, "{}", scenario.name);
        let smallest = shrunk.report.schedule;
        let witness = variant.witness.as_ref().unwrap().steps.len();
        assert!(smallest.steps.len() <= 2 * witness, "{}: {}", scenario.name, smallest.to_json());
        for step in 0..smallest.steps.len() {
            let mut without = smallest.clone();
            without.steps.remove(step);
            assert!(
                !shows(&scenario, variant, without, expect),
                "{}: step {step} is not needed",
                scenario.name
            );
        }
        let again = shrink(&scenario, variant, expect, &schedule, 5_000);
        assert_eq!(again.report.schedule, smallest, "{}", scenario.name);
    }
}

#[test]
fn what_a_schedule_of_thirty_steps_does_not_need_goes_hosts_and_logs_among_it() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "ack-lost-retry-duplicate").unwrap();
    let faults = FaultModel { most: 30, ..scenario.faults.clone() };
    let scenario = Scenario { faults, ..scenario.clone() };
    let variant = &scenario.variants[0];
    let expect = variant.expect.unwrap();
    let long = (0..2_000).map(|seed| draw(&scenario, variant, ENGINE, seed));
    let mut long = long.filter(|schedule| schedule.steps.len() == 30);
    let schedule = long.find(|schedule| shows(&scenario, variant, schedule.clone(), expect)).unwrap();
    let shrunk = shrink(&scenario, variant, expect, &schedule, 5_000);
    assert!(shrunk.complete, "{} runs were not enough", shrunk.runs);
    let smallest = shrunk.report.schedule;
    assert!(smallest.steps.len() <= 2, "{}", smallest.to_json());
    for knob in ["producers", "consumers", "partitions"] {
        let mut fewer = smallest.clone();
        let before = fewer.knobs.insert(knob.to_owned(), 1);
        let needed = before == Some(1) || !shows(&scenario, variant, fewer, expect);
        assert!(needed, "one of {knob} would do: {}", smallest.to_json());
    }
}

#[test]
fn a_budget_that_is_used_up_leaves_the_best_so_far() {
    let (scenario, expect, schedule) = found().swap_remove(0);
    let variant = &scenario.variants[0];
    let shrunk = shrink(&scenario, variant, expect, &schedule, 4);
    assert_eq!((shrunk.runs, shrunk.complete), (4, false));
    assert!(shrunk.report.schedule.steps.len() <= schedule.steps.len());
    assert!(shows(&scenario, variant, shrunk.report.schedule, expect));
}

#[test]
fn a_schedule_that_shows_nothing_is_not_shrunk() {
    let (scenario, expect, mut schedule) = found().swap_remove(0);
    schedule.steps.clear();
    let stop = Stop::new();
    let variant = &scenario.variants[0];
    let shrink = Shrink {
        scenario: &scenario,
        variant,
        engine: ENGINE,
        expect,
        budget: 9,
        stop: &stop,
        progress: &|_, _| {},
    };
    assert!(shrink.shrink(&schedule).unwrap().is_none());
}
