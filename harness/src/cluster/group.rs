//! A consumer group of a cluster.

use std::sync::Arc;
use std::time::Duration;

use broker::client::{CommitPolicy, WorkPolicy};

use super::{PER_GROUP, micros};
use crate::node::Stay;
use crate::workload::{Handler, Worker};

/// A consumer group.
#[derive(Clone)]
pub struct Group {
    pub(super) name: &'static str,
    pub(super) consumers: u32,
    pub(super) commit: CommitPolicy,
    pub(super) work: WorkPolicy,
    pub(super) poll: u32,
    pub(super) effort: Duration,
    /// When the last of several members joins, after the start.
    pub(super) late: Duration,
    /// When it leaves; zero is never.
    pub(super) leaves: Duration,
    pub(super) handlers: Arc<dyn Fn() -> Worker + Send + Sync>,
}

impl Group {
    /// A group of two consumers whose handlers `factory` makes; each commits after the effect, works in the polling order,
    /// and polls at most ten records at a time.
    pub fn new<H: Handler>(name: &'static str, factory: impl Fn() -> H + Send + Sync + 'static) -> Self {
        Group {
            name,
            consumers: 2,
            commit: CommitPolicy::AfterEffect,
            work: WorkPolicy::PollingOrder,
            poll: 10,
            effort: Duration::ZERO,
            late: Duration::ZERO,
            leaves: Duration::ZERO,
            handlers: Arc::new(move || Worker::new(factory())),
        }
    }

    /// How many consumers; at most 20.
    #[must_use]
    pub fn consumers(mut self, consumers: u32) -> Self {
        self.consumers = consumers.min(PER_GROUP);
        self
    }

    /// When offsets are committed.
    #[must_use]
    pub fn commit(mut self, commit: CommitPolicy) -> Self {
        self.commit = commit;
        self
    }

    /// In which order records are worked on.
    #[must_use]
    pub fn work(mut self, work: WorkPolicy) -> Self {
        self.work = work;
        self
    }

    /// How long its handlers work on a record at most, before and after its effect; nothing when not said. What a cluster promises
    /// to the group counts with it.
    #[must_use]
    pub fn effort(mut self, longest: Duration) -> Self {
        self.effort = longest;
        self
    }

    /// How many records a poll brings at most.
    #[must_use]
    pub fn poll(mut self, records: u32) -> Self {
        self.poll = records;
        self
    }

    /// When the n-th member is there: the last of several may come late and leave early.
    pub(super) fn stay(&self, number: u32) -> Stay {
        if number == 1 || number < self.consumers {
            return Stay::default();
        }
        let leaves = (!self.leaves.is_zero()).then(|| micros(self.leaves));
        Stay { joins: micros(self.late), leaves }
    }
}
