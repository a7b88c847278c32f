//! A leader's answers to fetches: of consumers, up to what they may see, and of followers, up to the end of its log and not before it is
//! known that their logs are the beginning of its own.

use super::held::HeldFetch;
use super::{Replica, Role};
use crate::wire::client;
use crate::wire::replication::{self, Fetched, Follower};
use crate::{ConnId, Frame, Mark, Micros, Offset, Outputs, RequestId};

impl Replica {
    /// Answers a consumer's fetch, now or when there is news.
    #[expect(clippy::too_many_arguments, reason = "they are the fields of one request")]
    pub fn fetch<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        offset: Offset,
        max_records: u32,
        wait: Micros,
        out: &mut Outputs<F>,
    ) {
        let fetch = HeldFetch { conn, id, offset, max_records, follower: None, until: now + wait };
        let end = self.log.end();
        if !matches!(self.role, Role::Leader(_)) {
            return out.send(conn, fetch.not_leader());
        }
        if defect!(RangeBackwards: offset < end, offset > end) {
            let beyond = client::FetchError::OutOfRange { end };
            return out.send(conn, client::Response::Fetched(Err(beyond)).frame(id));
        }
        self.hold(fetch);
        self.advance(out);
    }

    /// Answers a follower's fetch, now or when there is news.
    #[expect(clippy::too_many_arguments, reason = "they are the fields of one request")]
    pub fn replicate<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        offset: Offset,
        max_records: u32,
        wait: Micros,
        follower: Follower,
        out: &mut Outputs<F>,
    ) {
        self.adopt(now, follower.leader_epoch, out);
        if let Err(answer) = self.admit_follower(now, conn, offset, follower, out) {
            // Who believed in an older epoch fetches in this one as soon as it hears of it, with or without this answer.
            let follows = answer.is_ok();
            out.send(conn, replication::Response::Fetched(answer).frame(id));
            if let (Role::Leader(leading), true) = (&mut self.role, follows) {
                leading.members.answered(follower.node, conn);
            }
            return;
        }
        self.confirm_by_voters(out);
        let follower = Some(follower.node);
        // A replica has one fetch at a time: a newer one supersedes what it asked in an earlier role.
        self.release(out, |held, _| held.follower == follower);
        self.hold(HeldFetch { conn, id, offset, max_records, follower, until: now + wait });
        self.advance(out);
        if let (Role::Leader(leading), Some(node)) = (&mut self.role, follower)
            && let Some(in_sync) = leading.in_sync()
        {
            in_sync.propose_growth(node, self.watermark, self.policies.catch_up, out);
        }
        self.change_voters(now, out);
    }

    fn hold(&mut self, fetch: HeldFetch) {
        if let Role::Leader(leading) = &mut self.role {
            leading.held.push(fetch);
        }
    }

    /// Takes note of what a fetch says about a follower. `Err` is the answer when it is answered at once.
    fn admit_follower<F>(
        &mut self,
        now: Micros,
        conn: ConnId,
        offset: Offset,
        follower: Follower,
        out: &mut Outputs<F>,
    ) -> Result<(), Result<Fetched, replication::FetchError>> {
        let end = self.log.end();
        let Role::Leader(leading) = &mut self.role else {
            return Err(Err(replication::FetchError::NotLeader));
        };
        if follower.leader_epoch != leading.epoch() {
            return Err(Err(replication::FetchError::WrongEpoch));
        }
        let lineage = self.log.lineage(follower.last_epoch);
        let shared = self.policies.truncation.shared(lineage, follower.last_epoch, end);
        let diverges = shared.epoch != follower.last_epoch || shared.end < offset;
        let (start, watermark) = (self.log.start(), self.watermark);
        // What it lacks, or where its log parts from this one, stood below the start.
        if offset < start || diverges && shared.end < start {
            return Err(Ok(Fetched { batches: self.log.snapshot(), watermark, diverging: None }));
        }
        if diverges && !defect!(LineageUnchecked) {
            out.mark(Mark::FetchDiverges);
            defect!(DivergedCounts: leading.members.fetched(now, conn, follower, offset, end), ());
            return Err(Ok(Fetched { batches: Vec::new(), watermark, diverging: Some(shared) }));
        }
        leading.members.fetched(now, conn, follower, offset, end);
        Ok(())
    }

    pub(super) fn release_ready<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        self.release(out, |held, end| end > held.offset);
    }

    pub(super) fn release_expired<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        self.release(out, |held, _| held.until <= now);
    }

    /// Answers the held fetches that `ready` picks, given the end of what each may read.
    pub(super) fn release<F: From<Frame>>(
        &mut self,
        out: &mut Outputs<F>,
        ready: impl Fn(&HeldFetch, Offset) -> bool,
    ) {
        let (log, watermark) = (&self.log, self.watermark);
        let visible = self.policies.visibility.end(watermark, log.end());
        let Role::Leader(leading) = &mut self.role else {
            return;
        };
        let end = |held: &HeldFetch| if held.follower.is_some() { log.end() } else { visible };
        let any = leading.held.iter().any(|held| ready(held, end(held)));
        if defect!(FetchesUnanswered: any, !any) {
            return;
        }
        let members = &mut leading.members;
        leading.held.retain(|held| {
            let end = end(held);
            if !ready(held, end) {
                return true;
            }
            if let Some(follower) = held.follower {
                members.answered(follower, held.conn);
            }
            let batches = log.read(held.offset, end, held.max_records);
            out.send(held.conn, held.found(batches, watermark));
            false
        });
    }
}
