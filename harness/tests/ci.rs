//! `lab ci` as a workflow meets it: green, and red with one annotation and one schedule when a line of a configuration that
//! must hold is wrong. This test is its own `lab`, over catalogues of its own.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{self, PathBuf};
use std::process::{Command, ExitCode, Output};

use harness::engine::Engine;
use harness::prelude::*;
use harness::{Cluster, Context, Effect, Group, Handler, Record, Redeliver, Way};

/// Makes this program a lab, with a planted line or without.
const PLANTED: &str = "LAB_TEST_PLANTED";

/// Waits by a clock that no simulator drives.
struct ByTheClock;

impl Handler for ByTheClock {
    async fn handle(&mut self, payment: &Record, context: &Context) -> Result<(), Redeliver> {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        Ok(context.apply_once(payment).await?)
    }
}

/// A group that books once; with the planted line, as often as it is asked, or by the clock.
fn catalogue(planted: &str) -> Vec<Scenario> {
    let work = std::time::Duration::ZERO;
    let billing = match planted {
        "by-the-clock" => Group::new("billing", || ByTheClock),
        "twice" => Group::new("billing", move || Effect { way: Way::Plain, work }),
        _ => Group::new("billing", move || Effect { way: Way::Inbox, work }),
    };
    let faults = FaultModel { kinds: vec![FaultKind::Crash], ..FaultModel::default() };
    let scenario =
        Scenario::named("billing", harness::Path::Consumer, "Nobody is charged twice.").faults(faults);
    vec![scenario.variant(Variant::holds("safe", Cluster::new().group(billing)))]
}

fn lab(store: &path::Path, planted: &str, words: &[&str]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(words).arg("--store").arg(store);
    command.env_remove("GITHUB_STEP_SUMMARY").env(PLANTED, planted);
    command.output().unwrap()
}

fn annotations(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with("::error")).count()
}

fn failing(store: &path::Path) -> Vec<PathBuf> {
    let files = fs::read_dir(store.join("sweep/failing")).into_iter().flatten();
    files.map(|entry| entry.unwrap().path()).collect()
}

const QUICK: [&str; 4] = ["ci", "--quick", "--commit", "0123abc"];

fn a_catalogue_that_holds_is_green() {
    let store = tempfile::tempdir().unwrap();
    let green = lab(store.path(), "nothing", &QUICK);
    assert!(green.status.success(), "{green:?}");
    assert_eq!((annotations(&green), failing(store.path()).len()), (0, 0));
    let summary = fs::read_to_string(store.path().join("sweep/summary.md")).unwrap();
    assert!(summary.contains(" 0 broken, 0 inconclusive"), "{summary}");
}

fn a_planted_line_is_red_with_one_annotation_and_one_schedule() {
    let store = tempfile::tempdir().unwrap();
    let red = lab(store.path(), "twice", &QUICK);
    assert_eq!(red.status.code(), Some(1), "{red:?}");
    assert_eq!(annotations(&red), 1, "{}", String::from_utf8_lossy(&red.stdout));
    let files = failing(store.path());
    assert_eq!(files.len(), 1, "{files:?}");
    let again = lab(store.path(), "twice", &["replay", files[0].to_str().unwrap()]);
    assert!(again.status.success(), "{again:?}");
    let mended = lab(store.path(), "nothing", &["replay", files[0].to_str().unwrap()]);
    assert_eq!(mended.status.code(), Some(1), "{mended:?}");
}

fn the_shards_of_a_commit_are_put_together_by_merge() {
    let folder = tempfile::tempdir().unwrap();
    let parts = ["1/2", "2/2"].map(|shard| {
        let part = folder.path().join(shard.replace('/', "-"));
        let swept = lab(&part, "twice", &[&QUICK[..], &["--shard", shard]].concat());
        assert!(swept.status.success(), "one part is not the whole: {swept:?}");
        part
    });
    let parts = parts.each_ref().map(|part| part.to_str().unwrap());
    let merged = lab(&folder.path().join("merged"), "twice", &["merge", parts[0], parts[1]]);
    assert_eq!(merged.status.code(), Some(1), "{merged:?}");
    assert_eq!(failing(&folder.path().join("merged")).len(), 1);
}

fn a_handler_that_waits_by_a_clock_is_told_so_on_real_processes_too() {
    if !Engine::Tokio.available() {
        return println!("real processes cannot be had here");
    }
    let store = tempfile::tempdir().unwrap();
    let spoiled = lab(store.path(), "by-the-clock", &["run", "billing", "--engine", "tokio", "--seed", "1"]);
    let told = String::from_utf8_lossy(&spoiled.stdout);
    assert_eq!(spoiled.status.code(), Some(1), "{spoiled:?}");
    assert!(told.contains("foreign-await: the handler of p"), "{told}");
    assert!(told.contains("uses a timer of tokio's"), "{told}");
}

const TESTS: [(&str, fn()); 4] = [
    ("a_catalogue_that_holds_is_green", a_catalogue_that_holds_is_green),
    (
        "a_planted_line_is_red_with_one_annotation_and_one_schedule",
        a_planted_line_is_red_with_one_annotation_and_one_schedule,
    ),
    (
        "a_handler_that_waits_by_a_clock_is_told_so_on_real_processes_too",
        a_handler_that_waits_by_a_clock_is_told_so_on_real_processes_too,
    ),
    ("the_shards_of_a_commit_are_put_together_by_merge", the_shards_of_a_commit_are_put_together_by_merge),
];

/// A lab where that is said, else tests, listed and filtered as test runners ask for it.
fn main() -> ExitCode {
    if let Ok(planted) = std::env::var(PLANTED) {
        return harness::lab::main(&catalogue(&planted));
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
