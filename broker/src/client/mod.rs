//! The client protocol: a producer and a consumer as state machines that other nodes embed.
//!
//! Both are driven alike. The embedder hands them what concerns their connections (`handle`), wakes them when their
//! `deadline` has passed (`tick`; the node's one timer is the embedder's), and drains their events (`poll_event`) after every
//! call. Their deadlines always lie after the time of the last call, so arming for them never spins.

mod cluster;
mod commit;
mod consumer;
mod metadata;
mod prefix;
mod producer;
#[cfg(test)]
mod script;
mod turn;
mod work;

pub use commit::CommitPolicy;
pub use consumer::{Consumer, ConsumerConfig, ConsumerEvent};
pub use producer::{Failure, Producer, ProducerConfig, ProducerEvent};
pub use work::{Ticket, WorkPolicy, key_hash};

use crate::wire::client::{Message, Response};
use crate::{ConnId, Frame, Input, RequestId};

/// What a client must hear of: the inputs that concern connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientInput {
    /// A connection stands.
    Opened(ConnId),
    /// A connection could not be opened.
    Refused(ConnId),
    /// A connection is gone.
    Closed(ConnId),
    /// A broker answered.
    Answered(ConnId, RequestId, Response),
}

impl ClientInput {
    /// The part of a node's inputs that concerns clients; `None` for every other input.
    #[must_use]
    pub fn from_input(input: Input<Frame>) -> Option<Self> {
        match input {
            Input::Opened { conn } => Some(ClientInput::Opened(conn)),
            Input::Refused { conn } => Some(ClientInput::Refused(conn)),
            Input::Closed { conn } => Some(ClientInput::Closed(conn)),
            Input::Frame { conn, frame: Frame::Client(Message::Response(id, response)) } => {
                Some(ClientInput::Answered(conn, id, response))
            }
            // Brokers neither ask clients anything nor push to them.
            Input::Frame { .. }
            | Input::Started { .. }
            | Input::Synced { .. }
            | Input::DiskFailed { .. }
            | Input::Timer
            | Input::Load(_)
            | Input::Stop => None,
        }
    }

    /// The connection it concerns.
    #[must_use]
    pub fn conn(&self) -> ConnId {
        match self {
            ClientInput::Opened(conn)
            | ClientInput::Refused(conn)
            | ClientInput::Closed(conn)
            | ClientInput::Answered(conn, ..) => *conn,
        }
    }
}
