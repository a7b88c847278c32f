//! What travels between brokers, the controller and clients: requests, each answered once by a response with the same id,
//! and the catalogue, which the controller pushes whenever it changed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::log::Batch;
use crate::policy::Ack;
use crate::{
    Catalogue, Epoch, FrameInfo, Generation, GroupId, Micros, NodeId, Offset, ProducerStamp, Records,
    TopicPartition,
};

/// Ties a response to its request; chosen by the requester, unique on its connection.
pub type RequestId = u32;

/// Names one member of a group over its rebalances; chosen by the coordinator.
pub type MemberId = u64;

/// One message on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// A question.
    Request(RequestId, Request),
    /// Its answer.
    Response(RequestId, Response),
    /// The controller's catalogue, pushed to every registered broker when it changed.
    Catalogue(Arc<Catalogue>),
}

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Any broker: who leads what? Answered by [`Response::Metadata`].
    Metadata,
    /// Any broker: a producer id of my own. Answered by [`Response::Producer`].
    InitProducer,
    /// The leader: append these records. Answered by [`Response::Produced`], and with [`Ack::None`] not at all.
    Produce {
        /// The log.
        topic_partition: TopicPartition,
        /// When to answer.
        acks: Ack,
        /// The place in the producer's sequence; `None` from a producer that is not idempotent.
        stamp: Option<ProducerStamp>,
        /// The records; at least one.
        records: Records,
    },
    /// The leader: batches from an offset on. Answered by [`Response::Fetched`], held back for up to `wait` while there is
    /// nothing to tell.
    Fetch {
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset wanted.
        offset: Offset,
        /// At most so many records, rounded up to a whole batch.
        max_records: u32,
        /// How long the answer may be held back, in microseconds.
        wait: Micros,
        /// Set when a replica asks.
        follower: Option<Follower>,
    },
    /// The coordinator: let me be a member. Answered by [`Response::Joined`] once the group has a new generation.
    JoinGroup {
        /// The group.
        group: GroupId,
        /// The id of an earlier join of this incarnation, if any.
        member: Option<MemberId>,
        /// How long the member may stay silent, in microseconds.
        session_timeout: Micros,
        /// The topic partitions the group consumes; the same for all members.
        subscription: Arc<[TopicPartition]>,
    },
    /// The coordinator: what is mine in this generation? Answered by [`Response::Synced`].
    SyncGroup {
        /// The group.
        group: GroupId,
        /// The member.
        member: MemberId,
        /// The generation joined.
        generation: Generation,
    },
    /// The coordinator: I live. Answered by [`Response::Group`].
    Heartbeat {
        /// The group.
        group: GroupId,
        /// The member.
        member: MemberId,
        /// The generation it is in.
        generation: Generation,
    },
    /// The coordinator: I leave. Answered by [`Response::Group`].
    LeaveGroup {
        /// The group.
        group: GroupId,
        /// The member.
        member: MemberId,
    },
    /// The coordinator: all offsets below these are settled. Answered by [`Response::Group`].
    Commit {
        /// The group.
        group: GroupId,
        /// The member.
        member: MemberId,
        /// The generation it is in.
        generation: Generation,
        /// The first unsettled offset of each topic partition.
        offsets: Vec<(TopicPartition, Offset)>,
    },
    /// The coordinator: what is settled? Answered by [`Response::Offsets`], in the order asked.
    FetchOffsets {
        /// The group.
        group: GroupId,
        /// The topic partitions.
        topic_partitions: Vec<TopicPartition>,
    },
    /// The controller: this broker is up, with a freshly drawn incarnation. Answered by [`Response::Registered`].
    Register {
        /// The broker.
        broker: NodeId,
        /// Differs in every incarnation of the broker.
        incarnation: u64,
        /// The epoch of the registration under which the incarnation before stopped in good order, by the marker that it left
        /// behind; `None` without one. Only a marker of the newest registration proves anything.
        stopped: Option<u64>,
    },
    /// The controller: I live. Answered by [`Response::Alive`].
    BrokerHeartbeat {
        /// The broker.
        broker: NodeId,
        /// The epoch of its registration.
        broker_epoch: u64,
        /// The version of the catalogue it knows; a newer one is pushed before the answer.
        version: u32,
    },
    /// The controller: the in-sync set should become this. Answered by [`Response::IsrAltered`].
    AlterIsr {
        /// The leader that asks.
        broker: NodeId,
        /// The epoch of its registration.
        broker_epoch: u64,
        /// The log.
        topic_partition: TopicPartition,
        /// The epoch in which it leads.
        leader_epoch: Epoch,
        /// The version of the partition's state that the leader knows.
        version: u32,
        /// The in-sync set it wants, in ascending order, itself included; each with the epoch of the registration in which
        /// it caught up, so that a replica that lost its tail since then is not let in (KIP-903).
        isr: Vec<(NodeId, u64)>,
    },
    /// Any broker: report a digest of every replica you hold as an observation. Answered by [`Response::Audited`].
    Audit,
    /// Any broker: how many records stand above the watermark in the logs that you lead?
    Unreplicated,
}

/// Who fetches, when it is a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Follower {
    /// The replica's broker.
    pub node: NodeId,
    /// The epoch of the follower's registration with the controller.
    pub broker_epoch: u64,
    /// The leader epoch the follower believes in.
    pub leader_epoch: Epoch,
    /// The epoch of the last batch in the follower's log; 0 when the log is empty.
    pub last_epoch: Epoch,
}

/// What may be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// To [`Request::Metadata`].
    Metadata(Arc<Catalogue>),
    /// To [`Request::InitProducer`]; `None` while the broker has no ids to give.
    Producer(Option<u64>),
    /// To [`Request::Produce`]: the offset of the first record.
    Produced(Result<Offset, ProduceError>),
    /// To [`Request::Fetch`].
    Fetched(Result<Fetched, FetchError>),
    /// To [`Request::JoinGroup`].
    Joined(Result<Joined, GroupError>),
    /// To [`Request::SyncGroup`]: what the member owns.
    Synced(Result<Vec<TopicPartition>, GroupError>),
    /// To [`Request::Heartbeat`], [`Request::LeaveGroup`] and [`Request::Commit`].
    Group(Result<(), GroupError>),
    /// To [`Request::FetchOffsets`]; `None` where nothing was ever committed.
    Offsets(Result<Vec<Option<Offset>>, GroupError>),
    /// To [`Request::Register`].
    Registered {
        /// The epoch of this registration; unique over all brokers and incarnations.
        broker_epoch: u64,
        /// The catalogue as it stands now.
        catalogue: Arc<Catalogue>,
    },
    /// To [`Request::BrokerHeartbeat`]; `false` when the broker must register again. A newer catalogue was pushed before.
    Alive(bool),
    /// To [`Request::AlterIsr`]; on success the new catalogue was pushed before.
    IsrAltered(TopicPartition, Result<(), IsrError>),
    /// To [`Request::Audit`].
    Audited,
    /// To [`Request::Unreplicated`]: so many records, over all logs that this broker leads.
    Unreplicated(u64),
}

/// A membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Joined {
    /// The member's id from now on.
    pub member: MemberId,
    /// The generation it is in.
    pub generation: Generation,
}

/// What a fetch found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Whole batches in order; the first may begin below the offset asked for. Empty when there is nothing new.
    pub batches: Vec<Batch>,
    /// The leader's high watermark.
    pub watermark: Offset,
    /// Set when the follower's log parts from the leader's: the follower must cut its log to this offset, and to the end of
    /// the epochs it shares (KIP-595), and fetch again.
    pub diverging: Option<Diverging>,
}

/// Where two logs part, as the leader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diverging {
    /// The newest epoch of the leader's log that is not newer than the follower's last.
    pub epoch: Epoch,
    /// Where that epoch ends in the leader's log.
    pub end: Offset,
}

/// Why a produce request was not acknowledged. It says *not stored* or *unknown*, never something in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProduceError {
    /// The records are in no log because of this request.
    NotStored(Refusal),
    /// The records were appended, and whether they stay is not known.
    Unknown(Doubt),
}

/// Why nothing was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// This broker does not lead the topic partition.
    NotLeader,
    /// Too few replicas are in sync.
    NotEnoughReplicas,
    /// A sequence number before this one is missing.
    SequenceGap,
    /// The sequence number is below what the leader still remembers, so it cannot tell whether it has the batch.
    SequenceForgotten,
    /// A newer epoch of this producer id exists.
    StaleProducerEpoch,
}

/// Why the fate of appended records is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Doubt {
    /// The leader lost its leadership before the records were replicated.
    LeadershipLost,
    /// The in-sync set shrank below the minimum before the records were replicated.
    NotEnoughReplicas,
}

/// Why a fetch was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FetchError {
    /// This broker does not lead the topic partition.
    NotLeader,
    /// The follower believes in another leader epoch.
    WrongEpoch,
    /// The offset lies beyond the end of the log, which is here.
    OutOfRange {
        /// The end of the leader's log.
        end: Offset,
    },
}

/// Why the coordinator refused. Nothing was changed, except with `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GroupError {
    /// This broker does not coordinate the group.
    NotCoordinator,
    /// No such member; join again.
    UnknownMember,
    /// The generation has passed; join again.
    StaleGeneration,
    /// A rebalance is under way; join again.
    Rebalancing,
    /// Too few replicas of the offsets log are in sync.
    NotEnoughReplicas,
    /// The commit was appended, and whether it stays is not known.
    Unknown,
}

/// Why the controller did not change an in-sync set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IsrError {
    /// The broker's registration, the leader epoch or the version is not the current one.
    Stale,
    /// A wanted member is not alive.
    NotEligible,
}

impl FrameInfo for Frame {
    fn size(&self) -> usize {
        const HEADER: usize = 12;
        HEADER
            + match self {
                Frame::Request(_, Request::Produce { records, .. }) => {
                    24 + records.iter().map(|r| 12 + r.key.len() + r.payload.len()).sum::<usize>()
                }
                Frame::Response(_, Response::Fetched(Ok(fetched))) => {
                    16 + fetched.batches.iter().map(|batch| batch.encoded().len()).sum::<usize>()
                }
                Frame::Catalogue(catalogue) | Frame::Response(_, Response::Metadata(catalogue)) => {
                    catalogue.partitions.len() * 32
                }
                _ => 24,
            }
    }

    fn digest(&self) -> u64 {
        match self {
            Frame::Request(id, request) => u64::from(*id) << 8 | request.tag(),
            Frame::Response(id, response) => u64::from(*id) << 8 | 0x40 | response.tag(),
            Frame::Catalogue(catalogue) => u64::from(catalogue.version) << 8 | 0x80,
        }
    }
}

impl Request {
    fn tag(&self) -> u64 {
        match self {
            Request::Metadata => 0,
            Request::InitProducer => 1,
            Request::Produce { .. } => 2,
            Request::Fetch { .. } => 3,
            Request::JoinGroup { .. } => 4,
            Request::SyncGroup { .. } => 5,
            Request::Heartbeat { .. } => 6,
            Request::LeaveGroup { .. } => 7,
            Request::Commit { .. } => 8,
            Request::FetchOffsets { .. } => 9,
            Request::Register { .. } => 10,
            Request::BrokerHeartbeat { .. } => 11,
            Request::AlterIsr { .. } => 12,
            Request::Audit => 13,
            Request::Unreplicated => 14,
        }
    }
}

impl Response {
    fn tag(&self) -> u64 {
        match self {
            Response::Metadata(_) => 0,
            Response::Producer(_) => 1,
            Response::Produced(_) => 2,
            Response::Fetched(_) => 3,
            Response::Joined(_) => 4,
            Response::Synced(_) => 5,
            Response::Group(_) => 6,
            Response::Offsets(_) => 7,
            Response::Registered { .. } => 8,
            Response::Alive(_) => 9,
            Response::IsrAltered(..) => 10,
            Response::Audited => 11,
            Response::Unreplicated(_) => 12,
        }
    }
}
