//! Claim: what was acknowledged comes out (`lost`), and nothing comes out that nobody tried to put in (`unexpected`).
//!
//! What comes out more often than anybody tried to put it in is `duplicated`; that is counted and tolerated. A drain stands for
//! a dequeue of each of its elements. Source: `jepsen.checker/total-queue`.
//!
//! Beyond: `duplicate-delivery`, the same, as the violation it is for whoever wants effects once; `aborted-read`, a value that
//! came out although its enqueue had certainly failed, which Jepsen counts as recovered.
//!
//! A loss is on the broker's path where the history shows that nobody else can have taken the value (see [`super::taken`]).
//!
//! Does not see order. Whatever was not drained looks lost. After a crashed drain Jepsen throws: `unknown`.

use super::faults::Faults;
use super::mode::{Judgement, Mode, Options, Subject};
use super::taken::Taken;
use super::{Function, History, Id, NOWHERE, Operation, Row};
use crate::report::{Finding, Witness};
use crate::{Path, Phase};

pub(super) const MODE: Mode = Mode {
    name: "total-queue",
    about: "what was acknowledged comes out, and nothing else does",
    models: false,
    subject: &[
        Subject::Does(Function::Enqueue),
        Subject::Does(Function::Dequeue),
        Subject::Does(Function::Drain),
    ],
    anomalies: &["duplicated", "lost", "unexpected"],
    beyond: &["aborted-read", "duplicate-delivery"],
    check,
};

/// What became of one value.
#[derive(Clone, Copy)]
struct Account {
    attempts: u32,
    acknowledged: u32,
    failed: u32,
    dequeues: u32,
    /// The first attempt.
    attempt: Row,
    /// The last acknowledgement.
    acknowledgement: Row,
    enqueue: Row,
    dequeue: Row,
}

const NOTHING: Account = Account {
    attempts: 0,
    acknowledged: 0,
    failed: 0,
    dequeues: 0,
    attempt: NOWHERE,
    acknowledgement: NOWHERE,
    enqueue: NOWHERE,
    dequeue: NOWHERE,
};

fn check(history: &History, _: Options) -> Judgement {
    let mut accounts = vec![NOTHING; history.values.len()];
    let mut unknown = Vec::new();
    for (row, operation) in history.rows() {
        let value = history.single(operation) as usize;
        match (operation.function, operation.phase) {
            (Function::Enqueue, phase) => accounts[value].enqueue(phase, row),
            (Function::Dequeue, Phase::Ok) => accounts[value].dequeue(row),
            (Function::Drain, Phase::Ok) => {
                history.plain(operation).for_each(|value| accounts[value as usize].dequeue(row));
            }
            (Function::Drain, Phase::Info) => unknown.push(crashed(operation)),
            _ => {}
        }
    }
    let (anomalies, mut beyond) = judge(history, &accounts);
    if unknown.is_empty() {
        return Judgement { anomalies, beyond, unknown };
    }
    // What Jepsen would have said had it not thrown.
    beyond.extend(anomalies);
    Judgement { anomalies: Vec::new(), beyond, unknown }
}

fn crashed(drain: &Operation) -> String {
    format!("the drain at {} crashed: nobody knows what it took out", drain.index)
}

impl Account {
    fn enqueue(&mut self, phase: Phase, row: Row) {
        match phase {
            Phase::Invoke => {
                self.attempts += 1;
                self.attempt = self.attempt.min(row);
            }
            Phase::Ok => {
                self.acknowledged += 1;
                self.acknowledgement = row;
            }
            Phase::Fail => self.failed += 1,
            Phase::Info => {}
        }
        self.enqueue = row;
    }

    fn dequeue(&mut self, row: Row) {
        self.dequeues += 1;
        self.dequeue = row;
    }
}

fn judge(history: &History, accounts: &[Account]) -> (Vec<Finding>, Vec<Finding>) {
    let (taken, faults) = (Taken::of(history), Faults::of(history));
    let [mut lost, mut at_broker] = [Finding::new("lost"), Finding::new("lost").on(Path::Broker)];
    let mut unexpected = Finding::new("unexpected");
    let mut duplicated = Finding::new("duplicated").allowed(true);
    let mut again = Finding::new("duplicate-delivery");
    let mut aborted = Finding::new("aborted-read").on(Path::Broker);
    for (value, account) in (0..).zip(accounts) {
        let Account { attempts, acknowledged, failed, dequeues, .. } = *account;
        let told = |what: &str| witness(history, value, account, what);
        if dequeues < acknowledged {
            let at_the_broker = taken.nothing_of(account.attempt, account.acknowledgement);
            let (lost, what) = match at_the_broker {
                true => (
                    &mut at_broker,
                    "was acknowledged and never came out, though nothing was left in the end",
                ),
                false => (&mut lost, "was acknowledged and never came out"),
            };
            lost.add_many((acknowledged - dequeues) as usize, || {
                faults.near(account.acknowledgement, told(what))
            });
        }
        if attempts == 0 && dequeues > 0 {
            unexpected.add_many(dequeues as usize, || told("came out and nobody tried to put it in"));
        }
        if attempts > 0 && dequeues > attempts {
            let extra = (dequeues - attempts) as usize;
            duplicated.add_many(extra, || told("came out more often than it was put in"));
            again.add_many(extra, || told("came out more often than it was put in"));
        }
        if failed > 0 && failed == attempts && dequeues > 0 {
            aborted.add(|| told("came out although its enqueue had failed"));
        }
    }
    (vec![lost, at_broker, unexpected, duplicated], vec![again, aborted])
}

fn witness(history: &History, value: Id, account: &Account, what: &str) -> Witness {
    let rows = [account.enqueue, account.dequeue].into_iter().filter(|&row| row != NOWHERE);
    Witness {
        values: vec![history.value(value).clone()],
        operations: rows.map(|row| history.operation(row).index).collect(),
        sentence: format!("{} {what}", history.value(value)),
        ..Witness::default()
    }
}
