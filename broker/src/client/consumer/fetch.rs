//! Fetching: one request at a time for every topic partition owned, from its leader.

use super::positions::Position;
use super::{Asked, Consumer};
use crate::client::turn::Turn;
use crate::client::work::Item;
use crate::log::Batch;
use crate::wire::client::{FetchError, Fetched, Request};
use crate::{Frame, Micros, Now, Offset, Outputs, Record};

impl Consumer {
    /// Sends every fetch that is due, while there is room for what it may bring.
    pub(super) fn fetch<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        if self.buffered() >= self.config.max_buffered.max(1) {
            return;
        }
        for at in self.positions.to_fetch() {
            self.fetch_one(at, now, out);
        }
    }

    fn fetch_one<F: From<Frame>>(&mut self, at: usize, now: Now, out: &mut Outputs<F>) {
        let topic_partition = self.positions[at].topic_partition;
        let Some(link) = self.cluster.leader(now, topic_partition, out) else {
            return;
        };
        let request = Request::Fetch {
            topic_partition,
            offset: self.positions[at].next,
            max_records: self.config.max_records.max(1),
            wait: self.config.fetch_wait,
        };
        let assignment = self.positions[at].assignment;
        let about = Asked::Fetch { assignment };
        self.cluster.ask(now, link, request, self.config.fetch_wait, about, out);
        self.positions[at].fetch = Turn::Asked;
    }

    pub(super) fn fetched(&mut self, now: Now, assignment: u32, answer: Result<Fetched, FetchError>) {
        let Some(at) = self.assigned(assignment) else {
            return;
        };
        let until = self.cluster.later(now);
        match answer {
            Ok(fetched) => self.take_in(at, &fetched.batches, until),
            Err(FetchError::NotLeader) => {
                self.positions[at].fetch = Turn::Resting { until };
                self.cluster.doubt_leaders(now);
            }
            Err(FetchError::OutOfRange { end }) => self.reset(at, end, until),
        }
    }

    /// A fetch will not be answered.
    pub(super) fn fetch_lost(&mut self, now: Now, assignment: u32) {
        if let Some(at) = self.assigned(assignment) {
            let until = self.cluster.later(now);
            self.positions[at].fetch = Turn::Resting { until };
        }
    }

    fn take_in(&mut self, at: usize, batches: &[Batch], until: Micros) {
        let start = self.positions[at].next;
        for batch in batches {
            for (offset, record) in batch.entries() {
                // A batch comes whole: its first records may have been asked for before.
                if offset >= self.positions[at].next {
                    self.take_in_one(at, offset, record.clone());
                }
            }
            self.positions[at].passed(batch.end());
        }
        let position = &mut self.positions[at];
        let nothing = position.next == start;
        if !nothing {
            position.end_poll();
        }
        // A broker that was not asked to wait must not be asked again at once.
        position.fetch =
            if nothing && self.config.fetch_wait == 0 { Turn::Resting { until } } else { Turn::Due };
    }

    fn take_in_one(&mut self, at: usize, offset: Offset, record: Record) {
        let position = &mut self.positions[at];
        position.fetched(offset);
        if self.config.commit.holds_records() {
            position.hold(offset, record);
        } else {
            self.enqueue(at, offset, record);
        }
    }

    /// Lets a record wait for its lane.
    pub(super) fn enqueue(&mut self, at: usize, offset: Offset, record: Record) {
        let position = &self.positions[at];
        self.work.push(Item {
            topic_partition: position.topic_partition,
            generation: self.membership.generation(),
            assignment: position.assignment,
            offset,
            record,
            attempt: 1,
        });
    }

    /// The log ends before the position, which happens only when an unclean election or a power loss cut off what had been read.
    /// The consumer goes on at its end, as if newly assigned: the offsets from there on will hold other records. Or before it,
    /// where its work stands: what it had fetched and not done is in the log still, and would be skipped.
    fn reset(&mut self, at: usize, end: Offset, until: Micros) {
        let old = self.positions[at].clone();
        self.work.drop_assignment(old.assignment);
        let mut position = old.back_to(end, self.next_assignment());
        position.fetch = Turn::Resting { until };
        self.positions[at] = position;
    }

    fn buffered(&self) -> usize {
        let held = || self.positions.iter().map(Position::held).sum::<usize>();
        self.work.waiting() + if self.config.commit.holds_records() { held() } else { 0 }
    }
}
