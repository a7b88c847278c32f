//! A server that echoes and a client that counts.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use broker::server::{Wire, WireError};
use broker::{ConnId, FileId, FrameInfo, Input, Load, Mark, Micros, Node, NodeId, Now, Observation, Outputs};
use bytes::Bytes;

use crate::chaos::link::Link;

#[derive(Clone, Debug, PartialEq)]
pub struct Number(pub u64);

impl Wire for Number {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }
    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let bytes = bytes.try_into().map_err(|_| WireError::Nonsense)?;
        Ok(Number(u64::from_le_bytes(bytes)))
    }
}

impl FrameInfo for Number {
    fn size(&self) -> usize {
        12
    }
    fn digest(&self) -> u64 {
        self.0
    }
}

pub const MS: Micros = 1000;

pub const NONE: [u64; 0] = [];

pub const SERVER: NodeId = NodeId(3);
pub const CLIENT: NodeId = NodeId(8);
pub const OTHER: NodeId = NodeId(9);
pub const THERE: Link = Link { from: CLIENT, to: SERVER };
pub const BACK: Link = Link { from: SERVER, to: CLIENT };

/// Everything that happened to the nodes, in order.
#[derive(Clone, Default)]
pub struct Log(pub Rc<RefCell<Vec<Event>>>);

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Micros,
    pub node: NodeId,
    /// How far the node's wall time is ahead of its monotonic time, in microseconds.
    pub wall_ahead: i64,
    pub input: Input<Number>,
}

impl Log {
    pub fn push(&self, node: NodeId, now: Now, input: &Input<Number>) {
        let wall_ahead = now.wall.wrapping_sub(now.mono).cast_signed();
        self.0.borrow_mut().push(Event { at: now.mono, node, wall_ahead, input: input.clone() });
    }
}

/// Answers every frame with the same frame.
pub struct Echo(pub NodeId, pub Log);

impl Node for Echo {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.1.push(self.0, now, &input);
        match input {
            Input::Frame { conn, frame } => out.send(conn, frame),
            Input::Stop => out.exit(),
            _ => {}
        }
    }
}

/// Answers every frame with the same frame when it has it on disk, and reports that it has something under way a millisecond
/// after it began to write. Halts when its disk fails. Told to refuse, it says so of every frame, and answers all the same.
pub struct Keeper {
    log: Log,
    refuses: bool,
    writing: VecDeque<(ConnId, Number)>,
}

impl Keeper {
    const FILE: FileId = FileId(4);

    pub fn new(log: Log) -> Self {
        Keeper { log, refuses: false, writing: VecDeque::new() }
    }
}

impl Node for Keeper {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.log.push(SERVER, now, &input);
        match input {
            Input::Frame { conn, frame } => {
                out.append(Self::FILE, Bytes::copy_from_slice(&frame.0.to_le_bytes()));
                out.sync(Self::FILE, frame.0);
                out.arm(now.mono + MS);
                self.writing.push_back((conn, frame));
                if self.refuses {
                    out.mark(Mark::RefuseEffect);
                }
            }
            Input::Synced { .. } => {
                if let Some((conn, number)) = self.writing.pop_front() {
                    out.send(conn, number);
                }
            }
            Input::DiskFailed { .. } => out.halt("the disk failed".to_owned()),
            Input::Timer => out.observe(Observation::Finished),
            Input::Load(Load::Refuse(refuses) | Load::Poison(refuses)) => self.refuses = refuses,
            Input::Stop => out.exit(),
            _ => {}
        }
    }
}

/// Sends the numbers from 0, one every 10 ms while it is connected, and connects again when it is not. Asked for more, it says
/// that it is through.
pub struct Counter {
    log: Log,
    connect_at: Micros,
    next: u64,
    conn: Option<ConnId>,
    opened: bool,
}

impl Counter {
    const EVERY: Micros = 10 * MS;

    pub fn new(log: Log, connect_at: Micros) -> Self {
        Counter { log, connect_at, next: 0, conn: None, opened: false }
    }

    fn tick(&mut self, now: Now, out: &mut Outputs<Number>) {
        match self.conn {
            None if now.mono >= self.connect_at => self.conn = Some(out.connect(SERVER)),
            Some(conn) if self.opened => {
                out.send(conn, Number(self.next));
                self.next += 1;
            }
            _ => {}
        }
        out.arm(now.mono + Self::EVERY);
    }
}

impl Node for Counter {
    type Frame = Number;
    fn step(&mut self, now: Now, input: Input<Number>, out: &mut Outputs<Number>) {
        self.log.push(CLIENT, now, &input);
        match input {
            Input::Started { .. } | Input::Timer => self.tick(now, out),
            Input::Opened { conn } if self.conn == Some(conn) => self.opened = true,
            Input::Closed { .. } | Input::Refused { .. } => {
                self.conn = None;
                self.opened = false;
            }
            Input::Load(_) => out.observe(Observation::Finished),
            _ => {}
        }
    }
}
