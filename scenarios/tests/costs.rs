//! What senders wait is measured where they wait.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;

use broker::Timing;
use harness::chaos::cast::Target;
use harness::chaos::fault::Fault;
use harness::chaos::schedule::{Moment, Step};
use harness::engine::Engine;
use harness::run::{Keep, Report, draw, run};
use scenarios::catalogue;

/// One log whose leader answers when everybody in sync has the record, struck by these steps alone.
fn leader_only_ack_crash_safe(steps: Vec<Step>) -> Report {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "leader-only-ack-crash").unwrap();
    let variant = scenario.find("safe").unwrap();
    let mut schedule = draw(scenario, variant, Engine::Direct, 0);
    schedule.knobs = BTreeMap::from([("records".to_owned(), 80)]);
    schedule.steps = steps;
    let report = run(scenario, variant, Engine::Direct, schedule, Keep::default()).unwrap();
    assert!(report.unfired.is_empty(), "it must strike");
    assert_eq!(report.waited.latencies.len() as u64, report.acknowledged);
    assert_eq!(report.acknowledged, report.intents);
    report
}

fn the_leader_dies(heal_after_ms: u64) -> Report {
    let crash = Fault::crash(Target::leader("payments", 0));
    let step = Step::new(Moment::event("append", 32), crash).heal_after_ms(heal_after_ms);
    leader_only_ack_crash_safe(vec![step])
}

#[test]
fn without_a_fault_everybody_waits_for_milliseconds() {
    let waited = leader_only_ack_crash_safe(Vec::new()).waited;
    assert!((1_000..30_000).contains(&waited.longest), "{} us", waited.longest);
    assert_eq!(waited.latencies.iter().max(), Some(&waited.longest));
}

#[test]
fn when_the_leader_dies_nobody_is_answered_until_its_session_is_over_and_another_leads() {
    let waited = the_leader_dies(3_000).waited;
    let Timing { broker_session, broker_heartbeat, .. } = Timing::default();
    let outage = broker_session - broker_heartbeat..broker_session + broker_heartbeat;
    assert!(outage.contains(&waited.longest), "{} us", waited.longest);
    let longest = waited.latencies.iter().max().unwrap();
    assert!(waited.longest.abs_diff(*longest) < 5_000, "who began as it died waited as long: {longest} us");
    assert!(waited.latencies.iter().filter(|&&latency| latency < 5_000).count() > 80, "others hardly waited");
}

#[test]
fn a_leader_that_comes_back_at_once_costs_about_its_outage() {
    let longest = the_leader_dies(100).waited.longest;
    assert!((100_000..250_000).contains(&longest), "{longest} us");
}
