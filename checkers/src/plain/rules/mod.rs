//! What is judged by dequeues and acks: one claim a file, one line in [`RULES`].

mod acked_unseen;
mod delivered_twice;
mod effect_twice;
mod groups;
mod lost;
mod order;
mod unsettled;
mod without_effect;

use std::collections::{BTreeMap, BTreeSet};

use super::Promises;
use super::act::Act;
use super::handling::Readers;
use super::order::Order;
use super::word::Operation;
use crate::report::{Finding, Witness};
use crate::{MessageId, Name, Names, Phase, Value};

/// Everything there is to judge.
pub(super) struct Case<'a> {
    pub(super) names: &'a Names,
    pub(super) acts: &'a [Act],
    pub(super) readers: Readers,
    pub(super) promises: &'a Promises,
    pub(super) order: Order,
    /// The enqueues of each message that did not certainly fail, by their acts.
    pub(super) enqueues: BTreeMap<MessageId, Vec<usize>>,
    /// What was given up on purpose.
    pub(super) dropped: BTreeSet<MessageId>,
}

/// What a rule says.
#[derive(Debug, Default)]
pub(super) struct Ruling {
    /// What is wrong.
    pub(super) findings: Vec<Finding>,
    /// Why it could not look.
    pub(super) unknown: Vec<String>,
}

/// A claim.
pub(super) struct Rule {
    /// Its name, that of its file.
    pub(super) name: &'static str,
    /// Judges it.
    pub(super) judge: fn(&Case<'_>) -> Ruling,
}

/// Every anomaly that a plain log can show, the last two by checkers of our own histories.
pub const ANOMALIES: &[&str] = &[
    "lost-acked",
    "stuck",
    "lost-unprocessed",
    "duplicate-delivery",
    "duplicate-effect",
    "skipped",
    "reorder-delivery",
    "phantom",
    "false-failure",
];

/// Every rule.
pub(super) const RULES: &[Rule] = &[
    Rule { name: "groups", judge: groups::judge },
    Rule { name: "lost", judge: lost::judge },
    Rule { name: "unsettled", judge: unsettled::judge },
    Rule { name: "without-effect", judge: without_effect::judge },
    Rule { name: "delivered-twice", judge: delivered_twice::judge },
    Rule { name: "effect-twice", judge: effect_twice::judge },
    Rule { name: "acked-unseen", judge: acked_unseen::judge },
    Rule { name: "order", judge: order::judge },
];

impl<'a> Case<'a> {
    /// The case of a log.
    pub(super) fn new(names: &'a Names, acts: &'a [Act], promises: &'a Promises, order: Order) -> Self {
        let (mut enqueues, mut dropped) = (BTreeMap::<_, Vec<usize>>::new(), BTreeSet::new());
        for (number, act) in acts.iter().enumerate() {
            match (act.operation, act.end, act.message) {
                (_, Phase::Fail, _) | (_, _, None) => {}
                (Operation::Enqueue, _, Some(message)) => enqueues.entry(message).or_default().push(number),
                (Operation::Drop, _, Some(message)) => {
                    dropped.insert(message);
                }
                _ => {}
            }
        }
        let readers = Readers::new(acts, promises);
        Case { names, acts, readers, promises, order, enqueues, dropped }
    }

    /// The text of a message.
    pub(super) fn text(&self, message: MessageId) -> String {
        self.names.message(message)
    }

    /// What a reader is called; nothing where there is but one.
    pub(super) fn by(&self, reader: Option<Name>) -> String {
        reader.map_or_else(String::new, |name| format!(" by {}", self.names.text(name)))
    }

    /// The queue of a message.
    pub(super) fn queue(&self, message: MessageId) -> Option<Name> {
        let first = self.enqueues.get(&message).and_then(|enqueues| enqueues.first());
        first.and_then(|&act| self.acts[act].queue)
    }

    /// Whether the queue confirmed that it has a message, and how often.
    pub(super) fn confirmed(&self, message: MessageId) -> usize {
        let enqueues = self.enqueues.get(&message).into_iter().flatten();
        enqueues.filter(|&&act| self.acts[act].end == Phase::Ok).count()
    }
}

/// A case, and the messages that it rests on, the first of which the sentence is about. Their lines are filled in later.
pub(super) fn witness(case: &Case<'_>, messages: &[MessageId], sentence: String) -> Witness {
    let values = messages.iter().map(|&message| Value::Text(case.text(message))).collect();
    Witness { values, sentence, ..Witness::default() }
}

/// So many of something, as in "1 message" or "2 messages".
pub(super) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_this_folder_is_listed_under_its_own_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/plain/rules");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().replace('_', "-"))
            .filter(|stem| stem != "mod")
            .collect();
        let listed = super::RULES.iter().map(|rule| rule.name.to_owned()).collect();
        assert_eq!(files, listed);
    }
}
