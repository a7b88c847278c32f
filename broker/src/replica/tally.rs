//! What an elected leader knows of the other replicas: what each holds, and when it was heard. From that follow what is committed,
//! whether the leader still has a majority behind it, and who may become a voter.

use crate::authority::consensus::{DirectoryId, Voter, Voters};
use crate::policy::{Ends, Refill};
use crate::wire::replication::Follower;
use crate::{ConnId, Micros, NodeId, Offset};

/// The others of one reign.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    me: Voter,
    patience: Micros,
    /// The log end at the beginning of the reign.
    begins_at: Offset,
    /// The voters by the leader's log.
    voters: Voters,
    others: Vec<Other>,
    /// How often the leader had to know whether it still leads.
    questions: u64,
}

/// Another broker: a replica, or one that only tells its clients who leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Other {
    node: NodeId,
    /// The disk in whose name it fetched last.
    directory: Option<DirectoryId>,
    /// It holds everything below; 0 until it fetched in this reign.
    end: Offset,
    /// When it fetched last.
    heard_at: Micros,
    /// When it did that, or said that it knows who leads.
    knew_at: Micros,
    /// Whether it is told who leads.
    told: Told,
    /// The connection on which it was answered last, and how many questions there were then.
    answered: Option<(ConnId, u64)>,
    /// It fetched after the leader had asked so many.
    confirms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    /// It must be.
    Due,
    /// It is on its way.
    Asked,
    /// It knew when it was heard last.
    Yes,
}

/// A change of the voters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The disk that was on this node is gone.
    Remove(NodeId),
    /// It holds all that is committed.
    Add(Voter),
}

impl Tally {
    /// Of a reign that begins now, of which all of `audience` are told; everybody gets time to be heard.
    #[must_use]
    pub fn new(
        now: Micros,
        me: Voter,
        patience: Micros,
        begins_at: Offset,
        voters: &Voters,
        audience: &[NodeId],
    ) -> Self {
        let other = |&node: &NodeId| Other {
            node,
            directory: None,
            end: 0,
            heard_at: now,
            knew_at: now,
            told: Told::Due,
            answered: None,
            confirms: 0,
        };
        let others = audience.iter().filter(|&&node| node != me.node).map(other).collect();
        let voters = voters.clone();
        Tally { me, patience, begins_at, voters, others, questions: 0 }
    }

    /// The log end at the beginning of the reign.
    #[must_use]
    pub fn begins_at(&self) -> Offset {
        self.begins_at
    }

    /// The log has other voters now.
    pub fn change_voters(&mut self, voters: &Voters) {
        self.voters.clone_from(voters);
    }

    /// What each voter holds.
    #[must_use]
    pub fn ends(&self, held_by_leader: Offset) -> Ends {
        self.voters.iter().map(|voter| self.of(voter, held_by_leader, |other| other.end)).collect()
    }

    /// Whether any other replica holds everything below `end`.
    #[must_use]
    pub fn anyone_else_holds(&self, end: Offset) -> bool {
        self.others.iter().any(|other| other.end >= end)
    }

    /// A replica asks for what comes at `offset`: it holds everything below, and has heard who leads.
    pub fn fetched(&mut self, now: Micros, conn: ConnId, by: Follower, offset: Offset) {
        if let Some(other) = self.others.iter_mut().find(|other| other.node == by.node) {
            other.directory = Some(DirectoryId(by.broker_epoch));
            other.end = offset;
            (other.heard_at, other.knew_at) = (now, now);
            other.told = Told::Yes;
            other.confirms =
                other.answered.filter(|(own, _)| *own == conn).map_or(other.confirms, |(_, asked)| asked);
        }
    }

    /// A replica's fetch is answered.
    pub fn answered(&mut self, node: NodeId, conn: ConnId) {
        let questions = self.questions;
        for other in self.others.iter_mut().filter(|other| other.node == node) {
            other.answered = Some((conn, questions));
        }
    }

    /// The leader must know whether it still leads. It does if a majority fetches once more, each after an answer that was sent after
    /// this: a fetch that came before may have been on its way when its sender voted for somebody else.
    pub fn ask(&mut self) {
        self.questions += 1;
    }

    /// Whether the leader still led when it asked that last.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        let confirmed = |voter| self.of(voter, self.questions, |other| other.confirms);
        self.voters.held_by_majority(confirmed) >= self.questions
    }

    /// When the reign ends unless a majority is heard: a leader that nobody hears must not answer for a log that has another one.
    #[must_use]
    pub fn resigns_at(&self) -> Micros {
        let heard = self.voters.held_by_majority(|voter| self.of(voter, Micros::MAX, |other| other.heard_at));
        heard.saturating_add(self.patience + self.patience / 2)
    }

    /// Who has not been heard for a while is told again who leads: it may have come back, and wait.
    pub fn tick(&mut self, now: Micros) {
        let silent = self.patience * 3 / 4;
        for other in self.others.iter_mut().filter(|other| other.told == Told::Yes) {
            if other.knew_at + silent <= now {
                other.told = Told::Due;
            }
        }
    }

    /// When somebody must be told again.
    #[must_use]
    pub fn tells_at(&self) -> Option<Micros> {
        let known = self.others.iter().filter(|other| other.told == Told::Yes);
        known.map(|other| other.knew_at + self.patience * 3 / 4).min()
    }

    /// Whether a replica must be told who leads.
    #[must_use]
    pub fn must_tell(&self, node: NodeId) -> bool {
        self.others.iter().any(|other| other.node == node && other.told == Told::Due)
    }

    /// It is being told.
    pub fn tell(&mut self, node: NodeId) {
        self.set_told(node, Told::Due, Told::Asked);
    }

    /// It heard. That does not hold up the reign: only who fetches does.
    pub fn acknowledged(&mut self, now: Micros, node: NodeId) {
        for other in self.others.iter_mut().filter(|other| other.node == node && other.told == Told::Asked) {
            (other.told, other.knew_at) = (Told::Yes, now);
        }
    }

    /// It did not hear.
    pub fn untold(&mut self, node: NodeId) {
        self.set_told(node, Told::Asked, Told::Due);
    }

    fn set_told(&mut self, node: NodeId, from: Told, to: Told) {
        for other in self.others.iter_mut().filter(|other| other.node == node && other.told == from) {
            other.told = to;
        }
    }

    /// The change of voters that is due, one at a time: a node that came back with another disk is removed as what it was, and let in as
    /// what it is once it holds all that is committed.
    #[must_use]
    pub fn change_due(&self, committed: Offset, refill: Refill) -> Option<Change> {
        let strangers = self.others.iter().filter_map(|other| {
            let voter = Voter { node: other.node, directory: other.directory? };
            (!self.voters.contains(voter)).then_some((voter, other.end))
        });
        strangers
            .clone()
            .find_map(|(voter, _)| self.voters.on(voter.node).map(|_| Change::Remove(voter.node)))
            .or_else(|| {
                let caught_up = |&(_, end): &(Voter, Offset)| refill.lets_in() && end >= committed;
                strangers.clone().find(caught_up).map(|(voter, _)| Change::Add(voter))
            })
    }

    fn of<T>(&self, voter: Voter, own: T, known: impl Fn(&Other) -> T) -> T
    where
        T: Default,
    {
        if voter == self.me {
            return own;
        }
        let other = self.others.iter().find(|other| other.node == voter.node);
        other
            .filter(|other| other.directory.is_none_or(|directory| directory == voter.directory))
            .map_or_else(T::default, known)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::held_by_majority;

    const PATIENCE: Micros = 100;

    fn voter(node: u32) -> Voter {
        Voter { node: NodeId(node), directory: DirectoryId::first(NodeId(node)) }
    }

    /// Of a reign of node 1 over so many voters.
    fn tally(voters: u32) -> Tally {
        let nodes: Vec<_> = (1..=voters).map(NodeId).collect();
        Tally::new(0, voter(1), PATIENCE, 0, &Voters::first(&nodes), &nodes)
    }

    fn fetch(tally: &mut Tally, now: Micros, conn: u64, by: Voter, offset: Offset) {
        let broker_epoch = by.directory.0;
        let follower = Follower { node: by.node, broker_epoch, leader_epoch: 1, last_epoch: 1 };
        tally.fetched(now, ConnId(conn), follower, offset);
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Step {
        Ask,
        /// This node is answered on this connection.
        Answer(u32, u64),
        /// This node fetches on it.
        Fetch(u32, u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Ask),
            (2..6_u32, 0..2_u64).prop_map(|(node, conn)| Step::Answer(node, conn)),
            (2..6_u32, 0..2_u64).prop_map(|(node, conn)| Step::Fetch(node, conn)),
        ]
    }

    /// Whether this node fetched on a connection on which it had been answered since.
    fn has_followed(since: &[Step], node: u32) -> bool {
        let later = |(at, step): (usize, &Step)| match *step {
            Step::Answer(to, conn) => to == node && since[at..].contains(&Step::Fetch(node, conn)),
            _ => false,
        };
        since.iter().enumerate().any(later)
    }

    fn take(tally: &mut Tally, step: Step) {
        match step {
            Step::Ask => tally.ask(),
            Step::Answer(node, conn) => tally.answered(NodeId(node), ConnId(conn)),
            Step::Fetch(node, conn) => fetch(tally, 0, conn, voter(node), 0),
        }
    }

    proptest! {
        #[test]
        fn who_is_confirmed_was_followed_by_a_majority_after_its_last_question(
            steps in prop::collection::vec(step(), 1..40), voters in 2..6_u32
        ) {
            let mut tally = tally(voters);
            steps.iter().for_each(|&step| take(&mut tally, step));
            let asked = steps.iter().rposition(|&step| step == Step::Ask);
            let since = asked.map_or(&[][..], |at| &steps[at..]);
            let followed = (2..=voters).filter(|&node| has_followed(since, node)).count();
            let majority = voters as usize / 2 + 1;
            prop_assert!(asked.is_none() || !tally.is_confirmed() || followed + 1 >= majority);
        }

        #[test]
        fn what_is_replicated_a_majority_said_last_that_it_holds_each_with_the_disk_that_votes(
            fetches in prop::collection::vec((2..7_u32, any::<bool>(), 0..9_u64), 0..20), voters in 1..6_u32, own in 0..9_u64
        ) {
            let mut tally = tally(voters);
            let mut ends = [0; 7];
            for (node, votes, offset) in fetches {
                let directory = if votes { voter(node).directory } else { DirectoryId(99) };
                fetch(&mut tally, 0, 0, Voter { directory, ..voter(node) }, offset);
                ends[node as usize] = if votes { offset } else { 0 };
            }
            let replicated = held_by_majority(tally.ends(own));
            let holders = (2..=voters).filter(|&node| ends[node as usize] >= replicated).count();
            prop_assert!(holders + usize::from(own >= replicated) > voters as usize / 2);
        }

        #[test]
        fn a_reign_lasts_as_long_as_a_majority_was_heard_of_late(
            heard in prop::collection::vec((2..6_u32, 0..500_u64), 0..20), voters in 2..6_u32
        ) {
            let mut tally = tally(voters);
            let mut last = [0; 6];
            for (node, now) in heard {
                fetch(&mut tally, now, 0, voter(node), 0);
                last[node as usize] = now;
            }
            let until = tally.resigns_at();
            let heard_at = |at| 1 + (2..=voters).filter(|&node| last[node as usize] >= at).count();
            let since = until - PATIENCE * 3 / 2;
            prop_assert!(heard_at(since) > voters as usize / 2);
            prop_assert!(heard_at(since + 1) <= voters as usize / 2);
        }
    }

    #[test]
    fn another_disk_on_a_node_removes_the_one_before_and_is_let_in_once_it_holds_all_where_places_are_filled_again()
     {
        let mut tally = tally(3);
        let found_empty = Voter { directory: DirectoryId(99), ..voter(3) };
        fetch(&mut tally, 0, 0, found_empty, 5);
        assert_eq!(tally.change_due(5, Refill::OnReturn), Some(Change::Remove(NodeId(3))));
        tally.change_voters(&Voters::first(&[NodeId(1), NodeId(2)]));
        assert_eq!(tally.change_due(6, Refill::OnReturn), None, "it lacks something");
        assert_eq!(tally.change_due(5, Refill::OnReturn), Some(Change::Add(found_empty)));
        assert_eq!(tally.change_due(5, Refill::Never), None);
    }

    #[test]
    fn a_leader_that_votes_alone_never_resigns_and_needs_nobody_to_confirm_it() {
        let mut alone = tally(1);
        alone.ask();
        assert_eq!(
            (alone.is_confirmed(), alone.resigns_at(), alone.ends(5).to_vec()),
            (true, Micros::MAX, vec![5])
        );
    }
}
