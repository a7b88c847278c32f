//! The node contract: everything that lives on a host is a state machine that is stepped with inputs and answers with
//! actions. It owns no clock, no socket, no file and no entropy, so any engine can drive it: a heap of events, a simulated
//! network, or a real process.
//!
//! ```
//! use broker::{Input, Node, Now, Outputs};
//!
//! /// Answers every frame with the same frame.
//! struct Echo;
//!
//! impl Node for Echo {
//!     type Frame = String;
//!     fn step(&mut self, _now: Now, input: Input<String>, out: &mut Outputs<String>) {
//!         if let Input::Frame { conn, frame } = input {
//!             out.send(conn, frame);
//!         }
//!     }
//! }
//!
//! let mut out = Outputs::new();
//! Echo.step(Now::default(), Input::Timer, &mut out);
//! assert!(out.actions.is_empty());
//! ```

use bytes::Bytes;

use crate::{ConnId, EventSet, FileId, Load, Mark, Micros, NodeId, Now, Observation};

/// A host's program, from its start to the crash that throws it away.
pub trait Node {
    /// What travels on this node's connections.
    type Frame;

    /// Takes one input and appends what should follow from it to `out`. The first input of an incarnation is
    /// [`Input::Started`]; nothing in memory survives from the incarnation before.
    fn step(&mut self, now: Now, input: Input<Self::Frame>, out: &mut Outputs<Self::Frame>);
}

/// What an engine needs to know about a frame without encoding it.
pub trait FrameInfo {
    /// Length on the wire in bytes, header included; may be an estimate. A hundred is one for frames without a payload.
    fn size(&self) -> usize {
        100
    }

    /// A number made of what kind of frame this is and the ids in it; goes into the trace hash.
    fn digest(&self) -> u64;
}

/// One thing that happened to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<F> {
    /// The incarnation begins.
    Started {
        /// What the node's files hold, in the order of their ids; a file never written is absent.
        files: Vec<StoredFile>,
        /// A number that no other incarnation got; the only source of randomness a node has.
        seed: u64,
    },
    /// A connection is established: one this node asked for, or (with a `conn` not seen before) one that a peer opened.
    Opened {
        /// The connection.
        conn: ConnId,
    },
    /// A connection this node asked for could not be opened. Its id will not be seen again.
    Refused {
        /// The connection.
        conn: ConnId,
    },
    /// The peer closed the connection, or it was reset. Its id will not be seen again.
    Closed {
        /// The connection.
        conn: ConnId,
    },
    /// A frame arrived.
    Frame {
        /// The connection it came on.
        conn: ConnId,
        /// The frame.
        frame: F,
    },
    /// All that was appended to `file` before the `Sync` with this token survives a power loss.
    Synced {
        /// The file.
        file: FileId,
        /// The token the node gave with the `Sync`.
        token: u64,
    },
    /// An append, truncation or sync of `file` failed; what the file holds from there on is unknown.
    DiskFailed {
        /// The file.
        file: FileId,
    },
    /// The node's timer fired.
    Timer,
    /// The world outside asks for more, or refuses.
    Load(Load),
    /// An operator asks the process to stop in good order (SIGTERM). The node ends what it must not leave half done and answers
    /// with [`Action::Exit`]; until then it gets inputs as before. One that has not after [`STOP_GRACE`] is killed.
    Stop,
}

/// How long a node that was asked to stop has for it before it is killed, in microseconds: a supervisor's patience.
pub const STOP_GRACE: Micros = 2_000_000;

/// A file as it is found at the start of an incarnation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Which file.
    pub file: FileId,
    /// Its raw bytes; the tail may be torn.
    pub bytes: Vec<u8>,
}

/// One thing a node wants done. Actions are performed in order, after the observations of the same step were recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<F> {
    /// Open a connection to `peer`; answered by `Opened` or `Refused`.
    Connect {
        /// The id the connection will have, from [`Outputs::connect`].
        conn: ConnId,
        /// The other host.
        peer: NodeId,
    },
    /// Close a connection; the peer sees `Closed`, this node sees nothing more of it.
    Close {
        /// The connection.
        conn: ConnId,
    },
    /// Send a frame; lost without a word when the connection is gone.
    Send {
        /// The connection.
        conn: ConnId,
        /// The frame.
        frame: F,
    },
    /// Append bytes to a file (to the page cache: it survives a process crash, not a power loss). If that fails, nothing that the
    /// step wanted behind it is done, and the next input is [`Input::DiskFailed`].
    Append {
        /// The file, made when it does not exist.
        file: FileId,
        /// The bytes.
        bytes: Bytes,
    },
    /// Cut a file to its first `length` bytes.
    Truncate {
        /// The file.
        file: FileId,
        /// The length that remains, in bytes.
        length: u64,
    },
    /// Make all that was appended and truncated so far survive a power loss; answered by `Synced` with the token.
    Sync {
        /// The file.
        file: FileId,
        /// Comes back with `Synced`; the meaning is the node's.
        token: u64,
    },
    /// Fire the node's one timer at this monotonic time (at once if it has passed); replaces what was armed before.
    Arm {
        /// Monotonic time in microseconds.
        at: Micros,
    },
    /// Stop this incarnation, loudly: as a process that exits because its disk failed.
    Halt {
        /// One sentence for people.
        reason: String,
    },
    /// End this incarnation in good order, as the answer to [`Input::Stop`]: what was appended stays, peers see their
    /// connections close.
    Exit,
}

/// Where a step puts what should follow. The engine owns it and hands it, emptied, to every step.
#[derive(Debug)]
pub struct Outputs<F> {
    /// What to do, in order.
    pub actions: Vec<Action<F>>,
    /// What was seen, in order; recorded before any action is performed.
    pub observations: Vec<Observation>,
    /// The marks that somebody listens for; others are not recorded.
    pub listens: EventSet,
    next_conn: u64,
}

impl<F> Outputs<F> {
    /// No outputs yet; connection ids start at 1, and every mark is recorded.
    #[must_use]
    pub fn new() -> Self {
        Outputs { actions: Vec::new(), observations: Vec::new(), listens: EventSet::ALL, next_conn: 1 }
    }

    /// Takes the next connection id. Engines use it for connections that a peer opened, so that both kinds share one
    /// sequence.
    pub fn next_conn(&mut self) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        conn
    }

    /// Asks for a connection to `peer` and returns the id it will have.
    pub fn connect(&mut self, peer: NodeId) -> ConnId {
        let conn = self.next_conn();
        self.actions.push(Action::Connect { conn, peer });
        conn
    }

    /// Closes a connection.
    pub fn close(&mut self, conn: ConnId) {
        self.actions.push(Action::Close { conn });
    }

    /// Sends a frame, or what converts into one.
    pub fn send(&mut self, conn: ConnId, frame: impl Into<F>) {
        self.actions.push(Action::Send { conn, frame: frame.into() });
    }

    /// Appends to a file.
    pub fn append(&mut self, file: FileId, bytes: Bytes) {
        self.actions.push(Action::Append { file, bytes });
    }

    /// Cuts a file.
    pub fn truncate(&mut self, file: FileId, length: u64) {
        self.actions.push(Action::Truncate { file, length });
    }

    /// Syncs a file.
    pub fn sync(&mut self, file: FileId, token: u64) {
        self.actions.push(Action::Sync { file, token });
    }

    /// Arms the node's timer.
    pub fn arm(&mut self, at: Micros) {
        self.actions.push(Action::Arm { at });
    }

    /// Stops this incarnation.
    pub fn halt(&mut self, reason: impl Into<String>) {
        self.actions.push(Action::Halt { reason: reason.into() });
    }

    /// Ends this incarnation in good order.
    pub fn exit(&mut self) {
        self.actions.push(Action::Exit);
    }

    /// Records an observation.
    pub fn observe(&mut self, observation: Observation) {
        self.observations.push(observation);
    }

    /// Records a mark, if anybody listens for it.
    pub fn mark(&mut self, mark: Mark) {
        if self.listens.contains(mark.into()) {
            self.observations.push(Observation::Mark(mark));
        }
    }

    /// Empties both lists and keeps the connection counter.
    pub fn clear(&mut self) {
        self.actions.clear();
        self.observations.clear();
    }
}

impl<F> Default for Outputs<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> Input<F> {
    /// The same input with its frame replaced; `None` when `convert` refuses the frame.
    pub fn map<G>(self, convert: impl FnOnce(F) -> Option<G>) -> Option<Input<G>> {
        Some(match self {
            Input::Started { files, seed } => Input::Started { files, seed },
            Input::Opened { conn } => Input::Opened { conn },
            Input::Refused { conn } => Input::Refused { conn },
            Input::Closed { conn } => Input::Closed { conn },
            Input::Frame { conn, frame } => Input::Frame { conn, frame: convert(frame)? },
            Input::Synced { file, token } => Input::Synced { file, token },
            Input::DiskFailed { file } => Input::DiskFailed { file },
            Input::Timer => Input::Timer,
            Input::Load(load) => Input::Load(load),
            Input::Stop => Input::Stop,
        })
    }
}
