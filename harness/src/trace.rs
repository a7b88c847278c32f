//! The trace of a run: every step of every node, as one running hash, and line by line when asked for.

use std::fmt::Debug;

use broker::{FrameInfo, Input, Load, Micros, NodeId};

/// A trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
    sent: Option<Vec<Sent>>,
}

/// A frame that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When, in simulated microseconds.
    pub time: Micros,
    /// Who sent it.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// Its length on the wire, in bytes.
    pub bytes: usize,
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Default for Trace {
    fn default() -> Self {
        Trace::new(false)
    }
}

impl Trace {
    /// An empty trace; keeps lines only when asked to.
    #[must_use]
    pub fn new(keep_lines: bool) -> Self {
        Trace { hash: OFFSET, lines: keep_lines.then(Vec::new), sent: None }
    }

    /// The same trace, which also keeps what is sent; only the direct engine knows it.
    #[must_use]
    pub fn keeping_sent(self) -> Self {
        Trace { sent: Some(Vec::new()), ..self }
    }

    /// Takes note of a frame that leaves.
    pub fn note_sent(&mut self, sent: Sent) {
        if let Some(all) = &mut self.sent {
            all.push(sent);
        }
    }

    /// Every frame that left, if they were kept.
    #[must_use]
    pub fn sent(&self) -> &[Sent] {
        self.sent.as_deref().unwrap_or_default()
    }

    /// Takes note of one step.
    pub fn step<F: FrameInfo + Debug>(&mut self, time: Micros, node: NodeId, name: &str, input: &Input<F>) {
        let (kind, subject) = digest(input);
        for word in [time, u64::from(node.0) << 8 | kind, subject] {
            // FNV-1a over words, with a rotation so that the high bits of a word reach the low ones.
            self.hash = (self.hash ^ word).wrapping_mul(PRIME).rotate_left(23);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{time:>10} {name} {input:?}"));
        }
    }

    /// The hash of all steps; the same in every process and build.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines, if they were kept.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}

/// What kind of input this is, and the ids in it.
fn digest<F: FrameInfo>(input: &Input<F>) -> (u64, u64) {
    match input {
        Input::Started { files, seed } => {
            (0, *seed ^ files.iter().map(|file| file.bytes.len() as u64).sum::<u64>())
        }
        Input::Opened { conn } => (1, conn.0),
        Input::Refused { conn } => (2, conn.0),
        Input::Closed { conn } => (3, conn.0),
        Input::Frame { conn, frame } => (4, conn.0.rotate_left(32) ^ frame.digest()),
        Input::Synced { file, token } => (5, u64::from(file.0) << 32 ^ token),
        Input::DiskFailed { file } => (6, u64::from(file.0)),
        Input::Timer => (7, 0),
        Input::Load(Load::Burst { records }) => (8, u64::from(*records)),
        Input::Load(Load::Refuse(refuses)) => (9, u64::from(*refuses)),
        Input::Load(Load::Poison(poisons)) => (10, u64::from(*poisons)),
        Input::Stop => (11, 0),
        Input::Load(Load::More { records }) => (12, u64::from(*records)),
    }
}

/// A hash of bytes (FNV-1a), the same in every process and build.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().fold(OFFSET, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}
