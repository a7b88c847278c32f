//! `lab check` as scripts and people meet it: verdicts, excerpts, and what it says to files that are no histories.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn check(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lab")).arg("check").args(words).output().unwrap()
}

fn histories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../checkers/tests/histories")
}

fn history(name: &str) -> String {
    histories().join(name).to_str().unwrap().to_owned()
}

/// Writes a file, has it judged, and gives the exit code and what was said.
fn refused(content: &[u8], words: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history");
    fs::write(&file, content).unwrap();
    let path = file.to_str().unwrap();
    let output = check(&[&[path], words].concat());
    let said = String::from_utf8_lossy(&output.stderr).replace(path, "FILE");
    (output.status.code().unwrap(), said.trim().to_owned())
}

#[test]
fn a_page_for_people_tells_the_verdict_the_anomalies_and_the_first_witness_of_each() {
    let file = history("kafka/invalid-lost-write.edn");
    let output = check(&["--jepsen", "kafka", &file]);
    assert_eq!(output.status.code(), Some(1));
    let page = String::from_utf8_lossy(&output.stdout).replace(&file, "FILE");
    insta::assert_snapshot!(page);
}

#[test]
fn a_page_about_our_own_history_shows_the_records_of_the_message() {
    let file = history("lab/invalid-lost-unprocessed.jsonl");
    let output = check(&[&file]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout).replace(&file, "FILE"));
}

#[test]
fn json_has_the_keys_that_scripts_rely_on() {
    let output = check(&["--jepsen", "kafka", &history("kafka/invalid-duplicate.edn"), "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["verdict"], &told["operations"]), (&"invalid".into(), &6.into()));
    let duplicate = &told["anomalies"][0];
    assert_eq!(
        (&duplicate["kind"], &duplicate["path"], &duplicate["count"]),
        (&"duplicate".into(), &Value::Null, &1.into())
    );
    let entry = &duplicate["entries"][0];
    assert_eq!(entry["key"], 0);
    assert_eq!(entry["values"], serde_json::json!([1]));
    assert_eq!(entry["offsets"], serde_json::json!([0, 2]));
    assert_eq!(entry["operations"], serde_json::json!([1, 5]));
    assert_eq!(told["checkers"], serde_json::json!([{ "name": "kafka", "verdict": "invalid" }]));
    assert!(told["beyond"].is_array());
}

#[test]
fn the_verdict_is_the_exit_code() {
    let code = |words: &[&str]| check(words).status.code().unwrap();
    assert_eq!(code(&["--jepsen", "set", &history("set/valid-with-an-unknown-addition.edn")]), 0);
    assert_eq!(code(&["--jepsen", "set", &history("set/invalid-lost.edn")]), 1);
    assert_eq!(code(&["--jepsen", "set", &history("set/unknown-never-read.edn")]), 3);
    assert_eq!(code(&["--jepsen", "set", "no-such-file.edn"]), 2);
    assert_eq!(code(&[&history("lab/valid-everything-is-applied-once.jsonl")]), 0);
}

#[test]
fn a_history_of_another_workload_is_unknown_and_the_checkers_that_fit_are_named() {
    let said = |words: &[&str]| {
        let output = check(words);
        let page = String::from_utf8_lossy(&output.stdout).replace(&histories().display().to_string(), "..");
        assert_eq!(output.status.code(), Some(3), "{words:?}: {page}");
        page
    };
    let pages = [
        said(&["--jepsen", "set", &history("set/unknown-a-broadcast.edn")]),
        said(&["--jepsen", "set", &history("queue/valid-any-order.edn")]),
        said(&["--jepsen", "kafka", &history("list-append/valid-serial.edn")]),
        said(&["--jepsen", "counter", &history("counter/unknown-nothing.edn")]),
    ];
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn an_empty_file_and_a_run_that_was_broken_off_are_unknown() {
    for content in ["", "\n", "\u{FEFF}", "{\"history\":1}\n", "\u{FEFF}{\"history\":1}\n"] {
        assert_eq!(refused(content.as_bytes(), &[]).0, 3, "{content:?}");
    }
    for name in ["broken-off-before-anything-was-healed", "broken-off-before-the-logs-were-read"] {
        assert_eq!(check(&[&history(&format!("lab/unknown-{name}.jsonl"))]).status.code(), Some(3));
    }
    assert_eq!(check(&[&history("lab/valid-behind-a-byte-order-mark.jsonl")]).status.code(), Some(0));
    let edn = fs::read(history("queue/valid-any-order.edn")).unwrap();
    let marked = [&b"\xEF\xBB\xBF"[..], &edn].concat();
    assert_eq!(refused(&marked, &["--jepsen", "queue"]).0, 0);
}

#[test]
fn limits_are_promises_that_only_a_user_can_make() {
    let file = history("lab/valid-everything-is-applied-once.jsonl");
    let kinds = |words: &[&str]| {
        let output = check(&[&[file.as_str(), "--json"], words].concat());
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        told["anomalies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|anomaly| anomaly["kind"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&["--limit-rate", "ledger=3", "--limit-backlog", "payments=3"]), Vec::<Value>::new());
    assert_eq!(kinds(&["--limit-rate", "ledger=2"]), ["overrun"]);
    assert_eq!(kinds(&["--limit-backlog", "payments=1"]), ["overrun"]);
    let wrong = check(&[&file, "--limit-rate", "ledger"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("as in ledger=100"));
}

#[test]
fn the_folder_of_a_jepsen_run_is_as_good_as_its_history() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(history("queue/valid-any-order.edn"), folder.path().join("history.edn")).unwrap();
    let output = check(&["--jepsen", "queue", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_file_of_lines_and_packed_files_are_found_in_the_folder_of_a_run() {
    let packed = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let lines = fs::read(history("queue/valid-in-lines.txt")).unwrap();
    for (name, content) in [("history.txt", lines.clone()), ("history.edn.gz", packed(&lines))] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), content).unwrap();
        let output = check(&["--jepsen", "queue", folder.path().to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let (code, said) = refused(&packed(&lines)[..20], &["--jepsen", "queue"]);
    assert!(code == 2 && said.contains("the gzip file was cut short"), "{said}");
    let (code, said) = refused(&packed(b"{\"history\":1}\n")[..20], &[]);
    assert!(code == 2 && said.contains("the gzip file was cut short"), "{said}");
}

#[test]
fn the_verdict_is_that_of_the_model_that_transactions_are_held_to() {
    let file = history("list-append/invalid-G2-item.edn");
    let held = |words: &[&str]| check(&[&["--jepsen", "list-append", file.as_str()], words].concat());
    assert_eq!(held(&[]).status.code(), Some(1));
    let tolerated = held(&["--model", "snapshot-isolation"]);
    let page = String::from_utf8_lossy(&tolerated.stdout).into_owned();
    assert_eq!(tolerated.status.code(), Some(0), "{page}");
    assert!(page.contains("held to snapshot-isolation") && page.contains("G2-item (tolerated)"), "{page}");
    let wrong = held(&["--model", "serialisable"]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        said.contains("did you mean `serializable`") && said.contains("read-uncommitted or PL-1"),
        "{said}"
    );
    let skew = history("rw-register@linearizable/invalid-cyclic-versions.edn");
    let register = |words: &[&str]| check(&[&["--jepsen", "rw-register", skew.as_str()], words].concat());
    assert_eq!(register(&[]).status.code(), Some(0));
    assert_eq!(register(&["--linearizable-keys"]).status.code(), Some(1));
    let lists = held(&["--wfr-keys"]);
    assert!(String::from_utf8_lossy(&lists.stderr).contains("go with rw-register"), "{lists:?}");
    let queue = check(&["--jepsen", "queue", &file, "--model", "serializable"]);
    assert!(String::from_utf8_lossy(&queue.stderr).contains("--model goes with list-append"), "{queue:?}");
}

#[test]
fn the_history_of_a_run_is_judged_like_the_run_itself() {
    let store = tempfile::tempdir().unwrap();
    let lab = |words: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_lab")).args(words).arg("--store").arg(store.path()).output();
        serde_json::from_slice::<Value>(&output.unwrap().stdout).unwrap()
    };
    let ran = lab(&["run", "commit-before-process", "--variant", "unsafe", "--witness", "--json"]);
    let schedule = ran["first_failure"]["schedule"].as_str().unwrap();
    let file = store.path().join("history.jsonl");
    let file = file.to_str().unwrap();
    let replayed = lab(&["replay", schedule, "--history", file, "--json"]);
    let checked = lab(&["check", file, "--json"]);
    assert_eq!(checked["verdict"], "invalid");
    let told = &replayed["verdict"]["anomalies"][0];
    assert_eq!(checked["anomalies"][0]["kind"], told["kind"]);
    assert_eq!(checked["anomalies"][0]["path"], told["path"]);
    assert_eq!(checked["anomalies"][0]["entries"][0]["sentence"], told["sentence"]);
    assert!(!checked["anomalies"][0]["entries"][0]["operations"].as_array().unwrap().is_empty());
}

#[test]
fn whoever_mistakes_one_kind_of_history_for_the_other_is_told() {
    let own = check(&["--jepsen", "queue", &history("lab/invalid-stuck.jsonl")]);
    let said = String::from_utf8_lossy(&own.stderr).into_owned();
    assert!(said.contains("leave --jepsen out"), "{said}");
    let foreign = check(&[&history("queue/valid-any-order.edn")]);
    let said = String::from_utf8_lossy(&foreign.stderr).into_owned();
    assert!(said.contains("check --jepsen queue|total-queue|fifo "), "{said}");
    let foreign = check(&[&history("list-append/valid-serial.edn")]);
    assert!(String::from_utf8_lossy(&foreign.stderr).contains("check --jepsen list-append "), "{foreign:?}");
    let (_, said) = refused(b"0\t:invoke\t:lock\tnil\n", &[]);
    assert!(said.contains("no checker here judges what it has: :lock"), "{said}");
    let (_, said) = refused(b"{:type :ok :value [1 2}", &[]);
    assert!(said.contains("cannot be read as one either: line 1, column"), "{said}");
    let log = b"INFO  jepsen.util - 0\t:invoke\t:read\tnil\n";
    for words in [&[][..], &["--jepsen", "queue"]] {
        assert!(refused(log, words).1.contains("Jepsen's log: the history is in history.edn"));
    }
    let (_, said) = refused(b"[{\"type\":\"ok\",\"f\":\"add\",\"value\":1}]", &[]);
    assert!(said.contains("check --jepsen set|set-full|counter "), "{said}");
    let (_, said) = refused(b"hello", &[]);
    assert!(!said.contains("Jepsen"), "{said}");
    let wrong = check(&["--jepsen", "totalqueue", &history("queue/valid-any-order.edn")]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("did you mean `total-queue`"), "{said}");
}

#[test]
fn a_damaged_history_of_ours_is_refused_with_its_line_and_column() {
    let line = r#"{"index":0,"time":1,"process":"b","type":"info","f":"apply","value":{"id":"p1-0"}}"#;
    let with = |more: &str| format!("{{\"history\":1}}\n{line}\n{more}");
    let cases = [
        ("cut short", with(&line[..40])),
        ("a newer version", "{\"history\":2}\n".to_owned()),
        ("an unknown kind", with(&line.replace("\"index\":0", "\"index\":1").replace("apply", "aply"))),
        ("indices out of order", with(line)),
        ("an offset beyond 64 bits", with(&line.replace("\"time\":1", "\"time\":99999999999999999999"))),
        ("nested deeply", with(&"[".repeat(1_000_000))),
    ];
    let mut said = String::new();
    for (what, content) in cases {
        let (code, told) = refused(content.as_bytes(), &[]);
        assert_eq!(code, 2, "{what}: {told}");
        said.push_str(&format!("{what}: {told}\n"));
    }
    let (code, told) = refused(b"{\"history\":1}\n\xff\xfe\n", &[]);
    assert_eq!(code, 2);
    said.push_str(&format!("not UTF-8: {told}\n"));
    let (code, told) = refused(with(&"x".repeat(17 << 20)).as_bytes(), &[]);
    assert_eq!(code, 2);
    said.push_str(&format!("a line of 17 MiB: {}\n", &told[..80]));
    insta::assert_snapshot!(said);
}

#[test]
fn a_damaged_history_of_jepsens_is_refused_with_its_line_and_column() {
    let line = "{:index 0, :process 0, :type :ok, :f :poll, :value [[:poll {0 [[0 1]]}]]}";
    let with = |more: &str| format!("{line}\n{more}");
    let cases = [
        ("cut short", with(&line[..40])),
        ("a vector cut short", format!("[{line}\n")),
        ("no operation", with("[1 2 3]")),
        ("no type", with("{:process 1 :f :poll}")),
        ("another type", with("{:process 1 :type :maybe :f :poll}")),
        ("a poll of something else", with("{:type :ok :f :poll :value [[:poll {0 [7]}]]}")),
        ("indices out of order", with(line)),
        ("a bracket too many", with("}")),
        ("a wrong bracket", with("{:type [:ok}]}")),
        ("nested deeply", with(&format!("{{:value {}", "[".repeat(1_000_000)))),
    ];
    let mut said = String::new();
    for (what, content) in cases {
        let (code, told) = refused(content.as_bytes(), &["--jepsen", "kafka"]);
        assert_eq!(code, 2, "{what}: {told}");
        said.push_str(&format!("{what}: {told}\n"));
    }
    let (code, told) = refused(b"{:type :ok :f \xff\xfe}", &["--jepsen", "kafka"]);
    assert_eq!(code, 2);
    said.push_str(&format!("not UTF-8: {told}\n"));
    insta::assert_snapshot!(said);
}

#[test]
fn what_can_be_read_and_makes_no_sense_is_judged_all_the_same() {
    let completion_of_nothing =
        "{:process 0, :type :ok, :f :enqueue, :value 1}\n{:process 1, :type :ok, :f :dequeue, :value 1}";
    for mode in [
        "queue",
        "total-queue",
        "fifo",
        "set",
        "set-full",
        "counter",
        "unique-ids",
        "kafka",
        "list-append",
        "rw-register",
    ] {
        let (code, said) = refused(completion_of_nothing.as_bytes(), &["--jepsen", mode]);
        assert!([0, 1, 3].contains(&code), "{mode}: {code} {said}");
    }
}
