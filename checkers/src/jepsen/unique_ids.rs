//! Claim: no id is generated twice (`duplicated`). Source: `jepsen.checker/unique-ids`.
//!
//! Does not see an id that was handed out in an operation with an unknown outcome.

use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History, NOWHERE, Row};
use crate::Phase;
use crate::report::{Finding, Witness};

pub(super) const MODE: Mode = Mode {
    name: "unique-ids",
    about: "no id is generated twice",
    models: false,
    subject: &[Subject::Does(Function::Generate)],
    anomalies: &["duplicated"],
    beyond: &[],
    check,
};

fn check(history: &History, _: Options) -> Judgement {
    let mut times = vec![(0_u32, [NOWHERE; 2]); history.values.len()];
    for (row, operation) in history.rows() {
        if (operation.function, operation.phase) == (Function::Generate, Phase::Ok) {
            let (count, first) = &mut times[history.single(operation) as usize];
            if let Some(place) = first.get_mut(*count as usize) {
                *place = row;
            }
            *count += 1;
        }
    }
    let mut duplicated = Finding::new("duplicated");
    for (value, (count, rows)) in (0..).zip(times) {
        if count > 1 {
            duplicated.add(|| Witness {
                values: vec![history.value(value).clone()],
                operations: rows.map(|row: Row| history.operation(row).index).to_vec(),
                sentence: format!("{} was generated {count} times", history.value(value)),
                ..Witness::default()
            });
        }
    }
    Judgement { anomalies: vec![duplicated], ..Judgement::default() }
}
