//! Asking the other voters: first whether they would vote, then for their votes.

use super::{Voter, Voters};
use crate::{Epoch, Micros, NodeId};

/// One round of questions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Campaign {
    /// Whether only inclinations are asked for.
    pub pre: bool,
    /// The term in which the candidate would lead.
    pub term: Epoch,
    /// When it has come to nothing.
    pub until: Micros,
    /// What must be synced before anybody is asked.
    pub after: u64,
    needed: usize,
    asked: Vec<(Voter, Answer)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    NotAsked,
    Awaited,
    Given(bool),
}

impl Campaign {
    /// A candidate's round; it votes for itself.
    #[must_use]
    pub fn new(pre: bool, term: Epoch, until: Micros, after: u64, voters: &Voters, candidate: Voter) -> Self {
        let own = |voter| if voter == candidate { Answer::Given(true) } else { Answer::NotAsked };
        let asked = voters.iter().map(|voter| (voter, own(voter))).collect();
        Campaign { pre, term, until, after, needed: voters.majority(), asked }
    }

    /// Who has not been asked, of those on this node.
    #[must_use]
    pub fn wants(&self, node: NodeId) -> Option<Voter> {
        let waits = |&&(voter, answer): &&(Voter, Answer)| voter.node == node && answer == Answer::NotAsked;
        self.asked.iter().find(waits).map(|&(voter, _)| voter)
    }

    /// The question is on its way.
    pub fn ask(&mut self, voter: Voter) {
        self.set(voter.node, Answer::NotAsked, Answer::Awaited);
    }

    /// It will not be answered.
    pub fn lost(&mut self, node: NodeId) {
        self.set(node, Answer::Awaited, Answer::NotAsked);
    }

    /// It was answered.
    pub fn answered(&mut self, node: NodeId, granted: bool) {
        self.set(node, Answer::Awaited, Answer::Given(granted));
    }

    fn set(&mut self, node: NodeId, from: Answer, to: Answer) {
        let asked = self.asked.iter_mut().filter(|(voter, answer)| voter.node == node && *answer == from);
        asked.for_each(|(_, answer)| *answer = to);
    }

    /// Whether a majority said yes.
    #[must_use]
    pub fn is_won(&self) -> bool {
        self.asked.iter().filter(|(_, answer)| *answer == Answer::Given(true)).count() >= self.needed
    }
}
