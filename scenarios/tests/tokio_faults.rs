//! The signature of every fault that real processes can have: what the history must show, and must not, while it lasts and after
//! it heals. A fault that the engine says it can do and that has no signature here fails.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::ops::Range;
use std::process::Command;
use std::thread;

use harness::chaos::fault::FaultKind;
use harness::engine::Engine;
use serde_json::Value;

/// Microseconds of the run.
const STRIKE: u64 = 500_000;
const HEAL: u64 = 1_100_000;

/// While it lasts, and nothing that was under way before can still be recorded: the lab reads what processes wrote when it can.
const DURING: Range<u64> = STRIKE + 150_000..HEAL;
const AFTER: Range<u64> = HEAL..u64::MAX;

/// A run's history.
struct Played {
    fault: &'static str,
    entries: Vec<Value>,
}

impl Played {
    fn is(&self, holds: bool, what: &str) {
        assert!(holds, "{}: {what}", self.fault);
    }

    /// What was recorded in some time, of some kind.
    fn of<'a>(&'a self, f: &'a str, during: Range<u64>) -> impl Iterator<Item = &'a Value> {
        let entries = self.entries.iter().filter(move |entry| entry["f"] == f);
        entries.filter(move |entry| during.contains(&entry["time"].as_u64().unwrap_or_default()))
    }

    /// Whom it struck.
    fn target(&self) -> &str {
        self.of("fault", 0..u64::MAX).next().unwrap()["value"]["target"].as_str().unwrap()
    }

    fn said_anything(&self, process: &str, during: Range<u64>) -> bool {
        let times = self.entries.iter().filter(|entry| entry["process"] == process);
        times.into_iter().any(|entry| during.contains(&entry["time"].as_u64().unwrap_or_default()))
    }

    /// The brokers that read their logs again, in this order, each once.
    fn recovered(&self, during: Range<u64>) -> Vec<&str> {
        let mut brokers: Vec<&str> =
            self.of("recover", during).map(|entry| entry["process"].as_str().unwrap()).collect();
        brokers.dedup();
        brokers
    }

    /// The records whose effects were refused.
    fn refused(&self, during: Range<u64>) -> Vec<&str> {
        let mut refused: Vec<&str> = self
            .of("effect", during)
            .filter(|entry| entry["type"] == "fail")
            .map(|entry| entry["value"]["id"].as_str().unwrap())
            .collect();
        refused.sort_unstable();
        refused.dedup();
        refused
    }
}

const LEADER: &str = r#"{ "target": { "leader": { "topic": "payments", "partition": 0 } } }"#;
const BILLING: &str = r#"{ "group": "billing" }"#;

type Judge = fn(&Played);

/// What a fault is told, and how its history is judged.
fn signature(kind: FaultKind) -> Option<(&'static str, Judge)> {
    Some(match kind {
        FaultKind::Crash => (LEADER, |played| {
            played.is(!played.said_anything(played.target(), DURING), "it is still there");
            played.is(played.recovered(AFTER) == [played.target()], "it did not come back");
        }),
        FaultKind::Restart => (LEADER, |played| {
            played.is(played.recovered(STRIKE..HEAL) == [played.target()], "it is not back at once");
        }),
        FaultKind::RollingRestart => (r#"{ "every-ms": 150 }"#, |played| {
            let back = played.recovered(STRIKE..u64::MAX);
            played.is(back == ["broker-1", "broker-2", "broker-3"], "not one after the other");
        }),
        FaultKind::Stop => (LEADER, |played| {
            played.is(!played.said_anything(played.target(), DURING), "it is still there");
            played.is(played.recovered(AFTER) == [played.target()], "it did not come back");
        }),
        FaultKind::Pause => (LEADER, |played| {
            played.is(!played.said_anything(played.target(), DURING), "it goes on");
            played.is(played.said_anything(played.target(), AFTER), "it did not go on");
            played.is(played.recovered(STRIKE..u64::MAX).is_empty(), "it was replaced");
        }),
        FaultKind::Burst => (r#"{ "producer": 1, "records": 20 }"#, |played| {
            let came = |during| played.of("intent", during).filter(|e| e["process"] == "producer-1").count();
            let (usual, at_once) = (came(STRIKE - 100_000..STRIKE), came(STRIKE..STRIKE + 100_000));
            played.is(at_once >= 20 && at_once > 2 * usual, "they did not come at once");
        }),
        FaultKind::SlowSink => (r#"{ "group": "billing", "longer-ms": 100 }"#, |played| {
            let applied = played.of("apply", DURING).count();
            played.is((1..=5).contains(&applied), "it is not slow");
        }),
        FaultKind::RefusingSink => (BILLING, |played| {
            played.is(played.of("apply", DURING).count() == 0, "it did something");
            played.is(
                !played.refused(DURING).is_empty() && played.of("apply", AFTER).count() > 0,
                "it refused nothing",
            );
        }),
        FaultKind::PoisonRecord => (BILLING, |played| {
            let refused = played.refused(STRIKE..u64::MAX);
            played.is(refused.len() == 1, "it is not one record");
            let mut applied =
                played.of("apply", 0..u64::MAX).filter(|entry| entry["value"]["id"] == refused[0]);
            played.is(applied.all(|entry| AFTER.contains(&entry["time"].as_u64().unwrap())), "it was taken");
            played.is(
                played.of("apply", AFTER).any(|entry| entry["value"]["id"] == refused[0]),
                "it stays refused",
            );
        }),
        _ => return None,
    })
}

/// Runs the safe variant of a scenario with one fault, on real processes; everything must hold all the same.
fn play(kind: FaultKind, told: &str) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let [schedule, history] = ["schedule.json", "history.jsonl"].map(|name| folder.path().join(name));
    let (name, strike, lasts) = (kind.name(), STRIKE / 1_000, (HEAL - STRIKE) / 1_000);
    let text = format!(
        r#"{{ "version": 1, "scenario": "interval-commit-kill", "variant": "safe", "engine": "tokio", "seed": 1,
  "knobs": {{ "records": 80 }},
  "steps": [ {{ "at": {{ "ms": {strike} }}, "heal-after-ms": {lasts}, "inject": {{ "{name}": {told} }} }} ] }}"#
    );
    fs::write(&schedule, text).unwrap();
    let mut replay = Command::new(env!("CARGO_BIN_EXE_lab"));
    let output = replay.arg("replay").arg(&schedule).arg("--history").arg(&history).output().unwrap();
    assert!(output.status.success(), "{name}: {output:?}");
    let history = fs::read_to_string(&history).unwrap();
    let entries = history.lines().skip(1).map(|line| serde_json::from_str(line).unwrap());
    Played { fault: name, entries: entries.collect() }
}

#[test]
fn every_fault_that_processes_can_have_has_its_signature() {
    let can = FaultKind::ALL.iter().copied().filter(|&kind| Engine::Tokio.can(kind));
    thread::scope(|scope| {
        let played: Vec<_> = can
            .map(|kind| {
                let (told, judge) =
                    signature(kind).unwrap_or_else(|| panic!("{}: no signature", kind.name()));
                (scope.spawn(move || play(kind, told)), judge)
            })
            .collect();
        assert!(played.len() >= 8);
        for (played, judge) in played {
            judge(&played.join().unwrap());
        }
    });
}
