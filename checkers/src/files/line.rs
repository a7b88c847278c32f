//! The envelope that every line of a history shares.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Phase;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) history: u32,
}

/// Every other line. The value stays unread until `f` has said what it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    pub(super) index: u64,
    /// The index of the invocation; it is there for readers of the file, a checker pairs by subject.
    #[serde(default, rename = "op")]
    pub(super) _op: Option<u64>,
    pub(super) time: u64,
    #[serde(borrow)]
    pub(super) process: Cow<'a, str>,
    #[serde(rename = "type")]
    pub(super) phase: Phase,
    #[serde(borrow)]
    pub(super) f: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: &'a RawValue,
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
