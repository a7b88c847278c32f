//! Claim: an element that is known to be in the set does not vanish from the reads (else `lost`).
//!
//! An element is known from the first completion that shows it: its acknowledgement, or a read that holds it. It is lost if
//! the last read without it was invoked after it was known and after the last read with it; stable if the last read with it was
//! invoked after the last one without. `stale` is a stable element that a read missed for at least a millisecond after it was
//! known; it is told and tolerated. Without any stable element: `unknown`. Source: `jepsen.checker/set-full` with its defaults.
//!
//! Beyond: `duplicate-read`, an element twice in one read, for which Jepsen looks with a comparison that is never true;
//! `phantom`, an element that nobody tried to add.
//!
//! For every element only its first completion and its last two reads matter. Reads are visited from the last invoked to the
//! first, and an element is looked at until the first read that lacks it: the cost is the size of the reads, not their
//! number times that of the elements.

use super::faults::Faults;
use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History, Id, NOWHERE, Row, partners};
use crate::report::{Finding, Witness};
use crate::{Path, Phase};

pub(super) const MODE: Mode = Mode {
    name: "set-full",
    about: "what is known to be in the set stays in the reads",
    models: false,
    subject: &[Subject::Does(Function::Add)],
    anomalies: &["lost", "stale"],
    beyond: &["duplicate-read", "phantom"],
    check,
};

/// What became of one element, in rows.
#[derive(Clone, Copy)]
struct Element {
    added: Row,
    known: Row,
    last_present: Row,
    last_absent: Row,
    acknowledged: Row,
}

const NEW: Element = Element {
    added: NOWHERE,
    known: NOWHERE,
    last_present: NOWHERE,
    last_absent: NOWHERE,
    acknowledged: NOWHERE,
};

/// An acknowledged read.
#[derive(Clone, Copy)]
struct Read {
    invoked: Row,
    completed: Row,
}

fn check(history: &History, _: Options) -> Judgement {
    let (mut elements, reads, beyond) = present(history);
    absent(history, &mut elements, reads);
    let (lost, stale, stable) = judge(history, &elements);
    let unknown = if stable == 0 && lost.iter().all(|lost| lost.count == 0) {
        vec!["no element is stable: none was seen by the last reads".to_owned()]
    } else {
        Vec::new()
    };
    let anomalies = lost.into_iter().chain([stale]).collect();
    Judgement { anomalies, beyond, unknown }
}

/// The first pass: when elements became known, and the last reads that hold them.
fn present(history: &History) -> (Vec<Element>, Vec<Read>, Vec<Finding>) {
    let partners = partners(history);
    let mut elements = vec![NEW; history.values.len()];
    let mut seen = vec![NOWHERE; history.values.len()];
    let (mut reads, mut ever) = (Vec::new(), vec![false; history.values.len()]);
    let mut twice = Finding::new("duplicate-read");
    for (row, operation) in history.clients() {
        let value = history.single(operation) as usize;
        match (operation.function, operation.phase) {
            (Function::Add, Phase::Invoke) => elements[value] = Element { added: row, ..NEW },
            (Function::Add, Phase::Ok) => {
                elements[value].known = elements[value].known.min(row);
                elements[value].acknowledged = row;
            }
            (Function::Read, Phase::Ok) => {
                let partner = partners[row as usize];
                let invoked = if partner == NOWHERE { row } else { partner };
                reads.push(Read { invoked, completed: row });
                for value in history.plain(operation) {
                    if std::mem::replace(&mut seen[value as usize], row) == row {
                        twice.add(|| witness(history, value, &[row], "is in one read more than once"));
                    }
                    ever[value as usize] = true;
                    let element = &mut elements[value as usize];
                    if element.added != NOWHERE {
                        element.known = element.known.min(row);
                        element.last_present = later(element.last_present, invoked);
                    }
                }
            }
            _ => {}
        }
    }
    let mut phantom = Finding::new("phantom").on(Path::Broker);
    for ((value, element), ever) in (0..).zip(&elements).zip(ever) {
        if ever && element.added == NOWHERE && element.acknowledged == NOWHERE {
            phantom.add(|| witness(history, value, &[], "was read and nobody tried to add it"));
        }
    }
    (elements, reads, vec![twice, phantom])
}

fn later(one: Row, other: Row) -> Row {
    if one == NOWHERE { other } else { one.max(other) }
}

/// The second pass: the last read that lacks each element.
fn absent(history: &History, elements: &mut [Element], mut reads: Vec<Read>) {
    reads.sort_unstable_by_key(|read| std::cmp::Reverse(read.invoked));
    let mut waiting: Vec<Id> =
        (0..).zip(&*elements).filter(|(_, e)| e.added != NOWHERE).map(|(id, _)| id).collect();
    waiting.sort_unstable_by_key(|&id| elements[id as usize].added);
    // A linked list in the order of addition, so that leaving it costs nothing.
    let mut next: Vec<usize> = (1..=waiting.len()).collect();
    let mut first = 0;
    let mut holds = vec![NOWHERE; elements.len()];
    for read in reads {
        history.plain(history.operation(read.completed)).for_each(|id| holds[id as usize] = read.completed);
        let (mut at, mut before) = (first, None);
        while let Some(&id) = waiting.get(at) {
            let element = &mut elements[id as usize];
            if element.added > read.completed {
                break;
            }
            if holds[id as usize] == read.completed {
                before = Some(at);
            } else {
                element.last_absent = read.invoked;
                match before {
                    Some(before) => next[before] = next[at],
                    None => first = next[at],
                }
            }
            at = next[at];
        }
    }
}

fn judge(history: &History, elements: &[Element]) -> ([Finding; 2], Finding, usize) {
    let faults = Faults::of(history);
    let [mut lost, mut at_broker] = [Finding::new("lost"), Finding::new("lost").on(Path::Broker)];
    let mut stale = Finding::new("stale").allowed(true);
    let mut stable = 0;
    for (value, element) in (0..).zip(elements) {
        if element.added == NOWHERE {
            continue;
        }
        if element.is_stable() {
            stable += 1;
            if element.missed_for(history) >= 1_000_000 {
                let rows = [element.known, element.last_absent];
                stale.add(|| witness(history, value, &rows, "was known and a later read missed it"));
            }
        } else if element.is_lost() {
            let rows = [element.known, element.last_absent];
            let told = witness(history, value, &rows, "was known and then vanished from the reads");
            // Nobody takes anything out of a set, so what was acknowledged is the store's own loss.
            let lost = if element.was_acknowledged() { &mut at_broker } else { &mut lost };
            lost.add(|| faults.near(element.known, told));
        }
    }
    ([lost, at_broker], stale, stable)
}

impl Element {
    fn is_stable(&self) -> bool {
        let absent_after = self.last_absent != NOWHERE && self.last_absent >= self.last_present;
        self.last_present != NOWHERE && !absent_after
    }

    /// Whether its addition was acknowledged before the last read that lacks it began.
    fn was_acknowledged(&self) -> bool {
        self.acknowledged != NOWHERE && self.acknowledged < self.last_absent
    }

    fn is_lost(&self) -> bool {
        let present_after = self.last_present != NOWHERE && self.last_present >= self.last_absent;
        self.known != NOWHERE
            && self.last_absent != NOWHERE
            && !present_after
            && self.known < self.last_absent
    }

    /// Nanoseconds from the moment it was known to the last read that missed it.
    fn missed_for(&self, history: &History) -> i64 {
        if self.last_absent == NOWHERE || self.known == NOWHERE {
            return 0;
        }
        let [missed, known] = [self.last_absent, self.known].map(|row| history.operation(row).time);
        missed.saturating_add(1).saturating_sub(known)
    }
}

fn witness(history: &History, value: Id, rows: &[Row], what: &str) -> Witness {
    let rows = rows.iter().filter(|&&row| row != NOWHERE);
    Witness {
        values: vec![history.value(value).clone()],
        operations: rows.map(|&row| history.operation(row).index).collect(),
        sentence: format!("{} {what}", history.value(value)),
        ..Witness::default()
    }
}
