//! A follower and its leader. A consumer fetches too, but holds nothing that counts, so it has a request of its own.

use serde::{Deserialize, Serialize};

use super::{Frame, RequestId, SMALL, digest_of_request, digest_of_response, size_of_batches};
use crate::log::Batch;
use crate::{Epoch, Micros, NodeId, Offset, TopicPartition};

/// What a follower and a leader say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The follower asks.
    Request(RequestId, Request),
    /// The leader answers.
    Response(RequestId, Response),
}

/// What a follower may ask a leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Batches from an offset on: I hold all below it. Answered by [`Response::Fetched`], held back for up to `wait` while
    /// there is nothing to tell.
    Fetch {
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset wanted.
        offset: Offset,
        /// At most so many records, rounded up to a whole batch.
        max_records: u32,
        /// How long the answer may be held back, in microseconds.
        wait: Micros,
        /// Who asks.
        follower: Follower,
    },
}

/// Who fetches.
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

/// What a leader may answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// To [`Request::Fetch`].
    Fetched(Result<Fetched, FetchError>),
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

/// Why a fetch was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FetchError {
    /// This broker does not lead the topic partition.
    NotLeader,
    /// The follower believes in another leader epoch.
    WrongEpoch,
}

impl Request {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Replication(Message::Request(id, self))
    }
}

impl Response {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Replication(Message::Response(id, self))
    }
}

impl Message {
    pub(super) fn size(&self) -> usize {
        match self {
            Message::Response(_, Response::Fetched(Ok(fetched))) => size_of_batches(&fetched.batches),
            Message::Request(..) | Message::Response(..) => SMALL,
        }
    }

    /// A fetch has the numbers that it has among the requests of a client: there was one for both when traces were first kept.
    pub(super) fn digest(&self) -> u64 {
        match self {
            Message::Request(id, Request::Fetch { .. }) => digest_of_request(*id, 3),
            Message::Response(id, Response::Fetched(_)) => digest_of_response(*id, 3),
        }
    }
}
