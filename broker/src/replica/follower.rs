//! Following: fetching from the leader, and cutting what the leader does not have.

use super::{Replica, Role};
use crate::authority::consensus::Consensus;
use crate::log::Batch;
use crate::wire::replication::{Diverging, FetchError, Fetched, Follower, Request};
use crate::{Epoch, Frame, Mark, Micros, NodeId, Observation, Outputs};

/// How many records a follower asks for at a time.
const MAX_RECORDS: u32 = 512;

/// How long a follower waits after a refused fetch, in microseconds.
pub(super) const REFUSED_PAUSE: Micros = 50_000;

/// Following one leader in one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Following {
    leader: NodeId,
    epoch: Epoch,
    fetching: bool,
    /// A refused fetch is not repeated before this time.
    pub(super) not_before: Micros,
}

impl Following {
    /// Whom it follows.
    #[must_use]
    pub fn leader(&self) -> NodeId {
        self.leader
    }

    /// In which epoch.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Ends the patience after a refused fetch when it has lasted long enough.
    pub(super) fn tick(&mut self, now: Micros) {
        if self.not_before <= now {
            self.not_before = 0;
        }
    }

    /// When the next fetch may be sent, while it waits for that.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let waits = defect!(WokenWhileFetching: !self.fetching || self.not_before > 0, !self.fetching && self.not_before > 0);
        waits.then_some(self.not_before)
    }
}

impl Replica {
    pub(super) fn follow<F>(&mut self, leader: NodeId, epoch: Epoch, out: &mut Outputs<F>) -> Role {
        if let Some(to) = self.policies.truncation.cuts_unasked(self.watermark) {
            self.truncate(to, out);
        }
        Role::Follower(Following { leader, epoch, fetching: false, not_before: 0 })
    }

    /// The leader to fetch from, when nothing is on its way and a fetch may be sent.
    #[must_use]
    pub fn wants_fetch(&self) -> Option<NodeId> {
        let Role::Follower(following) = &self.role else {
            return None;
        };
        // What is appended and not yet held must not be claimed: a fetch at an offset says "I hold all below".
        let held = self.log.held() == self.log.end();
        let rested = following.not_before == 0;
        let may = self.consensus.as_deref().is_none_or(Consensus::may_fetch);
        let wants = defect!(FetchesPileUp: held || !following.fetching && rested, held && !following.fetching && rested);
        (wants && may).then_some(following.leader)
    }

    /// The next fetch; from now on one is on its way. A voter fetches in the name of its disk.
    pub fn next_fetch(&mut self, registration: u64, wait: Micros) -> Option<Request> {
        let (node, topic_partition) = (self.node, self.topic_partition);
        let (offset, last_epoch) = (self.log.end(), self.log.last_epoch());
        let directory = self.consensus.as_deref().map(|consensus| consensus.me().directory.0);
        let broker_epoch = directory.unwrap_or(registration);
        let following = self.following()?;
        following.fetching = true;
        following.not_before = 0;
        let leader_epoch = following.epoch;
        let follower = Follower { node, broker_epoch, leader_epoch, last_epoch };
        Some(Request::Fetch { topic_partition, offset, max_records: MAX_RECORDS, wait, follower })
    }

    /// The leader answered a fetch that was sent in `epoch`.
    pub fn fetched<F: From<Frame>>(
        &mut self,
        now: Micros,
        epoch: Epoch,
        answer: Result<Fetched, FetchError>,
        out: &mut Outputs<F>,
    ) {
        let Some(following) = self.following().filter(|following| following.epoch == epoch) else {
            return;
        };
        following.fetching = false;
        let Ok(fetched) = answer else {
            // The catalogue, or the next leader, will bring the news; until then, ask with patience.
            following.not_before = now + REFUSED_PAUSE;
            return;
        };
        if let Some(consensus) = &mut self.consensus {
            consensus.heard(now);
        }
        match fetched.diverging {
            Some(diverging) => self.cut_divergence(diverging, out),
            None => match &fetched.batches[..] {
                [snapshot, state, ..] if snapshot.stands_for().is_some() => {
                    self.start_over(now, [snapshot, state].map(Batch::clone), out);
                }
                _ => self.take_over(now, fetched, out),
            },
        }
    }

    /// A fetch sent in `epoch` will not be answered.
    pub fn fetch_lost(&mut self, epoch: Epoch) {
        if let Some(following) = self.following().filter(|following| following.epoch == epoch) {
            following.fetching = false;
        }
    }

    /// Cuts to where both logs still agree: the end of the newest epoch they share, as far as either reaches. One round may
    /// not be enough (KIP-279); the next fetch tells.
    fn cut_divergence<F>(&mut self, diverging: Diverging, out: &mut Outputs<F>) {
        let own_end = self.log.lineage(diverging.epoch).end;
        self.truncate(self.policies.truncation.cuts_to(diverging, own_end), out);
    }

    fn take_over<F>(&mut self, now: Micros, fetched: Fetched, out: &mut Outputs<F>) {
        let before = self.log.end();
        self.cut_beginning_below(fetched.watermark, out);
        for batch in fetched.batches {
            // An answer to a fetch before a truncation may begin elsewhere.
            if batch.base() == self.log.end() {
                if batch.end() > fetched.watermark {
                    out.mark(Mark::ReplicatedBeforeWatermark);
                }
                self.append(now, batch, out);
            }
        }
        let end = self.log.end();
        if end > before {
            out.observe(Observation::Replicated { topic_partition: self.topic_partition, end });
        }
        let watermark = fetched.watermark.min(end);
        if watermark > self.watermark {
            self.set_watermark(watermark, out);
        }
    }
}
