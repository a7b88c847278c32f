//! Twelve things that Jepsen's checkers do not judge, or judge wrongly, each with a history that ours gets right.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use checkers::files;
use checkers::jepsen::{self, MODES, Options};
use checkers::{Report, Validity};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories").join(name)).unwrap()
}

/// Jepsen's history, judged by the mode that its folder names.
fn foreign(name: &str) -> Report {
    judged(name.split('/').next().unwrap(), &read(name))
}

fn judged(mode: &str, text: &str) -> Report {
    let mode = MODES.iter().find(|its| its.name == mode).unwrap();
    mode.check(&jepsen::read(text.as_bytes()).unwrap(), Options::default())
}

fn ours(name: &str) -> Report {
    files::check(read(name).as_bytes()).unwrap().report
}

/// The kinds and paths that a report shows, beyond the verdict or not.
fn shows(report: &Report, kind: &str, path: Option<&str>) -> bool {
    let all = report.anomalies.iter().chain(&report.beyond);
    all.into_iter().any(|finding| finding.kind == kind && finding.path.map(checkers::Path::name) == path)
}

#[test]
fn point_1_a_phantom_is_named_where_jepsen_throws() {
    let report = foreign("kafka/unknown-phantom.edn");
    assert_eq!(report.verdict, Validity::Unknown);
    assert!(shows(&report, "phantom", Some("broker")));
    assert!(shows(&ours("lab/invalid-phantom.jsonl"), "phantom", Some("broker")));
}

#[test]
fn point_2_group_consumers_are_held_to_their_order_between_rebalances() {
    let report = foreign("kafka/valid-and-beyond-reorder-delivery-and-skipped.edn");
    assert!(
        shows(&report, "reorder-delivery", Some("consumer")) && shows(&report, "skipped", Some("consumer"))
    );
    let legal = foreign("kafka/valid-subscribed-reader-goes-back-after-a-rebalance.edn");
    assert!(!shows(&legal, "reorder-delivery", Some("consumer")));
    assert!(shows(&ours("lab/invalid-reorder-delivery.jsonl"), "reorder-delivery", Some("consumer")));
}

#[test]
fn point_3_what_is_consumed_or_takes_effect_twice_is_told_and_not_only_counted() {
    let report = foreign("kafka/valid-and-beyond-duplicate-delivery.edn");
    assert!(shows(&report, "duplicate-delivery", Some("consumer")));
    assert_eq!(ours("lab/invalid-duplicate-effect.jsonl").verdict, Validity::Invalid);
    assert_eq!(ours("lab/valid-redelivery-to-an-inbox.jsonl").verdict, Validity::Valid);
}

#[test]
fn point_4_settlements_owners_leaders_replicas_hanging_transactions_and_rest_are_judged() {
    for (name, kind, path) in [
        ("lab/valid-and-beyond-commit-regress.jsonl", "commit-regress", "consumer"),
        ("lab/valid-and-beyond-commit-past-end.jsonl", "commit-past-end", "broker"),
        ("lab/valid-and-beyond-committed-too-far.jsonl", "committed-too-far", "consumer"),
        ("lab/invalid-split-brain.jsonl", "split-brain", "broker"),
        ("lab/invalid-split-brain-two-leaders-of-one-epoch.jsonl", "split-brain", "broker"),
        ("lab/invalid-watermark-regress.jsonl", "watermark-regress", "broker"),
        ("lab/invalid-diverged.jsonl", "diverged", "broker"),
        ("lab/invalid-stuck.jsonl", "stuck", "consumer"),
    ] {
        assert!(shows(&ours(name), kind, Some(path)), "{name}");
    }
    let hanging = foreign("kafka/invalid-unseen-and-beyond-hanging.edn");
    assert!(shows(&hanging, "hanging", Some("broker")));
}

#[test]
fn point_5_what_a_transaction_missed_closes_cycles_too() {
    for kind in ["G-single-item", "G-nonadjacent-item", "G2-item"] {
        assert!(shows(&foreign(&format!("kafka/valid-and-beyond-{kind}.edn")), kind, None), "{kind}");
    }
}

#[test]
fn point_6_a_loss_has_a_path_and_the_tail_is_told_apart() {
    for (kind, path) in
        [("lost-intent", "producer"), ("lost-acked", "broker"), ("lost-unprocessed", "consumer")]
    {
        assert!(shows(&ours(&format!("lab/invalid-{kind}.jsonl")), kind, Some(path)));
    }
    let report = foreign("kafka/invalid-unseen-and-beyond-lost-acked-and-unread-tail.edn");
    assert!(shows(&report, "lost-acked", Some("broker")) && shows(&report, "unread-tail", None));
}

#[test]
fn point_7_duplicates_in_sets_and_queues_and_failed_enqueues_that_come_out_are_told() {
    assert!(shows(&foreign("set-full/valid-and-beyond-duplicate-read.edn"), "duplicate-read", None));
    assert!(shows(
        &foreign("total-queue/valid-duplicated-and-beyond-duplicate-delivery.edn"),
        "duplicate-delivery",
        None
    ));
    assert!(shows(&foreign("total-queue/valid-and-beyond-aborted-read.edn"), "aborted-read", Some("broker")));
}

#[test]
fn point_8_a_poll_of_an_operation_that_failed_must_not_show_what_failed_either() {
    assert!(shows(&foreign("kafka/valid-and-beyond-aborted-read.edn"), "aborted-read", Some("broker")));
}

#[test]
fn point_9_assigning_a_consumer_does_not_excuse_its_producer() {
    assert!(shows(
        &foreign("kafka/valid-and-beyond-nonmonotonic-send.edn"),
        "nonmonotonic-send",
        Some("producer")
    ));
}

#[test]
fn point_10_offsets_may_be_huge_and_duplicates_many() {
    assert_eq!(foreign("kafka/valid-offsets-near-the-largest.edn").verdict, Validity::Valid);
    let (mut text, count) = (String::new(), 50_000);
    for value in 0..count {
        // Each value stands at two offsets, a million apart.
        writeln!(text, "{{:process 0 :type :invoke :f :send :value [[:send 0 {value}]]}}").unwrap();
        writeln!(
            text,
            "{{:process 0 :type :ok :f :send :value [[:send 0 [{} {value}]]]}}",
            value * 1_000_000
        )
        .unwrap();
        let again = (count + value) * 1_000_000;
        writeln!(text, "{{:process 1 :type :invoke :f :poll :value [[:poll]]}}").unwrap();
        writeln!(text, "{{:process 1 :type :ok :f :poll :value [[:poll {{0 [[{again} {value}]]}}]]}}")
            .unwrap();
    }
    let report = judged("kafka", &text);
    let duplicate = report.anomalies.iter().find(|finding| finding.kind == "duplicate").unwrap();
    assert_eq!(duplicate.count, count);
}

#[test]
fn point_10_a_set_of_many_elements_and_reads_is_judged_in_the_size_of_its_reads() {
    let mut text = String::new();
    for element in 0..20_000 {
        writeln!(text, "{{:process 0 :type :invoke :f :add :value {element}}}").unwrap();
        writeln!(text, "{{:process 0 :type :ok :f :add :value {element}}}").unwrap();
        // Twenty thousand reads that show almost nothing.
        writeln!(text, "{{:process 1 :type :invoke :f :read :value nil}}").unwrap();
        writeln!(text, "{{:process 1 :type :ok :f :read :value [{element}]}}").unwrap();
    }
    let report = judged("set-full", &text);
    assert_eq!(report.anomalies[0].kind, "lost");
    assert_eq!(report.anomalies[0].count, 19_999);
}

#[test]
fn point_11_an_offset_that_is_missing_does_not_take_the_others_along() {
    assert_eq!(
        foreign("kafka/valid-an-unknown-transaction-that-lost-its-offset.edn").verdict,
        Validity::Valid
    );
    // The first send of the transaction has an offset: what was read behind it shows that it was lost.
    let text = "{:process 0 :type :invoke :f :txn :value [[:send 0 1] [:send 0 2]]}
        {:process 0 :type :ok :f :txn :value [[:send 0 [0 1]] [:send 0 [nil 2]]]}
        {:process 1 :type :invoke :f :poll :value [[:poll]]}
        {:process 1 :type :ok :f :poll :value [[:poll {0 [[1 2]]}]]}";
    assert!(shows(&judged("kafka", text), "lost-write", None));
}

#[test]
fn point_12_at_a_conflicted_offset_the_verdict_does_not_depend_on_what_values_are_called() {
    // Two values at offset 0; whichever stands for it, what follows from it is judged the same.
    let history = |one: &str, other: &str, third: &str| {
        format!(
            "{{:process 0 :type :invoke :f :send :value [[:send 0 {one}]]}}
            {{:process 0 :type :ok :f :send :value [[:send 0 [0 {one}]]]}}
            {{:process 1 :type :invoke :f :send :value [[:send 0 {other}]]}}
            {{:process 1 :type :ok :f :send :value [[:send 0 [0 {other}]]]}}
            {{:process 0 :type :invoke :f :send :value [[:send 0 {third}]]}}
            {{:process 0 :type :ok :f :send :value [[:send 0 [1 {third}]]]}}
            {{:process 2 :type :invoke :f :poll :value [[:poll]]}}
            {{:process 2 :type :ok :f :poll :value [[:poll {{0 [[0 {other}] [1 {third}] [0 {one}]]}}]]}}"
        )
    };
    let kinds = |text: &str| -> Vec<(String, usize)> {
        judged("kafka", text).anomalies.into_iter().map(|finding| (finding.kind, finding.count)).collect()
    };
    let first = kinds(&history("1", "2", "3"));
    assert!(first.iter().any(|(kind, _)| kind == "inconsistent-offsets"));
    for [one, other, third] in
        [["2", "1", "3"], ["900", "-7", "0"], [":b", ":a", ":c"], ["\"x\"", "17", ":y"]]
    {
        assert_eq!(kinds(&history(one, other, third)), first);
    }
}
