//! Every mode on every simulator: what it promises holds, and what it does not promise comes.

#![expect(clippy::expect_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::ops::Range;

use checkers::{Entry, Event};
use harness::chaos::absent::Absent;
use harness::chaos::schedule::Expect;
use harness::engine::Engine;
use harness::find::explain::why;
use harness::lab::asked::Asked;
use harness::run::{Conclusion, Keep, Report, directed, draw, run};
use harness::{Scenario, Variant, Witness};
use scenarios::mode;

/// How many seeds each profile runs on each simulator when nothing else is said.
const SEEDS: Range<u64> = 0..4;

fn asked() -> Asked {
    Asked::from_env().expect("the environment makes sense")
}

fn modes() -> Vec<Scenario> {
    mode::scenarios().expect("every row sets what its product has")
}

fn profiles(modes: &[Scenario]) -> impl Iterator<Item = (&Scenario, &Variant)> {
    modes.iter().flat_map(|mode| mode.variants.iter().map(move |profile| (mode, profile)))
}

fn shows(mode: &Scenario, profile: &Variant, engine: Engine, witness: &Witness) -> Report {
    let schedule = directed(mode, profile, witness, engine);
    run(mode, profile, engine, schedule, Keep::default()).expect("it runs")
}

/// Whether it shows this, and nothing else but what may follow, or is never kept out.
fn only(profile: &Variant, report: &Report, breaks: Expect, also: &[Expect]) -> bool {
    let mut found = report.verdict.classes();
    let follows =
        |&(anomaly, path): &_| also.contains(&Expect { anomaly, path }) || profile.leaves_open(anomaly, path);
    found.remove(&(breaks.anomaly, breaks.path)) && found.iter().all(follows)
}

#[test]
fn what_a_mode_does_not_survive_breaks_it_and_what_it_does_not_keep_out_comes() {
    let modes = modes();
    let mut wrong = Vec::new();
    for (mode, profile) in profiles(&modes) {
        let excluded = profile
            .excluded
            .iter()
            .map(|beyond| (beyond.breaks, &beyond.also, &beyond.witness, beyond.reason));
        let open =
            profile.unpromised.iter().map(|open| (open.anomaly, &open.also, &open.witness, open.reason));
        for (breaks, also, witness, reason) in excluded.chain(open) {
            for engine in asked().simulators() {
                let report = shows(mode, profile, engine, witness);
                if !only(profile, &report, breaks, also) {
                    wrong.push(format!(
                        "{} {} {engine:?}: {reason}: {breaks}: {:?} {:?} unfired {:?}",
                        mode.name,
                        profile.name,
                        report.verdict.classes(),
                        report.verdict.unknown,
                        report.unfired
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Records come for longer than anybody is absent.
const RECORDS: u64 = 400;

/// Whoever is absent is so from here, in milliseconds, until there.
const ABSENT: (u64, u64) = (600, 4_600);

/// From here on whoever can do without him does: sessions and requests have ended, and somebody else leads.
const RECOVERED: u64 = 3_600;

/// Whether log 0 took in records of whoever is absent, and handed them out, while he was; `None` where there is nobody to be absent.
fn served(mode: &Scenario, profile: &Variant, absent: Absent) -> Option<bool> {
    let (from, until) = ABSENT;
    let witness = Witness { records: RECORDS, steps: absent.steps("payments", from, until) };
    let mut schedule = directed(mode, profile, &witness, Engine::Direct);
    schedule.knobs.insert("chaos-ms".to_owned(), until + 1_000);
    let keep = Keep { history: true, ..Keep::default() };
    let report = run(mode, profile, Engine::Direct, schedule, keep).expect("it runs");
    if !report.unfired.is_empty() {
        return None;
    }
    let (names, entries) = report.history.expect("it was kept");
    let in_time = |entry: &&Entry| (RECOVERED * 1_000..until * 1_000).contains(&entry.time);
    let is_first = |log: checkers::TopicPartition| log.partition == 0 && names.text(log.topic) == "payments";
    let meanwhile = || entries.iter().filter(in_time).map(|entry| &entry.event);
    let taken_in = meanwhile().any(|event| matches!(event, Event::Append { log, .. } if is_first(*log)));
    let handed_out = meanwhile().any(|event| matches!(event, Event::Poll { log, .. } if is_first(*log)));
    Some(taken_in && handed_out)
}

#[test]
fn a_mode_serves_through_exactly_what_it_says() {
    let modes = modes();
    let (mut wrong, mut judged) = (Vec::new(), BTreeSet::new());
    for (mode, profile) in profiles(&modes) {
        for &absent in Absent::ALL {
            let Some(served) = served(mode, profile, absent) else {
                // One copy has no follower, and voters have no controller.
                assert_ne!(absent, Absent::Leader, "{} {}", mode.name, profile.name);
                continue;
            };
            judged.insert(absent);
            if served != profile.serves_through.contains(&absent) {
                wrong.push(format!("{} {} without {absent}: served {served}", mode.name, profile.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(judged.len(), Absent::ALL.len());
}

#[test]
fn every_seed_keeps_what_its_mode_promises_and_some_strike_work() {
    let (modes, asked) = (modes(), asked());
    for (mode, profile) in profiles(&modes) {
        for engine in asked.simulators() {
            let (mut runs, mut struck) = (0, 0);
            for seed in asked.seeds(SEEDS).take_while(|_| asked.has_time()) {
                let schedule = draw(mode, profile, engine, seed);
                let report = run(mode, profile, engine, schedule, Keep::default()).expect("it runs");
                let bad = matches!(
                    report.conclusion,
                    Conclusion::Violated | Conclusion::Unknown | Conclusion::Found
                );
                assert!(!bad, "{}", why(mode, profile, &report));
                (runs, struck) = (runs + 1, struck + u64::from(report.tally.on_outstanding > 0));
            }
            assert!(struck > 0, "{} {}: nothing struck work", mode.name, profile.name);
        }
    }
}

#[test]
fn without_faults_nothing_goes_wrong_in_any_mode_and_everything_comes_to_rest() {
    let modes = modes();
    for (mode, profile) in profiles(&modes) {
        let report = shows(mode, profile, Engine::Direct, &Witness { records: 20, steps: Vec::new() });
        let found = (report.verdict.classes(), report.verdict.unknown, report.drained);
        assert_eq!(found, (Default::default(), Vec::new(), true), "{} {}", mode.name, profile.name);
    }
}

#[test]
fn a_setting_that_a_product_does_not_have_and_a_value_that_it_does_not_take_are_refused_by_name() {
    let product =
        mode::modes().into_iter().find(|mode| mode.name == "kafka-elr").expect("it is there").product;
    let refused =
        |settings: &[(&str, &str)]| product.with(settings).err().expect("it is refused").to_string();
    let messages = [
        refused(&[("min.insync.replica", "2")]),
        refused(&[("x-queue-type", "quorum")]),
        refused(&[("min.insync.replicas", "0")]),
        refused(&[("unclean.leader.election.enable", "yes")]),
        refused(&[("acks", "quorum")]),
        refused(&[("replica.lag.time.max.ms", "30s")]),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn every_setting_takes_what_its_product_has_by_default() {
    for mode in mode::modes() {
        let defaults: Vec<_> =
            mode.product.settings.iter().map(|setting| (setting.name, setting.default)).collect();
        assert!(mode.product.with(&defaults).is_ok(), "{}", mode.name);
        let named = [mode.defaults.settings, mode.recommended.settings].concat();
        assert!(!named.is_empty(), "{} is about nothing", mode.name);
    }
}

#[test]
fn every_file_of_the_modes_is_a_mode_of_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mode");
    let files =
        std::fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read").path());
    let stem =
        |path: std::path::PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().replace('_', "-"));
    let mut files: Vec<String> = files.filter(|path| path.is_file()).filter_map(stem).collect();
    files.retain(|name| !["mod", "loses"].contains(&name.as_str()));
    files.sort();
    let mut listed: Vec<&str> = modes().iter().map(|mode| mode.name).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}
