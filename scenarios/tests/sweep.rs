//! Sweeps as people interrupt, kill, crowd and share them: what was recorded stays, and a seed counts once.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn lab(store: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(words).arg("--store").arg(store).env_remove("GITHUB_STEP_SUMMARY");
    command
}

fn run(store: &Path, words: &[&str]) -> Output {
    lab(store, words).output().unwrap()
}

/// A sweep of one safe variant on the direct engine: chunks of 200 seeds.
fn sweep<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let one = ["sweep", "interval-commit", "--variant", "safe", "--engine", "direct"];
    [&one, more].concat()
}

fn results(store: &Path) -> PathBuf {
    store.join("sweep/results.jsonl")
}

/// The seeds of every recorded chunk, in the order of their records.
fn chunks(store: &Path) -> Vec<(u64, u64)> {
    let text = fs::read_to_string(results(store)).unwrap_or_default();
    let whole = &text[..text.rfind('\n').map_or(0, |newline| newline + 1)];
    let records = whole.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.map(|record| (record["from"].as_u64().unwrap(), record["to"].as_u64().unwrap())).collect()
}

fn wait_for_chunks(store: &Path, count: usize, child: &mut Child) {
    while chunks(store).len() < count {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be disturbed");
        thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn report(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_killed_sweep_goes_on_where_it_was_and_comes_to_the_same() {
    let (killed, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let words = sweep(&["--seeds", "0..2000", "--json"]);
    let mut child = lab(killed.path(), &words).stdout(Stdio::null()).spawn().unwrap();
    wait_for_chunks(killed.path(), 3, &mut child);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    let before = chunks(killed.path());
    assert!(before.len() < 10, "it was done before it was killed");
    let resumed = run(killed.path(), &words);
    assert!(resumed.status.success(), "{resumed:?}");
    let mut all = chunks(killed.path());
    assert!(all.starts_with(&before), "what was recorded stays");
    all.sort_unstable();
    assert_eq!(all, (0..10).map(|n| (200 * n, 200 * n + 200)).collect::<Vec<_>>(), "every chunk once");
    let told = report(&resumed);
    assert_eq!(told[0]["runs"], 2_000);
    assert_eq!(told, report(&run(whole.path(), &words)));
}

#[test]
fn ctrl_c_tells_what_was_found_and_keeps_it() {
    let store = tempfile::tempdir().unwrap();
    let words = sweep(&["--for", "10m"]);
    let mut child = lab(store.path(), &words).stdout(Stdio::piped()).spawn().unwrap();
    wait_for_chunks(store.path(), 1, &mut child);
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("held") && said.contains("Interrupted"), "{said}");
    assert!(store.path().join("sweep/junit.xml").exists());
}

/// The rows of a report that were never run.
fn never_run(told: &[Value]) -> usize {
    told.iter().filter(|row| row["outcome"] == "never run" && row["runs"] == 0).count()
}

#[test]
fn rows_for_which_there_was_no_time_are_named_and_prove_nothing() {
    let store = tempfile::tempdir().unwrap();
    let words = ["sweep", "--variant", "safe", "--engine", "direct", "--for", "1ms", "--jobs", "1"];
    let swept = run(store.path(), &words);
    let said = String::from_utf8_lossy(&swept.stdout);
    assert_eq!(swept.status.code(), Some(3), "{said}");
    assert!(said.contains("ack-lost-retry-duplicate safe direct: never run"), "{said}");
    let summary = fs::read_to_string(store.path().join("sweep/summary.md")).unwrap();
    assert!(summary.contains("proved nothing: never run"), "{summary}");
    let told = report(&run(store.path(), &[&words[..], &["--json"]].concat()));
    assert!(told.len() >= 10 && never_run(&told) >= told.len() - 2, "{told:?}");
}

#[test]
fn a_sweep_that_is_told_to_end_names_what_it_never_ran_and_is_not_green() {
    for end in [Signal::INT, Signal::TERM] {
        let store = tempfile::tempdir().unwrap();
        let words = ["sweep", "--variant", "safe", "--engine", "direct", "--seeds", "0..200000", "--json"];
        let mut child = lab(store.path(), &[&words[..], &["--jobs", "1"]].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for_chunks(store.path(), 1, &mut child);
        signal(&child, end);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let told = report(&output);
        assert!(never_run(&told) > 0, "{told:?}");
        let begun = told.iter().find(|row| row["runs"] != 0).unwrap();
        assert_eq!(begun["outcome"], "held so far", "{begun}");
        assert_eq!(begun["missing"].as_u64().unwrap() + begun["runs"].as_u64().unwrap(), 200_000);
    }
}

#[test]
fn a_shard_that_was_killed_is_missed_when_the_shards_are_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, merged] = ["one", "two", "merged"].map(|name| folder.path().join(name));
    let shard = |number| sweep(&["--seeds", "0..800", "--json", "--shard", number]);
    assert!(run(&one, &shard("1/2")).status.success());
    let mut killed = lab(&two, &shard("2/2")).stdout(Stdio::null()).spawn().unwrap();
    signal(&killed, Signal::KILL);
    killed.wait().unwrap();
    fs::create_dir_all(two.join("sweep")).unwrap();
    let parts = [one.to_str().unwrap(), two.to_str().unwrap()];
    // It may have been killed before it had opened its file.
    let there = &parts[..if results(&two).exists() { 2 } else { 1 }];
    let output = run(&merged, &[&["merge", "--json"], there].concat());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = report(&output);
    let (missing, runs) = (told[0]["missing"].as_u64().unwrap(), told[0]["runs"].as_u64().unwrap());
    assert!(missing > 0 && missing + runs == 800, "{told:?}");
}

#[test]
fn a_second_sweep_in_the_same_folder_is_refused() {
    let store = tempfile::tempdir().unwrap();
    let mut first = lab(store.path(), &sweep(&["--for", "10m"])).stdout(Stdio::null()).spawn().unwrap();
    wait_for_chunks(store.path(), 1, &mut first);
    let second = run(store.path(), &sweep(&["--seeds", "0..10"]));
    signal(&first, Signal::INT);
    first.wait().unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2));
    assert!(said.contains("another sweep writes to") && said.contains("--store"), "{said}");
}

#[test]
fn a_full_disk_ends_a_sweep_with_a_message_and_keeps_what_there_was() {
    let store = tempfile::tempdir().unwrap();
    // Writes beyond eight kilobytes fail, as on a full disk; without the trap they would be deadly.
    let words = sweep(&["--seeds", "0..4000"]).join(" ");
    let (program, folder) = (env!("CARGO_BIN_EXE_lab"), store.path().display());
    let script = format!("trap '' XFSZ; ulimit -f 16; exec {program} {words} --jobs 1 --store {folder}");
    let full = Command::new("sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&full.stderr);
    assert_eq!(full.status.code(), Some(70), "{full:?}");
    assert!(said.contains("results.jsonl") && said.contains("too large"), "{said}");
    assert!(String::from_utf8_lossy(&full.stdout).contains("held"), "{full:?}");
    let kept = chunks(store.path()).len() as u64;
    assert!(kept > 0);
    let told = report(&run(store.path(), &sweep(&["--seeds", "0..1", "--json"])));
    assert_eq!(told[0]["runs"], 200 * kept);
}

#[test]
fn shards_put_together_are_the_whole_however_often_they_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, whole, merged] = ["one", "two", "whole", "merged"].map(|name| folder.path().join(name));
    let seeds = ["--seeds", "0..800"];
    assert!(run(&one, &sweep(&[&seeds[..], &["--shard", "1/2"]].concat())).status.success());
    assert!(run(&two, &sweep(&[&seeds[..], &["--shard", "2/2"]].concat())).status.success());
    assert!(!chunks(&one).is_empty() && !chunks(&two).is_empty());
    let whole = report(&run(&whole, &sweep(&[&seeds[..], &["--json"]].concat())));
    let merge = |parts: &[&Path]| {
        let parts = parts.iter().map(|part| part.to_str().unwrap());
        let words: Vec<&str> = ["merge", "--json"].into_iter().chain(parts).collect();
        report(&run(&merged, &words))
    };
    assert_eq!(merge(&[&two, &one]), whole);
    assert_eq!(merge(&[&one, &two, &one]), whole, "once more changes nothing");
}

#[test]
fn wrong_words_are_answered_before_anything_runs() {
    let store = tempfile::tempdir().unwrap();
    let said = |words: &[&str]| {
        let output = run(store.path(), words);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said(&["sweep", "leader-only-ack-crush"]).contains("did you mean `leader-only-ack-crash`?"));
    assert!(said(&["sweep", "--engine", "tokio"]).contains("run --engine tokio"));
    assert!(said(&["sweep", "--shard", "3/2"]).contains("is not a shard such as 2/5"));
    assert!(said(&["merge", "nowhere"]).contains("nowhere"));
    assert!(!results(store.path()).exists());
}
