//! The replicas of a log among themselves, where they elect who leads it.

use serde::{Deserialize, Serialize};

use super::{Frame, RequestId, SMALL, digest_of_request, digest_of_response};
use crate::authority::consensus::Voter;
use crate::{Epoch, NodeId, Offset, TopicPartition};

/// What replicas say to each other about who leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// One asks.
    Request(RequestId, Request),
    /// The other answers.
    Response(RequestId, Response),
}

/// What a replica may ask another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Will you vote for me? Answered by [`Response::Voted`].
    /// In a box, or every frame would be longer by its length.
    Vote(Box<Ballot>),
    /// I lead: fetch from me. Answered by [`Response::Acknowledged`].
    BeginEpoch {
        /// The log.
        topic_partition: TopicPartition,
        /// The leader's epoch, which is the term that it was elected in.
        epoch: Epoch,
        /// Who leads.
        leader: NodeId,
    },
}

/// A request for a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ballot {
    /// The log.
    pub topic_partition: TopicPartition,
    /// Whether only the inclination is asked for: nothing follows from the answer, and the candidate's term is not changed before a
    /// majority is inclined (KIP-996). So a voter that was cut off deposes nobody when it comes back.
    pub pre: bool,
    /// The term in which it would lead.
    pub term: Epoch,
    /// Who asks.
    pub candidate: Voter,
    /// Whom it asks: the disk that it knows as a voter. Another disk on the same node has no vote.
    pub voter: Voter,
    /// The epoch of the last batch in the candidate's log; 0 when it is empty.
    pub last_epoch: Epoch,
    /// Where its log ends.
    pub end: Offset,
}

/// What a replica may answer another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Response {
    /// To [`Request::Vote`].
    Voted {
        /// The term of whoever answers.
        term: Epoch,
        /// Whether it votes for the candidate, or would.
        granted: bool,
        /// Who leads in that term, as far as it knows.
        leader: Option<NodeId>,
    },
    /// To [`Request::BeginEpoch`].
    Acknowledged {
        /// The term of whoever answers; a newer one ends the reign.
        term: Epoch,
    },
}

impl Request {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Consensus(Message::Request(id, self))
    }

    /// The log that it is about.
    #[must_use]
    pub fn topic_partition(&self) -> TopicPartition {
        match self {
            Request::Vote(ballot) => ballot.topic_partition,
            Request::BeginEpoch { topic_partition, .. } => *topic_partition,
        }
    }

    fn number(&self) -> u64 {
        match self {
            Request::Vote(_) => 13,
            Request::BeginEpoch { .. } => 14,
        }
    }
}

impl Response {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Consensus(Message::Response(id, self))
    }

    fn number(self) -> u64 {
        match self {
            Response::Voted { .. } => 11,
            Response::Acknowledged { .. } => 12,
        }
    }
}

impl Message {
    pub(super) fn size(&self) -> usize {
        SMALL
    }

    pub(super) fn digest(&self) -> u64 {
        match self {
            Message::Request(id, request) => digest_of_request(*id, request.number()),
            Message::Response(id, response) => digest_of_response(*id, response.number()),
        }
    }
}
