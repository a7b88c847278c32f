//! Every scenario and variant on every simulator: each witness shows exactly its anomaly, and the first seeds keep what is
//! promised. `LAB_SEEDS=0..1000` makes it a sweep, `LAB_ENGINE=turmoil` narrows it.

#![expect(clippy::expect_used, reason = "tests may panic")]

use std::ops::Range;

use checkers::Validity;
use harness::chaos::schedule::Expect;
use harness::engine::Engine;
use harness::find::explain::why;
use harness::lab::asked::Asked;
use harness::run::{Conclusion, Keep, Report, directed, draw, run};
use harness::{Kind, Path, Scenario, Variant};
use scenarios::catalogue;

/// How many seeds each variant runs on each simulator when nothing else is said.
const SEEDS: Range<u64> = 0..12;

fn asked() -> Asked {
    Asked::from_env().expect("the environment makes sense")
}

fn engines() -> Vec<Engine> {
    asked().simulators().collect()
}

fn variants(catalogue: &[Scenario]) -> impl Iterator<Item = (&Scenario, &Variant)> {
    catalogue.iter().flat_map(|scenario| scenario.variants.iter().map(move |variant| (scenario, variant)))
}

/// How to see a run again, and where it broke a promise what that needs.
fn again(scenario: &Scenario, variant: &Variant, report: &Report) -> String {
    let why = why(scenario, variant, report);
    let schedule = &report.schedule;
    let (name, engine, seed) = (scenario.name, &schedule.engine, schedule.seed);
    let variant = variant.name;
    format!("{why}\ncargo lab run {name} --variant {variant} --engine {engine} --seed {seed}")
}

#[test]
fn every_witness_shows_exactly_its_anomaly_on_every_simulator() {
    let catalogue = catalogue();
    for (scenario, variant) in variants(&catalogue) {
        let Some(expect) = variant.expect else { continue };
        let witness = variant.witness.as_ref().expect("an unsafe variant has a witness");
        for engine in engines() {
            let schedule = directed(scenario, variant, witness, engine);
            let report = run(scenario, variant, engine, schedule, Keep::default()).unwrap();
            let mut found = report.verdict.classes();
            // Every run ends with fresh records. Where they take the offsets of lost ones that were known to be safe, the log
            // has parted from itself as well: no schedule shows that loss without it.
            // And whoever has lost them may be elected, or they would not be lost.
            for follows in [Kind::Diverged, Kind::Incomplete] {
                if expect.anomaly == Kind::LostAcked && variant.foresees(follows, Path::Broker) {
                    found.remove(&(follows, Path::Broker));
                }
            }
            assert_eq!(
                found,
                [(expect.anomaly, expect.path)].into(),
                "{}",
                again(scenario, variant, &report)
            );
        }
    }
}

#[test]
fn what_a_safe_variant_excludes_would_break_it() {
    let catalogue = catalogue();
    for (scenario, variant) in variants(&catalogue) {
        for exclusion in &variant.excluded {
            for engine in engines() {
                let schedule = directed(scenario, variant, &exclusion.witness, engine);
                let report = run(scenario, variant, engine, schedule, Keep::default()).unwrap();
                let mut found = report.verdict.classes();
                let breaks = (exclusion.breaks.anomaly, exclusion.breaks.path);
                assert!(found.remove(&breaks), "{}: {}", exclusion.reason, again(scenario, variant, &report));
                let follows = |&(anomaly, path): &_| exclusion.also.contains(&Expect { anomaly, path });
                assert!(
                    found.iter().all(follows),
                    "{}: {}",
                    exclusion.reason,
                    again(scenario, variant, &report)
                );
            }
        }
    }
}

#[test]
fn without_faults_nothing_goes_wrong_unless_no_fault_is_needed() {
    let catalogue = catalogue();
    for (scenario, variant) in variants(&catalogue) {
        let needs_none = variant.witness.as_ref().is_some_and(|witness| witness.steps.is_empty());
        for engine in engines() {
            let mut schedule = draw(scenario, variant, engine, 1);
            schedule.steps.clear();
            let report = run(scenario, variant, engine, schedule, Keep::default()).unwrap();
            let expected = if needs_none { Validity::Invalid } else { Validity::Valid };
            assert_eq!(report.verdict.validity, expected, "{}", again(scenario, variant, &report));
            assert!(report.drained, "{}", again(scenario, variant, &report));
        }
    }
}

#[test]
fn every_seed_keeps_what_its_variant_promises() {
    let (catalogue, asked) = (catalogue(), asked());
    for seed in asked.seeds(SEEDS).take_while(|_| asked.has_time()) {
        for ((scenario, variant), engine) in
            variants(&catalogue).flat_map(|variant| asked.simulators().map(move |engine| (variant, engine)))
        {
            let schedule = draw(scenario, variant, engine, seed);
            let report = run(scenario, variant, engine, schedule, Keep::default()).unwrap();
            let bad = matches!(report.conclusion, Conclusion::Violated | Conclusion::Unknown);
            assert!(!bad, "{}", again(scenario, variant, &report));
            assert!(variant.expect.is_some() || report.conclusion != Conclusion::Found);
        }
    }
}

#[test]
fn safe_runs_do_their_work_under_faults_that_strike_it() {
    let catalogue = catalogue();
    for (scenario, variant) in variants(&catalogue).filter(|(_, variant)| variant.expect.is_none()) {
        let (mut runs, mut struck, mut drained, mut intents, mut acknowledged) = (0, 0, 0, 0, 0);
        for seed in 0..150 {
            let schedule = draw(scenario, variant, Engine::Direct, seed);
            let report = run(scenario, variant, Engine::Direct, schedule, Keep::default()).unwrap();
            runs += 1;
            struck += u64::from(report.tally.on_outstanding > 0);
            drained += u64::from(report.drained);
            intents += report.intents;
            acknowledged += report.acknowledged;
        }
        let name = (scenario.name, variant.name);
        assert!(struck * 10 >= runs * 8, "{name:?}: faults struck work in {struck} of {runs} runs only");
        assert!(acknowledged * 10 >= intents * 8, "{name:?}: {acknowledged} of {intents} acknowledged only");
        assert_eq!(drained, runs, "{name:?}: not everything came to rest");
    }
}

#[test]
fn every_scenario_has_an_unsafe_and_a_safe_variant_and_is_the_only_one_of_its_name() {
    let catalogue = catalogue();
    let mut names: Vec<&str> = catalogue.iter().map(|scenario| scenario.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), catalogue.len());
    for scenario in &catalogue {
        assert!(scenario.variants.iter().any(|variant| variant.expect.is_some()), "{}", scenario.name);
        assert!(scenario.variants.iter().any(|variant| variant.expect.is_none()), "{}", scenario.name);
    }
}

/// Two variants that take the same steps whatever the seed are one system under two names, and a sweep that runs both runs one twice.
#[test]
fn no_two_variants_are_one_system() {
    let catalogue = catalogue();
    let traces = |scenario: &Scenario, variant: &Variant| -> Vec<u64> {
        let hash = |seed| {
            let schedule = draw(scenario, variant, Engine::Direct, seed);
            run(scenario, variant, Engine::Direct, schedule, Keep::default()).unwrap().trace.hash()
        };
        (0..40).map(hash).collect()
    };
    let mut known: Vec<(Vec<u64>, String)> = Vec::new();
    for (scenario, variant) in variants(&catalogue) {
        let (traces, name) = (traces(scenario, variant), format!("{} {}", scenario.name, variant.name));
        let twin = known.iter().find(|(others, _)| *others == traces);
        assert!(twin.is_none(), "{name} is the same system as {}", twin.unwrap().1);
        known.push((traces, name));
    }
}

#[test]
fn every_variant_names_what_a_sweep_must_have_seen() {
    for (scenario, variant) in variants(&catalogue()) {
        assert!(scenario.coverage(variant).count() >= 1, "{} {}", scenario.name, variant.name);
        for item in scenario.coverage(variant) {
            let name = item.to_string();
            assert!(name.contains(" while ") || item.awaits().is_some(), "there is no event `{name}`");
        }
    }
}

#[test]
fn every_file_of_the_catalogue_is_a_scenario_of_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalogue");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<String> =
        files.map(|name| name.to_string_lossy().trim_end_matches(".rs").replace('_', "-")).collect();
    files.retain(|name| name != "mod");
    files.sort();
    let mut listed: Vec<&str> = catalogue().iter().map(|scenario| scenario.name).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}
