//! A frame as bytes: one for its kind, which is the conversation and whether it asks or answers; then, in postcard, its id and what is
//! said. Deriving this from the nested enums would take a byte more for every level. The only module that knows the encoding.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{Wire, WireError};
use crate::wire::{authority, client, consensus, replication};
use crate::{Frame, RequestId};

const CLIENT_REQUEST: u8 = 0;
const CLIENT_RESPONSE: u8 = 1;
const REPLICATION_REQUEST: u8 = 2;
const REPLICATION_RESPONSE: u8 = 3;
const AUTHORITY_REQUEST: u8 = 4;
const AUTHORITY_RESPONSE: u8 = 5;
const AUTHORITY_CATALOGUE: u8 = 6;
const CONSENSUS_REQUEST: u8 = 7;
const CONSENSUS_RESPONSE: u8 = 8;

impl Wire for Frame {
    fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        // Memory takes every byte, and postcard refuses only sequences of unknown length, which no frame has. Were it to
        // refuse one all the same, an empty frame is left, which every decoder calls nonsense.
        match write(self, out) {
            Ok(()) => out.extend_from_slice(padding(self)),
            Err(_) => out.truncate(start),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        match read(bytes) {
            Some((frame, rest)) if rest == padding(&frame) => Ok(frame),
            _ => Err(WireError::Nonsense),
        }
    }
}

fn write(frame: &Frame, out: &mut Vec<u8>) -> postcard::Result<()> {
    match frame {
        Frame::Client(client::Message::Request(id, said)) => put(CLIENT_REQUEST, &(id, said), out),
        Frame::Client(client::Message::Response(id, said)) => put(CLIENT_RESPONSE, &(id, said), out),
        Frame::Replication(replication::Message::Request(id, said)) => {
            put(REPLICATION_REQUEST, &(id, said), out)
        }
        Frame::Replication(replication::Message::Response(id, said)) => {
            put(REPLICATION_RESPONSE, &(id, said), out)
        }
        Frame::Authority(authority::Message::Request(id, said)) => put(AUTHORITY_REQUEST, &(id, said), out),
        Frame::Authority(authority::Message::Response(id, said)) => put(AUTHORITY_RESPONSE, &(id, said), out),
        Frame::Authority(authority::Message::Catalogue(said)) => put(AUTHORITY_CATALOGUE, said, out),
        Frame::Consensus(consensus::Message::Request(id, said)) => put(CONSENSUS_REQUEST, &(id, said), out),
        Frame::Consensus(consensus::Message::Response(id, said)) => put(CONSENSUS_RESPONSE, &(id, said), out),
    }
}

fn put(kind: u8, body: &impl Serialize, out: &mut Vec<u8>) -> postcard::Result<()> {
    out.push(kind);
    postcard::to_io(body, out).map(|_| ())
}

fn read(bytes: &[u8]) -> Option<(Frame, &[u8])> {
    let (&kind, body) = bytes.split_first()?;
    match kind {
        CLIENT_REQUEST => take(body, client::Request::frame),
        CLIENT_RESPONSE => take(body, client::Response::frame),
        REPLICATION_REQUEST => take(body, replication::Request::frame),
        REPLICATION_RESPONSE => take(body, replication::Response::frame),
        AUTHORITY_REQUEST => take(body, authority::Request::frame),
        AUTHORITY_RESPONSE => take(body, authority::Response::frame),
        AUTHORITY_CATALOGUE => {
            let (catalogue, rest) = postcard::take_from_bytes(body).ok()?;
            Some((Frame::Authority(authority::Message::Catalogue(catalogue)), rest))
        }
        CONSENSUS_REQUEST => take(body, consensus::Request::frame),
        CONSENSUS_RESPONSE => take(body, consensus::Response::frame),
        _ => None,
    }
}

fn take<T: DeserializeOwned>(body: &[u8], frame: fn(T, RequestId) -> Frame) -> Option<(Frame, &[u8])> {
    let ((id, said), rest) = postcard::take_from_bytes(body).ok()?;
    Some((frame(said, id), rest))
}

/// A byte without a meaning at the end of some frames. Consumers and followers once sent the same fetch, and these bytes told them
/// apart. Frames keep their lengths because those decide where a read from a stream ends: with shorter ones a node whose stream
/// stalls may have heard one frame more or less, and a seed would no longer be the run that it was.
fn padding(frame: &Frame) -> &'static [u8] {
    match frame {
        Frame::Client(
            client::Message::Request(_, client::Request::Fetch { .. })
            | client::Message::Response(_, client::Response::Fetched(Ok(_))),
        )
        | Frame::Replication(replication::Message::Request(..)) => &[0],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::wire::replication::Follower;
    use crate::{NodeId, TopicId, TopicPartition};

    const LOG: TopicPartition = TopicPartition { topic: TopicId(3), partition: 1 };

    fn consumer_fetch() -> Frame {
        client::Request::Fetch { topic_partition: LOG, offset: 5, max_records: 9, wait: 700 }.frame(1)
    }

    fn follower_fetch() -> Frame {
        let follower = Follower { node: NodeId(2), broker_epoch: 4, leader_epoch: 6, last_epoch: 5 };
        let fetch = replication::Request::Fetch {
            topic_partition: LOG,
            offset: 5,
            max_records: 9,
            wait: 700,
            follower,
        };
        fetch.frame(1)
    }

    fn bytes(frame: &Frame) -> Vec<u8> {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        bytes
    }

    #[test]
    fn a_frame_of_every_kind_reads_back() {
        let found = client::Fetched { batches: Vec::new(), watermark: 8 };
        let replicated = replication::Fetched { batches: Vec::new(), watermark: 8, diverging: None };
        for frame in [
            consumer_fetch(),
            client::Response::Fetched(Ok(found)).frame(2),
            client::Response::Fetched(Err(client::FetchError::OutOfRange { end: 4 })).frame(2),
            follower_fetch(),
            replication::Response::Fetched(Ok(replicated)).frame(3),
            authority::Request::Register { broker: NodeId(1), incarnation: 7, stopped: None }.frame(4),
            authority::Response::Alive(true).frame(5),
            Frame::Authority(authority::Message::Catalogue(Arc::default())),
            consensus::Request::BeginEpoch { topic_partition: LOG, epoch: 4, leader: NodeId(2) }.frame(6),
            consensus::Response::Voted { term: 4, granted: true, leader: None }.frame(7),
        ] {
            assert_eq!(Frame::decode(&bytes(&frame)), Ok(frame));
        }
    }

    #[test]
    fn padding_that_is_missing_or_means_something_is_nonsense() {
        for frame in [consumer_fetch(), follower_fetch()] {
            let mut bytes = bytes(&frame);
            *bytes.last_mut().unwrap() = 1;
            assert_eq!(Frame::decode(&bytes), Err(WireError::Nonsense));
            bytes.pop();
            assert_eq!(Frame::decode(&bytes), Err(WireError::Nonsense));
        }
    }
}
