//! Schedules as a `proptest!` of anybody's draws and shrinks them.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use harness::chaos::schedule::Schedule;
use harness::engine::Engine;
use harness::find::strategy::schedules;
use harness::run::{Keep, run};
use harness::{Scenario, Variant};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use scenarios::catalogue;

fn promise_kept(scenario: &Scenario, variant: &Variant, schedule: Schedule) -> Result<(), TestCaseError> {
    let report = run(scenario, variant, Engine::Direct, schedule, Keep::default()).unwrap();
    match report.verdict.anomalies.first() {
        None => Ok(()),
        Some(anomaly) => Err(TestCaseError::fail(anomaly.sentence.clone())),
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

#[test]
fn what_must_hold_holds_under_schedules_that_proptest_draws() {
    for scenario in catalogue() {
        let variant = scenario.find("safe").unwrap();
        let schedules = schedules(&scenario, variant, Engine::Direct);
        let ran = runner(32).run(&schedules, |schedule| promise_kept(&scenario, variant, schedule));
        assert_eq!(ran, Ok(()), "{}", scenario.name);
    }
}

#[test]
fn a_broken_promise_is_told_with_the_fewest_steps_that_break_it() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "commit-before-process").unwrap();
    let variant = scenario.find("unsafe").unwrap();
    let schedules = schedules(scenario, variant, Engine::Direct);
    let ran = runner(500).run(&schedules, |schedule| promise_kept(scenario, variant, schedule));
    let Err(TestError::Fail(_, fewest)) = ran else { panic!("{ran:?}") };
    assert!(!fewest.steps.is_empty());
    for step in 0..fewest.steps.len() {
        let mut without = fewest.clone();
        without.steps.remove(step);
        assert!(promise_kept(scenario, variant, without).is_ok(), "step {step} is not needed");
    }
}
