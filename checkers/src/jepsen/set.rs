//! Claim: the last read holds every element whose addition was acknowledged (else `lost`) and none that nobody tried to add
//! (else `unexpected`).
//!
//! Source: `jepsen.checker/set`. Without an acknowledged read it cannot say: `unknown`.
//!
//! Beyond: `aborted-read`, an element in the last read whose addition had certainly failed; `duplicate-read`, an element that
//! is in it twice.

use super::faults::Faults;
use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History, Id, NOWHERE, Row, partners};
use crate::report::{Finding, Witness};
use crate::{Path, Phase};

pub(super) const MODE: Mode = Mode {
    name: "set",
    about: "the last read holds what was added, and nothing else",
    models: false,
    subject: &[Subject::Does(Function::Add)],
    anomalies: &["lost", "unexpected"],
    beyond: &["aborted-read", "duplicate-read"],
    check,
};

/// What became of one element.
#[derive(Clone, Copy)]
struct Account {
    attempted: bool,
    failed: bool,
    acknowledged: bool,
    /// The first acknowledgement.
    acknowledgement: Row,
    read: u32,
    add: Row,
}

fn check(history: &History, _: Options) -> Judgement {
    let nothing = Account {
        attempted: false,
        failed: false,
        acknowledged: false,
        acknowledgement: NOWHERE,
        read: 0,
        add: NOWHERE,
    };
    let mut accounts = vec![nothing; history.values.len()];
    let mut last = None;
    for (row, operation) in history.rows() {
        match (operation.function, operation.phase) {
            (Function::Add, phase) => {
                let account = &mut accounts[history.single(operation) as usize];
                account.attempted |= phase == Phase::Invoke;
                account.failed |= phase == Phase::Fail;
                if phase == Phase::Ok {
                    account.acknowledged = true;
                    account.acknowledgement = account.acknowledgement.min(row);
                }
                account.add = row;
            }
            (Function::Read, Phase::Ok) => last = Some((row, operation)),
            _ => {}
        }
    }
    let partners = partners(history);
    let Some((row, read)) = last.filter(|(_, read)| history.has_value(read)) else {
        let unknown = vec!["the set was never read".to_owned()];
        return Judgement { unknown, ..Judgement::default() };
    };
    history.plain(read).for_each(|value| accounts[value as usize].read += 1);
    judge(history, row, partners[row as usize], &accounts)
}

/// Whatever was acknowledged before the read began is the store's own loss: nobody takes anything out of a set.
fn judge(history: &History, read: Row, begun: Row, accounts: &[Account]) -> Judgement {
    let faults = Faults::of(history);
    let [mut lost, mut at_broker] = [Finding::new("lost"), Finding::new("lost").on(Path::Broker)];
    let mut unexpected = Finding::new("unexpected");
    let mut aborted = Finding::new("aborted-read").on(Path::Broker);
    let mut twice = Finding::new("duplicate-read");
    for (value, account) in (0..).zip(accounts) {
        let told = |what: &str| witness(history, value, [account.add, read], what);
        if account.acknowledged && account.read == 0 {
            let before = begun != NOWHERE && account.acknowledgement < begun;
            let (lost, what) = match before {
                true => (&mut at_broker, "was acknowledged before the last read began and is not in it"),
                false => (&mut lost, "was acknowledged and is not in the last read"),
            };
            lost.add(|| faults.near(account.acknowledgement, told(what)));
        }
        if !account.attempted && account.read > 0 {
            unexpected.add(|| told("is in the last read and nobody tried to add it"));
        }
        if account.failed && !account.acknowledged && account.read > 0 {
            aborted.add(|| told("is in the last read although its addition had failed"));
        }
        if account.read > 1 {
            twice.add(|| told("is in the last read more than once"));
        }
    }
    let (anomalies, beyond) = (vec![lost, at_broker, unexpected], vec![aborted, twice]);
    Judgement { anomalies, beyond, ..Judgement::default() }
}

fn witness(history: &History, value: Id, rows: [Row; 2], what: &str) -> Witness {
    let rows = rows.into_iter().filter(|&row| row != NOWHERE);
    Witness {
        values: vec![history.value(value).clone()],
        operations: rows.map(|row| history.operation(row).index).collect(),
        sentence: format!("{} {what}", history.value(value)),
        ..Witness::default()
    }
}
