//! Workloads as seeds draw them: whatever the numbers, the promise is kept, and they are what they say.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use checkers::{Entry, Event, Names};
use harness::engine::Engine;
use harness::run::{Conclusion, Keep, Report, draw, run};
use harness::{Scenario, Variant};
use scenarios::catalogue;

/// A run of this variant without faults, all numbers as the scenario says but these.
fn calm(scenario: &Scenario, variant: &Variant, engine: Engine, knobs: &[(&str, u64)]) -> Report {
    let mut schedule = draw(scenario, variant, engine, 0);
    schedule.steps.clear();
    schedule.knobs = knobs.iter().map(|&(name, number)| (name.to_owned(), number)).collect();
    run(scenario, variant, engine, schedule, Keep { history: true, ..Keep::default() }).unwrap()
}

fn simulators() -> impl Iterator<Item = Engine> {
    Engine::ALL.iter().copied().filter(|engine| engine.simulated() && engine.available())
}

#[test]
fn at_both_ends_of_what_seeds_draw_of_a_number_the_promise_is_kept() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "commit-before-process").unwrap();
    let variant = scenario.find("safe").unwrap();
    for knob in variant.system.knobs().into_iter().filter(|knob| knob.usual.is_some()) {
        for number in [*knob.drawn.start(), *knob.drawn.end()] {
            for engine in simulators() {
                let report = calm(scenario, variant, engine, &[(knob.name, number)]);
                let told = format!("{} {number} on {}: {:?}", knob.name, engine.name(), report.verdict);
                assert_eq!(report.conclusion, Conclusion::Vacuous, "{told}");
                assert!(report.drained && report.acknowledged == report.intents, "{told}");
            }
        }
    }
}

#[test]
fn every_safe_variant_varies_and_no_unsafe_one_does() {
    for scenario in catalogue() {
        for variant in scenario.variants {
            let varies = variant.system.knobs().iter().filter(|knob| knob.usual.is_some()).count();
            let enough = if variant.expect.is_some() { varies == 0 } else { varies >= 15 };
            assert!(enough, "{} {} varies {varies} numbers", scenario.name, variant.name);
        }
    }
}

/// When a member of this name was given something, in milliseconds.
fn grants(names: &Names, entries: &[Entry], member: &str) -> Vec<u64> {
    let granted = entries.iter().filter(|entry| matches!(entry.event, Event::Grant { .. }));
    let to_member = granted.filter(|entry| names.text(entry.process) == member);
    to_member.map(|entry| entry.time / 1_000).collect()
}

#[test]
fn a_member_comes_late_and_leaves_and_is_back_when_everything_is_healed() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "commit-before-process").unwrap();
    let variant = scenario.find("safe").unwrap();
    for engine in simulators() {
        let stay = [("late-member-ms", 400), ("leaving-member-ms", 1_000), ("records", 80)];
        let report = calm(scenario, variant, engine, &stay);
        assert!(report.drained && report.verdict.anomalies.is_empty(), "{:?}", report.verdict);
        let (names, entries) = report.history.unwrap();
        let [first, last] =
            ["consumer-billing-1", "consumer-billing-2"].map(|name| grants(&names, &entries, name));
        assert!(first.iter().any(|&ms| ms < 400), "{}: {first:?}", engine.name());
        // Chaos ends, and everybody who is down is started again, after 1,600 ms.
        let there = |ms: &u64| (400..1_000).contains(ms) || *ms >= 1_600;
        assert!(last.iter().any(|&ms| ms < 1_000) && last.iter().all(there), "{}: {last:?}", engine.name());
        // The group does not wait for the session of a member that said goodbye.
        assert!(first.iter().any(|ms| (1_000..1_400).contains(ms)), "{}: {first:?}", engine.name());
    }
}
