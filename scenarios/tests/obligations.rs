//! A mode that loses nothing keeps six obligations (`broker::policy`). Each is turned off alone in every mode that has it: then there is a
//! schedule under which it breaks a promise, and under the same schedule the mode as it is recommended breaks none.

#![expect(clippy::expect_used, reason = "tests may panic")]

use broker::Policies;
use broker::policy::{Ack, Ballots, Commit, Election, Flush, Rejoin, Truncation, UncleanStop, Visibility};
use harness::chaos::cast::Target;
use harness::chaos::fault::Fault;
use harness::chaos::schedule::{Moment, Schedule, Step};
use harness::engine::Engine;
use harness::lab::asked::Asked;
use harness::mode::Mode;
use harness::run::{Conclusion, Keep, directed, draw, run};
use harness::{Cluster, Kind, Scenario, Variant, Witness};
use scenarios::{catalogue, mode};

/// One obligation of some modes, turned off.
struct Off {
    obligation: &'static str,
    modes: &'static [&'static str],
    off: fn(Cluster) -> Cluster,
    shown: Shown,
}

/// How it shows.
enum Shown {
    /// Within so many seeds.
    ByChance(u64),
    /// Under this schedule, in a mode that is made like this.
    ByHand(fn(Cluster) -> Cluster, fn() -> Witness),
}

use Shown::{ByChance, ByHand};

const IN_SYNC: &[&str] = &["kafka-acks-all", "kafka-elr", "kafka-kraft"];
const VOTING: &[&str] = &["quorum", "dledger", "nats-r3"];
const REPLICATED: &[&str] = &["kafka-acks-all", "kafka-elr", "kafka-kraft", "quorum", "dledger", "nats-r3"];

/// O1 to O6 as `broker::policy` says them. What has no value of a policy to be turned off by is in `obligations_by_defect.rs`.
const OFF: &[Off] = &[
    Off {
        obligation: "O1",
        modes: REPLICATED,
        off: |cluster| cluster.producing(|produce| produce.acks = Ack::Leader),
        shown: ByChance(400),
    },
    Off {
        obligation: "O2",
        modes: IN_SYNC,
        off: |cluster| every_log(cluster, |policies| policies.election = Election::Unclean),
        shown: ByHand(|cluster| cluster, whoever_is_back_first),
    },
    Off {
        obligation: "O2",
        modes: VOTING,
        off: |cluster| every_log(cluster, |policies| policies.commit = Commit::AnyTerm),
        shown: ByHand(three_voters_of_one_log, || of_scenario("raft-old-term-commit")),
    },
    Off {
        obligation: "O3",
        modes: VOTING,
        off: |cluster| every_log(cluster, |policies| policies.ballots = Ballots::Volatile),
        shown: ByHand(
            |cluster| cluster.brokers(3).replicas(3, 2).partitions(1),
            || of_scenario("raft-volatile-vote"),
        ),
    },
    Off {
        obligation: "O4",
        modes: &["kafka-elr", "kafka-kraft"],
        off: |cluster| every_log(cluster, |policies| policies.unclean_stop = UncleanStop::Ignored),
        shown: ByChance(400),
    },
    Off {
        obligation: "O4",
        modes: &["single", "quorum", "dledger", "nats-r3"],
        off: |cluster| every_log(cluster, |policies| policies.flush = Flush::Interval(1_500_000)),
        shown: ByChance(800),
    },
    Off {
        obligation: "O4",
        modes: &["dledger", "nats-r3"],
        off: |cluster| every_log(cluster, |policies| policies.rejoin = Rejoin::AsItself),
        shown: ByChance(800),
    },
    Off {
        obligation: "O5",
        modes: IN_SYNC,
        off: |cluster| every_log(cluster, |policies| policies.truncation = Truncation::ToOwnHighWatermark),
        shown: ByChance(400),
    },
    Off {
        obligation: "O6",
        modes: &["single", "kafka-acks-all", "kafka-elr", "kafka-kraft", "quorum", "dledger", "nats-r3"],
        off: |cluster| every_log(cluster, |policies| policies.visibility = Visibility::LogEnd),
        shown: ByChance(400),
    },
];

fn every_log(cluster: Cluster, change: impl Fn(&mut Policies)) -> Cluster {
    cluster.policies(&change).offsets_policies(&change)
}

/// As the schedule needs it that shows figure 8 of the Raft paper: by its times producers are given an identity before they send.
fn three_voters_of_one_log(cluster: Cluster) -> Cluster {
    let cluster = cluster.brokers(3).replicas(3, 2).partitions(1);
    let cluster = cluster.timing(|timing| (timing.election, timing.follower_wait) = (200_000, 50_000));
    cluster.producing(|produce| (produce.in_flight, produce.batch_records, produce.idempotent) = (1, 1, true))
}

fn of_scenario(name: &str) -> Witness {
    let scenario = catalogue().into_iter().find(|scenario| scenario.name == name).expect("it is in the list");
    scenario.variants[0].witness.clone().expect("what is unsafe has a witness")
}

/// Broker 3 is down and has left the in-sync set; the others acknowledge more and go down as well, and it is the first one back.
fn whoever_is_back_first() -> Witness {
    let crash = |ms, broker, heal| {
        Step::new(Moment::Ms(ms), Fault::crash(Target::Broker(broker))).heal_after_ms(heal)
    };
    let steps = vec![crash(300, 3, 1_200), crash(1_300, 1, 1_700), crash(1_300, 2, 1_700)];
    Witness { records: 80, steps }
}

/// A mode as it is recommended, changed.
fn changed(mode: &Mode, change: impl Fn(Cluster) -> Cluster) -> (Scenario, Variant) {
    let mut scenario = mode.scenario().expect("its product has these settings");
    let as_it_is = scenario.find(Mode::RECOMMENDED).expect("every mode has it").clone();
    let cluster = mode.product.with(mode.recommended.settings).expect("its product has these settings");
    let system = std::sync::Arc::new(widened(change(cluster.of_this_size())));
    let variant = Variant { system, ..as_it_is };
    scenario.variants = vec![variant.clone()];
    (scenario, variant)
}

/// Seeds draw its load, as they do of any mode.
fn widened(cluster: Cluster) -> Cluster {
    harness::system::System::widened(cluster)
}

fn concluded(of: &(Scenario, Variant), engine: Engine, schedule: Schedule) -> Conclusion {
    run(&of.0, &of.1, engine, schedule, Keep::default()).expect("it runs").conclusion
}

/// What is wrong with it, if anything.
fn judge(mode: &Mode, off: &Off, engine: Engine) -> Option<String> {
    let like = match off.shown {
        ByChance(_) => |cluster| cluster,
        ByHand(like, _) => like,
    };
    let (without, with) = (changed(mode, |cluster| (off.off)(like(cluster))), changed(mode, like));
    let breaks = |schedule: &Schedule| concluded(&without, engine, schedule.clone()) == Conclusion::Violated;
    let found = match off.shown {
        ByChance(seeds) => (0..seeds).map(|seed| draw(&without.0, &without.1, engine, seed)).find(breaks),
        ByHand(_, witness) => Some(directed(&without.0, &without.1, &witness(), engine)).filter(breaks),
    };
    let name = format!("{} without {} on {}", mode.name, off.obligation, engine.name());
    let Some(schedule) = found else { return Some(format!("{name} breaks nothing")) };
    let intact = concluded(&with, engine, schedule);
    (!matches!(intact, Conclusion::Held | Conclusion::Vacuous))
        .then(|| format!("{name}: with it the same schedule is {intact:?}"))
}

#[test]
fn every_mode_breaks_a_promise_without_any_one_obligation_and_none_with_all() {
    let modes = mode::modes();
    let mut wrong = Vec::new();
    for off in OFF {
        for name in off.modes {
            let mode = modes.iter().find(|mode| mode.name == *name).expect("it is in the list");
            let asked = Asked::from_env().expect("the environment makes sense");
            // Chance is asked where runs cost least.
            let engines: Vec<Engine> = match off.shown {
                ByChance(_) => vec![Engine::Direct],
                ByHand(..) => asked.simulators().collect(),
            };
            wrong.extend(engines.into_iter().filter_map(|engine| judge(mode, off, engine)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_mode_that_keeps_what_it_acknowledged_is_left_out() {
    let keeps = |mode: &Mode| {
        let kept = |kind| mode.recommended.unpromised.iter().all(|open| open.anomaly.anomaly != kind);
        kept(Kind::LostAcked) && kept(Kind::LostIntent)
    };
    for mode in mode::modes().iter().filter(|mode| keeps(mode)) {
        assert!(OFF.iter().any(|off| off.modes.contains(&mode.name)), "{}", mode.name);
    }
}
