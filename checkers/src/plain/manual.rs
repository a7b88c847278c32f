//! What a plain log is made of, for people.

use std::fmt::Write;

use super::clock::TimeUnit;
use super::field::FIELDS;
use super::rules::ANOMALIES;
use super::word::{OPERATIONS, OUTCOMES, WordRow};

/// The part of the manual that is about plain logs. Writing to a string cannot fail.
pub(crate) fn manual() -> String {
    let mut told = "A table with a header, its columns separated by `,`, `;` or tab; or JSON lines, an object each, where a dot leads \
                    into an object: `message.id`. A line tells a whole operation, or its begin (`invoke`), and another its end. Names \
                    are compared without regard to case, `_`, `-` and blanks. What is guessed is told; `--map FIELD=COLUMN` and \
                    `--map WORD=MEANING` say it better.\n\n\
                    A log is taken to be whole: every enqueue is in it, and the queue was empty when it began.\n\n\
                    | field | | also called |\n|---|---|---|\n"
        .to_owned();
    for row in FIELDS {
        let _ = writeln!(told, "| `{}` | {} | {} |", row.name, row.about, others(row.name, row.synonyms));
    }
    words("operation", OPERATIONS, &mut told);
    words("outcome", OUTCOMES, &mut told);
    let _ = writeln!(
        told,
        "\nTimes are numbers in {} since any moment, or dates as in `2026-11-26T19:09:41.5Z`.\n\nAnomalies: {}.",
        TimeUnit::NAMES.join(", "),
        ANOMALIES.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ")
    );
    told
}

fn words<T>(what: &str, table: &[WordRow<T>], told: &mut String) {
    let _ = write!(told, "\n| {what} | | also called |\n|---|---|---|\n");
    for row in table {
        let _ = writeln!(told, "| `{}` | {} | {} |", row.name, row.about, others(row.name, row.synonyms));
    }
}

fn others(name: &str, synonyms: &[&str]) -> String {
    let others: Vec<String> =
        synonyms.iter().filter(|synonym| **synonym != name).map(|synonym| format!("`{synonym}`")).collect();
    others.join(", ")
}
