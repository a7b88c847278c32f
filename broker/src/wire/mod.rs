//! What travels, by who talks to whom: requests, each answered once by a response with the same id, and what is pushed.
//!
//! A frame belongs to one conversation, so each side takes what is said in its own and can be told nothing else. How frames
//! become bytes only the codec of the server knows.

pub mod authority;
pub mod client;
pub mod consensus;
pub mod replication;

use std::fmt;

use crate::log::Batch;
use crate::{Catalogue, FrameInfo};

/// Ties a response to its request; chosen by the requester, unique on its connection.
pub type RequestId = u32;

/// One message on a connection.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    /// Between a client and a broker.
    Client(client::Message),
    /// Between a follower and its leader.
    Replication(replication::Message),
    /// Between a broker and the controller.
    Authority(authority::Message),
    /// Between replicas that elect their own leader.
    Consensus(consensus::Message),
}

/// How long a message is taken to be that carries neither records nor a catalogue, in bytes.
const SMALL: usize = 24;

fn size_of_batches(batches: &[Batch]) -> usize {
    16 + batches.iter().map(|batch| batch.encoded().len()).sum::<usize>()
}

fn size_of_catalogue(catalogue: &Catalogue) -> usize {
    catalogue.partitions.len() * 32
}

/// Requests are numbered in one row over all conversations, and so are responses: the hash of a trace is made of these numbers.
fn digest_of_request(id: RequestId, number: u64) -> u64 {
    u64::from(id) << 8 | number
}

fn digest_of_response(id: RequestId, number: u64) -> u64 {
    u64::from(id) << 8 | 0x40 | number
}

impl FrameInfo for Frame {
    fn size(&self) -> usize {
        const HEADER: usize = 12;
        HEADER
            + match self {
                Frame::Client(message) => message.size(),
                Frame::Replication(message) => message.size(),
                Frame::Authority(message) => message.size(),
                Frame::Consensus(message) => message.size(),
            }
    }

    fn digest(&self) -> u64 {
        match self {
            Frame::Client(message) => message.digest(),
            Frame::Replication(message) => message.digest(),
            Frame::Authority(message) => message.digest(),
            Frame::Consensus(message) => message.digest(),
        }
    }
}

/// As its message: the lines of a trace name the hosts, and with them the conversation.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Frame::Client(message) => fmt::Debug::fmt(message, f),
            Frame::Replication(message) => fmt::Debug::fmt(message, f),
            Frame::Authority(message) => fmt::Debug::fmt(message, f),
            Frame::Consensus(message) => fmt::Debug::fmt(message, f),
        }
    }
}
