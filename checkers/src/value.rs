//! A key or a value of a history that somebody recorded.

use std::fmt;

use serde::Serialize;

/// A key or a value as it stands in the history. The order is that of the variants, then that of their contents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// `nil`.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A keyword, without its colon.
    Keyword(String),
    /// A string.
    Text(String),
    /// Anything else, as it is written.
    Other(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Keyword(name) => write!(f, ":{name}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Other(text) => f.write_str(text),
        }
    }
}
