//! What a line of a plain log can tell, and what people call it.

use std::fmt;

/// One thing that a line can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Who did it.
    Client,
    /// What was done.
    Operation,
    /// The message.
    Id,
    /// Begun, or how it ended.
    Outcome,
    /// When.
    Time,
    /// Who shares the messages with whom.
    Group,
    /// Which queue.
    Queue,
    /// What must stay in order among itself.
    Key,
    /// Where an effect took place.
    Sink,
}

/// A row of the table of fields.
#[derive(Debug)]
pub struct FieldRow {
    /// The field.
    pub field: Field,
    /// Its name on the command line.
    pub name: &'static str,
    /// What columns of it are called, without regard to case, `_`, `-` and blanks.
    pub synonyms: &'static [&'static str],
    /// What it is, for people.
    pub about: &'static str,
}

/// Every field. A column of one of these names is read unless it is said otherwise.
pub const FIELDS: &[FieldRow] = &[
    FieldRow {
        field: Field::Client,
        name: "client",
        synonyms: &[
            "client",
            "clientid",
            "worker",
            "workerid",
            "process",
            "producer",
            "producerid",
            "consumer",
            "consumerid",
            "actor",
        ],
        about: "who did it; one client does one thing at a time, unless lines say when things begin",
    },
    FieldRow {
        field: Field::Operation,
        name: "operation",
        synonyms: &["operation", "op", "f", "action", "event", "verb", "command", "type", "kind"],
        about: "what was done",
    },
    FieldRow {
        field: Field::Id,
        name: "id",
        synonyms: &["id", "messageid", "msgid", "jobid", "taskid", "eventid", "uuid", "value"],
        about: "the message: the same from its first enqueue to its last effect",
    },
    FieldRow {
        field: Field::Outcome,
        name: "outcome",
        synonyms: &["outcome", "result", "status", "type", "phase", "state"],
        about: "begun, or how it ended; where no line tells one, every line is an operation that succeeded",
    },
    FieldRow {
        field: Field::Time,
        name: "time",
        synonyms: &["time", "timestamp", "ts", "at", "when", "datetime"],
        about: "when; where any line tells none, the order of the lines is taken for that of time",
    },
    FieldRow {
        field: Field::Group,
        name: "group",
        synonyms: &["group", "groupid", "consumergroup", "subscription"],
        about: "of dequeues and acks: those in one group share the messages, every group gets all",
    },
    FieldRow {
        field: Field::Queue,
        name: "queue",
        synonyms: &["queue", "queuename", "topic", "stream"],
        about: "where a log is about several queues: each has messages of its own",
    },
    FieldRow {
        field: Field::Key,
        name: "key",
        synonyms: &["key", "partition", "partitionkey", "orderingkey", "messagegroup"],
        about: "of enqueues: order is asked for within a key, not across keys",
    },
    FieldRow {
        field: Field::Sink,
        name: "sink",
        synonyms: &["sink", "target"],
        about: "of effects: one effect at each of two sinks is no duplicate",
    },
];

impl Field {
    /// Its row in the table.
    fn row(self) -> &'static FieldRow {
        // The table is in the order of the fields; a test holds it to that.
        &FIELDS[self as usize]
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The field of this name.
    pub(super) fn named(name: &str) -> Option<Field> {
        FIELDS.iter().find(|row| row.name == name).map(|row| row.field)
    }

    /// Whether a column of this name is usually this field.
    pub(super) fn is_usually_called(self, column: &str) -> bool {
        let column = folded(column);
        self.row().synonyms.contains(&column.as_str())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name without what people disagree about: case, `_`, `-` and blanks.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_fields_and_knows_each_by_its_own_name() {
        for (at, row) in FIELDS.iter().enumerate() {
            assert_eq!(row.field as usize, at);
            assert_eq!(Field::named(row.name), Some(row.field));
            assert!(row.field.is_usually_called(row.name));
            assert!(row.synonyms.iter().all(|synonym| folded(synonym) == **synonym));
        }
    }

    #[test]
    fn a_column_is_known_however_it_is_spelled() {
        for column in ["message_id", "messageId", "Message-ID", "message id"] {
            assert!(Field::Id.is_usually_called(column));
        }
        assert!(!Field::Id.is_usually_called("message"));
    }
}
