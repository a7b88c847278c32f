//! Membership of a group: join, learn what is owned and from where, stay alive, give everything up, join again (Kafka's eager
//! protocol).
//!
//! A consumer that cannot reach its coordinator goes on working: it learns only from an answer that it lost its topic
//! partitions. That is how a consumer cut off or paused for longer than its session becomes a zombie, and why fencing at the
//! coordinator stops its commits and not its effects.

use super::positions::Position;
use super::{Asked, Consumer, ConsumerEvent};
use crate::client::cluster::LinkIndex;
use crate::client::turn::Turn;
use crate::types::earliest;
use crate::wire::client::{GroupError, Joined, MemberId, Request};
use crate::{Frame, Generation, Micros, Now, Observation, Offset, Outputs, TopicPartition};

/// How this consumer stands with its group.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Membership {
    member: Option<MemberId>,
    generation: Generation,
    /// Counts the joins, so that answers to what was asked before the last one are recognised. Generations would not do: a
    /// new coordinator may begin them anew.
    round: u32,
    pub(super) phase: Phase,
    heartbeat: Turn,
    /// It left while its first join was under way: only the answer says who is to say goodbye.
    goodbye_owed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// No member, or one of a generation that has passed.
    Join(Turn),
    /// A member that asks what it owns.
    Sync(Turn),
    /// An owner that asks where to begin.
    Load(Turn),
    /// Fetching and working.
    Steady,
    /// About to give everything up; commits first what is settled.
    Parting { committing: bool, leaving: bool },
    /// Gone for good.
    Left,
}

impl Membership {
    pub(super) fn new() -> Self {
        Membership {
            member: None,
            generation: 0,
            round: 0,
            phase: Phase::Join(Turn::Due),
            heartbeat: Turn::Idle,
            goodbye_owed: false,
        }
    }

    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    pub(super) fn round(&self) -> u32 {
        self.round
    }

    /// Whether what was asked in `round` still matters.
    pub(super) fn is_in(&self, round: u32) -> bool {
        defect!(RoundsMistaken: self.round != round, self.round == round) && self.phase != Phase::Left
    }

    pub(super) fn is_steady(&self) -> bool {
        self.phase == Phase::Steady
    }

    /// Begins anew, with the next join.
    pub(super) fn begin_round(&mut self, join: Turn) {
        self.round = self.round.wrapping_add(1);
        self.heartbeat = Turn::Idle;
        self.phase = Phase::Join(join);
    }

    /// No more joins.
    pub(super) fn end(&mut self) {
        self.goodbye_owed = self.member.is_none() && self.phase == Phase::Join(Turn::Asked);
        self.heartbeat = Turn::Idle;
        self.phase = Phase::Left;
    }

    /// Whether it has yet to say goodbye, as the answer to a join makes possible.
    pub(super) fn owes_goodbye(&self) -> bool {
        self.goodbye_owed
    }

    /// The next join is that of a new member.
    pub(super) fn forget_member(&mut self) {
        self.member = None;
    }

    pub(super) fn wake(&mut self, now: Now) {
        self.heartbeat.wake(now);
        if let Phase::Join(turn) | Phase::Sync(turn) | Phase::Load(turn) = &mut self.phase {
            turn.wake(now);
        }
    }

    pub(super) fn deadline(&self) -> Option<Micros> {
        let phase = match self.phase {
            Phase::Join(turn) | Phase::Sync(turn) | Phase::Load(turn) => turn.deadline(),
            Phase::Steady | Phase::Parting { .. } | Phase::Left => None,
        };
        earliest([phase, self.heartbeat.deadline()])
    }
}

impl Consumer {
    /// Takes the next step of the group's protocol that is due.
    pub(super) fn coordinate<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        self.part(now, out);
        match self.membership.phase {
            Phase::Join(Turn::Due) => self.join(now, out),
            Phase::Sync(Turn::Due) => self.sync(now, out),
            Phase::Load(Turn::Due) => self.load(now, out),
            _ => {}
        }
        if self.membership.heartbeat == Turn::Due {
            self.heartbeat(now, out);
        }
    }

    fn join<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        let Some(link) = self.cluster.leader(now, self.config.offsets_partition, out) else {
            return;
        };
        let request = Request::JoinGroup {
            group: self.config.group,
            member: self.membership.member,
            session_timeout: self.config.session_timeout,
            subscription: self.subscription.clone(),
        };
        let held_back = self.config.rebalance_timeout;
        self.cluster.ask(now, link, request, held_back, Asked::Join, out);
        self.membership.phase = Phase::Join(Turn::Asked);
    }

    pub(super) fn joined<F: From<Frame>>(
        &mut self,
        now: Now,
        answer: Result<Joined, GroupError>,
        out: &mut Outputs<F>,
    ) {
        match answer {
            Ok(joined) => {
                self.membership.member = Some(joined.member);
                self.membership.generation = joined.generation;
                if self.membership.phase == Phase::Left {
                    return self.undo_join(now, out);
                }
                self.membership.phase = Phase::Sync(Turn::Due);
                self.next_heartbeat(now);
            }
            Err(error) => {
                self.forget(now, error);
                self.join_failed(now);
            }
        }
    }

    /// The coordinator took in somebody who has left meanwhile, and would wait for the end of the session.
    fn undo_join<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        self.say_goodbye(now, out);
        self.pay_goodbye();
    }

    /// A join was refused, or will not be answered.
    pub(super) fn join_failed(&mut self, now: Now) {
        self.pay_goodbye();
        self.ask_later(now, Asked::Join);
    }

    /// Whoever left is gone, once its last join is answered or given up.
    fn pay_goodbye(&mut self) {
        if std::mem::take(&mut self.membership.goodbye_owed) {
            self.events.push_back(ConsumerEvent::Left);
        }
    }

    fn sync<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        let Some((link, member)) = self.coordinator(now, out) else {
            return;
        };
        let request =
            Request::SyncGroup { group: self.config.group, member, generation: self.membership.generation };
        let round = self.membership.round;
        self.cluster.ask(now, link, request, 0, Asked::Sync { round }, out);
        self.membership.phase = Phase::Sync(Turn::Asked);
    }

    pub(super) fn synced<F>(
        &mut self,
        now: Now,
        answer: Result<Vec<TopicPartition>, GroupError>,
        out: &mut Outputs<F>,
    ) {
        match answer {
            Ok(owned) => {
                for &topic_partition in &owned {
                    self.grant(topic_partition, out);
                }
                self.membership.phase = Phase::Load(Turn::Due);
            }
            Err(error) => {
                if !self.refused(now, error, out) {
                    let round = self.membership.round;
                    self.ask_later(now, Asked::Sync { round });
                }
            }
        }
    }

    fn grant<F>(&mut self, topic_partition: TopicPartition, out: &mut Outputs<F>) {
        out.observe(Observation::Grant {
            group: self.config.group,
            topic_partition,
            generation: self.membership.generation,
        });
        let assignment = self.next_assignment();
        self.positions.push(Position::new(topic_partition, assignment, 0));
    }

    fn load<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        if self.positions.is_empty() {
            self.membership.phase = Phase::Steady;
            return;
        }
        let Some((link, _)) = self.coordinator(now, out) else {
            return;
        };
        let request = Request::FetchOffsets {
            group: self.config.group,
            topic_partitions: self.positions.iter().map(|p| p.topic_partition).collect(),
        };
        let round = self.membership.round;
        self.cluster.ask(now, link, request, 0, Asked::Load { round }, out);
        self.membership.phase = Phase::Load(Turn::Asked);
    }

    pub(super) fn loaded<F>(
        &mut self,
        now: Now,
        answer: Result<Vec<Option<Offset>>, GroupError>,
        out: &mut Outputs<F>,
    ) {
        match answer {
            Ok(offsets) if offsets.len() == self.positions.len() => {
                for (position, offset) in self.positions.iter_mut().zip(offsets) {
                    let start = offset.unwrap_or(0);
                    let (group, topic_partition) = (self.config.group, position.topic_partition);
                    out.observe(Observation::Position { group, topic_partition, settled: start });
                    *position = Position::new(position.topic_partition, position.assignment, start);
                }
                self.membership.phase = Phase::Steady;
                self.commits.next = now.mono + self.config.commit.interval().unwrap_or(0).max(1);
            }
            Err(error) if self.refused(now, error, out) => {}
            Ok(_) | Err(_) => {
                let round = self.membership.round;
                self.ask_later(now, Asked::Load { round });
            }
        }
    }

    fn heartbeat<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        let Some((link, member)) = self.coordinator(now, out) else {
            return;
        };
        let request =
            Request::Heartbeat { group: self.config.group, member, generation: self.membership.generation };
        let round = self.membership.round;
        self.cluster.ask(now, link, request, 0, Asked::Heartbeat { round }, out);
        self.membership.heartbeat = Turn::Asked;
    }

    pub(super) fn heard<F>(&mut self, now: Now, answer: Result<(), GroupError>, out: &mut Outputs<F>) {
        self.next_heartbeat(now);
        match answer {
            Ok(()) => {}
            // The generation lives on until the group has joined again: there is time to commit what is settled.
            Err(GroupError::Rebalancing) if defect!(AlwaysInPeace: true, self.may_part_in_peace()) => {
                self.begin_parting(false)
            }
            Err(error) => {
                self.refused(now, error, out);
            }
        }
    }

    /// Asks again after a rest what was lost or refused for the time being.
    pub(super) fn ask_later(&mut self, now: Now, asked: Asked) {
        let turn = Turn::Resting { until: self.cluster.later(now) };
        let phase = &mut self.membership.phase;
        match (asked, *phase) {
            (Asked::Join, Phase::Join(_)) => *phase = Phase::Join(turn),
            (Asked::Sync { .. }, Phase::Sync(_)) => *phase = Phase::Sync(turn),
            (Asked::Load { .. }, Phase::Load(_)) => *phase = Phase::Load(turn),
            (Asked::Heartbeat { .. }, phase) if phase != Phase::Left => self.membership.heartbeat = turn,
            _ => {}
        }
    }

    fn next_heartbeat(&mut self, now: Now) {
        let rest = self.config.heartbeat.max(1);
        let until = defect!(MemberSpeaksAtOnce: now.mono.wrapping_sub(rest), now.mono + rest);
        self.membership.heartbeat = Turn::Resting { until };
    }

    /// The link to the coordinator, and who this consumer is to it.
    pub(super) fn coordinator<F>(&mut self, now: Now, out: &mut Outputs<F>) -> Option<(LinkIndex, MemberId)> {
        let member = self.membership.member?;
        let link = self.cluster.leader(now, self.config.offsets_partition, out)?;
        Some((link, member))
    }
}
