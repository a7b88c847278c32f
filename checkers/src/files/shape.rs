//! The shapes of the values in a line: one strict struct each, the same for reading and writing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Course, DropReason, Offset, Stamp, Time};

/// A value without content: `{}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A send.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Send<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) offset: Option<Offset>,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    /// 0 where no acknowledgement is awaited; any other number, or none, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) acks: Option<i32>,
}

/// A delivery.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Poll<'a> {
    #[serde(borrow)]
    pub(super) group: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) offset: Offset,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
}

/// A settlement.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Settle<'a> {
    #[serde(borrow)]
    pub(super) group: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) upto: Offset,
    pub(super) generation: u64,
}

/// A call to a sink.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Effect<'a> {
    #[serde(borrow)]
    pub(super) sink: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
}

/// An intent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Intent<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    pub(super) key: u64,
}

/// An answer, or an effect at the sink.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Id<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
}

/// An append.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Append<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) offset: Offset,
    pub(super) epoch: u32,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
}

/// A move of the high watermark.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Watermark<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) offset: Offset,
}

/// What a replica holds below its watermark.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Committed<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) epoch: u32,
    pub(super) watermark: Offset,
    pub(super) hash: u64,
}

/// The begin of a reign.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Lead<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) epoch: u32,
}

/// A truncation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Truncate<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) from: Offset,
    pub(super) to: Offset,
}

/// A recovery.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Recover<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) end: Offset,
    pub(super) dropped_bytes: u64,
}

/// A grant, or a revocation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Hold<'a> {
    #[serde(borrow)]
    pub(super) group: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) generation: u64,
}

/// Where a group stands.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Position<'a> {
    #[serde(borrow)]
    pub(super) group: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) settled: Offset,
}

/// A broker that closed the connection instead of answering.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct HungUp<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) by: Cow<'a, str>,
}

/// A follower that its leader wants out of the in-sync set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Laggard<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    #[serde(borrow)]
    pub(super) follower: Cow<'a, str>,
    pub(super) lag: Time,
}

/// What a follower holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Replicated<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) end: Offset,
}

/// Who may be elected.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Members<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    #[serde(borrow)]
    pub(super) in_sync: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) eligible: Vec<Cow<'a, str>>,
}

/// A broker that is registered anew.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Registered<'a> {
    #[serde(borrow)]
    pub(super) broker: Cow<'a, str>,
}

/// A declared drop.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Drop<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    pub(super) reason: DropReason,
}

/// A dead letter.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct DeadLetter<'a> {
    #[serde(borrow)]
    pub(super) group: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
}

/// A record of a final log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Logged<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) offset: Offset,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stamp: Option<Stamp>,
}

/// A replica's digest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Digest<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: u32,
    pub(super) watermark: Offset,
    pub(super) hash: u64,
}

/// A fault or its healing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Fault<'a> {
    #[serde(borrow)]
    pub(super) fault: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    pub(super) healed: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) reach: Option<Reach<'a>>,
}

/// How far a fault reached. A history recorded before this was told has none.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Reach<'a> {
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) nodes: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) links: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub(super) course: Course,
}

/// A halt.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Halted<'a> {
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
}
