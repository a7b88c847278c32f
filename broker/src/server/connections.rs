//! The open connections of one node: their names, what is to be sent on them, and the task that moves the bytes of each.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::select;
use tokio::sync::{mpsc, oneshot};

use super::codec::{Wire, WireError, write_frame};
use super::env::Env;
use super::reader::FrameReader;
use crate::{ConnId, Input, NodeId};

/// A connection on which more bytes than this wait is closed: a peer that reads nothing must not fill this host's memory.
const MAX_BACKLOG: usize = 64 << 20;

/// What the tasks around the shell tell it.
pub(super) enum Event<S, F> {
    /// A peer opened a connection.
    Accepted(S),
    /// Anything that needs no more than being handed to the node.
    Input(Input<F>),
}

/// Where the tasks of a shell tell it what happened. Bounded, so that a node that is slow or paused slows its peers down.
pub(super) type Events<E, F> = mpsc::Sender<Event<<E as Env>::Stream, F>>;

pub(super) struct Connections<E: Env, F> {
    env: E,
    events: Events<E, F>,
    open: BTreeMap<ConnId, Outgoing>,
    /// The connections that were sent to in this step.
    dirty: Vec<ConnId>,
}

/// The sending end of a connection. Dropped, it lets the connection's task send what waits, and close.
struct Outgoing {
    /// The frames of this step, encoded: they leave together.
    buffer: Vec<u8>,
    queue: mpsc::UnboundedSender<Vec<u8>>,
    backlog: Rc<Cell<usize>>,
    abort: oneshot::Sender<()>,
}

/// The other end of an [`Outgoing`], in the connection's task.
struct Waiting {
    queue: mpsc::UnboundedReceiver<Vec<u8>>,
    backlog: Rc<Cell<usize>>,
    abort: oneshot::Receiver<()>,
}

impl<E: Env, F: Wire + 'static> Connections<E, F> {
    pub(super) fn new(env: E, events: Events<E, F>) -> Self {
        Connections { env, events, open: BTreeMap::new(), dirty: Vec::new() }
    }

    /// Opens a connection to `peer`; an `Opened` or `Refused` follows.
    pub(super) fn connect(&mut self, conn: ConnId, peer: NodeId) {
        let waiting = self.register(conn);
        let (env, events) = (self.env.clone(), self.events.clone());
        let connecting = self.env.connect(peer);
        self.env.spawn(async move {
            let connected = select! {
                biased;
                () = events.closed() => return,
                connected = connecting => connected,
            };
            match connected {
                Ok(stream) => {
                    tell(&events, Input::Opened { conn }).await;
                    converse(env, conn, stream, waiting, events).await;
                }
                Err(_) => tell(&events, Input::Refused { conn }).await,
            }
        });
    }

    /// Takes over a connection that a peer opened.
    pub(super) fn adopt(&mut self, conn: ConnId, stream: E::Stream) {
        let waiting = self.register(conn);
        let task = converse(self.env.clone(), conn, stream, waiting, self.events.clone());
        self.env.spawn(task);
    }

    /// Puts a frame on a connection; it leaves with the next [`Connections::flush`]. Lost when the connection is gone.
    ///
    /// # Errors
    ///
    /// [`WireError::TooLong`].
    pub(super) fn send(&mut self, conn: ConnId, frame: &F) -> Result<(), WireError> {
        let Some(outgoing) = self.open.get_mut(&conn) else {
            return Ok(());
        };
        if outgoing.buffer.is_empty() {
            self.dirty.push(conn);
        }
        write_frame(frame, &mut outgoing.buffer)
    }

    /// Sends what the step put on its connections; gives those on which too much waits.
    pub(super) fn flush(&mut self) -> Vec<ConnId> {
        let mut clogged = Vec::new();
        for conn in self.dirty.drain(..) {
            if let Some(outgoing) = self.open.get_mut(&conn)
                && outgoing.flush() > MAX_BACKLOG
            {
                clogged.push(conn);
            }
        }
        clogged
    }

    /// Closes a connection once all that was put on it is sent.
    pub(super) fn close(&mut self, conn: ConnId) {
        if let Some(mut outgoing) = self.open.remove(&conn) {
            outgoing.flush();
        }
    }

    /// Closes a connection at once; what waits on it is lost.
    pub(super) fn abort(&mut self, conn: ConnId) {
        if let Some(outgoing) = self.open.remove(&conn) {
            // A task that is gone needs no telling.
            let _ = outgoing.abort.send(());
        }
    }

    /// Whether the node may hear of this connection: it did not close it.
    pub(super) fn knows(&self, conn: ConnId) -> bool {
        self.open.contains_key(&conn)
    }

    fn register(&mut self, conn: ConnId) -> Waiting {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (abort, aborted) = oneshot::channel();
        let backlog = Rc::new(Cell::new(0));
        let outgoing = Outgoing { buffer: Vec::new(), queue: sender, backlog: Rc::clone(&backlog), abort };
        self.open.insert(conn, outgoing);
        Waiting { queue: receiver, backlog, abort: aborted }
    }
}

impl Outgoing {
    /// Hands the buffer to the connection's task; gives the number of bytes that now wait there.
    fn flush(&mut self) -> usize {
        if !self.buffer.is_empty() {
            let bytes = std::mem::take(&mut self.buffer);
            self.backlog.set(self.backlog.get() + bytes.len());
            // A task that is gone has told the shell why, or is about to.
            let _ = self.queue.send(bytes);
        }
        self.backlog.get()
    }
}

/// Moves the bytes of one connection, until the node closes it or it ends by itself.
async fn converse<E: Env, F: Wire>(
    env: E,
    conn: ConnId,
    stream: E::Stream,
    waiting: Waiting,
    events: Events<E, F>,
) {
    let (source, sink) = tokio::io::split(stream);
    select! {
        biased;
        () = write_all(sink, waiting) => {}
        () = read_all(&env, conn, source, &events) => tell(&events, Input::Closed { conn }).await,
    }
}

/// Ends when the node has aborted the connection, or closed it and all is sent.
async fn write_all(sink: impl AsyncWrite + Unpin, mut waiting: Waiting) {
    select! {
        biased;
        Ok(()) = &mut waiting.abort => {}
        () = write_queue(sink, &mut waiting.queue, &waiting.backlog) => {}
    }
}

/// When the connection breaks the reader hears of it too, after all that had arrived before; this end just waits.
async fn write_queue(
    mut sink: impl AsyncWrite + Unpin,
    queue: &mut mpsc::UnboundedReceiver<Vec<u8>>,
    backlog: &Cell<usize>,
) {
    while let Some(bytes) = coalesced(queue).await {
        let written = sink.write_all(&bytes).await.is_ok() && sink.flush().await.is_ok();
        backlog.set(backlog.get().saturating_sub(bytes.len()));
        if !written {
            while queue.recv().await.is_some() {}
        }
    }
}

/// All that waits, as one piece, so that it needs one flush; `None` when the node has closed the connection.
async fn coalesced(queue: &mut mpsc::UnboundedReceiver<Vec<u8>>) -> Option<Vec<u8>> {
    let mut bytes = queue.recv().await?;
    while let Ok(more) = queue.try_recv() {
        bytes.extend_from_slice(&more);
    }
    Some(bytes)
}

/// Ends when the connection does, or its bytes are not frames.
async fn read_all<E: Env, F: Wire>(
    env: &E,
    conn: ConnId,
    source: impl AsyncRead + Unpin,
    events: &Events<E, F>,
) {
    let mut frames = FrameReader::new(source);
    loop {
        match frames.next().await {
            Ok(Some(frame)) => tell(events, Input::Frame { conn, frame }).await,
            Ok(None) => return,
            Err(error) => return env.complain(conn, &error),
        }
    }
}

/// Tells the shell. One that is gone hears nothing, and its connections end when all is written.
async fn tell<S, F>(events: &mpsc::Sender<Event<S, F>>, input: Input<F>) {
    let _ = events.send(Event::Input(input)).await;
}
