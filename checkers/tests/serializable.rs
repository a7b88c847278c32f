//! The isolation monitor against exhaustive search: a history of a few transactions over lists has an order in which all of them
//! can have happened exactly if no anomaly is found in it that the model proscribes, nor any beyond the verdict: an order that
//! respects real time under `strict-serializable`, any order under `serializable`.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "a test has nobody to answer to but its reader")]

use std::fmt::Write;

use checkers::jepsen::{self, MODES, Model, Options};
use checkers::{Report, Validity};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

#[derive(Clone, Debug)]
enum Micro {
    Append { list: usize, element: usize },
    Read { list: usize, elements: Vec<usize> },
}

#[derive(Clone, Debug)]
struct Transaction {
    micros: Vec<Micro>,
    /// Whether it is known to have succeeded; else it may have, and its reads say nothing.
    known: bool,
    invoked: usize,
    completed: usize,
}

const LISTS: usize = 2;

/// Whether some order of the transactions explains every read, respecting real time where that is wanted.
fn serializable(all: &[Transaction], strict: bool) -> bool {
    search(all, strict, &mut vec![false; all.len()], &vec![Vec::new(); LISTS])
}

fn search(all: &[Transaction], strict: bool, done: &mut Vec<bool>, lists: &[Vec<usize>]) -> bool {
    let waits = |at: usize, done: &[bool]| !done[at] && all[at].known;
    if !(0..all.len()).any(|at| waits(at, done)) {
        return true;
    }
    (0..all.len()).filter(|&at| !done[at]).collect::<Vec<_>>().into_iter().any(|at| {
        // Whatever had ended before it began must have happened.
        let early = (0..all.len()).any(|other| waits(other, done) && all[other].completed < all[at].invoked);
        if strict && early {
            return false;
        }
        let Some(after) = applied(&all[at], lists) else { return false };
        done[at] = true;
        let found = search(all, strict, done, &after);
        done[at] = false;
        found
    })
}

fn applied(transaction: &Transaction, lists: &[Vec<usize>]) -> Option<Vec<Vec<usize>>> {
    let mut lists = lists.to_vec();
    for micro in &transaction.micros {
        match micro {
            Micro::Append { list, element } => lists[*list].push(*element),
            Micro::Read { list, elements } if transaction.known && lists[*list] != *elements => return None,
            Micro::Read { .. } => {}
        }
    }
    Some(lists)
}

/// Three or four transactions that read what they like, and one in the end that reads every list.
fn transactions() -> impl Strategy<Value = Vec<Transaction>> {
    // Per micro-operation: whether it appends, to which list, and what part of the final list it read.
    let micro = (any::<bool>(), 0..LISTS, 0_usize..4);
    let transaction = (prop::collection::vec(micro, 1..3), 0_u8..8, 0_usize..6, 0_usize..6);
    (prop::collection::vec(transaction, 3..5), any::<u64>()).prop_map(|(raw, shuffle)| made(&raw, shuffle))
}

type Raw = (Vec<(bool, usize, usize)>, u8, usize, usize);

fn made(raw: &[Raw], shuffle: u64) -> Vec<Transaction> {
    let mut lists: Vec<Vec<usize>> = vec![Vec::new(); LISTS];
    let mut next = 0;
    let mut numbers = Vec::new();
    for (micros, known, ..) in raw {
        for (append, list, _) in micros.iter().filter(|(append, ..)| *append) {
            let _ = append;
            // What is in doubt may be missing from the final lists.
            if *known > 0 || shuffle & (1 << next) == 0 {
                let place = (shuffle >> (8 + next)) as usize % (lists[*list].len() + 1);
                lists[*list].insert(place, next);
            }
            numbers.push(next);
            next += 1;
        }
    }
    let mut numbers = numbers.into_iter();
    let transaction = |(micros, known, begin, length): &Raw| Transaction {
        micros: micros
            .iter()
            .map(|&(append, list, read)| {
                if append {
                    Micro::Append { list, element: numbers.next().unwrap() }
                } else {
                    Micro::Read { list, elements: lists[list][..read.min(lists[list].len())].to_vec() }
                }
            })
            .collect(),
        known: *known > 0,
        invoked: *begin,
        completed: begin + length + 1,
    };
    let mut all: Vec<Transaction> = raw.iter().map(transaction).collect();
    let reads =
        lists.iter().enumerate().map(|(list, elements)| Micro::Read { list, elements: elements.clone() });
    all.push(Transaction { micros: reads.collect(), known: true, invoked: 100, completed: 101 });
    all
}

fn text(all: &[Transaction]) -> String {
    let mut events = Vec::new();
    for (process, transaction) in all.iter().enumerate() {
        let told = |known: bool| {
            let mut told = String::new();
            for micro in &transaction.micros {
                match micro {
                    Micro::Append { list, element } => write!(told, "[:append {list} {element}]").unwrap(),
                    Micro::Read { list, elements } if known => {
                        write!(told, "[:r {list} {elements:?}]").unwrap()
                    }
                    Micro::Read { list, .. } => write!(told, "[:r {list} nil]").unwrap(),
                }
            }
            told
        };
        let kind = if transaction.known { "ok" } else { "info" };
        // Of a beginning and an end at one moment the beginning comes first: they overlap.
        events.push((2 * transaction.invoked, process, "invoke", told(false)));
        events.push((2 * transaction.completed + 1, process, kind, told(transaction.known)));
    }
    events.sort();
    let line = |(_, process, kind, value)| {
        format!("{{:process {process} :type :{kind} :f :txn :value [{value}]}}\n")
    };
    events.into_iter().map(line).collect()
}

fn judged(all: &[Transaction], model: &str) -> Report {
    let mode = MODES.iter().find(|mode| mode.name == "list-append").unwrap();
    let options = Options { model: Model::named(model).unwrap(), ..Options::default() };
    mode.check(&jepsen::read(text(all).as_bytes()).unwrap(), options)
}

#[test]
fn random_histories_of_both_kinds_are_tried() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let tries: Vec<_> = (0..500).map(|_| transactions().new_tree(&mut runner).unwrap().current()).collect();
    let [strict, any] =
        [true, false].map(|strict| tries.iter().filter(|all| serializable(all, strict)).count());
    assert!(50 < strict && strict + 20 < any && any < 450, "{strict} and {any} of 500 are serializable");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_history_has_an_order_exactly_if_it_has_no_anomaly(all in transactions()) {
        for (model, strict) in [("strict-serializable", true), ("serializable", false)] {
            let report = judged(&all, model);
            let valid = report.verdict != Validity::Invalid && report.beyond.is_empty();
            prop_assert_eq!(valid, serializable(&all, strict), "{}\n{:#?}", text(&all), report);
        }
    }
}
