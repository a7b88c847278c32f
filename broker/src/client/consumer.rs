//! The consumer: one member of a group. It fetches what it is assigned, hands records out in lanes, and commits.

mod commits;
mod config;
mod fetch;
mod membership;
mod owned;
mod parting;
mod positions;

#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

pub use self::config::{ConsumerConfig, ConsumerEvent};

use self::commits::{Commits, Sent};
use self::membership::Membership;
use self::owned::Owned;
use self::positions::Position;
use super::cluster::{Cluster, Heard, Lost};
use super::turn::Turn;
use super::work::Work;
use super::{ClientInput, CommitPolicy, Ticket};
use crate::types::earliest;
use crate::wire::client::Response;
use crate::{ConnId, Frame, Mark, Micros, Now, Observation, Outputs, Phase, TopicPartition};

/// An embedded consumer. See [`crate::client`] for how it is driven; it starts with its first [`Consumer::tick`].
#[derive(Clone, Debug, Hash)]
pub struct Consumer {
    config: ConsumerConfig,
    subscription: Arc<[TopicPartition]>,
    cluster: Cluster<Asked>,
    membership: Membership,
    positions: Owned,
    commits: Commits,
    work: Work,
    assignments: u32,
    events: VecDeque<ConsumerEvent>,
}

#[derive(Clone, Debug, Hash)]
enum Asked {
    Join,
    Sync { round: u32 },
    Load { round: u32 },
    Heartbeat { round: u32 },
    Leave,
    Commit(Sent),
    Fetch { assignment: u32 },
}

impl Consumer {
    /// A consumer that begins to join its group with the first tick. `seed` decides whom it asks first and its rests.
    #[must_use]
    pub fn new(config: ConsumerConfig, seed: u64) -> Self {
        Consumer {
            subscription: config.subscription.as_slice().into(),
            cluster: Cluster::new(
                &config.brokers,
                config.request_timeout,
                config.retry_backoff,
                config.metadata_age,
                seed,
            ),
            membership: Membership::new(),
            positions: Owned::default(),
            commits: Commits { turn: Turn::Idle, next: 0 },
            work: Work::new(config.work),
            config,
            assignments: 0,
            events: VecDeque::new(),
        }
    }

    /// Whether this is one of the consumer's connections.
    #[must_use]
    pub fn owns(&self, conn: ConnId) -> bool {
        self.cluster.owns(conn)
    }

    /// Takes what happened to a connection; `false` when it is not one of the consumer's.
    pub fn handle<F: From<Frame>>(&mut self, now: Now, input: ClientInput, out: &mut Outputs<F>) -> bool {
        match self.cluster.handle(now, input) {
            Heard::NotMine => return false,
            Heard::Nothing => {}
            Heard::Answer(asked, response) => self.answered(now, asked, response, out),
        }
        self.pump(now, out);
        true
    }

    /// Does what is due; to be called at the start and when [`Consumer::deadline`] has passed, harmless at any other time.
    pub fn tick<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        self.cluster.tick(now, out);
        self.pump(now, out);
    }

    /// The monotonic time in microseconds at which [`Consumer::tick`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let (fetches, commits) = (self.positions.deadline(), self.commits.turn.deadline());
        let always = [self.cluster.deadline(), self.membership.deadline(), fetches, commits];
        let steady = if self.membership.is_steady() {
            [self.config.commit.interval().map(|_| self.commits.next), self.work.deadline()]
        } else {
            [None, None]
        };
        earliest(always.into_iter().chain(steady))
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<ConsumerEvent> {
        self.events.pop_front()
    }

    /// A handler is done with its record: the effect happened. Of an assignment that has passed it only frees the lane.
    pub fn done<F: From<Frame>>(&mut self, now: Now, ticket: Ticket, out: &mut Outputs<F>) {
        if self.work.finish(ticket)
            && let Some(at) = self.assigned(ticket.assignment)
        {
            let position = &mut self.positions[at];
            if position.complete(ticket.offset) && self.config.commit == CommitPolicy::AfterEffect {
                position.commit_due = true;
            }
            if position.committed <= ticket.offset {
                out.mark(Mark::EffectBeforeCommit);
            }
        }
        self.pump(now, out);
    }

    /// A handler wants its record again after `backoff` microseconds, in the same lane and before anything else of it.
    pub fn retry<F: From<Frame>>(&mut self, now: Now, ticket: Ticket, backoff: Micros, out: &mut Outputs<F>) {
        if defect!(RefusedIsDone) {
            return self.done(now, ticket, out);
        }
        let wanted = self.assigned(ticket.assignment).is_some();
        let until =
            defect!(RetriedInThePast: now.mono.wrapping_sub(backoff.max(1)), now.mono + backoff.max(1));
        self.work.retry(ticket, until, wanted);
        self.pump(now, out);
    }

    /// Whether nothing is buffered, in a handler's hands, or done and not committed.
    #[must_use]
    pub fn idle(&self) -> bool {
        let policy = self.config.commit;
        let settled = |p: &Position| p.held() == 0 && p.settled(policy) <= p.committed;
        self.work.is_idle() && self.positions.iter().all(settled)
    }

    fn pump<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        while let Some(Lost { about: asked, .. }) = self.cluster.next_lost() {
            self.lost(now, asked, out);
        }
        self.membership.wake(now);
        self.commits.turn.wake(now);
        self.positions.wake(now);
        self.coordinate(now, out);
        if self.membership.is_steady() {
            self.pass_interval(now);
            self.commit(now, out);
            self.dispatch(now, out);
            self.fetch(now, out);
        }
        self.positions.calm(self.config.commit);
        self.cluster.refresh(now, out);
    }

    fn answered<F: From<Frame>>(&mut self, now: Now, asked: Asked, response: Response, out: &mut Outputs<F>) {
        let current = self.is_current(&asked);
        match (asked, response) {
            (Asked::Join, Response::Joined(answer)) => self.joined(now, answer, out),
            (Asked::Sync { .. }, Response::Synced(answer)) if current => self.synced(now, answer, out),
            (Asked::Load { .. }, Response::Offsets(answer)) if current => self.loaded(now, answer, out),
            (Asked::Heartbeat { .. }, Response::Group(answer)) if current => self.heard(now, answer, out),
            (Asked::Commit(sent), Response::Group(answer)) => self.committed(now, sent, answer, out),
            (Asked::Fetch { assignment }, Response::Fetched(answer)) => {
                self.fetched(now, assignment, answer);
            }
            // Any other response is unexpected: it is treated as lost.
            (asked, _) => self.lost(now, asked, out),
        }
    }

    /// A request will not be answered.
    fn lost<F>(&mut self, now: Now, asked: Asked, out: &mut Outputs<F>) {
        match asked {
            Asked::Fetch { assignment } => self.fetch_lost(now, assignment),
            Asked::Commit(sent) => self.commit_failed(now, sent, Phase::Info, out),
            Asked::Join => self.join_failed(now),
            asked if self.is_current(&asked) => self.ask_later(now, asked),
            _ => {}
        }
    }

    fn is_current(&self, asked: &Asked) -> bool {
        match asked {
            Asked::Sync { round } | Asked::Load { round } | Asked::Heartbeat { round } => {
                self.membership.is_in(*round)
            }
            Asked::Join | Asked::Leave | Asked::Commit(_) | Asked::Fetch { .. } => true,
        }
    }

    /// Hands records to every lane that is free.
    fn dispatch<F>(&mut self, now: Now, out: &mut Outputs<F>) {
        while let Some((ticket, item)) = self.work.next(now) {
            out.observe(Observation::Poll {
                group: self.config.group,
                topic_partition: item.topic_partition,
                offset: item.offset,
                id: item.record.id,
            });
            self.events.push_back(ConsumerEvent::Deliver {
                ticket,
                record: item.record.clone(),
                offset: item.offset,
                attempt: item.attempt,
            });
        }
    }

    /// The place of the position of an assignment that has not passed.
    fn assigned(&self, assignment: u32) -> Option<usize> {
        self.positions.iter().position(|p| p.assignment == assignment)
    }

    fn next_assignment(&mut self) -> u32 {
        self.assignments = self.assignments.wrapping_add(1);
        self.assignments
    }
}
