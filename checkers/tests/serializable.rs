//! The isolation monitor against exhaustive search: a history of a few transactions over lists has an order in which all of them
//! can have happened exactly if no anomaly is found in it that the model proscribes, nor any beyond the verdict: an order that
//! respects real time under `strict-serializable`, any order under `serializable`.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod transactions;

use checkers::jepsen::{self, MODES, Model, Options};
use checkers::{Report, Validity};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use transactions::text;

#[derive(Clone, Debug)]
enum Micro {
    Append { list: usize, element: usize },
    Read { list: usize, elements: Vec<usize> },
}

const LISTS: usize = 2;

impl transactions::Micro for Micro {
    type State = [Vec<usize>; LISTS];

    fn apply(&self, known: bool, lists: &mut Self::State) -> bool {
        match self {
            Micro::Append { list, element } => lists[*list].push(*element),
            Micro::Read { list, elements } => return !known || lists[*list] == *elements,
        }
        true
    }

    fn told(&self, known: bool) -> String {
        match self {
            Micro::Append { list, element } => format!("[:append {list} {element}]"),
            Micro::Read { list, elements } if known => format!("[:r {list} {elements:?}]"),
            Micro::Read { list, .. } => format!("[:r {list} nil]"),
        }
    }
}

type Transaction = transactions::Transaction<Micro>;

fn serializable(all: &[Transaction], strict: bool) -> bool {
    transactions::serializable(all, strict, Default::default())
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
