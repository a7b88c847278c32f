//! The `lab` program as scripts and people meet it: formats, exit codes, and what it says to wrong words.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn lab(store: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lab")).args(words).arg("--store").arg(store).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

/// Runs the witness of a consumer's scenario and gives the schedule that is kept.
fn kept(store: &Path) -> PathBuf {
    let words = ["run", "commit-before-process", "--variant", "unsafe", "--witness", "--json"];
    let told = json(&lab(store, &words));
    PathBuf::from(told["first_failure"]["schedule"].as_str().unwrap())
}

#[test]
fn a_run_tells_what_scripts_rely_on() {
    let store = tempfile::tempdir().unwrap();
    let output = lab(
        store.path(),
        &["run", "ack-lost-retry-duplicate", "--variant", "unsafe", "--seeds", "0..20", "--json"],
    );
    assert!(output.status.success(), "finding what an unsafe variant must show is success");
    let told = json(&output);
    for (key, value) in
        [("scenario", "ack-lost-retry-duplicate"), ("variant", "unsafe"), ("engine", "direct")]
    {
        assert_eq!(told[key], value);
    }
    let count = |key: &str| told[key].as_u64().unwrap_or_else(|| panic!("no {key}"));
    assert_eq!(count("runs"), 20);
    assert_eq!(count("valid") + count("invalid") + count("unknown") + count("vacuous"), 20);
    assert!(told["anomalies"]["duplicate-log/producer"].as_u64().unwrap() > 0);
    assert!(told["acknowledged_share"].as_f64().unwrap() > 0.9);
    assert!(told["cpu_seconds"].as_f64().unwrap() > 0.0);
    assert!(told["consequences"].is_object());
    assert!(Path::new(told["first_failure"]["schedule"].as_str().unwrap()).exists());
}

#[test]
fn the_list_names_every_variant_and_what_it_must_show() {
    let store = tempfile::tempdir().unwrap();
    let listed = json(&lab(store.path(), &["list", "--json"]));
    let of =
        |name: &str| listed.as_array().unwrap().iter().find(|scenario| scenario["name"] == name).unwrap();
    let scenario = of("leader-only-ack-crash");
    assert_eq!(scenario["path"], "broker");
    let variants = scenario["variants"].as_array().unwrap();
    assert_eq!(variants[0]["expect"], serde_json::json!({ "anomaly": "lost-acked", "path": "broker" }));
    assert_eq!(variants[1]["expect"], Value::Null);
    assert!(variants[0]["also"].is_array());
    assert_eq!(variants[1]["must_see"][0], "crash while unreplicated");
}

#[test]
fn a_kept_schedule_replays_to_the_same_hash_in_another_process() {
    let store = tempfile::tempdir().unwrap();
    let file = kept(store.path());
    let replay = || json(&lab(store.path(), &["replay", file.to_str().unwrap(), "--json"]));
    let (first, second) = (replay(), replay());
    assert_eq!(first["reproduced"], true);
    assert_eq!(first["verdict"]["validity"], "invalid");
    assert_eq!(first["trace_hash"], second["trace_hash"]);
}

#[test]
fn a_replay_that_shows_something_else_says_so_and_fails() {
    let store = tempfile::tempdir().unwrap();
    let file = kept(store.path());
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("lost-unprocessed", "duplicate-effect")).unwrap();
    let output = lab(store.path(), &["replay", file.to_str().unwrap(), "--json"]);
    assert_eq!((output.status.code(), &json(&output)["reproduced"]), (Some(1), &Value::Bool(false)));
}

#[test]
fn a_kept_schedule_shrinks_to_one_that_replays_and_says_what_it_took() {
    let store = tempfile::tempdir().unwrap();
    let words = ["run", "ack-lost-retry-duplicate", "--variant", "unsafe", "--seeds", "0..20", "--json"];
    let told = json(&lab(store.path(), &words));
    let file = told["first_failure"]["schedule"].as_str().unwrap();
    let shrunk = json(&lab(store.path(), &["shrink", file, "--json"]));
    assert!(shrunk["steps_after"].as_u64() <= shrunk["steps_before"].as_u64());
    assert_eq!(shrunk["complete"], true);
    let smallest = shrunk["schedule"].as_str().unwrap();
    assert_eq!(json(&lab(store.path(), &["replay", smallest, "--json"]))["reproduced"], true);
}

#[test]
fn a_failure_is_kept_once_and_recognised_when_it_is_found_again() {
    let store = tempfile::tempdir().unwrap();
    let folder = store.path().join("kept");
    let keep = |seeds: &str| {
        let words = ["run", "ack-lost-retry-duplicate", "--variant", "unsafe", "--seeds", seeds, "--keep"];
        said(&lab(store.path(), &[&words[..], &[folder.to_str().unwrap()]].concat()))
    };
    assert!(keep("0..20").starts_with("kept: "));
    let files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let name = files[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("ack-lost-retry-duplicate.duplicate-log-producer."), "{name}");
    assert!(keep("0..20").starts_with("known: "));
    assert_eq!(
        json(&lab(store.path(), &["replay", files[0].to_str().unwrap(), "--json"]))["reproduced"],
        true
    );
}

#[test]
fn a_fault_beyond_the_promise_is_no_proof_against_it() {
    let store = tempfile::tempdir().unwrap();
    let file = store.path().join("beyond.json");
    let beyond = r#"{ "version": 1, "scenario": "leader-only-ack-crash", "variant": "safe", "engine": "direct", "seed": 1,
  "steps": [ { "at": { "ms": 300 }, "inject": { "disk-loss": { "target": { "broker": 1 } } } } ] }"#;
    fs::write(&file, beyond).unwrap();
    let output = lab(store.path(), &["replay", file.to_str().unwrap()]);
    let answer = "line 2, column 49: `disk-loss` is not what `safe` promises to survive";
    assert_eq!((output.status.code(), said(&output).contains(answer)), (Some(2), true), "{output:?}");
}

#[test]
fn a_step_whose_target_never_exists_is_said_not_to_have_fired() {
    let store = tempfile::tempdir().unwrap();
    let file = store.path().join("nobody.json");
    let nobody = r#"{ "version": 1, "scenario": "leader-only-ack-crash", "variant": "safe", "engine": "direct", "seed": 1,
  "steps": [ { "at": { "ms": 300 }, "inject": { "pause": { "target": { "broker": 1 } } } },
             { "at": { "ms": 300 }, "inject": { "crash": { "target": { "broker": 9 } } } },
             { "at": { "event": { "name": "truncate", "count": 9999 } }, "inject": { "crash": { "target": "actor" } } } ] }"#;
    fs::write(&file, nobody).unwrap();
    let replayed = json(&lab(store.path(), &["replay", file.to_str().unwrap(), "--json"]));
    assert_eq!(replayed["unfired"], serde_json::json!([1, 2]));
    let told = lab(store.path(), &["replay", file.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&told.stdout).contains("did not fire: step 2"), "{told:?}");
}

#[test]
fn the_lists_of_faults_and_events_name_what_schedules_can_name() {
    let store = tempfile::tempdir().unwrap();
    let faults = json(&lab(store.path(), &["list", "--faults", "--json"]));
    let of = |name: &str| faults.as_array().unwrap().iter().find(|fault| fault["name"] == name).unwrap();
    assert_eq!(of("pause")["engines"]["tokio"], "SIGSTOP");
    assert_eq!(of("clock-drift")["engines"]["tokio"], Value::Null);
    let events = json(&lab(store.path(), &["list", "--events", "--json"]));
    assert!(events.as_array().unwrap().iter().any(|event| event["name"] == "append-before-ack"));
}

#[test]
fn wrong_names_are_answered_with_the_nearest_right_one() {
    let store = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 4] = [
        (
            &["run", "comit-before-process"],
            "there is no scenario `comit-before-process`; did you mean `commit-before-process`?",
        ),
        (
            &["run", "commit-before-process", "--variant", "save"],
            "there is no variant `save`; did you mean `safe`?",
        ),
        (
            &["run", "commit-before-process", "--engine", "turmiol"],
            "there is no engine `turmiol`; did you mean `turmoil`?",
        ),
        (&["meta", "--engine", "dirct"], "there is no engine `dirct`; did you mean `direct`?"),
    ];
    for (words, answer) in cases {
        let output = lab(store.path(), words);
        assert_eq!((output.status.code(), said(&output)), (Some(2), format!("error: {answer}")));
    }
}

#[test]
fn wrong_words_in_a_schedule_are_answered_with_their_line_and_column() {
    let store = tempfile::tempdir().unwrap();
    let file = kept(store.path());
    let text = fs::read_to_string(&file).unwrap();
    let cases = [
        (
            "\"commit-before-process\"",
            "\"commit-before-proces\"",
            "line 3, column 15: unknown scenario `commit-before-proces`; did you mean `commit-before-process`?",
        ),
        ("\"unsafe\"", "\"unsave\"", "line 4, column 14: unknown variant `unsave`; did you mean `unsafe`?"),
        ("\"direct\"", "\"driect\"", "line 5, column 13: unknown engine `driect`; did you mean `direct`?"),
        ("\"records\"", "\"recorsd\"", "line 8, column 5: unknown knob `recorsd`; did you mean `records`?"),
        (
            "\"records\": 20",
            "\"records\": 0",
            "line 8, column 5: `records` is 0, and can be 1 to 100000 here",
        ),
        (
            "\"records\": 20",
            "\"records\": 20, \"horizon-ms\": 9223372036854775808",
            "line 8, column 20: `horizon-ms` is 9223372036854775808, and can be 0 to 3600000 here",
        ),
        ("\"version\": 1", "\"version\": 2", "line 2, column 3: version 2 is unknown, this is version 1"),
        ("\"count\": 7", "\"count\": -7", "invalid value: integer `-7`"),
        ("\"crash\"", "\"crush\"", "unknown name `crush`; did you mean `crash`?"),
        ("\"billing\"", "\"biling\"", "unknown group `biling`; did you mean `billing`?"),
        ("\"inject\"", "\"injcet\"", "unknown field `injcet`; did you mean `inject`?"),
    ];
    for (right, wrong, answer) in cases {
        assert!(text.contains(right), "{right} in {text}");
        fs::write(&file, text.replacen(right, wrong, 1)).unwrap();
        let output = lab(store.path(), &["replay", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let said = said(&output);
        assert!(said.contains(answer) && said.contains("line "), "{wrong}: {said}");
    }
}

#[test]
fn a_fault_of_load_names_a_group_that_there_is() {
    let store = tempfile::tempdir().unwrap();
    let file = store.path().join("nobody.json");
    let wrong = r#"{ "version": 1, "scenario": "leader-only-ack-crash", "variant": "safe", "engine": "direct", "seed": 1,
  "steps": [ { "at": { "ms": 300 }, "inject": { "refusing-sink": { "group": "biling" } } } ] }"#;
    fs::write(&file, wrong).unwrap();
    let output = lab(store.path(), &["replay", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let answer = "line 2, column 77: unknown group `biling`; did you mean `billing`?";
    assert!(said(&output).contains(answer), "{output:?}");
}

#[test]
fn the_same_seeds_are_the_same_runs_in_two_processes() {
    let store = tempfile::tempdir().unwrap();
    let output = lab(store.path(), &["meta", "--engine", "direct", "--seeds", "0..1"]);
    assert!(output.status.success(), "{output:?}");
}
