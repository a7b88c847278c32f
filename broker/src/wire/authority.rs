//! A broker and the controller, which decides who is alive, who leads and who is in sync.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Frame, RequestId, SMALL, digest_of_request, digest_of_response, size_of_catalogue};
use crate::{Catalogue, Epoch, NodeId, TopicPartition};

/// What a broker and the controller say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A broker asks.
    Request(RequestId, Request),
    /// The controller answers.
    Response(RequestId, Response),
    /// The controller's catalogue, pushed to every registered broker when it changed.
    Catalogue(Arc<Catalogue>),
}

/// What a broker may ask the controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Request {
    /// This broker is up, with a freshly drawn incarnation. Answered by [`Response::Registered`].
    Register {
        /// The broker.
        broker: NodeId,
        /// Differs in every incarnation of the broker.
        incarnation: u64,
        /// The epoch of the registration under which the incarnation before stopped in good order, by the marker that it left
        /// behind; `None` without one. Only a marker of the newest registration proves anything.
        stopped: Option<u64>,
    },
    /// I live. Answered by [`Response::Alive`].
    BrokerHeartbeat {
        /// The broker.
        broker: NodeId,
        /// The epoch of its registration.
        broker_epoch: u64,
        /// The version of the catalogue it knows; a newer one is pushed before the answer.
        version: u32,
        /// Whether the broker must know that it still leads what it leads: then whoever answers has made sure that it still decides.
        confirm: bool,
    },
    /// The in-sync set should become this. Answered by [`Response::IsrAltered`].
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
}

/// What the controller may answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
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
    /// To any request: this controller decides nothing now; who does, as far as it knows.
    NotController(Option<NodeId>),
}

/// Why the controller did not change an in-sync set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IsrError {
    /// The broker's registration, the leader epoch or the version is not the current one.
    Stale,
    /// A wanted member is not alive.
    NotEligible,
}

impl Request {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Authority(Message::Request(id, self))
    }

    fn number(&self) -> u64 {
        match self {
            Request::Register { .. } => 10,
            Request::BrokerHeartbeat { .. } => 11,
            Request::AlterIsr { .. } => 12,
        }
    }
}

impl Response {
    /// The frame that carries it.
    #[must_use]
    pub fn frame(self, id: RequestId) -> Frame {
        Frame::Authority(Message::Response(id, self))
    }

    fn number(&self) -> u64 {
        match self {
            Response::Registered { .. } => 8,
            Response::Alive(_) => 9,
            Response::IsrAltered(..) => 10,
            Response::NotController(_) => 11,
        }
    }
}

impl Message {
    pub(super) fn size(&self) -> usize {
        match self {
            Message::Catalogue(catalogue) => size_of_catalogue(catalogue),
            Message::Request(..) | Message::Response(..) => SMALL,
        }
    }

    pub(super) fn digest(&self) -> u64 {
        match self {
            Message::Request(id, request) => digest_of_request(*id, request.number()),
            Message::Response(id, response) => digest_of_response(*id, response.number()),
            Message::Catalogue(catalogue) => u64::from(catalogue.version) << 8 | 0x80,
        }
    }
}
