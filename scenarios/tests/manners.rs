//! The program as a shell meets it: what it prints may have no reader and no room, what it is asked may make no sense, and what it
//! needs may be missing.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs::OpenOptions;
use std::process::{Command, Output, Stdio};

fn lab(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(words).current_dir(std::env::temp_dir());
    command
}

fn said(words: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = lab(words).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn whoever_stops_reading_changes_nothing_but_what_is_read() {
    let run = ["run", "leader-only-ack-crash", "--variant", "safe", "--seeds", "0..3"];
    for words in [&["list"][..], &["check", "--fields"], &run] {
        let mut child = lab(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let Output { status, stderr, .. } = child.wait_with_output().unwrap();
        assert_eq!(
            (status.code(), String::from_utf8(stderr).unwrap()),
            (Some(0), String::new()),
            "{words:?}"
        );
    }
    let silent = lab(&["run", "nothing"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
    let mut silent = silent.unwrap();
    drop(silent.stderr.take());
    assert_eq!(silent.wait().unwrap().code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn output_without_room_is_an_error_that_is_told() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let Output { status, stderr, .. } = lab(&["list"]).stdout(full).output().unwrap();
    assert_eq!(status.code(), Some(70));
    assert!(String::from_utf8(stderr).unwrap().starts_with("error: cannot write what was found: "));
}

#[test]
fn no_table_is_wider_than_eighty_columns_where_nobody_says_how_wide_it_may_be() {
    for words in [&["list"][..], &["list", "--faults"], &["list", "--events"]] {
        let printed = String::from_utf8(lab(words).output().unwrap().stdout).unwrap();
        let widest = printed.lines().map(|line| line.chars().count()).max().unwrap();
        assert!((40..=80).contains(&widest), "{words:?}: {widest}");
    }
}

#[test]
fn a_list_shows_only_what_a_pattern_is_in_and_says_so_when_that_is_nothing() {
    let printed = String::from_utf8(lab(&["list", "OVERTAKE"]).output().unwrap().stdout).unwrap();
    assert!(
        printed.contains("retry-overtakes-inflight") && !printed.contains("unclean-restart"),
        "{printed}"
    );
    let printed = String::from_utf8(lab(&["list", "--faults", "power"]).output().unwrap().stdout).unwrap();
    assert!(printed.contains("power-loss") && !printed.contains("rolling-restart"), "{printed}");
    let (code, error) = said(&["list", "zebra"]);
    assert!(code == Some(2) && error.contains("nothing here has `zebra`"), "{error}");
}

#[test]
fn what_is_beyond_the_last_seed_or_no_number_of_threads_is_refused_with_the_range() {
    let run = ["run", "leader-only-ack-crash"];
    for (words, range) in [
        (["--seeds", "0..18446744073709551615"], "seeds are 0 to 9223372036854775807"),
        (["--seed", "18446744073709551615"], "not in 0..9223372036854775808"),
        (["--jobs", "0"], "from 1 to 1024"),
    ] {
        let (code, error) = said(&[&run[..], &words].concat());
        assert!(code == Some(2) && error.contains(range), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_store_that_cannot_be_written_is_named_before_anything_is_run() {
    let (code, error) =
        said(&["run", "leader-only-ack-crash", "--seeds", "0..1000000", "--store", "/proc/lab/store"]);
    assert!(code == Some(70) && error.contains("/proc/lab/store") && error.contains("--store"), "{error}");
}

#[test]
fn outside_of_a_repository_the_gate_says_at_once_that_it_needs_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let mut ci = lab(&["ci", "--quick"]);
    ci.current_dir(&folder)
        .env_remove("GITHUB_SHA")
        .env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap());
    let Output { status, stdout, stderr } = ci.output().unwrap();
    assert_eq!((status.code(), stdout.len()), (Some(2), 0));
    assert!(String::from_utf8(stderr).unwrap().contains("--commit"));
}

#[test]
fn a_name_that_is_near_to_none_is_answered_with_those_that_there_are() {
    let (code, error) = said(&["run", "leader-only-ack-crash", "--engine", "kafka"]);
    assert!(code == Some(2) && error.contains("it is one of direct, turmoil, madsim, tokio"), "{error}");
    assert!(!error.contains("did you mean"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn too_few_descriptors_for_real_processes_are_named_before_any_is_started() {
    let words = "run leader-only-ack-crash --variant safe --engine tokio --seed 0";
    let script = format!("ulimit -n 40; exec {} {words}", env!("CARGO_BIN_EXE_lab"));
    let shell = Command::new("sh").args(["-c", &script]).current_dir(std::env::temp_dir()).output().unwrap();
    let error = String::from_utf8(shell.stderr).unwrap();
    assert!(!shell.status.success() && error.contains("the limit is 40, and 128 are needed"), "{error}");
}
