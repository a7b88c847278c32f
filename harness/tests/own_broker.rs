//! The stranger's broker of the example, under every simulator.

#[path = "../examples/own_broker.rs"]
#[expect(dead_code, reason = "the example has a `main` of its own")]
mod own_broker;

use harness::engine::Engine;
use harness::run::{Conclusion, Keep, Report, draw, run};

const SEEDS: std::ops::Range<u64> = 0..20;

fn go(engine: Engine, variant: usize, seed: u64) -> Report {
    let scenario = own_broker::their_broker_keeps_what_it_acknowledged();
    let variant = &scenario.variants[variant];
    let schedule = draw(&scenario, variant, engine, seed);
    run(&scenario, variant, engine, schedule, Keep::default())
        .unwrap_or_else(|error| panic!("{} did not run: {error}", engine.name()))
}

fn simulators() -> impl Iterator<Item = Engine> {
    Engine::ALL.iter().copied().filter(|engine| engine.simulated() && engine.available())
}

#[test]
fn the_hasty_broker_is_caught_and_replayed_on_every_simulator() {
    for engine in simulators() {
        let caught =
            SEEDS.map(|seed| go(engine, 0, seed)).find(|report| report.conclusion == Conclusion::Found);
        let caught = caught.unwrap_or_else(|| panic!("not caught on {}", engine.name()));
        let again = go(engine, 0, caught.schedule.seed);
        assert_eq!((again.trace.hash(), again.verdict), (caught.trace.hash(), caught.verdict));
    }
}

#[test]
fn the_patient_broker_holds_on_every_simulator() {
    for engine in simulators() {
        for seed in SEEDS {
            let held = go(engine, 1, seed);
            assert!(
                held.verdict.anomalies.is_empty() && held.drained,
                "{} {:?}",
                engine.name(),
                held.verdict
            );
        }
    }
}
