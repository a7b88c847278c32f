//! What stands in the columns of operations and outcomes, and what people call it.

use std::fmt;

use super::field::folded;
use crate::Phase;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A message was handed to the queue.
    Enqueue,
    /// The queue handed it to a client.
    Dequeue,
    /// The client is done with it.
    Ack,
    /// The client refused it, or gave it back.
    Nack,
    /// Something happened in the world because of it.
    Effect,
    /// It was given up on purpose: it expired, the queue was full, it was put aside for people.
    Drop,
    /// Nothing that is judged.
    Ignore,
}

/// A word and what it is taken for: a row of a table.
#[derive(Debug)]
pub struct WordRow<T> {
    /// The meaning.
    pub meaning: T,
    /// Its own name, on the command line too.
    pub name: &'static str,
    /// What people call it, without regard to case, `_`, `-` and blanks.
    pub synonyms: &'static [&'static str],
    /// What it is, for people.
    pub about: &'static str,
}

/// Every operation. Words that may mean two things, `processed` or `commit` for example, are in no row: whoever wrote them says
/// which.
pub const OPERATIONS: &[WordRow<Operation>] = &[
    WordRow {
        meaning: Operation::Enqueue,
        name: "enqueue",
        synonyms: &[
            "enq",
            "enqueued",
            "publish",
            "published",
            "produce",
            "produced",
            "send",
            "sent",
            "push",
            "pushed",
            "put",
            "submit",
            "submitted",
            "xadd",
        ],
        about: "a message was handed to the queue",
    },
    WordRow {
        meaning: Operation::Dequeue,
        name: "dequeue",
        synonyms: &[
            "deq",
            "dequeued",
            "receive",
            "received",
            "consume",
            "consumed",
            "deliver",
            "delivered",
            "poll",
            "polled",
            "pull",
            "pulled",
            "pop",
            "popped",
            "fetch",
            "fetched",
            "xreadgroup",
        ],
        about: "the queue handed it to a client",
    },
    WordRow {
        meaning: Operation::Ack,
        name: "ack",
        synonyms: &[
            "acked",
            "acknowledge",
            "acknowledged",
            "settle",
            "settled",
            "delete",
            "deleted",
            "complete",
            "completed",
            "xack",
        ],
        about: "the client is done with it",
    },
    WordRow {
        meaning: Operation::Nack,
        name: "nack",
        synonyms: &["nacked", "reject", "rejected", "requeue", "requeued", "release", "released"],
        about: "the client refused it, or gave it back",
    },
    WordRow {
        meaning: Operation::Effect,
        name: "effect",
        synonyms: &["sideeffect", "apply", "applied"],
        about: "something happened in the world because of it",
    },
    WordRow {
        meaning: Operation::Drop,
        name: "drop",
        synonyms: &["dropped", "expire", "expired", "discard", "discarded", "deadletter", "deadlettered"],
        about: "it was given up on purpose",
    },
    WordRow { meaning: Operation::Ignore, name: "ignore", synonyms: &[], about: "nothing that is judged" },
];

/// Every outcome. What only says that something went wrong is unknown: it may have taken effect all the same. Whoever knows better
/// says so.
pub const OUTCOMES: &[WordRow<Phase>] = &[
    WordRow {
        meaning: Phase::Invoke,
        name: "invoke",
        synonyms: &["invoked", "begin", "began", "begun", "start", "started", "call", "request"],
        about: "it began, and another line tells how it ended",
    },
    WordRow {
        meaning: Phase::Ok,
        name: "ok",
        synonyms: &["success", "succeeded", "successful", "true", "return", "returned"],
        about: "it took effect",
    },
    WordRow {
        meaning: Phase::Fail,
        name: "fail",
        synonyms: &["refused", "empty", "none", "nil"],
        about: "it certainly did not, or found nothing",
    },
    WordRow {
        meaning: Phase::Info,
        name: "info",
        synonyms: &[
            "unknown", "timeout", "timedout", "error", "failed", "failure", "false", "crashed", "lost",
        ],
        about: "nobody knows: it may have taken effect, or may yet",
    },
];

/// The row of a word.
pub(super) fn find<T>(table: &'static [WordRow<T>], word: &str) -> Option<&'static WordRow<T>> {
    let word = folded(word);
    table.iter().find(|row| row.name == word || row.synonyms.contains(&word.as_str()))
}

/// The names of all meanings, for people.
pub(super) fn names<T>(table: &[WordRow<T>]) -> String {
    table.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
}

/// The name of a meaning.
pub(super) fn name<T: PartialEq>(table: &'static [WordRow<T>], meaning: T) -> &'static str {
    table.iter().find(|row| row.meaning == meaning).map_or("?", |row| row.name)
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(name(OPERATIONS, *self))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn words<T>(table: &[WordRow<T>]) -> Vec<&'static str> {
        table.iter().flat_map(|row| row.synonyms.iter().copied().chain([row.name])).collect()
    }

    #[test]
    fn no_word_stands_in_two_rows_and_each_is_folded() {
        for words in [words(OPERATIONS), words(OUTCOMES)] {
            assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
            assert!(words.iter().all(|word| folded(word) == *word));
        }
    }

    #[test]
    fn what_only_says_that_something_went_wrong_is_no_certain_failure() {
        for word in ["error", "FAILED", "time-out", "Timed out"] {
            assert_eq!(find(OUTCOMES, word).map(|row| row.meaning), Some(Phase::Info), "{word}");
        }
        assert!(find(OPERATIONS, "processed").is_none());
    }
}
