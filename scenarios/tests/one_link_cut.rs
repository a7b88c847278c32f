//! One link between a leader and a follower is cut: the follower leaves the in-sync set and stays out until it fetches again, and
//! meanwhile the others acknowledge.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;

use broker::{Micros, Timing};
use checkers::{Event, Phase};
use harness::chaos::cast::Target;
use harness::chaos::fault::{Direction, Fault, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::engine::Engine;
use harness::run::{Keep, Report, draw, run};
use scenarios::catalogue;

/// The cut, in microseconds of the run.
const CUT: (Micros, Micros) = (300_000, 1_600_000);

/// A frame to the controller and back, its sync, and the append that was under way, in microseconds.
const ROUND_TRIP: Micros = 30_000;

fn with_a_cut(direction: Direction, streams: Streams) -> Report {
    let catalogue = catalogue();
    let scenario =
        catalogue.iter().find(|scenario| scenario.name == "volatile-producer-state-failover").unwrap();
    let variant = scenario.find("safe").unwrap();
    let between =
        Partition::between(Target::leader("payments", 0), Target::follower("payments", 0, 1), streams);
    let cut = Fault::Partition(Partition { direction, ..between });
    let mut schedule = draw(scenario, variant, Engine::Direct, 0);
    schedule.knobs = BTreeMap::from([("records".to_owned(), 80)]);
    schedule.steps = vec![Step::new(Moment::Ms(CUT.0 / 1_000), cut).heal_after_ms((CUT.1 - CUT.0) / 1_000)];
    run(scenario, variant, Engine::Direct, schedule, Keep { history: true, trace: true, ..Keep::default() })
        .unwrap()
}

/// The longest time in which no send was acknowledged, from just before the cut until all were.
fn longest_silence(report: &Report) -> Micros {
    let (_, history) = report.history.as_ref().unwrap();
    let acknowledged = |event: &Event| matches!(event, Event::Send { phase: Phase::Ok, .. });
    let times: Vec<Micros> =
        history.iter().filter(|entry| acknowledged(&entry.event)).map(|entry| entry.time).collect();
    assert_eq!(report.acknowledged, report.intents);
    let silences = times.windows(2).filter(|pair| pair[1] > CUT.0);
    silences.map(|pair| pair[1] - pair[0]).max().unwrap()
}

fn asked_of_the_controller(report: &Report) -> usize {
    report.trace.lines().iter().filter(|line| line.contains("AlterIsr {")).count()
}

#[test]
fn acknowledgements_go_on_after_one_replica_lag_whichever_way_the_link_is_cut() {
    for direction in [Direction::Both, Direction::Outbound, Direction::Inbound] {
        for streams in [Streams::Hold, Streams::Hang] {
            let report = with_a_cut(direction, streams);
            let bound = Timing::default().replica_lag + ROUND_TRIP;
            let (silence, asked) = (longest_silence(&report), asked_of_the_controller(&report));
            assert!(silence <= bound, "{direction:?}, {streams:?}: silent for {silence} us");
            // Each of the three logs lets the follower go and takes it back.
            assert!((2..=12).contains(&asked), "{direction:?}, {streams:?}: {asked} changes were asked for");
        }
    }
}
