//! The events at which schedules strike are real: each of those that every system of ours goes through comes to pass.

#![expect(clippy::unwrap_used, reason = "a test has nobody to answer to but its reader")]

use harness::cast::Target;
use harness::engine::Engine;
use harness::fault::Fault;
use harness::run::{Keep, draw, run};
use harness::schedule::{Moment, Step};
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
