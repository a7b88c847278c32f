//! A consumer group of a cluster.

use std::sync::Arc;
use std::time::Duration;

use broker::client::{CommitPolicy, WorkPolicy};

use super::hosts::PER_GROUP;
use super::micros;
use crate::system::node::{Stay, Workers};
use crate::system::workload::{Handler, Kept, Life, Worker};

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
    pub(super) handlers: Workers,
}

impl Group {
    /// A group of two consumers whose handlers `factory` makes; each commits after the effect, works in the polling order,
    /// and polls at most ten records at a time.
    pub fn new<H: Handler>(
        name: &'static str,
        factory: impl Fn() -> H + Copy + Send + Sync + 'static,
    ) -> Self {
        Group::with(name, move |_| factory())
    }

    /// The same, of handlers that are told whose life they live, and may keep what outlives it.
    ///
    /// What `factory` captures must be `Copy`. One factory makes the handlers of every run, so a table that it shared by `Arc`
    /// would go from one run to the next; [`Life::kept`] is the place for that.
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use std::sync::{Arc, Mutex};
    ///
    /// use harness::{Context, Group, Handler, Record, Redeliver};
    ///
    /// /// Remembers what it has charged for, as a table of its service would.
    /// struct Billing {
    ///     charged: Arc<Mutex<HashSet<String>>>,
    /// }
    ///
    /// impl Handler for Billing {
    ///     async fn handle(&mut self, payment: &Record, context: &Context) -> Result<(), Redeliver> {
    ///         let id = payment.id.to_string();
    ///         if !self.charged.lock().is_ok_and(|charged| charged.contains(&id)) {
    ///             context.apply_once(payment).await?;
    ///             self.charged.lock().map_err(|_| Redeliver)?.insert(id);
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let group = Group::with("billing", |life| Billing { charged: life.kept(Mutex::default) });
    /// ```
    ///
    /// With a table of its own making it does not compile:
    ///
    /// ```compile_fail,E0277
    /// # use std::collections::HashSet;
    /// # use std::sync::{Arc, Mutex};
    /// # use harness::{Context, Group, Handler, Record, Redeliver};
    /// # struct Billing { charged: Arc<Mutex<HashSet<String>>> }
    /// # impl Handler for Billing {
    /// #     async fn handle(&mut self, _: &Record, _: &Context) -> Result<(), Redeliver> { Ok(()) }
    /// # }
    /// let charged = Arc::new(Mutex::default());
    /// let group = Group::with("billing", move |_| Billing { charged: charged.clone() });
    /// ```
    pub fn with<H: Handler>(
        name: &'static str,
        factory: impl Fn(&Life) -> H + Copy + Send + Sync + 'static,
    ) -> Self {
        Group {
            name,
            consumers: 2,
            commit: CommitPolicy::AfterEffect,
            work: WorkPolicy::PollingOrder,
            poll: 10,
            effort: Duration::ZERO,
            late: Duration::ZERO,
            leaves: Duration::ZERO,
            handlers: Arc::new(move |life: &Life| Worker::new(factory(life))),
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

    /// The first life of the n-th member, in a run that keeps this for the group.
    pub(super) fn life(&self, number: u32, kept: Kept) -> Life {
        Life { group: self.name, consumer: number, incarnation: 0, seed: 0, kept }
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
