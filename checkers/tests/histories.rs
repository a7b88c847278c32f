//! Every history under `histories/` is judged as its name says.
//!
//! `<folder>/<verdict>-<anomaly>..` holds a history that must get this verdict, and where the verdict is invalid, for this anomaly;
//! `..-beyond-<anomaly>..` must show this one beyond the verdict. The folder says who judges: `lab` are our own checkers,
//! `availability` are the same with the bounds of [`promise`], `plain` are the rules for logs without offsets, where
//! `..--<promise>,<promise>` is what its writer says about it; any other is a mode of Jepsen's, and behind an `@` the model that
//! transactions are held to, or what is taken for granted of registers.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use checkers::files;
use checkers::jepsen::{self, Keys, MODES, Model, Options};
use checkers::plain::{self, Promises};
use checkers::{
    Availability, Checker, Entry, Finding, GroupPromise, Judge, LogPromise, Names, Report, Unavailable,
    Within,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories")
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Every history with its folder, its name and its report.
fn all() -> Vec<(String, String, Report)> {
    let mut all = Vec::new();
    for judge in listed(&folder()) {
        let judged_by = judge.file_name().unwrap().to_string_lossy().into_owned();
        for file in listed(&judge) {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            all.push((judged_by.clone(), name, report(&judged_by, &file)));
        }
    }
    all
}

fn report(judged_by: &str, file: &Path) -> Report {
    let input = BufReader::new(File::open(file).unwrap());
    if judged_by == "lab" {
        let checked = files::check(input);
        return checked.unwrap_or_else(|error| panic!("{}: {error}", file.display())).report;
    }
    if judged_by == "availability" {
        let (mut names, entries) =
            files::read(input).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let unavailable: Box<dyn Checker> = Box::new(Unavailable::new(&promise(), &mut names));
        let mut judge = Judge::with(checkers::all().into_iter().chain([unavailable]).collect());
        entries.iter().for_each(|entry| judge.see(entry));
        return judge.report(&names);
    }
    if judged_by == "plain" {
        let checked = plain::check(input, &promised(file));
        return checked.unwrap_or_else(|error| panic!("{}: {error}", file.display())).report;
    }
    let mode = MODES.iter().find(|mode| mode.name == mode_of(judged_by)).unwrap();
    let history = jepsen::read(input).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let options = Options {
        ww_deps: judged_by.ends_with("-ww-deps"),
        model: judged_by.split('@').nth(1).and_then(Model::named).unwrap_or_default(),
        keys: keys_of(judged_by),
    };
    mode.check(&history, options)
}

/// What a folder takes for granted of registers.
fn keys_of(judged_by: &str) -> Keys {
    let says = |what: &str| judged_by.ends_with(what);
    Keys { wfr: says("@wfr"), sequential: says("@sequential"), linearizable: says("@linearizable") }
}

/// The name of the mode in that of a folder.
fn mode_of(judged_by: &str) -> &str {
    let name = judged_by.split('@').next().unwrap();
    name.strip_suffix("-ww-deps").unwrap_or(name)
}

/// What is said about a plain log, behind two dashes in its name.
fn promised(file: &Path) -> Promises {
    let name = file.file_stem().unwrap().to_str().unwrap();
    let said: Vec<&str> = name.split_once("--").map_or(Vec::new(), |(_, said)| said.split(',').collect());
    let known = ["drained", "one-group", "auto-ack", "fifo"];
    assert!(said.iter().all(|said| known.contains(said)), "{name}");
    let [drained, one_group, auto_ack, fifo] = known.map(|promise| said.contains(&promise));
    Promises { drained, one_group, auto_ack, fifo, ..Promises::default() }
}

/// Three brokers that keep `payments/0` for one group, with bounds between 100 and 900 ms.
fn promise() -> Availability {
    let brokers: Vec<String> = (1..=3).map(|number| format!("broker-{number}")).collect();
    let within = |bounds: [u64; 7], recovery: u64| Within {
        bounds: bounds.map(|ms| ms * 1_000),
        recovery: recovery * 1_000,
        ..Within::default()
    };
    Availability {
        controllers: vec!["controller".to_owned()],
        min_in_sync: 2,
        logs: vec![LogPromise {
            known_after: 0,
            topic: "payments".to_owned(),
            partition: 0,
            replicas: brokers.clone(),
            within: within([100, 100, 100, 200, 400, 400, 1_500], 500),
            turn: 0,
        }],
        groups: vec![GroupPromise {
            group: "billing".to_owned(),
            members: vec!["consumer-1".to_owned(), "ledger".to_owned()],
            reads: vec![0],
            within: within([300, 300, 300, 400, 600, 900, 1_500], 1_000),
            retries_after: Some(20_000),
        }],
        resolves_after: Some(500_000),
        brokers,
    }
}

#[test]
fn every_history_is_judged_as_its_name_says() {
    for (judged_by, name, report) in all() {
        let told = format!("{judged_by}/{name}: {report:#?}");
        let (verdict, what) = name.split_once('-').unwrap();
        assert_eq!(report.verdict.name(), verdict, "{told}");
        if verdict == "invalid" {
            assert!(names_one_of(what, report.anomalies.iter().filter(|finding| !finding.allowed)), "{told}");
        }
        if let Some((_, beyond)) = what.split_once("beyond-") {
            assert!(names_one_of(beyond, &report.beyond), "{told}");
        }
    }
}

fn names_one_of<'a>(text: &str, findings: impl IntoIterator<Item = &'a Finding>) -> bool {
    findings.into_iter().any(|finding| text.starts_with(&finding.kind))
}

#[test]
fn what_every_history_shows() {
    let mut shown = String::new();
    for (judged_by, name, report) in all() {
        shown.push_str(&format!("{judged_by}/{name}\n"));
        for (where_, findings) in [("", &report.anomalies), ("beyond ", &report.beyond)] {
            for finding in findings {
                let tolerated = if finding.allowed { ", tolerated" } else { "" };
                let path = finding.path.map_or(String::new(), |path| format!("/{path}"));
                let first = finding.entries.first().map_or("", |witness| witness.sentence.as_str());
                shown.push_str(&format!(
                    "  {where_}{}{path} x{}{tolerated}: {first}\n",
                    finding.kind, finding.count
                ));
            }
        }
        report.unknown.iter().for_each(|reason| shown.push_str(&format!("  unknown: {reason}\n")));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn every_judge_has_good_and_bad_histories() {
    let mut verdicts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (judged_by, name, _) in all() {
        let verdict = name.split('-').next().unwrap().to_owned();
        verdicts.entry(judged_by).or_default().insert(verdict);
    }
    for judge in MODES.iter().map(|mode| mode.name).chain(["lab", "availability", "plain"]) {
        let has = |verdict: &str| verdicts.get(judge).is_some_and(|verdicts| verdicts.contains(verdict));
        assert!(has("valid") && has("invalid"), "{judge} lacks a good or a bad history");
    }
}

/// What the histories of a mode show, and what the mode says that it can find.
fn shown_and_listed(
    mode: &jepsen::Mode,
    of: fn(&Report) -> &[Finding],
    listed: &[&str],
) -> [BTreeSet<String>; 2] {
    let all = all();
    let reports = all.iter().filter(|(judged_by, ..)| mode_of(judged_by) == mode.name);
    let shown = reports.flat_map(|(.., report)| of(report)).map(|finding| finding.kind.clone()).collect();
    [shown, listed.iter().map(|&kind| kind.to_owned()).collect()]
}

#[test]
fn every_anomaly_that_a_mode_can_find_is_shown_by_a_history_and_listed() {
    for mode in MODES {
        let [shown, listed] = shown_and_listed(mode, |report| &report.anomalies, mode.anomalies);
        assert_eq!(shown, listed, "{}", mode.name);
        let [shown, listed] = shown_and_listed(mode, |report| &report.beyond, mode.beyond);
        let whatever_jepsen_would_have_said: BTreeSet<String> =
            mode.anomalies.iter().map(|&kind| kind.to_owned()).collect();
        let shown: BTreeSet<String> = shown
            .into_iter()
            .filter(|kind| listed.contains(kind) || !whatever_jepsen_would_have_said.contains(kind))
            .collect();
        assert_eq!(shown, listed, "{}, beyond", mode.name);
    }
}

#[test]
fn every_anomaly_of_plain_logs_is_shown_by_one_and_listed() {
    let all = all();
    let reports = all.iter().filter(|(judged_by, ..)| judged_by == "plain");
    let findings = reports.flat_map(|(.., report)| &report.anomalies);
    let shown: BTreeSet<&str> = findings.map(|finding| finding.kind.as_str()).collect();
    assert_eq!(shown, plain::ANOMALIES.iter().copied().collect());
}

/// A judge without the checker of this name.
fn without(name: &str) -> Judge {
    let keep = |checkers: Vec<Box<dyn Checker>>| {
        checkers.into_iter().filter(|checker| checker.name() != name).collect::<Vec<_>>()
    };
    let promised = checkers::all().into_iter().chain(checkers::evidence()).collect();
    Judge::over(keep(promised), keep(checkers::beyond()))
}

/// What a judge says about one of our histories, but for the list of the checkers that looked.
fn judged(mut judge: Judge, names: &Names, entries: &[Entry]) -> Report {
    entries.iter().for_each(|entry| judge.see(entry));
    Report { checkers: Vec::new(), ..judge.report(names) }
}

#[test]
fn without_any_one_checker_some_history_goes_unnoticed() {
    let histories: Vec<(Names, Vec<Entry>)> = listed(&folder().join("lab"))
        .iter()
        .map(|file| files::read(BufReader::new(File::open(file).unwrap())).unwrap())
        .collect();
    for checker in checkers::all().iter().chain(&checkers::evidence()).chain(&checkers::beyond()) {
        let missed = histories.iter().any(|(names, entries)| {
            let whole = judged(Judge::thorough(), names, entries);
            judged(without(checker.name()), names, entries) != whole
        });
        assert!(missed, "no history needs the checker {}", checker.name());
    }
}
