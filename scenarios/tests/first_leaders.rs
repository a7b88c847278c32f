//! Who leads what before anything goes wrong.

use std::collections::BTreeMap;

use checkers::{Event, TopicPartition};
use harness::engine::Engine;
use harness::run::{Keep, draw, run};
use scenarios::catalogue;

#[test]
fn leaders_are_spread_and_the_coordinator_does_not_lead_everything() {
    let catalogue = catalogue();
    let scenario =
        catalogue.iter().find(|scenario| scenario.name == "volatile-producer-state-failover").unwrap();
    let variant = scenario.find("safe").unwrap();
    for seed in 0..60 {
        let mut schedule = draw(scenario, variant, Engine::Direct, seed);
        schedule.steps.clear();
        schedule.knobs.clear();
        let keep = Keep { history: true, ..Keep::default() };
        let report = run(scenario, variant, Engine::Direct, schedule, keep).unwrap();
        let (names, history) = report.history.unwrap();
        let leads = history.iter().filter_map(|entry| match entry.event {
            Event::Lead { log, .. } => Some((log, names.text(entry.process))),
            _ => None,
        });
        let leaders: BTreeMap<TopicPartition, &str> = leads.collect();
        let brokers: Vec<&str> = leaders.values().copied().collect();
        assert_eq!(
            brokers,
            ["broker-1", "broker-2", "broker-2"],
            "seed {seed}: two partitions, and the offsets"
        );
    }
}
