//! A stranger's broker, with frames of its own, under the lab's engines, faults and checkers.
//!
//! It is one node that appends to a file and answers. Its bug is one line: it acknowledges before its sync has come back.

use std::cell::Cell;
use std::rc::Rc;

use harness::prelude::*;
use serde::{Deserialize, Serialize};

const BROKER: NodeId = NodeId(1);
const PRODUCER: NodeId = NodeId(2);
const AUDITOR: NodeId = NodeId(3);
const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };
const FILE: FileId = FileId(0);

/// Their protocol: a message is a number, and has an offset once it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Frame {
    Put(u32),
    Stored(u32, u64),
    List,
    Listed(u32, u64),
    End,
}

impl FrameInfo for Frame {
    fn digest(&self) -> u64 {
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        bytes.iter().fold(0, |digest: u64, &byte| digest.rotate_left(8) ^ u64::from(byte))
    }
}

impl Wire for Frame {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(self).unwrap_or_default());
    }
    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        postcard::from_bytes(bytes).map_err(|_| WireError::Nonsense)
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
                for (offset, &number) in (0..).zip(&self.log) {
                    out.send(conn, Frame::Listed(number, offset));
                }
                out.send(conn, Frame::End);
            }
            Input::Synced { token, .. } => {
                for (conn, number, offset) in self.waiting.extract_if(.., |(.., offset)| *offset < token) {
                    out.send(conn, Frame::Stored(number, offset));
                }
            }
            _ => {}
        }
    }
}

/// Sends one number after another, each again and again until it is answered; or, as the auditor, asks for all of them.
struct Client {
    next: Option<Rc<Cell<u32>>>,
    count: u32,
    begun: bool,
    conn: Option<ConnId>,
}

impl Client {
    fn ask(&mut self, now: Now, out: &mut Outputs<Frame>) {
        let Some(conn) = self.conn else {
            out.connect(BROKER);
            return out.arm(now.mono + 100_000);
        };
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
        out.arm(now.mono + 100_000);
    }
    fn stored(&mut self, number: u32, offset: u64, out: &mut Outputs<Frame>) {
        let Some(next) = self.next.as_ref().filter(|next| next.get() == number) else { return };
        next.set(number + 1);
        self.begun = false;
        let (id, offset) = (MessageId { producer: 1, number }, Some(offset));
        out.observe(Observation::Send { phase: Phase::Ok, id, topic_partition: LOG, offset });
        out.observe(Observation::Answered { id });
    }
}

impl Node for Client {
    type Frame = Frame;
    fn step(&mut self, now: Now, input: Input<Frame>, out: &mut Outputs<Frame>) {
        match input {
            // A dark machine never says that it is gone, so a client must ask again by itself.
            Input::Started { .. } | Input::Timer => self.ask(now, out),
            Input::Opened { conn } => {
                self.conn = Some(conn);
                self.ask(now, out);
            }
            Input::Frame { frame: Frame::Stored(number, offset), .. } => {
                self.stored(number, offset, out);
                self.ask(now, out);
            }
            Input::Frame { frame: Frame::Listed(number, offset), .. } => {
                let id = MessageId { producer: 1, number };
                out.observe(Observation::Logged { topic_partition: LOG, offset, id, stamp: None });
            }
            Input::Frame { frame: Frame::End, .. } => out.observe(Observation::Audited),
            Input::Refused { .. } | Input::Closed { .. } => self.conn = None,
            _ => {}
        }
    }
}

struct TheirSystem {
    acknowledges_before_sync: bool,
}

impl System for TheirSystem {
    type Frame = Frame;
    fn knobs(&self) -> Vec<Knob> {
        vec![Knob::new("records", 100..=200).allowing(1..=1_000)]
    }
    fn cast(&self, _: &Knobs) -> Cast {
        Cast {
            players: vec![
                Player::new(BROKER, "store", Part::Broker),
                Player::new(PRODUCER, "producer-1", Part::Producer),
                Player::new(AUDITOR, "auditor", Part::Auditor),
            ],
            topics: vec!["numbers".to_owned()],
            placement: vec![(LOG, vec![BROKER])],
            ..Cast::default()
        }
    }
    fn hosts(&self, knobs: &Knobs) -> Vec<Host<Frame>> {
        let (acknowledges_before_sync, count) = (self.acknowledges_before_sync, knobs["records"] as u32);
        let next = Rc::new(Cell::new(0));
        let store = move || Store { acknowledges_before_sync, log: Vec::new(), waiting: Vec::new() };
        let client = move |next| Client { next, count, begun: false, conn: None };
        vec![
            Host::new(BROKER, "store", store),
            Host::new(PRODUCER, "producer-1", move || client(Some(Rc::clone(&next)))),
            Host::new(AUDITOR, "auditor", move || client(None)).later(),
        ]
    }
}

/// The scenario, as a value.
pub fn their_broker_keeps_what_it_acknowledged() -> Scenario {
    let [hasty, patient] = [true, false].map(|hasty| TheirSystem { acknowledges_before_sync: hasty });
    let faults = FaultModel { kinds: vec![FaultKind::PowerLoss], ..FaultModel::default() };
    Scenario::named("their-broker", Path::Broker, "Does their broker keep what it acknowledged?")
        .faults(faults)
        .variant(Variant::breaks("hasty", hasty, Kind::LostAcked, Path::Broker))
        .variant(Variant::holds("patient", patient))
}

fn main() -> std::process::ExitCode {
    harness::lab::main(&[their_broker_keeps_what_it_acknowledged()])
}
