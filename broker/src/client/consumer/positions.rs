//! How far a consumer has come in one topic partition: fetched, completed, committed.

use std::collections::VecDeque;

use crate::client::CommitPolicy;
use crate::client::prefix::Prefix;
use crate::client::turn::Turn;
use crate::{Offset, Record, TopicPartition};

/// One topic partition that this consumer owns.
#[derive(Clone, Debug, Hash)]
pub(super) struct Position {
    pub(super) topic_partition: TopicPartition,
    /// Tells this assignment from all others of this consumer, so that what belongs to an old one is recognised.
    pub(super) assignment: u32,
    pub(super) fetch: Turn,
    /// The next offset to fetch. Only a new assignment takes it back.
    pub(super) next: Offset,
    pub(super) committed: Offset,
    pub(super) commit_due: bool,
    completed: Prefix,
    /// Fetched, and not to be handed out before their commit is confirmed.
    held: VecDeque<(Offset, Record)>,
    /// Where each poll that is not done yet ends.
    polls: VecDeque<Offset>,
}

impl Position {
    /// A position from which on nothing is settled.
    pub(super) fn new(topic_partition: TopicPartition, assignment: u32, start: Offset) -> Self {
        Position {
            topic_partition,
            assignment,
            fetch: Turn::Due,
            next: start,
            committed: start,
            commit_due: false,
            completed: Prefix::new(start),
            held: VecDeque::new(),
            polls: VecDeque::new(),
        }
    }

    /// The position after the log was cut to `end`: not beyond it, and with nothing undone behind it.
    pub(super) fn back_to(&self, end: Offset, assignment: u32) -> Self {
        let start = end.min(self.completed.end());
        let committed = self.committed.min(start);
        let commit_due = committed < start;
        Position { committed, commit_due, ..Position::new(self.topic_partition, assignment, start) }
    }

    /// A record was fetched, at or above [`Position::next`].
    pub(super) fn fetched(&mut self, offset: Offset) {
        self.completed.expect(offset);
        self.next = offset + 1;
    }

    /// Everything up to here was read; what of it was no record needs no work, and is settled like the records before it.
    pub(super) fn passed(&mut self, end: Offset) {
        self.commit_due |= self.next < end;
        for offset in self.next..end {
            self.fetched(offset);
            self.completed.complete(offset);
        }
    }

    /// Keeps a fetched record back until its commit.
    pub(super) fn hold(&mut self, offset: Offset, record: Record) {
        self.held.push_back((offset, record));
    }

    /// The next record kept back that the last commit covers.
    pub(super) fn release(&mut self) -> Option<(Offset, Record)> {
        let committed = self.committed;
        self.held.pop_front_if(|(offset, _)| *offset < committed)
    }

    /// How many records are kept back.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// All fetched so far belongs to one poll, or an earlier one.
    pub(super) fn end_poll(&mut self) {
        self.polls.push_back(self.next);
    }

    /// A record's work is done; `true` when that ended a poll.
    pub(super) fn complete(&mut self, offset: Offset) -> bool {
        self.completed.complete(offset);
        let mut ended = false;
        while self.polls.pop_front_if(|end| *end <= self.completed.end()).is_some() {
            ended = true;
        }
        ended
    }

    /// What a commit would cover now.
    pub(super) fn settled(&self, policy: CommitPolicy) -> Offset {
        match policy {
            CommitPolicy::BeforeProcessing | CommitPolicy::IntervalFetched(_) => self.next,
            CommitPolicy::AfterEffect | CommitPolicy::Interval(_) => self.completed.end(),
        }
    }

    /// Whether a commit is due, and would settle more.
    pub(super) fn wants_commit(&self, policy: CommitPolicy) -> bool {
        let due = self.commit_due || policy.holds_records();
        let news = self.settled(policy) > self.committed;
        defect!(CommitsBeforeDue: due || news, due && news)
    }

    /// Whether a commit up to here covers records whose work is not done.
    pub(super) fn runs_ahead(&self, upto: Offset) -> bool {
        self.completed.end() < upto
    }
}
