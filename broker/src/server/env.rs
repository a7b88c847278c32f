//! What the shell needs from the world around it.

use std::future::{Future, pending};
use std::io;
use std::ops::ControlFlow;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::server::ReadError;
use crate::{ConnId, EventSet, FileId, Load, Micros, NodeId, Now, Observation, StoredFile};

/// The surroundings of one incarnation of one node: a network, files, a clock. Every engine with sockets has one.
///
/// The shell runs on one thread: futures need not be `Send`.
pub trait Env: Clone + 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + 'static;
    /// What accepts connections.
    type Listener: 'static;

    /// What the node sees of time.
    fn now(&self) -> Now;

    /// Waits until this monotonic time, in microseconds; not at all if it has passed.
    fn sleep_until(&self, at: Micros) -> impl Future<Output = ()> + 'static;

    /// Passes at once, unless the node must not take a step now: it is paused, or this incarnation is over.
    fn gate(&self) -> impl Future<Output = ()> {
        async {}
    }

    /// Takes as long as this machine needs for an input before the node has seen it; real ones need no telling.
    fn work(&self) -> impl Future<Output = ()> {
        async {}
    }

    /// The next that the world outside asks of the node; real ones say it in frames.
    fn load(&self) -> impl Future<Output = Load> {
        pending()
    }

    /// Ends when an operator asks this incarnation to stop in good order; at once if that has happened.
    fn stop(&self) -> impl Future<Output = ()> {
        pending()
    }

    /// Runs a task beside the shell, on the same thread.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);

    /// Begins to accept connections.
    fn listen(&self) -> impl Future<Output = io::Result<Self::Listener>>;

    /// The next connection that a peer opens.
    fn accept(&self, listener: &mut Self::Listener) -> impl Future<Output = io::Result<Self::Stream>>;

    /// Opens a connection to a peer.
    fn connect(&self, peer: NodeId) -> impl Future<Output = io::Result<Self::Stream>> + 'static;

    /// What the node's files hold, in the order of their ids.
    ///
    /// # Errors
    ///
    /// Whatever keeps the files from being read.
    fn stored(&self) -> io::Result<Vec<StoredFile>>;

    /// Appends to a file (to the page cache), and makes it when it does not exist.
    ///
    /// # Errors
    ///
    /// Whatever kept the bytes, or some of them, from being appended.
    fn append(&self, file: FileId, bytes: &Bytes) -> io::Result<()>;

    /// Cuts a file to its first `length` bytes.
    ///
    /// # Errors
    ///
    /// Whatever kept the file from being cut.
    fn truncate(&self, file: FileId, length: u64) -> io::Result<()>;

    /// Makes all that was appended to and cut from a file so far survive a power loss.
    fn sync(&self, file: FileId) -> impl Future<Output = io::Result<()>> + 'static;

    /// The marks that somebody listens for.
    fn listens(&self) -> EventSet {
        EventSet::ALL
    }

    /// Hears what a step observed, before any of its actions is performed. With `Break` this incarnation is over and the
    /// actions are discarded.
    fn observe(&self, observations: &[Observation]) -> ControlFlow<()>;

    /// Hears why a connection is closed from this side although the node did not ask for it.
    fn complain(&self, conn: ConnId, error: &ReadError) {
        let _ = (conn, error);
    }
}
