//! Laws and examples of history files: reading undoes writing, and whoever reads garbage is told where it is.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::check::check_in_chunks;
use super::{Checked, OPERATIONS, Problem, ReadError, Reader, check, read, write};
use crate::story::Story;
use crate::{Entry, Judge, Names, Phase, arbitrary};

fn text(names: &Names, entries: &[Entry]) -> String {
    let mut output = Vec::new();
    write(&mut output, names, entries).unwrap();
    String::from_utf8(output).unwrap()
}

fn refuse(lines: &str) -> ReadError {
    read(lines.as_bytes()).expect_err("this is no history")
}

#[test]
fn a_written_history_has_the_shape_that_jepsen_users_know() {
    let story = Story::new().sent("p1-17", 41).answered("p1-17").granted().polled("p1-17", 41);
    let story = story.charged("p1-17").settled(42).fault("crash", "broker-1").healed();
    let story = story.stamped("p1-17", 41, 7).audited();
    insta::assert_snapshot!(text(&story.names, &story.entries), @r#"
    {"history":1}
    {"index":0,"time":1000,"process":"producer-1","type":"info","f":"intent","value":{"id":"p1-17","key":7}}
    {"index":1,"time":2000,"process":"producer-1","type":"invoke","f":"send","value":{"topic":"payments","partition":0,"id":"p1-17"}}
    {"index":2,"op":1,"time":3000,"process":"producer-1","type":"ok","f":"send","value":{"topic":"payments","partition":0,"offset":41,"id":"p1-17"}}
    {"index":3,"time":4000,"process":"producer-1","type":"info","f":"answered","value":{"id":"p1-17"}}
    {"index":4,"time":5000,"process":"consumer-1","type":"info","f":"grant","value":{"group":"billing","topic":"payments","partition":0,"generation":1}}
    {"index":5,"time":6000,"process":"consumer-1","type":"ok","f":"poll","value":{"group":"billing","topic":"payments","partition":0,"offset":41,"id":"p1-17"}}
    {"index":6,"time":7000,"process":"consumer-1","type":"invoke","f":"effect","value":{"sink":"ledger","id":"p1-17"}}
    {"index":7,"time":8000,"process":"ledger","type":"info","f":"apply","value":{"id":"p1-17"}}
    {"index":8,"op":6,"time":9000,"process":"consumer-1","type":"ok","f":"effect","value":{"sink":"ledger","id":"p1-17"}}
    {"index":9,"time":10000,"process":"consumer-1","type":"invoke","f":"settle","value":{"group":"billing","topic":"payments","partition":0,"upto":42,"generation":1}}
    {"index":10,"op":9,"time":11000,"process":"consumer-1","type":"ok","f":"settle","value":{"group":"billing","topic":"payments","partition":0,"upto":42,"generation":1}}
    {"index":11,"time":12000,"process":"nemesis","type":"info","f":"fault","value":{"fault":"crash","target":"broker-1","healed":false}}
    {"index":12,"time":13000,"process":"nemesis","type":"info","f":"healed","value":{}}
    {"index":13,"time":14000,"process":"auditor","type":"info","f":"logged","value":{"topic":"payments","partition":0,"offset":41,"id":"p1-17","stamp":{"producer":7,"epoch":0,"sequence":0}}}
    {"index":14,"time":15000,"process":"auditor","type":"info","f":"audited","value":{}}
    "#);
}

#[test]
fn a_completion_names_the_last_open_invocation_of_its_own_subject() {
    let story = Story::new().send("p1-0", Phase::Invoke).send("p1-1", Phase::Invoke);
    let story = story.send("p1-1", Phase::Ok).send("p1-0", Phase::Info).send("p1-0", Phase::Info);
    let text = text(&story.names, &story.entries);
    let ops: Vec<Option<u64>> = text
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["op"].as_u64())
        .collect();
    assert_eq!(ops, [None, None, Some(1), Some(0), None]);
}

#[test]
fn an_unknown_field_is_refused_with_its_line_and_column() {
    let line =
        r#"{"index":0,"time":1,"process":"b","type":"info","f":"apply","value":{"id":"p1-0","ofset":3}}"#;
    let error = refuse(&format!("{{\"history\":1}}\n{line}\n"));
    assert_eq!((error.line, error.column), (2, line.find("\"ofset\"").unwrap() + 7));
    insta::assert_snapshot!(error, @r#"line 2, column 88: unknown field `ofset`, expected `id`: {"index":0,"time":1,"process":"b","type":"info","f":"apply","value":{"id":"p1-0","ofset":3}}"#);
}

#[test]
fn a_damaged_envelope_is_refused_with_its_line_and_column() {
    let error = refuse("{\"history\":1}\n\n{\"index\":0,\"tme\":1}\n");
    assert_eq!(error.line, 3);
    insta::assert_snapshot!(error, @r#"line 3, column 16: unknown field `tme`, expected one of `index`, `op`, `time`, `process`, `type`, `f`, `value`: {"index":0,"tme":1}"#);
}

#[test]
fn an_unknown_operation_is_named_so_that_a_caller_can_suggest_another() {
    let error = refuse(
        "{\"history\":1}\n{\"index\":0,\"time\":1,\"process\":\"b\",\"type\":\"ok\",\"f\":\"sned\",\"value\":{}}",
    );
    assert!(matches!(error.problem, Problem::UnknownOperation(f) if f == "sned"));
}

#[test]
fn a_type_that_does_not_go_with_its_operation_is_refused() {
    for (f, kind) in [("poll", "invoke"), ("apply", "ok"), ("audited", "fail")] {
        let line = format!(r#"{{"index":0,"time":1,"process":"b","type":"{kind}","f":"{f}","value":{{}}}}"#);
        let error = refuse(&format!("{{\"history\":1}}\n{line}"));
        assert!(matches!(error.problem, Problem::WrongType { .. }), "{error}");
    }
}

#[test]
fn what_is_no_history_or_a_later_one_is_refused_at_its_first_line() {
    assert!(matches!(refuse("").problem, Problem::Empty));
    for text in ["\n", "{}", "[1]", "{\"history\":\"1\"}", "{\"history\":1,\"more\":2}"] {
        let error = refuse(text);
        assert!(matches!(error.problem, Problem::NotAHistory), "{error}");
        assert_eq!(error.line, 1);
    }
    assert!(matches!(refuse("{\"history\":2}\n").problem, Problem::UnknownVersion(2)));
}

#[test]
fn two_histories_in_one_file_and_a_line_cut_short_are_refused() {
    let story = Story::new().intent("p1-0").answered("p1-0");
    let whole = text(&story.names, &story.entries);
    let doubled = format!("{whole}{}", whole.lines().nth(1).unwrap());
    assert!(matches!(refuse(&doubled).problem, Problem::IndexFalls(0)));
    let cut = refuse(&whole[..whole.len() - 9]);
    assert_eq!(cut.line, 3);
    assert!(matches!(cut.problem, Problem::Json(_)));
}

#[test]
fn bytes_that_are_not_text_are_refused_and_an_empty_history_is_read() {
    let error = read(&b"{\"history\":1}\n\xff\xfe\n"[..]).expect_err("not UTF-8");
    assert!(matches!(error.problem, Problem::NotUtf8));
    let (_, entries) = read(&b"{\"history\":1}\n"[..]).unwrap();
    assert_eq!(entries, []);
}

#[test]
fn every_operation_of_the_list_can_be_written_and_no_other() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let history = arbitrary::history().new_tree(&mut runner).unwrap().current();
        for line in text(&arbitrary::names(), &history).lines().skip(1) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            seen.insert(line["f"].as_str().unwrap().to_owned());
        }
    }
    let listed: BTreeSet<String> = OPERATIONS.iter().map(|&f| f.to_owned()).collect();
    assert_eq!(seen, listed);
}

/// By serde alone.
fn read_slowly(bytes: &[u8]) -> Result<(Names, Vec<Entry>), ReadError> {
    let mut reader = Reader::new(bytes)?.without_fast_path();
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        entries.push(entry);
    }
    Ok((reader.into_names(), entries))
}

/// Both paths read the same, or refuse the same line for the same reason.
fn paths_agree(bytes: &[u8]) -> Result<(), TestCaseError> {
    let told = |read: Result<(Names, Vec<Entry>), ReadError>| read.map_err(|error| error.to_string());
    prop_assert_eq!(told(read(bytes)), told(read_slowly(bytes)));
    // Lines cross the border of a read.
    let pieces = std::io::BufReader::with_capacity(150, bytes);
    prop_assert_eq!(told(read(pieces)), told(read_slowly(bytes)));
    Ok(())
}

#[test]
fn the_fast_path_reads_what_the_recorder_writes() {
    let story = Story::new().appended("p1-17", 41).sent("p1-17", 41).granted().polled("p1-17", 41);
    let story = story.charged("p1-17").settled(42).logged("p1-17", 41);
    let text = text(&story.names, &story.entries);
    let mut reader = Reader::new(text.as_bytes()).unwrap();
    let fast = std::iter::from_fn(|| reader.fast()).count();
    // All but the grant, and what comes after it was read by the other path.
    assert_eq!(fast, 4);
    reader.next_entry().unwrap();
    assert_eq!(std::iter::from_fn(|| reader.fast()).count(), 7);
    assert_eq!(reader.next_entry().unwrap(), None);
}

proptest! {
    #[test]
    fn both_paths_read_the_same(history in arbitrary::history()) {
        paths_agree(text(&arbitrary::names(), &history).as_bytes())?;
    }

    #[test]
    fn several_workers_judge_and_refuse_like_one(
        history in arbitrary::history(), workers in 1_usize..4, chunk in 1_usize..2_000,
        at in any::<prop::sample::Index>(), byte in any::<u8>(), damaged in prop::bool::weighted(0.3),
    ) {
        let mut bytes = text(&arbitrary::names(), &history).into_bytes();
        if damaged {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let told = |checked: Result<Checked, ReadError>| {
            checked.map(|checked| checked.report).map_err(|error| error.to_string())
        };
        let several = check_in_chunks(workers, chunk, Judge::thorough, || Ok(&bytes[..]));
        prop_assert_eq!(told(several), told(check(&bytes[..])));
    }

    #[test]
    fn both_paths_refuse_the_same(
        history in arbitrary::history(), at in any::<prop::sample::Index>(), byte in any::<u8>(), also in any::<bool>(),
    ) {
        let mut bytes = text(&arbitrary::names(), &history).into_bytes();
        let at = at.index(bytes.len());
        // A byte changed, or one put in.
        if also { bytes.insert(at, byte) } else { bytes[at] = byte }
        paths_agree(&bytes)?;
    }

    #[test]
    fn reading_undoes_writing(history in arbitrary::history()) {
        let names = arbitrary::names();
        let mut entries = arbitrary::roll_call();
        entries.extend(history);
        let text = text(&names, &entries);
        prop_assert_eq!(read(text.as_bytes()).unwrap(), (names, entries));
    }

    #[test]
    fn garbage_is_refused_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes[..]).is_err());
        let mut headed = b"{\"history\":1}\n".to_vec();
        headed.extend(&bytes);
        let mut reader = Reader::new(&headed[..]).unwrap();
        while let Ok(Some(_)) = reader.next_entry() {}
    }

    #[test]
    fn a_history_with_one_byte_changed_never_panics(
        history in arbitrary::history(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = text(&arbitrary::names(), &history).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Err(error) = read(&bytes[..]) {
            prop_assert!(error.line <= history.len() + 2);
        }
    }
}
