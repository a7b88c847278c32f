//! What a replica does about elections among the replicas of its log: it votes, campaigns, begins to lead or to follow, and resigns.

#[cfg(test)]
mod tests;

use super::tally::Change;
use super::{Members, Replica, Role, Tally};
use crate::authority::consensus::{Consensus, Voters};
use crate::log::Batch;
use crate::peer::Purpose;
use crate::wire::consensus::{Ballot, Request, Response};
use crate::{ConnId, Epoch, Frame, Mark, Micros, NodeId, Observation, Offset, Outputs, RequestId};

impl Replica {
    /// Another replica asks for this one's vote.
    pub fn vote_asked<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        ballot: &Ballot,
        out: &mut Outputs<F>,
    ) {
        if defect!(PreVoteRaisesTerm: true, !ballot.pre) {
            self.adopt(now, ballot.term, out);
        }
        let leader = self.knows_leader();
        let leads = self.leads();
        let Some(consensus) = &mut self.consensus else {
            return;
        };
        // Whoever leads and has not resigned is heard by a majority: there is no need for another.
        let judged = if leads { None } else { consensus.judge(now, ballot, &self.log, out) };
        let response = Response::Voted { term: consensus.term(), granted: judged.is_some(), leader };
        consensus.promise(conn, id, response, judged.unwrap_or(0));
        self.keep_promises(out);
    }

    /// Another replica answered whether it votes for this one, or would.
    pub fn voted<F: From<Frame>>(
        &mut self,
        now: Micros,
        from: NodeId,
        (pre, asked_in): (bool, Epoch),
        (term, granted, leader): (Epoch, bool, Option<NodeId>),
        out: &mut Outputs<F>,
    ) {
        self.adopt(now, term, out);
        let Some(consensus) = &mut self.consensus else {
            return;
        };
        let campaign = consensus.campaign();
        if let Some(campaign) = campaign.filter(
            |campaign| defect!(OldAnswersCount: true, (campaign.pre, campaign.term) == (pre, asked_in)),
        ) {
            campaign.answered(from, granted);
        }
        if consensus.term() == term
            && let Some(leader) =
                leader.filter(|&leader| leader != self.node && self.knows_leader().is_none())
        {
            self.follow_elected(now, leader, term, out);
        }
        self.win(now, out);
    }

    /// A question about its candidacy in this term will not be answered.
    pub fn vote_lost(&mut self, from: NodeId, (pre, term): (bool, Epoch)) {
        let campaign = self.consensus.as_deref_mut().and_then(Consensus::campaign);
        if let Some(campaign) = campaign.filter(|campaign| (campaign.pre, campaign.term) == (pre, term)) {
            campaign.lost(from);
        }
    }

    /// A leader says that it leads.
    pub fn epoch_began<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        (epoch, leader): (Epoch, NodeId),
        out: &mut Outputs<F>,
    ) {
        self.adopt(now, epoch, out);
        let Some(term) = self.consensus.as_deref().map(Consensus::term) else {
            return;
        };
        if epoch == term {
            self.follow_elected(now, leader, epoch, out);
        }
        out.send(conn, Response::Acknowledged { term }.frame(id));
    }

    /// Another replica has heard that this one leads, or knows better.
    pub fn acknowledged<F: From<Frame>>(
        &mut self,
        now: Micros,
        from: NodeId,
        term: Epoch,
        out: &mut Outputs<F>,
    ) {
        self.adopt(now, term, out);
        if let Some(tally) = self.tally() {
            tally.acknowledged(now, from);
        }
    }

    /// Another replica did not hear that this one leads.
    pub fn untold(&mut self, from: NodeId) {
        if let Some(tally) = self.tally() {
            tally.untold(from);
        }
    }

    /// Whether it has something to ask of, or to tell, the replica on this node.
    #[must_use]
    pub fn has_question(&self, node: NodeId) -> bool {
        match &self.role {
            Role::Leader(leading) => leading.must_tell(node),
            _ => self.consensus.as_deref().is_some_and(|consensus| consensus.has_question(node)),
        }
    }

    /// That question; from now on it is on its way.
    pub fn next_question(&mut self, node: NodeId) -> Option<(Purpose, Request)> {
        let topic_partition = self.topic_partition;
        let (leader, epoch) = (self.node, self.epoch());
        if let Some(tally) = self.tally() {
            tally.tell(node);
            let request = Request::BeginEpoch { topic_partition, epoch, leader };
            return Some((Purpose::BeginEpoch(node, topic_partition, epoch), request));
        }
        let consensus = self.consensus.as_deref_mut()?;
        let (pre, term, voter) = consensus.next_question(node)?;
        let (last_epoch, end) = (self.log.last_epoch(), self.log.end());
        let candidate = consensus.me();
        let ballot = Ballot { topic_partition, pre, term, candidate, voter, last_epoch, end };
        Some((Purpose::Vote(node, topic_partition, pre, term), Request::Vote(Box::new(ballot))))
    }

    /// Does what is due: campaigns where no leader is heard, resigns where no majority is.
    pub(super) fn elect<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        if let Some(tally) = self.tally() {
            tally.tick(now);
            if tally.resigns_at() <= now {
                self.resign(now, out);
            }
            return;
        }
        let due = |consensus: &&mut Consensus| consensus.deadline().is_some_and(|at| at <= now);
        if let Some(consensus) = self.consensus.as_deref_mut().filter(due) {
            consensus.sound_out(now);
            self.win(now, out);
        }
    }

    /// The file of its ballots is synced up to this token.
    pub(super) fn ballots_synced<F: From<Frame>>(&mut self, now: Micros, token: u64, out: &mut Outputs<F>) {
        if let Some(consensus) = &mut self.consensus {
            consensus.synced(token);
        }
        self.cut_damage_once_known(out);
        self.keep_promises(out);
        self.win(now, out);
    }

    fn keep_promises<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        let kept = self.consensus.as_deref_mut().map(Consensus::kept_promises);
        for (conn, id, response) in kept.into_iter().flatten() {
            out.send(conn, response.frame(id));
        }
    }

    /// Learns of a term; if it is newer, whoever led or was followed in an older one is so no longer.
    pub(super) fn adopt<F: From<Frame>>(&mut self, now: Micros, term: Epoch, out: &mut Outputs<F>) {
        let Some(consensus) = self.consensus.as_deref_mut().filter(|consensus| consensus.term() < term)
        else {
            return;
        };
        consensus.adopt(term, out);
        // Candidates that learn of each other's terms would else campaign again at once, and again.
        consensus.rest(now);
        self.step_down(out);
        self.role = Role::Idle(term);
    }

    /// A leader that a majority has not been heard by steps down within its term.
    fn resign<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let term = self.epoch();
        self.step_down(out);
        self.role = Role::Idle(term);
        self.rest(now);
    }

    fn rest(&mut self, now: Micros) {
        if let Some(consensus) = &mut self.consensus {
            consensus.rest(now);
        }
    }

    fn follow_elected<F: From<Frame>>(
        &mut self,
        now: Micros,
        leader: NodeId,
        term: Epoch,
        out: &mut Outputs<F>,
    ) {
        if self.leads() {
            return;
        }
        if self.knows_leader().is_none() {
            self.role = self.follow(leader, term, out);
        }
        if let Some(consensus) = &mut self.consensus {
            consensus.heard(now);
        }
    }

    /// Goes on with a campaign that a majority is for.
    fn win<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        while let Some(campaign) = self.consensus.as_deref_mut().and_then(Consensus::take_victory) {
            if !campaign.pre {
                return self.begin_reign(now, campaign.term, out);
            }
            out.mark(Mark::ElectionStarted);
            if let Some(consensus) = &mut self.consensus {
                consensus.stand(now, out);
                self.role = Role::Idle(consensus.term());
            }
        }
    }

    fn begin_reign<F: From<Frame>>(&mut self, now: Micros, term: Epoch, out: &mut Outputs<F>) {
        let Some(consensus) = &self.consensus else {
            return;
        };
        let (begins_at, voters) = (self.log.end(), consensus.voters().clone());
        let tally = Tally::new(now, consensus.me(), consensus.patience(), begins_at, &voters, &self.audience);
        self.role = self.reign(term, Members::Voters(tally), out);
        if self.policies.commit.begins_with_an_entry() {
            self.append_voters(now, &voters, out);
        }
        self.advance(out);
    }

    /// Changes the voters, one at a time: the entry of the change before must be committed, and one of this reign
    /// (<https://groups.google.com/g/raft-dev/c/t4xj6dJTP6E>).
    pub(super) fn change_voters<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let (Some(consensus), Role::Leader(leading)) = (&self.consensus, &self.role) else {
            return;
        };
        let Members::Voters(tally) = &leading.members else {
            return;
        };
        let reigns =
            self.policies.commit.admits(&self.view(leading), self.watermark, self.policies.eligibility);
        if !reigns || self.watermark < consensus.voters_changed_at() {
            return;
        }
        let voters = match tally.change_due(self.watermark, self.policies.refill) {
            None => return,
            Some(Change::Remove(node)) => consensus.voters().without(node),
            Some(Change::Add(voter)) => consensus.voters().with(voter),
        };
        out.mark(Mark::ChangeVoters);
        self.append_voters(now, &voters, out);
        self.advance(out);
    }

    fn append_voters<F>(&mut self, now: Micros, voters: &Voters, out: &mut Outputs<F>) {
        let batch = Batch::control(self.log.end(), self.epoch(), voters.payload());
        self.append(now, batch, out);
        if let Some(tally) = self.tally() {
            tally.change_voters(voters);
        }
    }

    /// Says who votes, once that is committed.
    pub(super) fn tell_voters<F>(&self, before: Offset, out: &mut Outputs<F>) {
        let Some(consensus) = self.consensus.as_deref().filter(|_| self.leads()) else {
            return;
        };
        let changed_at = consensus.voters_changed_at();
        if before < changed_at && changed_at <= self.watermark {
            let voters = consensus.voters().iter().map(|voter| voter.node).collect();
            let (topic_partition, term) = (self.topic_partition, self.epoch());
            out.observe(Observation::Voters { topic_partition, term, voters });
        }
    }

    /// Who leads in its term, as far as it knows.
    #[must_use]
    pub fn knows_leader(&self) -> Option<NodeId> {
        match &self.role {
            Role::Leader(_) => Some(self.node),
            Role::Follower(following) => Some(following.leader()),
            Role::Idle(_) => None,
        }
    }

    /// Its part in the elections.
    #[cfg(test)]
    pub(crate) fn consensus(&self) -> Option<&Consensus> {
        self.consensus.as_deref()
    }

    fn tally(&mut self) -> Option<&mut Tally> {
        self.leading().and_then(|leading| leading.members.tally())
    }
}
