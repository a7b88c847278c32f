//! The catalogue's scenarios on real processes: a leader killed under load, and nothing left behind, come what may.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The lab, with a folder of its own for everything that is temporary.
fn lab(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(words).arg("--store").arg(folder.join("store")).env("TMPDIR", folder.join("tmp"));
    fs::create_dir_all(folder.join("tmp")).unwrap();
    command
}

fn seeds(scenario: &str, variant: &str) -> (Output, Value) {
    let folder = tempfile::tempdir().unwrap();
    let words = ["run", scenario, "--engine", "tokio", "--seeds", "0..3", "--jobs", "3", "--json"];
    let output = lab(folder.path(), &words).args(["--variant", variant]).output().unwrap();
    assert_nothing_is_left(folder.path());
    let told = serde_json::from_slice(&output.stdout);
    let told = told.unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output, told)
}

/// Neither folders nor processes: every process has the run's folder among its arguments.
fn assert_nothing_is_left(folder: &Path) {
    assert_eq!(fs::read_dir(folder.join("tmp")).unwrap().count(), 0, "a folder was left behind");
    assert_eq!(processes_in(folder), 0, "a process was left behind");
}

fn processes_in(folder: &Path) -> usize {
    let tmp = folder.join("tmp");
    let lives_in = |entry: fs::DirEntry| {
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        words.split(|&byte| byte == 0).any(|word| Path::new(OsStr::from_bytes(word)).starts_with(&tmp))
    };
    fs::read_dir("/proc").unwrap().flatten().map(lives_in).filter(|lives| *lives).count()
}

#[test]
fn with_acks_of_the_leader_alone_its_death_loses_what_was_acknowledged() {
    let (output, told) = seeds("leader-only-ack-crash", "unsafe");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(told["anomalies"], serde_json::json!({ "lost-acked/broker": 3 }));
    assert_eq!(told["struck"], 3);
}

#[test]
fn with_acks_of_all_in_sync_nothing_is_lost_when_the_leader_dies() {
    let (output, told) = seeds("leader-only-ack-crash", "safe");
    assert!(output.status.success(), "{output:?}");
    assert_eq!((&told["valid"], &told["struck"], &told["drained"]), (&3.into(), &3.into(), &3.into()));
}

#[test]
fn five_nodes_of_a_quorum_queue_and_of_kafka_with_three_controllers_outlive_their_leader() {
    for mode in ["quorum", "kafka-kraft"] {
        let (output, told) = seeds(mode, "recommended");
        assert!(output.status.success(), "{output:?}");
        assert_eq!((&told["valid"], &told["struck"], &told["drained"]), (&3.into(), &3.into(), &3.into()));
    }
}

#[test]
fn a_fault_that_processes_cannot_have_is_refused_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["run", "flush-async-power-loss", "--engine", "tokio", "--variant", "unsafe", "--witness"];
    let output = lab(folder.path(), &words).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.trim(), "error: tokio cannot do partition: run this on direct, turmoil, madsim");
}

/// Interrupts a sweep in the middle of its runs.
fn interrupted_by(signal: Signal) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    // One run at a time: while all its processes are there, none has a folder and no process yet, or no process any more.
    let words = ["run", "leader-only-ack-crash", "--variant", "safe", "--engine", "tokio", "--jobs", "1"];
    let mut sweep = lab(folder.path(), &words)
        .args(["--seeds", "0..1000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while processes_in(folder.path()) < 4 {
        assert!(sweep.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        thread::yield_now();
    }
    kill_process(Pid::from_child(&sweep), signal).unwrap();
    let code = sweep.wait().unwrap().code();
    // Processes whose parent was killed need a moment to notice.
    while signal == Signal::KILL && processes_in(folder.path()) > 0 {
        thread::yield_now();
    }
    assert_nothing_is_left(folder.path());
    code
}

#[test]
fn after_ctrl_c_no_process_and_no_folder_is_left() {
    assert!(matches!(interrupted_by(Signal::INT), Some(0 | 3)));
}

#[test]
fn even_when_the_lab_itself_is_killed_no_process_and_no_folder_is_left() {
    assert_eq!(interrupted_by(Signal::KILL), None);
}
