//! What clients and followers ask of a broker.

use super::Broker;
use crate::group::{Coordinator, ReplyTo};
use crate::replica::{Replica, Waiter};
use crate::wire::client::{FetchError, GroupError, ProduceError, Refusal, Request, Response};
use crate::wire::replication;
use crate::{ConnId, Frame, Micros, Outputs, RequestId};

impl Broker {
    /// Deals with a client's request; whatever is not answered here is answered when it is due.
    pub(super) fn serve<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        request: Request,
        out: &mut Outputs<F>,
    ) {
        let answer = match request {
            Request::Metadata => Some(Response::Metadata(self.known_catalogue())),
            Request::InitProducer => Some(Response::Producer(self.new_producer())),
            Request::Audit => {
                self.audit(out);
                Some(Response::Audited)
            }
            Request::Unreplicated => {
                Some(Response::Unreplicated(self.replicas.iter().map(Replica::unreplicated).sum()))
            }
            Request::Produce { topic_partition, acks, stamp, records } => match self.replica(topic_partition)
            {
                // An empty batch would take no offset, so nothing could be acknowledged by one.
                Some(replica) if !records.is_empty() => {
                    replica.produce(now, acks, stamp, records, Waiter::Producer(conn, id), out);
                    None
                }
                // Who wants no answer hears of it all the same, and asks who leads.
                _ if !acks.is_answered() => {
                    out.close(conn);
                    None
                }
                _ => Some(Response::Produced(Err(ProduceError::NotStored(Refusal::NotLeader)))),
            },
            Request::Fetch { topic_partition, offset, max_records, wait } => {
                match self.replica(topic_partition) {
                    Some(replica) => {
                        replica.fetch(now, conn, id, offset, max_records, wait, out);
                        None
                    }
                    None => Some(Response::Fetched(Err(FetchError::NotLeader))),
                }
            }
            group => match &mut self.coordinator {
                Some(coordinator) => {
                    coordinate(coordinator, now, ReplyTo { conn, id }, group, out);
                    None
                }
                None => refuse(&group),
            },
        };
        if let Some(answer) = answer {
            out.send(conn, answer.frame(id));
        }
    }

    /// Deals with a follower's request, in the same way.
    pub(super) fn replicate<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        request: replication::Request,
        out: &mut Outputs<F>,
    ) {
        let replication::Request::Fetch { topic_partition, offset, max_records, wait, follower } = request;
        match self.replica(topic_partition) {
            Some(replica) => replica.replicate(now, conn, id, offset, max_records, wait, follower, out),
            None => {
                let refused = replication::Response::Fetched(Err(replication::FetchError::NotLeader));
                out.send(conn, refused.frame(id));
            }
        }
    }

    /// Unique in the cluster without asking anybody: the controller never gives a registration's epoch twice.
    fn new_producer(&mut self) -> Option<u64> {
        let number = self.next_producer;
        self.next_producer += 1;
        let id =
            |epoch| defect!(ProducersAlike: epoch << 32 & u64::from(number), epoch << 32 | u64::from(number));
        self.registered.map(id)
    }
}

fn coordinate<F: From<Frame>>(
    coordinator: &mut Coordinator,
    now: Micros,
    reply_to: ReplyTo,
    request: Request,
    out: &mut Outputs<F>,
) {
    match request {
        Request::JoinGroup { group, member, session_timeout, subscription } => {
            coordinator.join(now, reply_to, group, member, session_timeout, &subscription, out);
        }
        Request::SyncGroup { group, member, generation } => {
            coordinator.sync(now, reply_to, group, member, generation, out);
        }
        Request::Heartbeat { group, member, generation } => {
            coordinator.heartbeat(now, reply_to, group, member, generation, out);
        }
        Request::LeaveGroup { group, member } if !defect!(GoodbyeUnheard) => {
            coordinator.leave(now, reply_to, group, member, out)
        }
        Request::Commit { group, member, generation, offsets } => {
            coordinator.commit(now, reply_to, group, member, generation, offsets, out);
        }
        Request::FetchOffsets { group, topic_partitions } => {
            coordinator.offsets(reply_to, group, &topic_partitions, out);
        }
        _ => {}
    }
}

/// The answer of a broker that does not coordinate groups.
fn refuse(request: &Request) -> Option<Response> {
    const ERROR: GroupError = GroupError::NotCoordinator;
    match request {
        Request::JoinGroup { .. } => Some(Response::Joined(Err(ERROR))),
        Request::SyncGroup { .. } => Some(Response::Synced(Err(ERROR))),
        Request::FetchOffsets { .. } => Some(Response::Offsets(Err(ERROR))),
        _ => Some(Response::Group(Err(ERROR))),
    }
}
