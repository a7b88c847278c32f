//! A billing service as its owner wrote it, tested for charging twice.
//!
//! `cargo run -p harness --example own_consumer` tells the story; `cargo test -p harness` runs the tests below.

use std::future::Future;

use harness::engine::{Engine, EngineError};
use harness::find::sweep::Sweep;
use harness::run::{Conclusion, Report, draw};
use harness::{Cluster, Context, Group, Handler, Kind, Path, Record, Redeliver, Scenario, Variant};

/// What the service needs of the world. In production this is an HTTP client.
trait Gateway: 'static {
    fn charge(&self, payment: &Record, context: &Context) -> impl Future<Output = Result<(), Redeliver>>;
}

/// The service. Nothing here knows of the lab.
struct Billing<G> {
    gateway: G,
}

impl<G: Gateway> Handler for Billing<G> {
    async fn handle(&mut self, payment: &Record, context: &Context) -> Result<(), Redeliver> {
        self.gateway.charge(payment, context).await
    }
}

/// A gateway that charges as often as it is asked to.
struct Charges;

impl Gateway for Charges {
    async fn charge(&self, payment: &Record, context: &Context) -> Result<(), Redeliver> {
        Ok(context.apply(payment).await?)
    }
}

/// A gateway that was given the payment's id as an idempotency key.
struct ChargesOnce;

impl Gateway for ChargesOnce {
    async fn charge(&self, payment: &Record, context: &Context) -> Result<(), Redeliver> {
        Ok(context.apply_once(payment).await?)
    }
}

fn billing_charges_once() -> Scenario {
    let cluster = Cluster::new();
    let naive = cluster.clone().group(Group::new("billing", || Billing { gateway: Charges }));
    let repaired = cluster.group(Group::new("billing", || Billing { gateway: ChargesOnce }));
    Scenario::named("billing-charges-once", Path::Consumer, "Is a customer ever charged twice?")
        .variant(Variant::breaks("naive", naive, Kind::DuplicateEffect, Path::Consumer))
        .variant(Variant::holds("repaired", repaired))
}

/// The first seed on which the naive gateway charges somebody twice.
fn first_double_charge(scenario: &Scenario) -> Result<Option<Report>, EngineError> {
    let variant = &scenario.variants[0];
    let sweep = Sweep { scenario, variant, engine: Engine::Direct, jobs: 1 };
    for seed in 0..100 {
        let report = sweep.one(seed)?;
        if report.conclusion == Conclusion::Found {
            return Ok(Some(report));
        }
    }
    Ok(None)
}

fn main() -> Result<(), EngineError> {
    let scenario = billing_charges_once();
    if let Some(report) = first_double_charge(&scenario)? {
        println!("seed {}: {}", report.schedule.seed, report.verdict.anomalies[0].sentence);
        println!("the schedule that shows it again:\n{}", report.schedule.to_json());
    }
    let repaired = draw(&scenario, &scenario.variants[1], Engine::Direct, 0);
    println!(
        "repaired: see `cargo test -p harness`, which holds it to {} faults and more",
        repaired.steps.len()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use harness::run::{Keep, run};
    use harness::stop::Stop;

    use super::*;

    #[test]
    fn the_naive_gateway_charges_twice_on_an_early_seed_and_again_when_replayed() {
        let scenario = billing_charges_once();
        let report = first_double_charge(&scenario).unwrap().expect("one of a hundred seeds");
        let again =
            run(&scenario, &scenario.variants[0], Engine::Direct, report.schedule.clone(), Keep::default())
                .unwrap();
        assert_eq!(again.verdict, report.verdict);
        assert_eq!(again.trace.hash(), report.trace.hash());
    }

    #[test]
    fn the_repaired_gateway_charges_once_over_three_hundred_seeds() {
        let scenario = billing_charges_once();
        let sweep =
            Sweep { scenario: &scenario, variant: &scenario.variants[1], engine: Engine::Direct, jobs: 2 };
        let summary = sweep.seeds(0..300, &Stop::new(), &|_| {}).unwrap();
        assert_eq!((summary.runs, summary.invalid, summary.unknown), (300, 0, 0));
        assert!(summary.struck > 240, "faults struck in {} runs only", summary.struck);
    }
}
