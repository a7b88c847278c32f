//! A client and a broker: producers, consumers as readers of logs and as members of groups, and whoever wants to know how a
//! cluster fares.

mod answers;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use answers::{Doubt, FetchError, Fetched, GroupError, Joined, MemberId, ProduceError, Refusal};

use super::{
    Frame, RequestId, SMALL, digest_of_request, digest_of_response, size_of_batches, size_of_catalogue,
};
use crate::policy::Ack;
use crate::{Catalogue, Generation, GroupId, Micros, Offset, ProducerStamp, Records, TopicPartition};

/// What a client and a broker say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The client asks.
    Request(RequestId, Request),
    /// The broker answers.
    Response(RequestId, Response),
}

/// What a client may ask a broker.
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
    /// Any broker: report a digest of every replica you hold as an observation. Answered by [`Response::Audited`].
    Audit,
    /// Any broker: how many records stand above the watermark in the logs that you lead? Answered by
    /// [`Response::Unreplicated`].
    Unreplicated,
}

/// What a broker may answer a client.
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
    /// To [`Request::Audit`].
    Audited,
    /// To [`Request::Unreplicated`]: so many records, over all logs that this broker leads.
    Unreplicated(u64),
}

impl Request {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Client(Message::Request(id, self))
    }

    fn number(&self) -> u64 {
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
            Request::Audit => 13,
            Request::Unreplicated => 14,
        }
    }
}

impl Response {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Client(Message::Response(id, self))
    }

    fn number(&self) -> u64 {
        match self {
            Response::Metadata(_) => 0,
            Response::Producer(_) => 1,
            Response::Produced(_) => 2,
            Response::Fetched(_) => 3,
            Response::Joined(_) => 4,
            Response::Synced(_) => 5,
            Response::Group(_) => 6,
            Response::Offsets(_) => 7,
            Response::Audited => 11,
            Response::Unreplicated(_) => 12,
        }
    }
}

impl Message {
    pub(super) fn size(&self) -> usize {
        match self {
            Message::Request(_, Request::Produce { records, .. }) => {
                24 + records.iter().map(|r| 12 + r.key.len() + r.payload.len()).sum::<usize>()
            }
            Message::Response(_, Response::Fetched(Ok(fetched))) => size_of_batches(&fetched.batches),
            Message::Response(_, Response::Metadata(catalogue)) => size_of_catalogue(catalogue),
            Message::Request(..) | Message::Response(..) => SMALL,
        }
    }

    pub(super) fn digest(&self) -> u64 {
        match self {
            Message::Request(id, request) => digest_of_request(*id, request.number()),
            Message::Response(id, response) => digest_of_response(*id, response.number()),
        }
    }
}
