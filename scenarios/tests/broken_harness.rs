//! A harness that is broken leaves every promise kept. Each sabotage of one line must turn the gate of a push red, with a
//! sentence that names what was missing. This test is its own `lab`, over some scenarios of the catalogue.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::process::{Command, ExitCode, Output};

use harness::Scenario;
use harness::sabotage::Sabotage;
use scenarios::catalogue;

/// Makes this program a lab over the safe variant of the scenario of this name.
const SCENARIO: &str = "LAB_TEST_SCENARIO";

/// A scenario that every kind of fault but those at disks may strike, one with power losses, and one with a budget for what may
/// be taken.
const REPLICATED: &str = "leader-only-ack-crash";
const ALONE: &str = "flush-async-power-loss";
const BUDGETED: &str = "last-replica-standing";

/// Where a sabotage is to be noticed, and what is to be said of it.
fn noticed(sabotage: Sabotage) -> (&'static str, &'static str) {
    match sabotage {
        Sabotage::PartitionCutsNothing => (REPLICATED, "partition did something in 0 of"),
        Sabotage::LostFramesArrive => (REPLICATED, "lose-frame did something in 0 of"),
        Sabotage::CrashTellsNobody => (REPLICATED, "crash: no connections closed with their process"),
        Sabotage::PausePausesNothing => (REPLICATED, "pause did something in 0 of"),
        Sabotage::PowerLossKeepsUnsynced => (ALONE, "power-loss: no unsynced bytes lost"),
        Sabotage::SomeKindsNeverDrawn => (REPLICATED, "half-open was never drawn in"),
        Sabotage::SoundnessNeverClears => (BUDGETED, "never seen: "),
        Sabotage::BoundTimesTen => (REPLICATED, "the bounds are too loose"),
    }
}

fn only(name: &str) -> Vec<Scenario> {
    let mut scenarios = catalogue();
    scenarios.retain(|scenario| scenario.name == name);
    scenarios.iter_mut().for_each(|scenario| scenario.variants.retain(|variant| variant.name == "safe"));
    scenarios
}

fn gate(scenario: &str, sabotage: &str) -> Output {
    let store = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["ci", "--quick", "--commit", "0123abc", "--store"]).arg(store.path());
    command.env_remove("GITHUB_STEP_SUMMARY").env(SCENARIO, scenario).env("LAB_SABOTAGE", sabotage);
    command.output().unwrap()
}

fn a_harness_that_is_whole_is_green() {
    for scenario in [REPLICATED, ALONE, BUDGETED] {
        let green = gate(scenario, "");
        assert_eq!(green.status.code(), Some(0), "{scenario}: {}", String::from_utf8_lossy(&green.stdout));
    }
}

fn every_sabotage_is_red_and_named() {
    let missed = Sabotage::ALL.iter().filter_map(|&sabotage| {
        let (scenario, sentence) = noticed(sabotage);
        let red = gate(scenario, sabotage.name());
        let said = String::from_utf8_lossy(&red.stdout);
        let is_red = matches!(red.status.code(), Some(1 | 3)) && said.contains(sentence);
        (!is_red).then(|| format!("{}, of which \"{sentence}\" was due: {said}", sabotage.name()))
    });
    let missed: Vec<String> = missed.collect();
    assert!(missed.is_empty(), "not noticed: {}", missed.join("\n"));
}

fn every_checker_that_is_left_out_is_red_and_named() {
    for checker in checkers::all() {
        let red = gate(REPLICATED, &format!("without-{}", checker.name()));
        let said = String::from_utf8_lossy(&red.stdout);
        assert_eq!(red.status.code(), Some(3), "{}: {said}", checker.name());
        assert!(said.contains("the checkers of this build do not find the planted"), "{said}");
    }
}

const TESTS: [(&str, fn()); 3] = [
    ("a_harness_that_is_whole_is_green", a_harness_that_is_whole_is_green),
    ("every_sabotage_is_red_and_named", every_sabotage_is_red_and_named),
    ("every_checker_that_is_left_out_is_red_and_named", every_checker_that_is_left_out_is_red_and_named),
];

/// A lab where that is said, else tests, listed and filtered as test runners ask for it.
fn main() -> ExitCode {
    if let Ok(scenario) = std::env::var(SCENARIO) {
        return harness::lab::main(&only(&scenario));
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted = words.iter().find(|word| !word.starts_with('-')).cloned().unwrap_or_default();
    for (name, test) in TESTS.iter().filter(|(name, _)| name.contains(&wanted)) {
        if words.iter().any(|word| word == "--list") {
            println!("{name}: test");
        } else if !words.iter().any(|word| word == "--ignored") {
            test();
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}
