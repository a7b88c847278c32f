//! The envelope that every line of a history shares.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::shape::shapes;
use crate::Phase;

shapes! {
    /// The first line.
    Header {
        /// The version of the format.
        history: u32,
    }

    /// Every other line. The value stays unread until `f` has said what it is.
    Line<'a> {
        /// The number of the line, from 0: each higher than the one before.
        index: u64,
        /// At the end of an operation: the index of its begin. It is there for readers of the file, a checker pairs by subject.
        #[serde(default, rename = "op")]
        _op: Option<u64>,
        /// When, in microseconds of the run.
        time: u64,
        /// Who did it or saw it.
        #[serde(borrow)]
        process: Cow<'a, str>,
        /// Begun, took effect, certainly did not, or unknown: a time-out is unknown, and so is every observation.
        #[serde(rename = "type")]
        phase: Phase,
        /// What: an operation or an observation.
        #[serde(borrow)]
        f: Cow<'a, str>,
        /// What it holds.
        #[serde(borrow)]
        value: &'a RawValue,
    }
}

/// The same, to be written.
#[derive(Debug, Serialize)]
pub(super) struct Written<'a, V> {
    pub(super) index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) op: Option<u64>,
    pub(super) time: u64,
    pub(super) process: &'a str,
    #[serde(rename = "type")]
    pub(super) phase: Phase,
    pub(super) f: &'a str,
    pub(super) value: V,
}
