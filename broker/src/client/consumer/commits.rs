//! Committing: one request at a time, for all topic partitions whose commit is due.

use super::{Asked, Consumer};
use crate::client::turn::Turn;
use crate::wire::client::{GroupError, Request};
use crate::{Frame, Generation, Mark, Micros, Now, Observation, Offset, Outputs, Phase, TopicPartition};

/// The one commit that may be under way.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Commits {
    pub(super) turn: Turn,
    /// When the next commit is due by time alone.
    pub(super) next: Micros,
}

/// A commit as it was sent.
#[derive(Clone, Debug, Hash)]
pub(super) struct Sent {
    pub(super) round: u32,
    generation: Generation,
    offsets: Vec<(TopicPartition, Offset)>,
}

impl Consumer {
    /// Makes commits due by time.
    pub(super) fn pass_interval(&mut self, now: Now) {
        if let Some(interval) = self.config.commit.interval()
            && self.commits.next <= now.mono
        {
            self.commits.next = now.mono + interval.max(1);
            self.positions.iter_mut().for_each(|p| p.commit_due = true);
        }
    }

    /// Sends the commit that is due, unless one is under way.
    pub(super) fn commit<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        if matches!(self.commits.turn, Turn::Asked | Turn::Resting { .. }) {
            return;
        }
        let offsets = self.due_offsets();
        if offsets.is_empty() {
            return;
        }
        let Some((link, member)) = self.coordinator(now, out) else {
            return;
        };
        self.positions.iter_mut().for_each(|p| p.commit_due = false);
        let sent = Sent {
            round: self.membership.round(),
            generation: self.membership.generation(),
            offsets: offsets.clone(),
        };
        self.observe(&sent, Phase::Invoke, out);
        let request =
            Request::Commit { group: self.config.group, member, generation: sent.generation, offsets };
        self.cluster.ask(now, link, request, 0, Asked::Commit(sent), out);
        self.commits.turn = Turn::Asked;
    }

    pub(super) fn committed<F>(
        &mut self,
        now: Now,
        sent: Sent,
        answer: Result<(), GroupError>,
        out: &mut Outputs<F>,
    ) {
        match answer {
            Ok(()) => self.commit_ok(sent, out),
            Err(GroupError::Unknown) => self.commit_failed(now, sent, Phase::Info, out),
            Err(error) => {
                let round = sent.round;
                self.commit_failed(now, sent, Phase::Fail, out);
                if self.membership.is_in(round) {
                    self.refused(now, error, out);
                }
            }
        }
    }

    /// It is not known, or certain, that it did not take effect. What is settled by then is committed after a rest.
    pub(super) fn commit_failed<F>(&mut self, now: Now, sent: Sent, phase: Phase, out: &mut Outputs<F>) {
        self.observe(&sent, phase, out);
        if self.membership.is_in(sent.round) {
            let until = self.cluster.later(now);
            self.commits.turn = Turn::Resting { until };
            self.positions.iter_mut().for_each(|p| p.commit_due = true);
        }
    }

    fn commit_ok<F>(&mut self, sent: Sent, out: &mut Outputs<F>) {
        self.observe(&sent, Phase::Ok, out);
        if !self.membership.is_in(sent.round) {
            return;
        }
        self.commits.turn = Turn::Idle;
        for (topic_partition, upto) in sent.offsets {
            let at = self.positions.iter().position(|p| {
                defect!(CommitsMistaken: p.topic_partition != topic_partition, p.topic_partition == topic_partition)
            });
            // A position that was reset below `upto` meanwhile has nothing to do with this commit.
            if let Some(at) = at
                && upto <= self.positions[at].next
            {
                self.settle(at, upto, out);
            }
        }
    }

    fn settle<F>(&mut self, at: usize, upto: Offset, out: &mut Outputs<F>) {
        self.positions[at].committed = upto;
        if self.positions[at].runs_ahead(upto) {
            out.mark(Mark::CommitBeforeEffect);
        }
        while let Some((offset, record)) = self.positions[at].release() {
            self.enqueue(at, offset, record);
        }
    }

    fn due_offsets(&self) -> Vec<(TopicPartition, Offset)> {
        let policy = self.config.commit;
        let due = self.positions.to_commit(policy);
        due.map(|p| (p.topic_partition, p.settled(policy))).collect()
    }

    fn observe<F>(&self, sent: &Sent, phase: Phase, out: &mut Outputs<F>) {
        for &(topic_partition, upto) in &sent.offsets {
            out.observe(Observation::Settle {
                phase,
                group: self.config.group,
                topic_partition,
                upto,
                generation: sent.generation,
            });
        }
    }
}
