//! One voter, stepped by hand: what it answers and when, what it remembers, and what follows when it leads.

mod changes;
mod confirming;
mod disks;

use bytes::Bytes;

use super::*;
use crate::authority::consensus::{DirectoryId, Standing, Voter};
use crate::log::Log;
use crate::policy::{Ack, Commit};
use crate::replica::{Completion, Waiter};
use crate::wire::client::{Doubt, ProduceError};
use crate::wire::consensus::Message;
use crate::wire::replication::{self, Diverging, Fetched, Follower};
use crate::{
    Action, FileId, MessageId, Offset, Policies, ProducerStamp, Record, Records, TopicId, TopicPartition,
};

const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };
const PATIENCE: Micros = 1_000;
const FILES: [FileId; 2] = [FileId(0), FileId(1)];
const BALLOTS: FileId = FILES[1];
const WAITER: Waiter = Waiter::Producer(ConnId(9), 0);

type Out = Outputs<Frame>;

/// A replica of three, with what it wrote, what it wants synced, and what it sent.
struct Host {
    now: Micros,
    node: NodeId,
    replica: Replica,
    files: [Vec<u8>; 2],
    syncs: Vec<(FileId, u64)>,
    sent: Vec<(ConnId, Frame)>,
    seen: Vec<Observation>,
}

fn policies() -> Policies {
    Policies::VOTERS
}

fn voter(node: u32) -> Voter {
    Voter { node: NodeId(node), directory: DirectoryId::first(NodeId(node)) }
}

fn records(number: u32) -> Records {
    [Record { id: MessageId { producer: 1, number }, key: Bytes::new(), payload: Bytes::new() }].into()
}

/// The bytes of a log with one record of each of these epochs.
fn log_of(epochs: &[Epoch]) -> Vec<u8> {
    let batches = (0..).zip(epochs).map(|(base, &epoch)| Batch::new(base, epoch, None, records(epoch)));
    batches.flat_map(|batch| batch.encoded().to_vec()).collect()
}

impl Host {
    fn new(node: u32) -> Self {
        Self::with_log(node, &[])
    }

    /// One whose disk was formatted, and holds one record of each of these epochs.
    fn with_log(node: u32, epochs: &[Epoch]) -> Self {
        let formatted = Consensus::format(NodeId(node), BALLOTS).bytes;
        let mut host = Self::found(node, policies(), [log_of(epochs), formatted]);
        host.sync();
        host
    }

    /// One that comes up with these files.
    fn found(node: u32, policies: Policies, files: [Vec<u8>; 2]) -> Self {
        let nodes = [1, 2, 3].map(NodeId);
        let standing = Standing {
            topic_partition: LOG,
            node: NodeId(node),
            replicas: &nodes,
            brokers: &nodes,
            policies,
            patience: PATIENCE,
            seed: 7,
        };
        let [log, ballots] = files.clone();
        let mut out = Out::new();
        let recovered = Log::recover(FILES[0], policies.flush, log);
        let replica = Replica::recover_voter(0, &standing, recovered, (BALLOTS, ballots), &mut out);
        let (syncs, sent, seen) = (Vec::new(), Vec::new(), Vec::new());
        let mut host = Host { now: 0, node: NodeId(node), replica, files, syncs, sent, seen };
        host.take(out);
        host
    }

    /// The same node as it comes up again with what it wrote.
    fn restarted(self) -> Self {
        Self::found(self.node.0, self.replica.policies, self.files)
    }

    fn step(&mut self, act: impl FnOnce(&mut Replica, Micros, &mut Out)) {
        let mut out = Out::new();
        act(&mut self.replica, self.now, &mut out);
        self.take(out);
    }

    fn take(&mut self, out: Out) {
        self.seen.extend(out.observations);
        for action in out.actions {
            match action {
                Action::Append { file, bytes } => self.files[file.0 as usize].extend_from_slice(&bytes),
                Action::Truncate { file, length } => self.files[file.0 as usize].truncate(length as usize),
                Action::Sync { file, token } => self.syncs.push((file, token)),
                Action::Send { conn, frame } => self.sent.push((conn, frame)),
                _ => {}
            }
        }
    }

    /// Every sync comes back, and so does what is synced because of it.
    fn sync(&mut self) {
        while !self.syncs.is_empty() {
            let (file, token) = self.syncs.remove(0);
            self.step(|replica, now, out| replica.synced(now, file, token, out));
        }
    }

    fn pass(&mut self, micros: Micros) {
        self.now += micros;
        self.step(|replica, now, out| replica.tick(now, out));
    }

    /// Another asks for its vote; what it answers at once.
    fn asked(&mut self, ballot: Ballot) -> Option<bool> {
        self.sent.clear();
        self.step(|replica, now, out| replica.vote_asked(now, ConnId(5), 1, &ballot, out));
        self.granted()
    }

    /// What it answered since it was asked last.
    fn granted(&self) -> Option<bool> {
        self.sent.iter().find_map(|(_, frame)| match frame {
            Frame::Consensus(Message::Response(1, Response::Voted { granted, .. })) => Some(*granted),
            _ => None,
        })
    }

    /// A leader tells that it leads.
    fn told(&mut self, epoch: Epoch, leader: u32) {
        self.step(|replica, now, out| replica.epoch_began(now, ConnId(6), 2, (epoch, NodeId(leader)), out));
    }

    /// Campaigns until voter 2 has elected it.
    fn elected(mut self) -> Self {
        self.pass(2 * PATIENCE);
        for _ in ["would it vote", "does it vote"] {
            self.sync();
            let Some((_, Request::Vote(ballot))) = self.replica.next_question(NodeId(2)) else {
                panic!("it asks");
            };
            let (asked, answer) =
                ((ballot.pre, ballot.term), (ballot.term - u32::from(ballot.pre), true, None));
            self.step(|replica, now, out| replica.voted(now, NodeId(2), asked, answer, out));
        }
        assert!(self.replica.leads());
        self.sync();
        self
    }

    /// This disk fetches on this connection: it holds everything below the offset, the last of it of this epoch.
    fn fetched_by(&mut self, by: Voter, conn: u64, (offset, last_epoch): (Offset, Epoch)) {
        let leader_epoch = self.replica.epoch();
        self.fetched_in(leader_epoch, by, conn, (offset, last_epoch));
    }

    /// The same, by a follower that believes in this epoch.
    fn fetched_in(
        &mut self,
        leader_epoch: Epoch,
        by: Voter,
        conn: u64,
        (offset, last_epoch): (Offset, Epoch),
    ) {
        let follower = Follower { node: by.node, broker_epoch: by.directory.0, leader_epoch, last_epoch };
        self.step(|replica, now, out| {
            replica.replicate(now, ConnId(conn), 3, offset, 100, PATIENCE, follower, out);
        });
    }

    fn produce(&mut self, stamp: Option<ProducerStamp>) {
        self.step(|replica, now, out| replica.produce(now, Ack::All, stamp, records(0), WAITER, out));
    }

    fn results(&mut self) -> Vec<Result<Offset, ProduceError>> {
        self.replica.completions().map(|completion: Completion| completion.result).collect()
    }

    fn me(&self) -> Voter {
        self.replica.consensus().unwrap().me()
    }
}

/// A candidate with an empty log asks for the vote of replica 2.
fn ballot(pre: bool, term: Epoch, candidate: u32) -> Ballot {
    let (candidate, asked) = (voter(candidate), voter(2));
    Ballot { topic_partition: LOG, pre, term, candidate, voter: asked, last_epoch: 0, end: 0 }
}

#[test]
fn a_vote_is_not_given_before_it_is_synced() {
    let mut host = Host::new(2);
    assert_eq!(host.asked(ballot(false, 1, 1)), None);
    host.sync();
    assert_eq!(host.granted(), Some(true));
}

#[test]
fn a_vote_survives_a_restart() {
    let mut host = Host::new(2);
    host.asked(ballot(false, 1, 1));
    host.sync();
    let mut host = host.restarted();
    assert_eq!(host.asked(ballot(false, 1, 3)), Some(false));
    assert_eq!(host.asked(ballot(false, 1, 1)), None);
    host.sync();
    assert_eq!(host.granted(), Some(true), "an answer that was lost is given again");
    host.asked(ballot(false, 2, 3));
    host.sync();
    assert_eq!(host.granted(), Some(true), "it votes anew in another term");
}

#[test]
fn a_candidate_of_an_older_term_gets_no_vote_and_costs_none() {
    let mut host = Host::new(2);
    host.asked(Ballot { last_epoch: 9, end: 9, voter: voter(3), ..ballot(false, 5, 1) });
    host.sync();
    assert_eq!((host.granted(), host.replica.epoch()), (Some(false), 5), "another disk was asked");
    for pre in [true, false] {
        assert_eq!(host.asked(ballot(pre, 4, 1)), Some(false));
    }
    host.asked(ballot(false, 5, 3));
    host.sync();
    assert_eq!(host.granted(), Some(true));
}

#[test]
fn what_a_voter_is_inclined_to_binds_it_to_nothing() {
    let mut host = Host::new(2);
    assert_eq!(host.asked(ballot(true, 7, 1)), Some(true));
    assert_eq!(host.asked(ballot(true, 7, 3)), Some(true));
    assert_eq!((host.replica.epoch(), host.syncs.len()), (0, 0));
}

#[test]
fn a_voter_that_hears_its_leader_is_not_inclined_to_another() {
    let mut host = Host::new(2);
    host.told(1, 3);
    host.now = PATIENCE - 1;
    assert_eq!(host.asked(ballot(true, 2, 1)), Some(false));
    host.now = PATIENCE;
    assert_eq!(host.asked(ballot(true, 2, 1)), Some(true));
}

#[test]
fn who_gave_its_vote_or_heard_its_leader_waits_from_one_patience_to_two_before_it_campaigns() {
    let mut host = Host::new(2);
    let mut waits = Vec::new();
    for term in 1..20 {
        host.now += 10 * PATIENCE;
        host.asked(ballot(false, term, 1));
        waits.push(host.replica.deadline().unwrap() - host.now);
        host.now += PATIENCE / 2;
        host.told(term, 1);
        waits.push(host.replica.consensus().unwrap().deadline().unwrap() - host.now);
    }
    assert!(waits.iter().all(|wait| (PATIENCE..2 * PATIENCE).contains(wait)), "{waits:?}");
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 20, "each draws its own time");
}

#[test]
fn nobody_votes_for_a_log_that_is_behind_its_own() {
    for (last_epoch, end, ahead) in [(1, 9, false), (2, 1, false), (2, 2, true), (3, 1, true)] {
        let mut host = Host::with_log(2, &[1, 2]);
        assert_eq!(
            host.asked(Ballot { last_epoch, end, ..ballot(true, 4, 1) }),
            Some(ahead),
            "{last_epoch} {end}"
        );
        host.asked(Ballot { last_epoch, end, ..ballot(false, 4, 1) });
        host.sync();
        assert_eq!(host.granted(), Some(ahead), "{last_epoch} {end}");
    }
}

#[test]
fn a_leader_that_no_majority_fetches_from_resigns_and_leaves_its_waiters_in_doubt() {
    let mut leader = Host::new(1).elected();
    leader.fetched_by(voter(2), 20, (0, 0));
    leader.produce(None);
    leader.pass(PATIENCE * 3 / 2 - 1);
    leader.replica.next_question(NodeId(2));
    leader.step(|replica, now, out| replica.acknowledged(now, NodeId(2), 1, out));
    assert!(leader.replica.leads());
    leader.pass(1);
    assert!(!leader.replica.leads(), "to know who leads is not to hold its log");
    assert_eq!(leader.results(), [Err(ProduceError::Unknown(Doubt::LeadershipLost))]);
    assert_eq!(leader.replica.epoch(), 1, "within its term");
}

#[test]
fn a_leader_is_deposed_by_any_word_of_a_newer_term() {
    let mut leaders = [0, 1, 2, 3].map(|_| Host::new(1).elected());
    leaders[0].fetched_in(2, voter(2), 20, (0, 0));
    leaders[1].told(2, 3);
    leaders[2].asked(ballot(false, 2, 3));
    leaders[3].step(|replica, now, out| replica.acknowledged(now, NodeId(3), 2, out));
    for leader in leaders {
        assert_eq!((leader.replica.leads(), leader.replica.epoch()), (false, 2));
    }
}

#[test]
fn nothing_of_older_terms_is_committed_before_a_majority_holds_the_first_entry_of_the_reign() {
    let mut leader = Host::with_log(1, &[1, 1]).elected();
    assert_eq!(leader.replica.log().end(), 3);
    leader.fetched_by(voter(2), 20, (2, 1));
    assert_eq!((leader.replica.watermark, leader.replica.is_established()), (0, false));
    leader.fetched_by(voter(2), 20, (3, 2));
    assert_eq!((leader.replica.watermark, leader.replica.is_established()), (3, true));
}

#[test]
fn where_entries_of_any_term_count_the_reign_begins_with_none_and_an_old_one_is_committed() {
    let any_term = Policies { commit: Commit::AnyTerm, ..policies() };
    let formatted = Consensus::format(NodeId(1), BALLOTS).bytes;
    let mut leader = Host::found(1, any_term, [log_of(&[1, 1]), formatted]).elected();
    leader.fetched_by(voter(2), 20, (2, 1));
    assert_eq!((leader.replica.watermark, leader.replica.log().end()), (2, 2));
}

#[test]
fn a_candidate_asks_nobody_before_its_own_vote_is_synced() {
    let mut host = Host::new(1);
    host.pass(0);
    assert!(host.replica.next_question(NodeId(2)).is_some(), "whether it would vote");
    host.step(|replica, now, out| replica.voted(now, NodeId(2), (true, 1), (0, true, None), out));
    assert_eq!(host.replica.epoch(), 1);
    assert!(!host.replica.has_question(NodeId(3)));
    assert_eq!(host.replica.next_question(NodeId(3)), None);
    host.sync();
    assert!(host.replica.has_question(NodeId(3)));
}

#[test]
fn an_answer_to_another_campaign_is_not_counted() {
    let mut host = Host::new(1);
    host.pass(0);
    host.replica.next_question(NodeId(2));
    host.step(|replica, now, out| replica.voted(now, NodeId(2), (false, 1), (0, true, None), out));
    host.step(|replica, now, out| replica.voted(now, NodeId(3), (true, 1), (0, true, None), out));
    assert_eq!(host.replica.epoch(), 0, "the third was not asked");
    host.step(|replica, now, out| replica.voted(now, NodeId(2), (true, 1), (0, true, None), out));
    assert_eq!(host.replica.epoch(), 1);
}
