//! Leading: appending what producers send, answering fetches, and acknowledging what is replicated widely enough.

use std::collections::VecDeque;

use super::held::HeldFetch;
use super::refusals::Refusals;
use super::{Check, InSync, Members, Replica, Role};
use crate::log::Batch;
use crate::policy::{Ack, View};
use crate::types::earliest;
use crate::wire::client::{Doubt, ProduceError, Refusal};
use crate::{
    ConnId, Epoch, Frame, Mark, Micros, NodeId, Observation, Offset, Outputs, PartitionState, ProducerStamp,
    Record, Records, RequestId,
};

/// A reign over one topic partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leading {
    epoch: Epoch,
    pub(super) members: Members,
    unacknowledged: VecDeque<Unacknowledged>,
    refusals: Refusals,
    pub(super) held: Vec<HeldFetch>,
}

/// Who is told when a batch is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Waiter {
    /// A producer, on this connection.
    Producer(ConnId, RequestId),
    /// The group coordinator on this broker, about the commit of this number.
    Commit(u64),
}

/// A produce request that is answered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Completion {
    /// Who is told.
    pub waiter: Waiter,
    /// The offset of its first record, or why not.
    pub result: Result<Offset, ProduceError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Unacknowledged {
    acks: Ack,
    base: Offset,
    end: Offset,
    waiter: Waiter,
}

impl Leading {
    /// The epoch of this reign.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The controller decided about the in-sync set.
    pub fn isr_decided(&mut self, state: &PartitionState) {
        if let Some(in_sync) = self.in_sync() {
            in_sync.decided(state);
        }
    }

    /// The in-sync set, and what was asked of the controller; nothing where voters elected the leader.
    pub fn in_sync(&mut self) -> Option<&mut InSync> {
        self.members.in_sync()
    }

    /// Whether a replica must be told who leads.
    #[must_use]
    pub fn must_tell(&self, node: NodeId) -> bool {
        matches!(&self.members, Members::Voters(tally) if tally.must_tell(node))
    }

    /// Whether the controller must be asked now whether this reign lasts; from then on it is.
    pub fn ask_for_confirmation(&mut self) -> bool {
        self.refusals.ask()
    }

    /// The controller will not answer whether this reign lasts.
    pub fn confirmation_lost(&mut self) {
        self.refusals.ask_again();
    }

    /// When something will be due.
    #[must_use]
    pub fn deadline(&self, log_end: Offset) -> Option<Micros> {
        let fetch = self.held.iter().map(|held| held.until).min();
        earliest([fetch, self.members.deadline(log_end)])
    }
}

impl Replica {
    /// The leader's part, while it leads.
    pub fn leading(&mut self) -> Option<&mut Leading> {
        match &mut self.role {
            Role::Leader(leading) => Some(leading),
            _ => None,
        }
    }

    /// Whether it leads, and all that its reign began with is known to be replicated. Until then it may hold what nobody else has:
    /// whoever is told of that may see it vanish with this leader.
    #[must_use]
    pub fn is_established(&self) -> bool {
        matches!(&self.role, Role::Leader(leading) if self.watermark >= leading.members.established_at())
    }

    pub(super) fn lead<F>(&mut self, now: Micros, state: &PartitionState, out: &mut Outputs<F>) -> Role {
        let in_sync = InSync::new(now, state, self.log.end(), self.lag);
        self.reign(state.leader_epoch, Members::InSync(in_sync), out)
    }

    /// Begins to lead in this epoch.
    pub(super) fn reign<F>(&mut self, epoch: Epoch, members: Members, out: &mut Outputs<F>) -> Role {
        if !self.policies.producer_state.follows_the_log() {
            self.producers.clear();
        }
        out.observe(Observation::Lead { topic_partition: self.topic_partition, epoch, end: self.log.end() });
        Role::Leader(Leading {
            epoch,
            members,
            unacknowledged: VecDeque::new(),
            refusals: Refusals::default(),
            held: Vec::new(),
        })
    }

    /// Ends a reign: what was not acknowledged is in doubt, and whoever waits must look for the new leader.
    pub(super) fn step_down<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        let Role::Leader(leading) = &mut self.role else {
            return;
        };
        let doubt = ProduceError::Unknown(Doubt::LeadershipLost);
        let lost = Err(defect!(DeposedMeansNotStored: ProduceError::NotStored(Refusal::NotLeader), doubt));
        let doubtful = leading.unacknowledged.drain(..);
        self.completions.extend(doubtful.map(|entry| Completion { waiter: entry.waiter, result: lost }));
        let unconfirmed = leading.refusals.drain();
        for held in leading.held.drain(..) {
            out.send(held.conn, held.not_leader());
        }
        for kept in unconfirmed {
            self.refuse(kept.acks, kept.waiter, Refusal::NotLeader, out);
        }
    }

    /// The controller confirmed that this broker led in `epoch` after the refusals it was asked for were kept back.
    pub fn confirmed<F>(&mut self, epoch: Epoch, out: &mut Outputs<F>) {
        let leading = self.leading().filter(|leading| leading.epoch == epoch);
        for kept in leading.map(|leading| leading.refusals.confirmed()).unwrap_or_default() {
            out.mark(Mark::RefuseSequenceGap);
            self.refuse(kept.acks, kept.waiter, kept.refusal, out);
        }
    }

    /// A leader that its voters elected is confirmed by them: where refusals wait, all that it holds back from them is answered, so that
    /// they fetch again at once.
    pub fn ask_voters_for_confirmation<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        let Role::Leader(leading) = &mut self.role else { return };
        if leading.members.tally().is_some() && leading.refusals.ask() {
            self.ask_whether_it_leads(out);
            self.confirm_by_voters(out);
        }
    }

    /// Appends a record of the log's own keeper, which nobody is told of but by the watermark. Returns the log end from then on, or nothing
    /// where this replica does not lead.
    pub fn write<F: From<Frame>>(
        &mut self,
        now: Micros,
        record: Record,
        out: &mut Outputs<F>,
    ) -> Option<Offset> {
        if !self.leads() {
            return None;
        }
        let batch = Batch::new(self.log.end(), self.epoch(), None, [record].into());
        self.append(now, batch, out);
        let end = self.log.end();
        self.advance(out);
        Some(end)
    }

    /// Asks the voters that elected it whether it still leads: all that is held back from them is answered, so that they fetch again at
    /// once.
    pub fn ask_whether_it_leads<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        if let Some(tally) = self.leading().and_then(|leading| leading.members.tally()) {
            tally.ask();
            self.release(out, |held, _| held.follower.is_some());
        }
    }

    /// Whether it still led when it asked that last.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        matches!(&self.role, Role::Leader(Leading { members: Members::Voters(tally), .. }) if tally.is_confirmed())
    }

    pub(super) fn confirm_by_voters<F>(&mut self, out: &mut Outputs<F>) {
        if self.is_confirmed() {
            self.confirmed(self.epoch(), out);
        }
    }

    /// Appends records, or says why not. The answer comes through [`Replica::completions`]; with [`Ack::None`] none comes.
    pub fn produce<F: From<Frame>>(
        &mut self,
        now: Micros,
        acks: Ack,
        stamp: Option<ProducerStamp>,
        records: Records,
        waiter: Waiter,
        out: &mut Outputs<F>,
    ) {
        match self.admit(acks, stamp, &records, out) {
            Err(refusal) => self.refuse(acks, waiter, refusal, out),
            Ok(Check::Refuse(refusal)) => self.keep_refusal(acks, waiter, refusal),
            // A recognised batch may still be unreplicated: its repetition waits for what the first would have waited for.
            Ok(Check::Duplicate { base, .. }) if defect!(RepetitionUnreplicated) => {
                self.completions.push(Completion { waiter, result: Ok(base) });
            }
            Ok(Check::Duplicate { base, end }) => {
                self.await_ack(acks, defect!(RepetitionAtZero: 0, base), end, waiter);
            }
            Ok(_) => {
                let base = self.log.end();
                let batch = Batch::new(base, self.epoch(), stamp, records);
                self.observe_appends(&batch, out);
                self.caught_up_until(now);
                self.append(now, batch, out);
                if acks.is_answered() {
                    out.mark(Mark::AppendBeforeAck);
                }
                self.await_ack(acks, base, self.log.end(), waiter);
            }
        }
        self.advance(out);
    }

    fn admit<F>(
        &self,
        acks: Ack,
        stamp: Option<ProducerStamp>,
        records: &Records,
        out: &mut Outputs<F>,
    ) -> Result<Check, Refusal> {
        let Role::Leader(leading) = &self.role else {
            return Err(Refusal::NotLeader);
        };
        acks.admits(&self.view(leading)).inspect_err(|_| out.mark(Mark::RefuseMinIsr))?;
        let Some(stamp) = stamp else {
            return Ok(Check::Append);
        };
        let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let check = self.producers.check(self.policies.producer_state, stamp, count);
        if matches!(check, Check::Duplicate { .. }) {
            out.mark(Mark::RecogniseDuplicate);
        }
        Ok(check)
    }

    fn keep_refusal(&mut self, acks: Ack, waiter: Waiter, refusal: Refusal) {
        if let Role::Leader(leading) = &mut self.role {
            leading.refusals.keep(acks, waiter, refusal);
        }
    }

    fn await_ack(&mut self, acks: Ack, base: Offset, end: Offset, waiter: Waiter) {
        if let (Role::Leader(leading), true) = (&mut self.role, acks.is_answered()) {
            leading.unacknowledged.push_back(Unacknowledged { acks, base, end, waiter });
        }
    }

    /// Says why nothing was stored; to a producer that wants no answer by closing its connection, as Kafka does.
    fn refuse<F>(&mut self, acks: Ack, waiter: Waiter, refusal: Refusal, out: &mut Outputs<F>) {
        match waiter {
            Waiter::Producer(conn, _) if defect!(RefusalsUnsaid: true, !acks.is_answered()) => {
                out.close(conn)
            }
            _ => self.completions.push(Completion { waiter, result: Err(ProduceError::NotStored(refusal)) }),
        }
    }

    /// Moves the high watermark as far as the members allow, and answers all that was waiting for it. The one place where anything is
    /// acknowledged.
    pub(super) fn advance<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        let Role::Leader(leading) = &self.role else {
            return;
        };
        let mut view = self.view(leading);
        let replicated = self.policies.commit.replicated(&view);
        if let Some(watermark) = self.policies.watermark(&view, replicated) {
            let topic_partition = self.topic_partition;
            out.observe(Observation::Watermark { topic_partition, offset: watermark });
            self.set_watermark(watermark, out);
            view.watermark = watermark;
        }
        self.acknowledge(&view, replicated, out);
        self.release_ready(out);
    }

    /// What a decision of this reign may look at.
    pub(super) fn view(&self, leading: &Leading) -> View {
        let held = self.log.held();
        let counts = defect!(OwnEndCounts: self.log.end(), held);
        leading.members.view(self.node, self.policies.min_isr, held, counts, self.watermark)
    }

    fn acknowledge<F>(&mut self, view: &View, replicated: Offset, out: &mut Outputs<F>) {
        let Role::Leader(leading) = &mut self.role else {
            return;
        };
        let (completions, members) = (&mut self.completions, &leading.members);
        let (synced, node) = (self.log.synced_end(), self.node);
        leading.unacknowledged.retain(|entry| {
            let reached = entry.acks.reached(view, replicated);
            if defect!(AckedTooSoon: entry.end == reached, entry.end > reached) {
                return true;
            }
            let promised = entry.acks.is_promised(view);
            let result =
                if promised { Ok(entry.base) } else { Err(ProduceError::Unknown(Doubt::NotEnoughReplicas)) };
            if promised && !members.anyone_else_holds(node, entry.end) {
                out.mark(Mark::AckBeforeReplication);
            }
            if promised && synced < entry.end {
                out.mark(Mark::AckBeforeSync);
            }
            completions.push(Completion { waiter: entry.waiter, result });
            false
        });
    }

    /// A connection is gone: what waits on it waits no longer. Says whether a fetch or a refusal did.
    pub fn closed(&mut self, conn: ConnId) -> bool {
        if let Some(consensus) = &mut self.consensus {
            consensus.closed(conn);
        }
        let Role::Leader(leading) = &mut self.role else {
            return false;
        };
        let waited = leading.held.len() + leading.refusals.len();
        leading.held.retain(|held| held.conn != conn);
        leading.refusals.closed(conn);
        leading.held.len() + leading.refusals.len() < waited
    }

    fn caught_up_until(&mut self, now: Micros) {
        let end = self.log.end();
        if let Role::Leader(leading) = &mut self.role {
            leading.members.appending(now, end);
        }
    }
}
