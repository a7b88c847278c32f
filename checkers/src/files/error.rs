//! Why a history could not be read, and where.

use std::fmt;

use super::unpack::Damage;

/// So much of an offending line is kept, in characters.
const SHOWN: usize = 160;

/// So much of it stands before the place that is wrong, in bytes, where that lies further behind.
const BEFORE: usize = 60;

/// A history that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {problem}{}", shown(text))]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1; where the whole line is meant, its first.
    pub column: usize,
    /// The offending line or form, shortened, on one line and without what would move a terminal's cursor.
    pub text: String,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The source could not be read.
    #[error("cannot read: {0}")]
    Io(#[source] std::io::Error),
    /// The file is packed, and cannot be unpacked to its end.
    #[error(transparent)]
    Packed(Damage),
    /// The line is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The file is in the UTF-16 of other systems.
    #[error("UTF-16, not UTF-8: convert it, as `iconv -f utf-16 -t utf-8` does")]
    Utf16,
    /// The file has no lines.
    #[error("the file is empty")]
    Empty,
    /// The line, or its value, is not a JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// The first line is not `{"history":<version>}`.
    #[error("not the header of a history")]
    NotAHistory,
    /// The header names a version that this crate does not know.
    #[error("history version {0} is unknown, this program reads version {known}", known = super::VERSION)]
    UnknownVersion(u32),
    /// The `f` of a line is no operation or observation; [`OPERATIONS`](super::OPERATIONS) lists those that are.
    #[error("unknown f `{0}`")]
    UnknownOperation(String),
    /// The `type` does not go with the `f`: an observation is always `info`, a poll `ok`.
    #[error("type `{found}` does not go with f `{f}`")]
    WrongType {
        /// The operation or observation.
        f: &'static str,
        /// The type found.
        found: &'static str,
    },
    /// An index that is not higher than the one before: lines were lost, doubled or put together from two histories.
    #[error("index {0} is not higher than the one before")]
    IndexFalls(u64),
    /// The form is not the EDN that it should be.
    #[error("{0}")]
    Edn(&'static str),
    /// A line or form that no history has: reading on would only fill the memory.
    #[error("longer than {0} bytes")]
    TooLong(usize),
    /// A plain log is unclear.
    #[error(transparent)]
    Plain(#[from] crate::plain::Problem),
    /// The line is not the JSON that it should be.
    #[error("{0}")]
    Json(Message),
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        error.downcast::<Damage>().map_or_else(Problem::Io, Problem::Packed)
    }
}

/// A JSON error without its position, which [`ReadError`] tells.
#[derive(Debug)]
pub struct Message(String);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&serde_json::Error> for Message {
    fn from(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let end = text.rfind(" at line ").unwrap_or(text.len());
        Message(text[..end].to_owned())
    }
}

impl ReadError {
    /// An error at a line and a column, from 1 or 0 where the whole line is meant, that shows how this text begins.
    pub(crate) fn new(line: usize, column: usize, text: &[u8], problem: Problem) -> Self {
        ReadError { line, column: column.max(1), text: around(text, 1), problem }
    }

    /// An error at a column of this line.
    pub(crate) fn within(line: usize, column: usize, text: &[u8], problem: Problem) -> Self {
        let column = column.max(1);
        ReadError { line, column, text: around(text, column), problem }
    }

    /// A line that is not UTF-8, behind so many bytes that are.
    pub(crate) fn not_utf8(line: usize, text: &[u8], valid: usize) -> Self {
        let other = line == 1 && (text.starts_with(&[0xFF, 0xFE]) || text.starts_with(&[0xFE, 0xFF]));
        // Of such a text nothing could be read.
        let (text, problem) = if other { (&[][..], Problem::Utf16) } else { (text, Problem::NotUtf8) };
        ReadError::within(line, valid + 1, text, problem)
    }
}

/// What a line holds around a column.
fn around(line: &[u8], column: usize) -> String {
    let at = (column - 1).min(line.len());
    let begin = if at < SHOWN { 0 } else { at - BEFORE };
    let part = &line[begin..line.len().min(begin + 4 * SHOWN)];
    let text = String::from_utf8_lossy(part);
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let dots = if begin > 0 { "..." } else { "" };
    format!("{dots}{}", text.trim_end().chars().take(SHOWN).map(plain).collect::<String>())
}

/// The line behind the problem, where there is anything to show.
fn shown(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
