//! Jepsen's two kinds of files, told apart by what stands in them.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use checkers::jepsen::{self, History, Keys, MODES, Options, excerpt};
use checkers::{Report, Witness};
use proptest::prelude::*;

fn read(text: &str) -> History {
    jepsen::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn judged(mode: &str, text: &str) -> Report {
    MODES.iter().find(|its| its.name == mode).unwrap().check(&read(text), Options::default())
}

/// Every operation in words.
fn told(text: &str) -> Vec<String> {
    let history = read(text);
    let one = |index| Witness { operations: vec![index], ..Witness::default() };
    let lines = history.operations.iter().map(|operation| excerpt(&history, &one(operation.index)));
    lines.flatten().collect()
}

const LINES: &str = "0\t:invoke\t:enqueue\t1\n0\t:ok\t:enqueue\t1\n\
    :nemesis\t:info\t:start\t[:isolated {\"n1\" #{\"n2\"}}]\n\
    1\t:invoke\t:dequeue\tnil\n1\t:ok\t:dequeue\t1\n\
    1\t:invoke\t:txn\t[[:append 4 1] [:r 5 nil]]\n1\t:info\t:txn\t[[:append 4 1] [:r 5 nil]]\t:timeout\n";

const MAPS: &str =
    "{:process 0 :type :invoke :f :enqueue :value 1}{:process 0 :type :ok :f :enqueue :value 1}
    {:process :nemesis :type :info :f :start :value [:isolated {\"n1\" #{\"n2\"}}]}
    {:process 1 :type :invoke :f :dequeue :value nil}{:process 1 :type :ok :f :dequeue :value 1}
    {:process 1 :type :invoke :f :txn :value [[:append 4 1] [:r 5 nil]]}
    {:process 1 :type :info :error :timeout :f :txn :value [[:append 4 1] [:r 5 nil]]}";

const JSON: &str = r#"[{"process": 0, "type": "invoke", "f": "txn", "value": [["append", "x", 1], ["r", "y", null]], "index": 0},
        {"index":1,"process":0,"type":"ok","f":"txn","value":[["append","x",1],["r","y",[1,2]]],"error":"a \"}] b"},
        {"index":2,"process":"nemesis","type":"info","f":"start","value":null},
        {"index":3,"process":1,"type":"ok","f":"poll","value":[["poll",{"0":[[5,true]],"k":[[6,-7]]}]]}]"#;

#[test]
fn lines_are_the_same_operations_as_maps() {
    assert_eq!(told(LINES), told(MAPS));
    assert_eq!(told(LINES).len(), 7);
    for before in ["\u{feff}", "\n\n", " \t", "\r\n"] {
        assert_eq!(told(&format!("{before}{LINES}")), told(MAPS), "{before:?}");
    }
    assert_eq!(told(&LINES.replace('\n', "\r\n")), told(MAPS));
}

#[test]
fn a_queue_in_lines_is_judged() {
    let good =
        "0\t:invoke\t:enqueue\t1\n0\t:ok\t:enqueue\t1\n1\t:invoke\t:dequeue\tnil\n1\t:ok\t:dequeue\t1\n";
    for mode in ["queue", "total-queue", "fifo"] {
        assert_eq!(judged(mode, good).verdict.name(), "valid", "{mode}");
    }
    let bad = good.replace(":ok\t:dequeue\t1", ":ok\t:dequeue\t2");
    for mode in ["queue", "total-queue", "fifo"] {
        assert_eq!(judged(mode, &bad).verdict.name(), "invalid", "{mode}");
    }
}

#[test]
fn an_error_may_run_over_several_lines_and_hide_nothing_behind_it() {
    let text = "0\t:invoke\t:add\t1\n0\t:info\t:add\t1\tcould not connect:\n\tat n1\tport 5672\n\n0 tries left\n\
        1\t:invoke\t:read\tnil\n1\t:ok\t:read\t[1]\n";
    assert_eq!(read(text).operations.len(), 4);
    assert_eq!(judged("set", text).verdict.name(), "valid");
}

#[test]
fn what_is_no_operation_is_refused_where_it_is() {
    let place = |text: &str| {
        let error = jepsen::read(text.as_bytes()).unwrap_err();
        (error.line, error.column)
    };
    assert_eq!(place("0\t:invoke\t:add\t1\nand then\n"), (2, 9));
    assert_eq!(place("0\t:invoke\t:add\t[1 2\n"), (1, 20));
    assert_eq!(place("\n\nhello world\n"), (3, 12));
    assert_eq!(place("0\t:invoke\t:add\n"), (1, 15));
    assert_eq!(place("\n {:type :no}"), (2, 12));
    let error = jepsen::read(&b"0\t:invoke\t:add\t\xff\n"[..]).unwrap_err();
    assert_eq!((error.line, error.column), (1, 16));
}

#[test]
fn what_is_discarded_at_the_end_is_no_operation() {
    let maps = "{:process 0 :type :invoke :f :add :value 1}\n{:process 0 :type :ok :f :add :value 1}\n";
    for discarded in
        ["#_ {:process 1 :type :ok}", "#_{:process 1 :type :ok}\n", "#_\n{:type :ok}", "#_ #_ {:a 1} {:b 2}"]
    {
        assert_eq!(read(&format!("{maps}{discarded}")).operations.len(), 2, "{discarded}");
        assert_eq!(read(&format!("[{maps}{discarded}]")).operations.len(), 2, "{discarded}");
        assert_eq!(read(&format!("{discarded}\n{maps}")).operations.len(), 2, "{discarded}");
    }
    let error = jepsen::read(format!("{maps}#_").as_bytes()).unwrap_err();
    assert_eq!(error.line, 3);
}

#[test]
fn json_is_read_as_the_edn_that_it_stands_for() {
    let edn = "{:process 0 :type :invoke :f :txn :value [[:append :x 1] [:r :y nil]]}
        {:process 0 :type :ok :f :txn :value [[:append :x 1] [:r :y [1 2]]] :error \"a\"}
        {:process :nemesis :type :info :f :start :value nil}
        {:process 1 :type :ok :f :poll :value [[:poll {0 [[5 true]] :k [[6 -7]]}]]}";
    assert_eq!(told(JSON), told(edn));
    assert_eq!(told(&JSON.trim_matches(['[', ']']).replace("},\n", "}\n")), told(edn));
    let error = jepsen::read(&b"{\"process\":0,\"type\":\"no\"}"[..]).unwrap_err();
    assert_eq!((error.line, error.column), (1, 25));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_cut_doubled_and_changed_is_judged_or_refused_with_its_place(
        from in 0_usize..4, changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 0..6),
    ) {
        let registers = "0\t:invoke\t:txn\t[[:w x 1] [:r y nil]]\n0\t:ok\t:txn\t[[:w x 1] [:r y 2]]\n1\t:info\t:txn\t[[:w y 2]]\n";
        let mut bytes = [LINES, MAPS, JSON, registers][from].as_bytes().to_vec();
        for (at, what, byte) in changes {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match what {
                0 => bytes.truncate(at),
                1 => bytes.extend_from_within(at..),
                2 => bytes.insert(at, byte),
                _ => bytes[at..].iter_mut().take(1).for_each(|changed| *changed = byte),
            }
        }
        match jepsen::read(&bytes[..]) {
            Err(error) => prop_assert!(error.line > 0 && error.column > 0, "{}", error),
            Ok(history) => for mode in MODES {
                let keys = Keys { wfr: true, sequential: true, linearizable: true };
                let report = mode.check(&history, Options { ww_deps: true, keys, ..Options::default() });
                let findings = report.anomalies.iter().chain(&report.beyond);
                findings.for_each(|finding| drop(excerpt(&history, &finding.entries[0])));
            },
        }
    }
}
