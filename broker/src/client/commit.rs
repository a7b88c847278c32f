//! When a consumer commits, and what.

use serde::{Deserialize, Serialize};

use crate::Micros;

/// What a commit covers, and what makes it due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommitPolicy {
    /// Fetched records are committed first, and handed to the handler when the commit is confirmed: a crash in between loses
    /// them (at most once).
    BeforeProcessing,
    /// The contiguous completed prefix is committed whenever the records of a poll are done: a crash repeats at most what was
    /// done since (at least once).
    AfterEffect,
    /// The contiguous completed prefix is committed every so many microseconds.
    Interval(Micros),
    /// What was fetched is committed every so many microseconds, whether it is done or not: Kafka's automatic commit in front
    /// of worker threads.
    IntervalFetched(Micros),
}

impl CommitPolicy {
    /// How often a commit is due by time alone, in microseconds.
    #[must_use]
    pub fn interval(self) -> Option<Micros> {
        match self {
            CommitPolicy::Interval(interval) | CommitPolicy::IntervalFetched(interval) => Some(interval),
            CommitPolicy::BeforeProcessing | CommitPolicy::AfterEffect => None,
        }
    }

    /// Whether records wait for their commit before they are handed out.
    #[must_use]
    pub fn holds_records(self) -> bool {
        self == CommitPolicy::BeforeProcessing
    }
}
