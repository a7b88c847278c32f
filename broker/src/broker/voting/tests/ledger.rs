//! What was promised in a cluster so far, and whether it was kept.

use std::collections::BTreeMap;

use super::host::Host;
use super::*;
use crate::Offset;
use crate::authority::consensus::Voter;
use crate::wire::consensus::{Ballot, Message};

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Broken {
    /// Two reigns began in one term.
    TwoLeaders,
    /// A leader does not hold what one of an older term counted as committed.
    CommittedLost,
    /// Two replicas hold different things below a watermark.
    LogsDiffer,
    /// A replica is in an older term than before.
    TermFell,
    /// A voter is for two candidates in one term.
    VotedTwice,
}

#[derive(Default)]
pub(super) struct Ledger {
    pub(super) broken: Vec<Broken>,
    records: u32,
    reigns: BTreeMap<Epoch, NodeId>,
    /// Of each watermark that a replica had, the digest of what lies below.
    digests: BTreeMap<Offset, u64>,
    /// The highest watermark of the leader of each term.
    committed: BTreeMap<Epoch, Offset>,
    votes: BTreeMap<(Voter, Epoch), Voter>,
    /// The newest term in which a voter took sides: that must not be forgotten.
    pledged: BTreeMap<Voter, Epoch>,
    /// The newest term that a voter was seen in.
    terms: BTreeMap<Voter, Epoch>,
    asked: BTreeMap<(usize, ConnId, RequestId), Ballot>,
}

impl Ledger {
    pub(super) fn next_record(&mut self) -> u32 {
        self.records += 1;
        self.records
    }

    /// How many reigns have begun.
    pub(super) fn reigns(&self) -> usize {
        self.reigns.len()
    }

    /// What any leader counted as committed.
    pub(super) fn committed(&self) -> Offset {
        self.committed_before(Epoch::MAX)
    }

    fn committed_before(&self, term: Epoch) -> Offset {
        self.committed.range(..term).map(|(_, &watermark)| watermark).max().unwrap_or(0)
    }

    pub(super) fn is_held_by(&self, replica: &Replica, upto: Offset) -> bool {
        self.digests.get(&upto).is_none_or(|&digest| replica.log().digest(upto) == digest)
    }

    pub(super) fn stepped(&mut self, host: &Host) {
        let Some((broker, replica)) = host.broker.as_ref().zip(host.replica()) else { return };
        for observation in host.observations() {
            if let &Observation::Lead { epoch, .. } = observation {
                self.leads(host.node, epoch, replica);
            }
        }
        let mut out = Outputs::<Frame>::new();
        broker.audit(&mut out);
        for observation in out.observations {
            if let Observation::Digest { watermark, hash, .. } = observation {
                self.holds(watermark, hash);
                self.counts_as_committed(replica, watermark);
            }
        }
        self.is_in_term(replica);
    }

    fn leads(&mut self, node: NodeId, epoch: Epoch, replica: &Replica) {
        self.expect(!self.reigns.contains_key(&epoch), Broken::TwoLeaders);
        self.reigns.insert(epoch, node);
        self.expect(self.is_held_by(replica, self.committed_before(epoch)), Broken::CommittedLost);
    }

    fn counts_as_committed(&mut self, replica: &Replica, watermark: Offset) {
        if replica.leads() {
            let committed = self.committed.entry(replica.epoch()).or_insert(0);
            *committed = watermark.max(*committed);
        }
    }

    fn holds(&mut self, watermark: Offset, hash: u64) {
        let known = *self.digests.entry(watermark).or_insert(hash);
        self.expect(known == hash, Broken::LogsDiffer);
    }

    fn is_in_term(&mut self, replica: &Replica) {
        let Some(me) = replica.consensus().map(Consensus::me) else { return };
        let before = self.terms.insert(me, replica.epoch());
        self.expect(before.is_none_or(|before| before <= replica.epoch()), Broken::TermFell);
    }

    /// What a host lost with its power may be any term in which it did not take sides.
    pub(super) fn lost_power(&mut self, host: &Host) {
        for (voter, term) in self.terms.iter_mut().filter(|(voter, _)| voter.node == host.node) {
            *term = self.pledged.get(voter).copied().unwrap_or(0);
        }
    }

    pub(super) fn arrives(&mut self, host: usize, conn: ConnId, frame: &Frame) {
        if let Frame::Consensus(Message::Request(id, Request::Vote(ballot))) = frame {
            self.asked.insert((host, conn, *id), **ballot);
        }
    }

    pub(super) fn leaves(&mut self, host: usize, conn: ConnId, frame: &Frame) {
        match frame {
            Frame::Consensus(Message::Request(_, Request::Vote(ballot))) if !ballot.pre => {
                self.votes_for(ballot.candidate, ballot);
            }
            Frame::Consensus(Message::Response(id, Response::Voted { granted: true, .. })) => {
                let ballot = self.asked.get(&(host, conn, *id)).copied();
                if let Some(ballot) = ballot.filter(|ballot| !ballot.pre) {
                    self.votes_for(ballot.voter, &ballot);
                }
            }
            _ => {}
        }
    }

    fn votes_for(&mut self, voter: Voter, ballot: &Ballot) {
        let chosen = *self.votes.entry((voter, ballot.term)).or_insert(ballot.candidate);
        self.expect(chosen == ballot.candidate, Broken::VotedTwice);
        let pledged = self.pledged.entry(voter).or_insert(0);
        *pledged = ballot.term.max(*pledged);
    }

    fn expect(&mut self, kept: bool, broken: Broken) {
        if !kept {
            self.broken.push(broken);
        }
    }
}
