//! The replicas of a log elect who leads it, by the votes of a majority: Raft's rules (Ongaro, Ousterhout 2014) where followers fetch, as in
//! KRaft (KIP-595), with pre-votes (KIP-996) and voters that are disks and not nodes (KIP-853).
//!
//! Keeps O3, at most one leader in a term: a voter's term and vote are synced before anybody hears of them. Keeps O2, the elected
//! holds what is committed: nobody votes for a log that is behind its own, and [`crate::policy::Commit`] counts only what such a log
//! cannot miss. Keeps O4: who may have forgotten what it held comes back as somebody else, without a vote.
//!
//! This part knows nothing of connections and roles: the replica whose log it is about does what follows.

mod ballot_box;
mod campaign;
mod voters;

use ballot_box::{BallotBox, Remembered};
pub use campaign::Campaign;
pub use voters::{DirectoryId, Voter, VoterHistory, Voters};

use crate::log::{Batch, Log};
use crate::policy::{Ballots, Election};
use crate::rng::Rng;
use crate::wire::consensus::{Ballot, Response};
use crate::{
    ConnId, Epoch, FileId, Micros, NodeId, Observation, Offset, Outputs, Policies, RequestId, StoredFile,
    TopicPartition,
};

/// One replica's part in the elections of its log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Consensus {
    me: Voter,
    ballots: Ballots,
    election: Election,
    term: Epoch,
    vote: Option<Voter>,
    memory: BallotBox,
    /// Nothing is fetched before this is written down: who fetches, and that its log was cut.
    fetches_after: u64,
    voters: VoterHistory,
    campaign: Option<Campaign>,
    /// Votes that are given once they are synced.
    promised: Vec<Promised>,
    /// How long it hears nothing before it campaigns, at the least.
    patience: Micros,
    heard_at: Option<Micros>,
    campaigns_at: Micros,
    rng: Rng,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Promised {
    conn: ConnId,
    id: RequestId,
    response: Response,
    after: u64,
}

/// Where a voter stands, beside what its files say.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The log.
    pub topic_partition: TopicPartition,
    /// The node.
    pub node: NodeId,
    /// On which nodes the log is kept, the preferred leader first.
    pub replicas: &'a [NodeId],
    /// Every broker: all are told who leads.
    pub brokers: &'a [NodeId],
    /// How the log is kept.
    pub policies: Policies,
    /// How long it hears nothing before it campaigns, in microseconds; up to twice as long.
    pub patience: Micros,
    /// The seed of this incarnation.
    pub seed: u64,
}

impl Consensus {
    /// The file that says that a node's disk is the one which the log began with; without it the disk counts as another one. Like
    /// `kafka-storage format`, it is laid out before a cluster starts for the first time.
    #[must_use]
    pub fn format(node: NodeId, file: FileId) -> StoredFile {
        let directory = DirectoryId::first(node);
        let remembered = Remembered { directory, term: 0, vote: None, synced_end: 0 };
        StoredFile { file, bytes: remembered.encode().to_vec() }
    }

    /// A replica's part as it stands after a start, from the bytes of its file and the log as it was found, of which so many bytes
    /// were dropped.
    pub fn recover<F>(
        now: Micros,
        standing: &Standing<'_>,
        (file, bytes): (FileId, &[u8]),
        (log, dropped): (&Log, u64),
        out: &mut Outputs<F>,
    ) -> Self {
        let Standing { topic_partition, node, replicas, policies, patience, seed, .. } = *standing;
        let mut rng = Rng::new(seed);
        let found = Remembered::read(bytes);
        // A tail that was never synced may be torn. What was synced was told, and counted.
        let sound = found.filter(|found| dropped == 0 || log.end() >= found.synced_end);
        let known = found.map(|found| found.directory);
        let drawn = || DirectoryId::drawn(rng.next());
        let directory = policies.rejoin.name(known, sound.is_some(), DirectoryId::first(node), drawn);
        let me = Voter { node, directory };
        let term = found.map_or(0, |found| found.term).max(log.last_epoch());
        let vote = sound.filter(|sound| sound.term == term).and_then(|sound| sound.vote);
        let synced_end = sound.map_or(0, |sound| sound.synced_end);
        let mut consensus = Consensus {
            me,
            ballots: policies.ballots,
            election: policies.election,
            term,
            vote,
            memory: BallotBox::found(file, Remembered { directory, term, vote, synced_end }),
            fetches_after: 0,
            voters: VoterHistory::new(Voters::first(replicas)),
            campaign: None,
            promised: Vec::new(),
            patience,
            heard_at: None,
            campaigns_at: 0,
            rng,
        };
        out.observe(Observation::Voter { topic_partition, directory: directory.0 });
        // Whoever is somebody else forgets all that the file said. Were that cut off a torn tail, it would be lost if the power failed again.
        let torn = bytes.len() % Remembered::LENGTH;
        let whole = if sound.is_some() { bytes.len() - torn } else { 0 };
        if sound.is_none() || torn > 0 {
            consensus.fetches_after = consensus.memory.go_on_behind(whole, out);
        }
        log.batches().for_each(|batch| consensus.appended(batch));
        // It may have been cut, and that not written down.
        consensus.truncated(log.end(), out);
        // The preferred one campaigns at once in a log that nobody has led, so that leaders are spread.
        let rank = replicas.iter().position(|&replica| replica == node).unwrap_or(0) as Micros;
        consensus.campaigns_at = now + if term == 0 { rank * patience } else { consensus.draw_patience() };
        consensus
    }

    /// Who this is.
    #[must_use]
    pub fn me(&self) -> Voter {
        self.me
    }

    /// How long it hears nothing before it campaigns, at the least, in microseconds.
    #[must_use]
    pub fn patience(&self) -> Micros {
        self.patience
    }

    /// The newest term it knows of.
    #[must_use]
    pub fn term(&self) -> Epoch {
        self.term
    }

    /// The voters, by its log.
    #[must_use]
    pub fn voters(&self) -> &Voters {
        self.voters.current()
    }

    /// Where the entry ends that changed them last.
    #[must_use]
    pub fn voters_changed_at(&self) -> Offset {
        self.voters.changed_at()
    }

    /// The file in which it remembers.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.memory.file()
    }

    /// Whether it may tell a leader what it holds.
    #[must_use]
    pub fn may_fetch(&self) -> bool {
        self.memory.holds(self.fetches_after)
    }

    /// A batch is in the log now.
    pub fn appended(&mut self, batch: &Batch) {
        let payload = batch.records().first().filter(|_| batch.is_control()).map(|record| &record.payload);
        if let Some(voters) = payload.and_then(|payload| postcard::from_bytes(payload).ok()) {
            self.voters.appended(batch.end(), voters);
        }
    }

    /// The log was cut to this end. It fetches again once that is known for certain: were the end from before found beside a torn new
    /// tail, it would take itself for damaged.
    pub fn truncated<F>(&mut self, end: Offset, out: &mut Outputs<F>) {
        self.voters.truncated(end);
        if self.memory.now().synced_end > end {
            self.fetches_after = self.memory.write(Remembered { synced_end: end, ..self.memory.now() }, out);
        }
    }

    /// The log begins anew with this snapshot and ends here.
    pub fn started_over<F>(&mut self, snapshot: &Batch, end: Offset, out: &mut Outputs<F>) {
        self.voters.truncated(0);
        self.appended(snapshot);
        self.truncated(end, out);
    }

    /// The log is synced up to here.
    pub fn log_synced<F>(&mut self, end: Offset, out: &mut Outputs<F>) {
        if self.memory.now().synced_end < end {
            self.memory.write(Remembered { synced_end: end, ..self.memory.now() }, out);
        }
    }

    /// A sync of the file came back.
    pub fn synced(&mut self, token: u64) {
        self.memory.synced(token);
    }

    /// Learns of a newer term; whoever led or campaigned in an older one is nobody now.
    pub fn adopt<F>(&mut self, term: Epoch, out: &mut Outputs<F>) {
        debug_assert!(term > self.term);
        (self.term, self.vote, self.campaign) = (term, defect!(VoteKeptOverTerms: self.vote, None), None);
        self.remember(out);
    }

    /// The leader of this term was heard.
    pub fn heard(&mut self, now: Micros) {
        self.heard_at = Some(now);
        self.campaign = None;
        self.rest(now);
    }

    /// It waits before it campaigns again.
    pub fn rest(&mut self, now: Micros) {
        self.campaigns_at = now + self.draw_patience();
    }

    /// When it campaigns, or campaigns again; never without a vote of its own.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let until = self.campaign.as_ref().map(|campaign| campaign.until);
        until.or(Some(self.campaigns_at)).filter(|_| self.voters().contains(self.me))
    }

    /// Judges a request for its vote, in its own term unless only the inclination is asked for. Where it votes for the candidate, or would,
    /// it says what must be synced before it may say so.
    pub fn judge<F>(&mut self, now: Micros, ballot: &Ballot, log: &Log, out: &mut Outputs<F>) -> Option<u64> {
        let (own, candidate) = ((log.last_epoch(), log.end()), (ballot.last_epoch, ballot.end));
        let may = self.election.grants(own, candidate);
        if defect!(VotesAsItsLostDisk: false, ballot.voter != self.me) || !may {
            return None;
        }
        if ballot.pre {
            let hears = self.heard_at.is_some_and(|at| now < at + self.patience);
            return (ballot.term > self.term && !hears).then_some(0);
        }
        let voted = defect!(VotesTwiceInATerm: false, self.vote.is_some_and(|vote| vote != ballot.candidate));
        if ballot.term != self.term || voted {
            return None;
        }
        self.vote = Some(ballot.candidate);
        self.rest(now);
        Some(self.remember(out))
    }

    /// A vote that is given once so much is synced.
    pub fn promise(&mut self, conn: ConnId, id: RequestId, response: Response, after: u64) {
        self.promised.push(Promised { conn, id, response, after });
    }

    /// The votes that may be given now.
    pub fn kept_promises(&mut self) -> Vec<(ConnId, RequestId, Response)> {
        let memory = &self.memory;
        let kept = self.promised.extract_if(.., |promised| memory.holds(promised.after));
        kept.map(|promised| (promised.conn, promised.id, promised.response)).collect()
    }

    /// A connection is gone: nobody waits on it.
    pub fn closed(&mut self, conn: ConnId) {
        self.promised.retain(|promised| promised.conn != conn);
    }

    /// Asks whether it would be elected.
    pub fn sound_out(&mut self, now: Micros) {
        self.begin_campaign(now, true, self.term + 1, 0);
        self.heard_at = None;
    }

    /// Becomes a candidate in the next term.
    pub fn stand<F>(&mut self, now: Micros, out: &mut Outputs<F>) {
        (self.term, self.vote) = (self.term + 1, Some(self.me));
        let after = self.remember(out);
        self.begin_campaign(now, false, self.term, after);
    }

    fn begin_campaign(&mut self, now: Micros, pre: bool, term: Epoch, after: u64) {
        let until = now + self.draw_patience();
        self.campaign = Some(Campaign::new(pre, term, until, after, self.voters.current(), self.me));
    }

    /// The campaign that is under way.
    pub fn campaign(&mut self) -> Option<&mut Campaign> {
        self.campaign.as_mut()
    }

    /// Whether a majority is for it: the campaign is over then. Its own vote counts once it is synced.
    pub fn take_victory(&mut self) -> Option<Campaign> {
        let memory = &self.memory;
        self.campaign.take_if(|campaign| campaign.is_won() && memory.holds(campaign.after))
    }

    /// What it asks the voter on this node now, if anything; from then on that is asked.
    pub fn next_question(&mut self, node: NodeId) -> Option<(bool, Epoch, Voter)> {
        let memory = &self.memory;
        let campaign = self.campaign.as_mut().filter(|campaign| memory.holds(campaign.after))?;
        let voter = campaign.wants(node)?;
        campaign.ask(voter);
        Some((campaign.pre, campaign.term, voter))
    }

    /// Whether it has something to ask the voter on this node.
    #[must_use]
    pub fn has_question(&self, node: NodeId) -> bool {
        let ready = self.campaign.as_ref().filter(|campaign| self.memory.holds(campaign.after));
        ready.is_some_and(|campaign| campaign.wants(node).is_some())
    }

    fn remember<F>(&mut self, out: &mut Outputs<F>) -> u64 {
        let now = Remembered { term: self.term, vote: self.vote, ..self.memory.now() };
        if self.ballots.are_written() { self.memory.write(now, out) } else { 0 }
    }

    fn draw_patience(&mut self) -> Micros {
        self.patience + self.rng.next() % self.patience.max(1)
    }
}
