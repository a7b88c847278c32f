//! A table of policies over one replicated log, found by exploring all interleavings of a small model, comes out the same from
//! the lab: a schedule in the sequence of the model's shortest loss loses, and what the model says holds is clean over seeds.
//! `LAB_SEEDS=0..20000` makes it a sweep.
//!
//! The model's crash leaves a replica its place. The broker cannot tell a killed process from one whose power was cut, and so
//! takes its place (KIP-966); the budget for data counts that in, where kills and a lost disk come together.

#![expect(clippy::expect_used, reason = "tests may panic")]

use std::ops::Range;

use broker::policy::{Ack, Commit, Election, Eligibility, Flush, Truncation, UncleanStop};
use broker::{Authority, Policies};
use harness::chaos::cast::Target;
use harness::chaos::fault::{DiskLoss, Fault, FaultKind, FaultModel, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::engine::Engine;
use harness::lab::asked::Asked;
use harness::run::{Conclusion, Keep, Report, directed, draw, run};
use harness::{Cluster, Effect, Group, Kind, Path, Scenario, Variant, Way, Witness};

/// How many seeds each row that holds runs on each simulator when nothing else is said.
const SEEDS: Range<u64> = 0..20;

/// How a row is configured: who says who leads, replicas, min ISR, and what is not the default.
struct Row {
    name: &'static str,
    authority: Authority,
    replicas: (u16, u16),
    acks: Ack,
    /// How many records each producer sends under a schedule of the row's own.
    records: u64,
    /// What else the schedule needs.
    like: fn(Cluster) -> Cluster,
    change: fn(&mut Policies),
    outcome: Outcome,
}

enum Outcome {
    /// This sequence loses what was acknowledged.
    Lost(fn() -> Vec<Step>),
    /// Nothing is lost under faults of these kinds.
    Holds(&'static [FaultKind]),
}

use Outcome::{Holds, Lost};

const CRASH: &[FaultKind] = &[FaultKind::Crash];
const CRASH_ISOLATE: &[FaultKind] = &[FaultKind::Crash, FaultKind::Partition];
const CRASH_DISK: &[FaultKind] = &[FaultKind::Crash, FaultKind::DiskLoss];
const CRASH_POWER: &[FaultKind] = &[FaultKind::Crash, FaultKind::PowerLoss];
const ALL_THREE: &[FaultKind] = &[FaultKind::Crash, FaultKind::Partition, FaultKind::PowerLoss];

/// The model's flush is never or always. A record in the page cache here stays there for longer than a run.
fn synced(policies: &mut Policies) {
    policies.flush = Flush::BeforeAck;
}

/// No clean-stop marker, no eligible set.
fn before_kip_966(policies: &mut Policies) {
    policies.eligibility = Eligibility::InSyncOnly;
    policies.unclean_stop = UncleanStop::Ignored;
}

fn detection_alone(policies: &mut Policies) {
    policies.eligibility = Eligibility::InSyncOnly;
}

fn unclean_election(policies: &mut Policies) {
    before_kip_966(policies);
    policies.election = Election::Unclean;
}

fn high_watermark_truncation(policies: &mut Policies) {
    before_kip_966(policies);
    synced(policies);
    policies.truncation = Truncation::ToOwnHighWatermark;
}

fn kip_101(policies: &mut Policies) {
    before_kip_966(policies);
    synced(policies);
}

fn any_term(policies: &mut Policies) {
    policies.commit = Commit::AnyTerm;
}

/// What is synced later stays in the page cache for longer than a run.
fn cached(policies: &mut Policies) {
    policies.flush = Flush::Interval(60_000_000);
}

fn unchanged(_: &mut Policies) {}

const ROWS: &[Row] = &[
    row("single, async flush, process crash", (1, 1), unchanged, Holds(CRASH)),
    row("single, async flush, power loss", (1, 1), unchanged, Lost(|| vec![power_loss(500, 100)])),
    row("single, sync flush, power loss", (1, 1), synced, Holds(&[FaultKind::PowerLoss])),
    row("single, sync flush, disk loss", (1, 1), synced, Lost(|| vec![disk_loss(500, 100)])),
    Row { acks: Ack::Leader, ..row("ISR acks=1, leader crash", (3, 2), before_kip_966, Lost(unreplicated)) },
    row("ISR acks=all min=1, crash+iso, clean", (3, 1), before_kip_966, Holds(CRASH_ISOLATE)),
    row("ISR acks=all min=1, crash then disk loss", (3, 1), detection_alone, Lost(followers_down_then_disk)),
    row(
        "ISR acks=all min=2, 2 crashes + 1 disk loss, no ELR",
        (3, 2),
        detection_alone,
        Lost(followers_down_then_disk),
    ),
    row("ISR acks=all min=2, 2 crashes + 1 disk loss, ELR", (3, 2), unchanged, Holds(CRASH_DISK)),
    row("ISR acks=all min=2, one disk loss", (3, 2), detection_alone, Holds(&[FaultKind::DiskLoss])),
    row("ISR acks=all min=2, unclean election, crash", (3, 2), unclean_election, Lost(whoever_is_back_first)),
    row("ISR acks=all min=2, clean, crash+iso", (3, 2), before_kip_966, Holds(CRASH_ISOLATE)),
    row(
        "ISR min=2, one power loss, no unclean-shutdown detection",
        (3, 2),
        before_kip_966,
        Lost(|| vec![power_loss(400, 50)]),
    ),
    row("ISR min=2, one power loss, detection", (3, 2), detection_alone, Holds(&[FaultKind::PowerLoss])),
    row(
        "ISR min=2, last replica standing (isolate + 1 power)",
        (3, 2),
        detection_alone,
        Lost(followers_down_then_power),
    ),
    row("ISR min=2 + ELR, same faults", (3, 2), unchanged, Holds(ALL_THREE)),
    row("ISR min=2, power loss of all", (3, 2), detection_alone, Lost(power_loss_of_all)),
    row("ISR min=2, fsync per write, power all+crash", (3, 2), synced, Holds(CRASH_POWER)),
    row("KIP-101: 2 replicas, HW truncation, crashes", (2, 1), high_watermark_truncation, Lost(both_crash)),
    row("KIP-101 fixed: leader-epoch truncation", (2, 1), kip_101, Holds(CRASH)),
    raft("Raft, fsync before vote/ack, crash+iso+power", unchanged, Holds(ALL_THREE)),
    Row {
        records: 1,
        like: one_log_quickly_led,
        ..raft("Raft without the current-term commit rule", any_term, Lost(figure_8))
    },
    raft("Raft, lazy fsync, power loss of 2", cached, Lost(power_loss_of_two)),
    raft("Raft, lazy fsync, ONE power loss + isolate", cached, Lost(power_loss_of_a_majoritys_half)),
];

const fn row(name: &'static str, replicas: (u16, u16), change: fn(&mut Policies), outcome: Outcome) -> Row {
    Row {
        name,
        authority: Authority::Controller,
        replicas,
        acks: Ack::All,
        records: 40,
        like: |cluster| cluster,
        change,
        outcome,
    }
}

const fn raft(name: &'static str, change: fn(&mut Policies), outcome: Outcome) -> Row {
    Row { authority: Authority::Consensus, ..row(name, (3, 2), change, outcome) }
}

fn leader() -> Target {
    Target::leader("payments", 0)
}

fn power_loss(ms: u64, heal: u64) -> Step {
    Step::new(Moment::Ms(ms), Fault::power_loss(leader())).heal_after_ms(heal)
}

fn disk_loss(ms: u64, heal: u64) -> Step {
    Step::new(Moment::Ms(ms), DiskLoss { target: leader() }.into()).heal_after_ms(heal)
}

fn crash(ms: u64, target: Target, heal: u64) -> Step {
    Step::new(Moment::Ms(ms), Fault::crash(target)).heal_after_ms(heal)
}

fn follower(nth: usize) -> Target {
    Target::follower("payments", 0, nth)
}

/// The leader acknowledges what only it has, and dies.
fn unreplicated() -> Vec<Step> {
    let stands_still =
        |nth| Step::new(Moment::event("append", 24), Fault::pause(follower(nth))).heal_after_ms(400);
    let dies = Step::new(Moment::event("append", 32), Fault::crash(leader())).heal_after_ms(800);
    vec![stands_still(1), stands_still(2), dies]
}

/// Both followers go and leave the in-sync set; the last one's disk is lost, and it is back first.
fn followers_down_then_disk() -> Vec<Step> {
    vec![crash(450, follower(1), 1_500), crash(460, follower(2), 1_500), disk_loss(1_250, 50)]
}

fn followers_down_then_power() -> Vec<Step> {
    let cut = |nth| Step::new(Moment::Ms(400), Fault::pause(follower(nth))).heal_after_ms(1_200);
    vec![cut(1), cut(2), power_loss(1_250, 50)]
}

/// One that fell behind is the only one alive.
fn whoever_is_back_first() -> Vec<Step> {
    vec![
        crash(300, Target::Broker(3), 1_200),
        crash(1_300, Target::Broker(1), 1_500),
        crash(1_300, Target::Broker(2), 1_500),
    ]
}

fn power_loss_of_all() -> Vec<Step> {
    let dark =
        |broker| Step::new(Moment::Ms(450), Fault::power_loss(Target::Broker(broker))).heal_after_ms(100);
    [1, 2, 3].map(dark).to_vec()
}

/// The leader and one more forget what all had.
fn power_loss_of_two() -> Vec<Step> {
    let dark = |target| Step::new(Moment::Ms(450), Fault::power_loss(target)).heal_after_ms(100);
    // The third one is not there to be elected.
    vec![crash(300, follower(2), 2_000), dark(leader()), dark(follower(1))]
}

/// One of the two that have a record forgets it, the other is cut off: the one that never had it and the one that forgot are a majority.
fn power_loss_of_a_majoritys_half() -> Vec<Step> {
    let cut = Partition::isolate(leader(), Streams::Hold).into();
    vec![
        Step::new(Moment::Ms(300), Fault::pause(follower(2))).heal_after_ms(260),
        Step::new(Moment::Ms(500), Fault::power_loss(follower(1))).heal_after_ms(40),
        Step::new(Moment::Ms(505), cut).heal_after_ms(1_500),
    ]
}

fn one_log_quickly_led(cluster: Cluster) -> Cluster {
    let cluster = cluster.partitions(1);
    let cluster = cluster.timing(|timing| (timing.election, timing.follower_wait) = (200_000, 50_000));
    cluster.producing(|produce| (produce.in_flight, produce.batch_records) = (1, 1))
}

/// Figure 8 of the Raft paper, as the scenario has it.
fn figure_8() -> Vec<Step> {
    let scenario =
        scenarios::catalogue().into_iter().find(|scenario| scenario.name == "raft-old-term-commit");
    let witness = scenario.and_then(|scenario| scenario.variants[0].witness.clone());
    witness.expect("what is unsafe has a witness").steps
}

/// The follower has a record, does not know yet that it is safe, and is restarted; it cuts it, and leads.
fn both_crash() -> Vec<Step> {
    let pair = |count| {
        let at = move || Moment::event("watermark", count);
        let leader_dies = Step::new(at(), Fault::crash(leader())).heal_after_ms(700);
        [leader_dies, Step::new(at(), Fault::crash(follower(1))).heal_after_ms(20)]
    };
    [24, 30, 37].into_iter().flat_map(pair).collect()
}

impl Row {
    fn scenario(&self) -> Scenario {
        let (replicas, min_isr) = self.replicas;
        let billing = Group::new("billing", || Effect { way: Way::Inbox, work: std::time::Duration::ZERO });
        let cluster = Cluster::new().replicas(replicas, min_isr);
        let cluster = if self.authority == Authority::Consensus { cluster.elects() } else { cluster };
        let cluster = (self.like)(cluster).policies(self.change).offsets_policies(self.change);
        let cluster = cluster.producing(|produce| produce.acks = self.acks).group(billing);
        let (kinds, variant) = match self.outcome {
            Lost(_) => (Vec::new(), Variant::breaks("row", cluster, Kind::LostAcked, Path::Broker)),
            Holds(kinds) => (kinds.to_vec(), Variant::holds("row", cluster)),
        };
        let faults =
            FaultModel { kinds, most: 3, streams: vec![Streams::Hold, Streams::Hang, Streams::Reset] };
        Scenario::named("row", Path::Broker, self.name)
            .faults(faults)
            .chaos(std::time::Duration::from_secs(3))
            .variant(variant)
    }

    fn loses(&self, engine: Engine, steps: fn() -> Vec<Step>) -> bool {
        let scenario = self.scenario();
        let witness = Witness { records: self.records, steps: steps() };
        let schedule = directed(&scenario, &scenario.variants[0], &witness, engine);
        let report = run(&scenario, &scenario.variants[0], engine, schedule, Keep::default());
        report.expect("it runs").verdict.classes().contains(&(Kind::LostAcked, Path::Broker))
    }

    fn seed(&self, scenario: &Scenario, engine: Engine, seed: u64) -> Report {
        let mut schedule = draw(scenario, &scenario.variants[0], engine, seed);
        // What is not said is as the row has it.
        for knob in ["brokers", "replicas"] {
            schedule.knobs.remove(knob);
        }
        run(scenario, &scenario.variants[0], engine, schedule, Keep::default()).expect("it runs")
    }
}

fn asked() -> Asked {
    Asked::from_env().expect("the environment makes sense")
}

#[test]
fn what_the_model_loses_the_lab_loses() {
    let mut kept = Vec::new();
    for engine in asked().simulators() {
        for row in ROWS {
            if let Lost(steps) = row.outcome
                && !row.loses(engine, steps)
            {
                kept.push((row.name, engine.name()));
            }
        }
    }
    assert_eq!(kept, []);
}

#[test]
fn what_the_model_holds_the_lab_holds() {
    let asked = asked();
    let mut broken = Vec::new();
    for row in ROWS.iter().filter(|row| matches!(row.outcome, Holds(_))) {
        let scenario = row.scenario();
        for engine in asked.simulators() {
            for seed in asked.seeds(SEEDS).take_while(|_| asked.has_time()) {
                let report = row.seed(&scenario, engine, seed);
                if matches!(report.conclusion, Conclusion::Violated | Conclusion::Unknown) {
                    broken.push((
                        row.name,
                        engine.name(),
                        seed,
                        report.verdict.classes(),
                        report.verdict.unknown,
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_table_has_every_row_of_the_model_that_concerns_in_sync_sets_and_voters_once() {
    let mut names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 24);
    let lost = ROWS.iter().filter(|row| matches!(row.outcome, Lost(_))).count();
    assert_eq!(lost, 13);
}
