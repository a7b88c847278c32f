//! Schedules that once found something wrong, or were once wrongly blamed: each must show what it says it shows. With
//! `LAB_SCHEDULE=file.json`, seen from the workspace, that file as well.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use harness::chaos::schedule::Schedule;
use harness::engine::Engine;
use harness::find::corpus::replay;
use harness::lab::asked::Asked;
use harness::run::{Keep, draw, run};
use scenarios::catalogue;

/// Tests run in the folder of their package.
static WORKSPACE: LazyLock<PathBuf> = LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));

fn kept() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schedules");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_kept_schedule_shows_what_it_is_kept_for() {
    let catalogue = catalogue();
    let files = kept();
    assert!(!files.is_empty());
    let asked = Asked::from_env().unwrap().schedule.map(|file| WORKSPACE.join(file));
    for file in files.into_iter().chain(asked) {
        let text = fs::read_to_string(&file).unwrap();
        let schedule =
            Schedule::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let scenario = catalogue.iter().find(|scenario| scenario.name == schedule.scenario).unwrap();
        let variant = scenario.find(&schedule.variant).unwrap();
        let engine = Engine::ALL.iter().copied().find(|engine| engine.name() == schedule.engine).unwrap();
        if !engine.available() {
            eprintln!("{}: this build has no {}", file.display(), engine.name());
            continue;
        }
        let report = replay(scenario, variant, engine, &schedule).unwrap();
        assert!(report.reproduced(), "{} shows this instead: {:#?}", file.display(), report.verdict);
        assert!(report.drained, "{}: {:?}", file.display(), report.verdict.unknown);
    }
}

#[test]
fn a_kept_failure_that_needs_other_draws_of_the_network_now_has_not_rotted() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "leader-only-ack-crash").unwrap();
    let variant = scenario.find("unsafe").unwrap();
    let expect = variant.expect;
    let runs =
        |schedule: &Schedule| run(scenario, variant, Engine::Direct, schedule.clone(), Keep::default());
    let drawn = (100..2_000).map(|seed| Schedule { expect, ..draw(scenario, variant, Engine::Direct, seed) });
    // Some failures show under every draw of the network; the first that does not will do.
    let found = drawn.into_iter().filter(|schedule| runs(schedule).unwrap().reproduced());
    let mut others = found
        .flat_map(|found| (1..=50).map(move |back| Schedule { seed: found.seed - back, ..found.clone() }));
    let missed = others.find(|schedule| !runs(schedule).unwrap().reproduced()).unwrap();
    assert!(replay(scenario, variant, Engine::Direct, &missed).unwrap().reproduced());
    let rotted = Schedule { steps: Vec::new(), ..missed };
    assert!(!replay(scenario, variant, Engine::Direct, &rotted).unwrap().reproduced());
}
