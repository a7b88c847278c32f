//! A stranger's broker, with frames of its own, under the lab's engines, faults and checkers.
//!
//! It is one node that appends to a file and answers. Its bug is one line: it acknowledges before its sync has come back.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::rc::Rc;

use broker::server::{Wire, WireError};
use broker::{
    ConnId, FileId, FrameInfo, Input, MessageId, Node, NodeId, Now, Observation, Outputs, Phase, StoredFile, TopicId,
    TopicPartition,
};
use bytes::Bytes;
use harness::engine::{BoxedNode, Engine, EngineError, Host};
use harness::nemesis::FaultModel;
use harness::run::{Conclusion, Keep, draw, run};
use harness::system::{Cast, Knobs, Part, Player, System};
use harness::{Kind, Path, Scenario, Variant};

const BROKER: NodeId = NodeId(1);
const PRODUCER: NodeId = NodeId(2);
const AUDITOR: NodeId = NodeId(3);
const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };
const FILE: FileId = FileId(0);

/// Their protocol: one number a message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Frame {
    Put(u32),
    Stored(u32, u64),
    List,
    Listed(u64, u32),
    End,
}

impl FrameInfo for Frame {
    fn size(&self) -> usize {
        13
    }
    fn digest(&self) -> u64 {
        let (tag, a, b) = self.parts();
        u64::from(tag) << 60 ^ a << 20 ^ b
    }
}

impl Frame {
    fn parts(self) -> (u8, u64, u64) {
        match self {
            Frame::Put(number) => (0, number.into(), 0),
            Frame::Stored(number, offset) => (1, offset, number.into()),
            Frame::List => (2, 0, 0),
            Frame::Listed(offset, number) => (3, offset, number.into()),
            Frame::End => (4, 0, 0),
        }
    }
}

impl Wire for Frame {
    fn encode(&self, out: &mut Vec<u8>) {
        let (tag, a, b) = self.parts();
        out.push(tag);
        out.extend(a.to_le_bytes());
        out.extend(b.to_le_bytes());
    }
    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let word = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let (Some(a), Some(b), 17) = (word(1), word(9), bytes.len()) else { return Err(WireError::Nonsense) };
        Ok(match bytes[0] {
            0 => Frame::Put(a as u32),
            1 => Frame::Stored(b as u32, a),
            2 => Frame::List,
            3 => Frame::Listed(a, b as u32),
            4 => Frame::End,
            _ => return Err(WireError::Nonsense),
        })
    }
}

/// Their broker.
struct Store {
    acknowledges_before_sync: bool,
    log: Vec<u32>,
    waiting: Vec<(ConnId, u32, u64)>,
}

impl Store {
    fn recover(&mut self, files: &[StoredFile], out: &mut Outputs<Frame>) {
        let bytes = files.first().map_or(&[][..], |file| &file.bytes);
        self.log = bytes.chunks_exact(4).map(|n| u32::from_le_bytes([n[0], n[1], n[2], n[3]])).collect();
        out.truncate(FILE, 4 * self.log.len() as u64);
    }
    fn put(&mut self, conn: ConnId, number: u32, out: &mut Outputs<Frame>) {
        let known = self.log.iter().position(|&stored| stored == number);
        let offset = known.unwrap_or(self.log.len()) as u64;
        if known.is_none() {
            self.log.push(number);
            out.append(FILE, Bytes::copy_from_slice(&number.to_le_bytes()));
        }
        if self.acknowledges_before_sync {
            return out.send(conn, Frame::Stored(number, offset));
        }
        self.waiting.push((conn, number, offset));
        out.sync(FILE, self.log.len() as u64);
    }
}

impl Node for Store {
    type Frame = Frame;
    fn step(&mut self, _: Now, input: Input<Frame>, out: &mut Outputs<Frame>) {
        match input {
            Input::Started { files, .. } => self.recover(&files, out),
            Input::Frame { conn, frame: Frame::Put(number) } => self.put(conn, number, out),
            Input::Frame { conn, frame: Frame::List } => {
                (0..).zip(&self.log).for_each(|(offset, &number)| out.send(conn, Frame::Listed(offset, number)));
                out.send(conn, Frame::End);
            }
            Input::Synced { token, .. } => self.waiting.retain(|&(conn, number, offset)| {
                let held = offset < token;
                if held {
                    out.send(conn, Frame::Stored(number, offset));
                }
                !held
            }),
            _ => {}
        }
    }
}

/// Sends one number after another, each until it is answered; or, as the auditor, asks for all of them.
struct Client {
    next: Option<Rc<Cell<u32>>>,
    count: u32,
    begun: bool,
}

impl Client {
    fn ask(&mut self, conn: ConnId, out: &mut Outputs<Frame>) {
        let Some(next) = &self.next else { return out.send(conn, Frame::List) };
        let (number, id) = (next.get(), MessageId { producer: 1, number: next.get() });
        if number == self.count {
            return out.observe(Observation::Finished);
        }
        if !std::mem::replace(&mut self.begun, true) {
            out.observe(Observation::Intent { id, key: 0 });
            out.observe(Observation::Send { phase: Phase::Invoke, id, topic_partition: LOG, offset: None });
        }
        out.send(conn, Frame::Put(number));
    }
    fn stored(&mut self, conn: ConnId, number: u32, offset: u64, out: &mut Outputs<Frame>) {
        let id = MessageId { producer: 1, number };
        let Some(next) = self.next.as_ref().filter(|next| next.get() == number) else { return };
        next.set(number + 1);
        self.begun = false;
        out.observe(Observation::Send { phase: Phase::Ok, id, topic_partition: LOG, offset: Some(offset) });
        out.observe(Observation::Answered { id });
        self.ask(conn, out);
    }
}

impl Node for Client {
    type Frame = Frame;
    fn step(&mut self, now: Now, input: Input<Frame>, out: &mut Outputs<Frame>) {
        match input {
            Input::Started { .. } | Input::Timer => {
                out.connect(BROKER);
            }
            // A dark machine never says that it is gone; a short patience would do, here the machine's return tells.
            Input::Refused { .. } | Input::Closed { .. } => out.arm(now.mono + 20_000),
            Input::Opened { conn } => self.ask(conn, out),
            Input::Frame { conn, frame: Frame::Stored(number, offset) } => self.stored(conn, number, offset, out),
            Input::Frame { frame: Frame::Listed(offset, number), .. } => {
                let id = MessageId { producer: 1, number };
                out.observe(Observation::Logged { topic_partition: LOG, offset, id, stamp: None });
            }
            Input::Frame { frame: Frame::End, .. } => out.observe(Observation::Audited),
            _ => {}
        }
    }
}

struct TheirSystem {
    acknowledges_before_sync: bool,
}
