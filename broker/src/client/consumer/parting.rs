//! Leaving a membership: for another rebalance, because an answer ended it, or for good.

use super::membership::Phase;
use super::{Asked, Consumer, ConsumerEvent};
use crate::client::turn::Turn;
use crate::wire::client::{GroupError, Request};
use crate::{Frame, Now, Observation, Outputs};

impl Consumer {
    /// Leaves the group for good: commits what is settled, gives everything up and says goodbye. [`ConsumerEvent::Left`] comes
    /// when that is done: at once where no connection stands, and where its first join is under way, when that is answered or given up,
    /// for until then nobody knows whom the coordinator takes in (Kafka tells a member its id before it lets it wait, KIP-394). Records
    /// in the handlers' hands are not waited for.
    pub fn leave<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        match self.membership.phase {
            Phase::Left => {}
            Phase::Steady if self.may_part_in_peace() => self.begin_parting(true),
            Phase::Parting { committing, .. } => {
                self.membership.phase = Phase::Parting { committing, leaving: true };
            }
            _ => self.go(now, out),
        }
        self.pump(now, out);
    }

    pub(super) fn may_part_in_peace(&self) -> bool {
        let parting = matches!(self.membership.phase, Phase::Parting { .. });
        !self.config.commit.holds_records() && (self.membership.is_steady() || parting)
    }

    pub(super) fn begin_parting(&mut self, leaving: bool) {
        if self.membership.is_steady() {
            self.membership.phase = Phase::Parting { committing: false, leaving };
        }
    }

    /// Commits once, waits for the answer whatever it is, and parts.
    pub(super) fn part<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        let Phase::Parting { committing, leaving } = self.membership.phase else {
            return;
        };
        if !committing && self.commits.turn != Turn::Asked {
            self.membership.phase = Phase::Parting { committing: true, leaving };
            self.commits.turn = Turn::Due;
            self.positions.iter_mut().for_each(|p| p.commit_due = true);
            self.commit(now, out);
        }
        if self.commits.turn == Turn::Asked {
            return;
        }
        if leaving {
            self.go(now, out);
        } else {
            self.rejoin(Turn::Due, out);
        }
    }

    fn go<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        self.revoke(out);
        self.membership.end();
        if self.membership.owes_goodbye() {
            return;
        }
        self.say_goodbye(now, out);
        self.events.push_back(ConsumerEvent::Left);
    }

    /// Without a connection at hand the coordinator will learn it from the session's end.
    pub(super) fn say_goodbye<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        if let Some((link, member)) = self.coordinator(now, out) {
            let group = self.config.group;
            let request = Request::LeaveGroup { group, member };
            self.cluster.ask(now, link, request, 0, Asked::Leave, out);
        }
    }

    /// Deals with an error that ends the membership of this round; `false` for one that does not.
    pub(super) fn refused<F>(&mut self, now: Now, error: GroupError, out: &mut Outputs<F>) -> bool {
        if !self.forget(now, error) {
            return false;
        }
        let leaving = matches!(self.membership.phase, Phase::Parting { leaving: true, .. });
        let turn = match error {
            GroupError::NotCoordinator => Turn::Resting { until: self.cluster.later(now) },
            _ => Turn::Due,
        };
        self.rejoin(turn, out);
        if leaving {
            self.membership.end();
            self.events.push_back(ConsumerEvent::Left);
        }
        true
    }

    /// Forgets what an error disproves; `true` when the membership itself is.
    pub(super) fn forget(&mut self, now: Now, error: GroupError) -> bool {
        match error {
            GroupError::UnknownMember => self.membership.forget_member(),
            GroupError::NotCoordinator => self.cluster.doubt_leaders(now),
            GroupError::StaleGeneration | GroupError::Rebalancing => {}
            GroupError::NotEnoughReplicas | GroupError::Unknown => return false,
        }
        true
    }

    pub(super) fn rejoin<F>(&mut self, turn: Turn, out: &mut Outputs<F>) {
        if !defect!(KeptOverRebalance) {
            self.revoke(out);
        }
        self.membership.begin_round(turn);
    }

    /// Gives everything up. What handlers hold now is nobody's: its completion will move no position.
    fn revoke<F>(&mut self, out: &mut Outputs<F>) {
        for position in self.positions.take_all() {
            self.work.drop_assignment(position.assignment);
            out.observe(Observation::Revoke {
                group: self.config.group,
                topic_partition: position.topic_partition,
                generation: self.membership.generation(),
            });
        }
        self.commits.turn = Turn::Idle;
    }
}
