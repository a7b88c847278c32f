//! What a plain log leaves unclear, and how to say it.

use super::field::Field;
use super::word::{self, OPERATIONS, OUTCOMES};

/// What is not as it should be in a line of a plain log.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file is neither JSON lines nor a table with a header.
    #[error(
        "neither a line of JSON nor the header of a table whose columns are separated by `,`, `;` or tab"
    )]
    NoTable,
    /// The file is one JSON array.
    #[error("a JSON array: write each of its elements on a line of its own, as `jq -c '.[]'` does")]
    Array,
    /// Two columns have one name.
    #[error("two columns are called `{0}`")]
    TwoColumns(String),
    /// A line of a table has too few or too many columns.
    #[error("{found} columns where the header has {wanted}")]
    Ragged {
        /// So many.
        found: usize,
        /// So many are in the header.
        wanted: usize,
    },
    /// The end of the file lies within quotes.
    #[error("the quotes that begin here never end")]
    OpenQuotes,
    /// A column that was to be read is nowhere.
    #[error("no column `{column}`, which was to be {field}; there are: {}", there_are(.columns))]
    NoColumn {
        /// What it was to be.
        field: Field,
        /// The column.
        column: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// A line does not tell what it must.
    #[error("nothing tells the {field} {why}; say --map {field}=COLUMN with one of: {}", there_are(.columns))]
    Missing {
        /// What it does not tell.
        field: Field,
        /// Why it must.
        why: &'static str,
        /// The columns that it has.
        columns: Vec<String>,
    },
    /// Several columns may be meant.
    #[error("the {field} may be any of {}; say which: --map {field}=COLUMN", there_are(.columns))]
    Ambiguous {
        /// The field.
        field: Field,
        /// The columns.
        columns: Vec<String>,
    },
    /// A field is no text or number.
    #[error("the {0} is neither a text nor a number")]
    NotPlain(Field),
    /// An operation that is none of the words that are known.
    #[error("unknown operation `{0}`; say what it is: --map {0}=MEANING with one of: {all}", all = word::names(OPERATIONS))]
    UnknownOperation(String),
    /// An outcome that is none of the words that are known.
    #[error("unknown outcome `{0}`; say what it is: --map {0}=MEANING with one of: {all}", all = word::names(OUTCOMES))]
    UnknownOutcome(String),
    /// A time that is none.
    #[error(
        "`{0}` is no time: a number since any moment, or a date as in 2026-11-26T19:09:41.5Z; leave it out with --map time="
    )]
    NotATime(String),
    /// A time of another kind than those before.
    #[error("`{0}` is {1}; say what the times are: --time-unit, or leave them out with --map time=")]
    OtherTime(String, &'static str),
    /// A time beyond all that can be counted.
    #[error("`{0}` lies too far away to be counted in nanoseconds")]
    FarTime(String),
}

/// So much of a word is shown, in characters.
const SHOWN: usize = 40;

/// A word of a stranger's as it can be shown: short, and on one line.
pub(super) fn shown(word: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut shown: String = word.chars().take(SHOWN).map(plain).collect();
    if shown.len() < word.len() {
        shown.push_str("...");
    }
    shown
}

/// So many columns are named.
const NAMED: usize = 12;

fn there_are(columns: &[String]) -> String {
    if columns.is_empty() {
        return "none".to_owned();
    }
    let named: Vec<&str> = columns.iter().take(NAMED).map(String::as_str).collect();
    let more = if columns.len() > NAMED { ", ..." } else { "" };
    format!("{}{more}", named.join(", "))
}
