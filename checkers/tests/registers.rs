//! `rw-register` against exhaustive search over small histories.
//!
//! Soundness: where some order of the transactions explains every read, nothing is found that the model proscribes, whatever is
//! rightly taken for granted of the registers. Exactness: where every transaction reads what it overwrites, the order of values is
//! known, and an order of the transactions exists exactly if nothing is found.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod transactions;

use checkers::jepsen::{self, Keys, MODES, Model, Options};
use checkers::{Report, Validity};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use transactions::text;

#[derive(Clone, Copy, Debug)]
enum Micro {
    Write { key: usize, value: usize },
    Read { key: usize, value: Option<usize> },
}

const KEYS: usize = 2;

type Registers = [Option<usize>; KEYS];

impl transactions::Micro for Micro {
    type State = Registers;

    fn apply(&self, known: bool, registers: &mut Registers) -> bool {
        match *self {
            Micro::Write { key, value } => registers[key] = Some(value),
            Micro::Read { key, value } => return !known || registers[key] == value,
        }
        true
    }

    fn told(&self, known: bool) -> String {
        match self {
            Micro::Write { key, value } => format!("[:w {key} {value}]"),
            Micro::Read { key, value: Some(value) } if known => format!("[:r {key} {value}]"),
            Micro::Read { key, .. } => format!("[:r {key} nil]"),
        }
    }
}

type Transaction = transactions::Transaction<Micro>;

fn serializable(all: &[Transaction], strict: bool) -> bool {
    transactions::serializable(all, strict, [None; KEYS])
}

/// What to do with a register, how a read strays from what it should show, and whether the outcome is known; begin and length.
type Raw = (Vec<(usize, u8, u8, usize)>, u8, usize, usize);

fn raw() -> impl Strategy<Value = Vec<Raw>> {
    let micro = (0..KEYS, 0_u8..4, 0_u8..6, 0_usize..8);
    let transaction = (prop::collection::vec(micro, 1..4), 0_u8..8, 0_usize..6, 0_usize..6);
    prop::collection::vec(transaction, 3..6)
}

/// Transactions that mostly read what those before them in the list wrote, some of them something else.
fn made(raw: &[Raw], reads_first: bool) -> Vec<Transaction> {
    let mut registers: Registers = [None; KEYS];
    let mut written: Vec<Vec<usize>> = vec![Vec::new(); KEYS];
    let mut next = 0;
    let mut all = Vec::new();
    for (micros, known, begin, length) in raw {
        let known = reads_first || *known > 0;
        let (mut made, mut met) = (Vec::new(), [false; KEYS]);
        for &(key, what, strays, pick) in micros {
            let writes = what > 1;
            if !writes || reads_first && !met[key] {
                let some = written[key].get(pick % (written[key].len() + 1)).copied();
                made.push(Micro::Read { key, value: if strays == 0 { some } else { registers[key] } });
            }
            met[key] = true;
            if writes {
                made.push(Micro::Write { key, value: next });
                written[key].push(next);
                // What is in doubt may not have happened.
                if known || strays > 2 {
                    registers[key] = Some(next);
                }
                next += 1;
            }
        }
        all.push(Transaction { micros: made, known, invoked: *begin, completed: begin + length + 1 });
    }
    all
}

fn judged(all: &[Transaction], model: &str, keys: Keys) -> Report {
    let mode = MODES.iter().find(|mode| mode.name == "rw-register").unwrap();
    let options = Options { model: Model::named(model).unwrap(), keys, ..Options::default() };
    mode.check(&jepsen::read(text(all).as_bytes()).unwrap(), options)
}

/// Whether a report shows nothing that the model proscribes, be it beyond the verdict.
fn clean(report: &Report) -> bool {
    report.verdict != Validity::Invalid && report.beyond.iter().all(|finding| finding.allowed)
}

const WFR: Keys = Keys { wfr: true, sequential: false, linearizable: false };

#[test]
fn random_histories_of_both_kinds_are_tried() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for reads_first in [false, true] {
        let tries: Vec<_> =
            (0..500).map(|_| made(&raw().new_tree(&mut runner).unwrap().current(), reads_first)).collect();
        let [strict, any] =
            [true, false].map(|strict| tries.iter().filter(|all| serializable(all, strict)).count());
        assert!(50 < strict && strict + 20 < any && any < 450, "{strict} and {any} of 500 are serializable");
        let found = tries.iter().filter(|all| !clean(&judged(all, "strict-serializable", WFR))).count();
        assert!(found > 100, "{found} of 500 show something");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_found_in_a_history_that_has_an_order(raw in raw(), promised in 0_u8..8) {
        let all = made(&raw, false);
        let bit = |bit: u8| promised & bit != 0;
        // A history that is strict serializable keeps all that may be promised of registers.
        let keys = Keys { wfr: bit(1), sequential: bit(2), linearizable: bit(4) };
        let report = judged(&all, "strict-serializable", keys);
        prop_assert!(clean(&report) || !serializable(&all, true), "{}\n{:#?}", text(&all), report);
        let report = judged(&all, "serializable", Keys { wfr: bit(1), ..Keys::default() });
        prop_assert!(clean(&report) || !serializable(&all, false), "{}\n{:#?}", text(&all), report);
    }

    #[test]
    fn where_all_is_read_before_it_is_overwritten_whatever_has_no_order_is_found(raw in raw()) {
        let all = made(&raw, true);
        for (model, strict) in [("strict-serializable", true), ("serializable", false)] {
            let report = judged(&all, model, WFR);
            prop_assert_eq!(clean(&report), serializable(&all, strict), "{}\n{:#?}", text(&all), report);
        }
    }
}
