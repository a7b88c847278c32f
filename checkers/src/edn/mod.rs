//! Reading EDN, as far as histories need it: a stream of forms, and the tokens of a form.
//!
//! The registry's reader builds a tree with a map per operation, at 0.4 million operations per second (clojure-reader 0.7); and
//! it refuses whole operations over a number or an escape in a field that nobody asked for. Here a field that is not needed is
//! skipped without being understood. A test compares the two on everything both can read.

#[cfg(test)]
mod compared;
mod extent;
mod forms;
mod tokens;

pub(crate) use forms::Forms;
pub(crate) use tokens::{Bracket, Token, Tokens, Wrong};
