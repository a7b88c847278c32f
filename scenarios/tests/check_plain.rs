//! `lab check` of plain logs as people and scripts meet it: what they are told about guesses, what they may say, and the codes.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::path::Path;
use std::process::Command;

/// The exit code, the page and the notes.
fn check(name: &str, words: &[&str]) -> (i32, String, String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checkers/tests/histories").join(name);
    let file = file.to_str().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lab")).arg("check").arg(file).args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(file, "FILE");
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_plain_log_is_known_by_its_first_row_and_what_was_guessed_is_told_beside_the_page() {
    let (code, page, notes) = check("plain/invalid-stuck--drained.csv", &[]);
    assert_eq!(code, 3);
    assert!(page.contains("say --drained"), "{page}");
    insta::assert_snapshot!(notes, @r"
    note: judged as a plain log, as with --plain: its first row has a client, an operation and a message
    note: a table whose columns are separated by `,`
    note: took times for milliseconds since 1970, by their size
    ");
}

#[test]
fn what_is_said_about_a_log_lets_it_be_judged_and_the_page_shows_its_lines() {
    let (code, page, _) = check("plain/invalid-stuck--drained.csv", &["--drained"]);
    assert_eq!(code, 1);
    assert!(
        page.contains("stuck") && page.contains("     3  1764184181020,web-1,enqueue,order-2,ok"),
        "{page}"
    );
    let (code, json, _) =
        check("plain/valid-everything-is-done-once--drained.jsonl", &["--drained", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &report["verdict"]), (0, &"valid".into()));
}

#[test]
fn words_that_mean_nothing_and_files_of_another_kind_are_refused_with_what_to_say() {
    let (code, _, said) = check("plain/invalid-stuck--drained.csv", &["--map", "worker=client"]);
    assert_eq!(code, 2);
    assert!(said.contains("is no field (client,"), "{said}");
    let (code, _, said) = check("lab/invalid-stuck.jsonl", &["--drained"]);
    assert_eq!(code, 2);
    assert!(said.contains("leave out what is said about plain logs"), "{said}");
    let (code, _, said) = check("plain/invalid-stuck--drained.csv", &["--map", "id=order"]);
    assert_eq!(code, 2);
    assert!(said.contains("line 2, column 1: nothing tells the id"), "{said}");
    let (code, _, _) = check("lab/invalid-stuck.jsonl", &["--drained", "--limit-rate", "ledger=1"]);
    assert_eq!(code, 2);
}

#[test]
fn the_manual_is_printed_without_a_file() {
    let output = Command::new(env!("CARGO_BIN_EXE_lab")).args(["check", "--fields"]).output().unwrap();
    let manual = include_str!("../../checkers/HISTORY.md");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), manual);
}
