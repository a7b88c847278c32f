//! Schedules that once found something wrong, or were once wrongly blamed: each must show what it says it shows. With
//! `LAB_SCHEDULE=file.json`, that file as well.

#![expect(clippy::unwrap_used, reason = "a test has nobody to answer to but its reader")]

use std::fs;
use std::path::PathBuf;

use harness::asked::Asked;
use harness::engine::Engine;
use harness::run::{Keep, run};
use harness::schedule::Schedule;
use scenarios::catalogue;

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
    for file in files.into_iter().chain(Asked::from_env().unwrap().schedule) {
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
        let expect = schedule.expect.map(|expect| (expect.anomaly, expect.path));
        let report = run(scenario, variant, engine, schedule, Keep::default()).unwrap();
        let found = report.verdict.classes();
        assert_eq!(found, expect.into_iter().collect(), "{}: {:#?}", file.display(), report.verdict);
        assert!(report.drained, "{}: {:?}", file.display(), report.verdict.unknown);
    }
}
