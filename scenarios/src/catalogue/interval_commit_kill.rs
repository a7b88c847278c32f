//! The consumer commits every half second, as Kafka's clients do every five by default. Killed in between, it has done what
//! nobody knows of, and its successor does it again. Harmless only where the effect can tell.
//!
//! Kafka `enable.auto.commit` with `auto.commit.interval.ms=5000`, RocketMQ's offset persistence every five seconds.

use std::time::Duration;

use broker::client::CommitPolicy;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Effect, Group, Kind, Path, Scenario, Variant, Way};

pub fn scenario() -> Scenario {
    Scenario::named(
        "interval-commit-kill",
        Path::Consumer,
        "Offsets are committed every so often: after a kill, everything since the last commit happens again.",
    )
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unsettled, 200))
    .must_see(Item::strike(FaultKind::PoisonRecord, Outstanding::Unsettled, 200))
    .must_see(Item::event("refuse-stale-generation", 500))
    .variant(
        Variant::breaks("unsafe", cluster(Way::Plain), Kind::DuplicateEffect, Path::Consumer)
            .witness(20, vec![killed_between_commits()]),
    )
    .variant(Variant::holds("safe", cluster(Way::Inbox)))
}

fn cluster(way: Way) -> Cluster {
    let billing = Group::new("billing", move || Effect { way, work: Duration::ZERO });
    Cluster::new().group(billing.commit(CommitPolicy::Interval(500_000)))
}

fn killed_between_commits() -> Step {
    Step::new(Moment::event("effect-before-commit", 9), Fault::crash(Target::member("billing")))
}
