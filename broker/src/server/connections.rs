//! The open connections of one node: their names, and what is to be sent on them. Bytes are written in the step that sends
//! them; only on a stream that takes no more does a task wait for it. Another task reads from each.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, WriteHalf, split};
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
    /// A connection that the node asked for stands.
    Connected(ConnId, WriteHalf<S>),
    /// Anything that needs no more than being handed to the node.
    Input(Input<F>),
}

/// Where the tasks of a shell tell it what happened. Bounded, so that a node that is slow or paused slows its peers down.
pub(super) type Events<E, F> = mpsc::Sender<Event<<E as Env>::Stream, F>>;

pub(super) struct Connections<E: Env, F> {
    env: E,
    events: Events<E, F>,
    open: BTreeMap<ConnId, Outgoing<E::Stream>>,
    /// The connections that were sent to in this step.
    dirty: Vec<ConnId>,
}

/// The sending end of a connection.
struct Outgoing<S> {
    /// The frames of this step, encoded: they leave together.
    buffer: Vec<u8>,
    way: Way<S>,
    /// Dropped, it ends the task that reads.
    _reading: oneshot::Sender<()>,
}

/// How bytes get onto the stream.
enum Way<S> {
    /// There is no stream yet.
    Opening,
    /// They are written as they come.
    Direct(WriteHalf<S>),
    /// The stream took no more: a task writes what waits, and ends when it is done and this is dropped.
    Queued(Queue),
    /// The stream is broken. The reader hears of that too, after all that had arrived before, and tells the node.
    Broken,
}

struct Queue {
    bytes: mpsc::UnboundedSender<Vec<u8>>,
    backlog: Rc<Cell<usize>>,
    abort: oneshot::Sender<()>,
}

/// The other end of a [`Queue`], in the task that writes.
struct Waiting {
    bytes: mpsc::UnboundedReceiver<Vec<u8>>,
    backlog: Rc<Cell<usize>>,
    abort: oneshot::Receiver<()>,
}

impl<E: Env, F: Wire + 'static> Connections<E, F> {
    pub(super) fn new(env: E, events: Events<E, F>) -> Self {
        Connections { env, events, open: BTreeMap::new(), dirty: Vec::new() }
    }

    /// Opens a connection to `peer`; an `Opened` or `Refused` follows.
    pub(super) fn connect(&mut self, conn: ConnId, peer: NodeId) {
        let stop = self.register(conn, Way::Opening);
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
                    let (source, sink) = split(stream);
                    // A shell that is gone needs no stream.
                    if events.send(Event::Connected(conn, sink)).await.is_ok() {
                        attend(env, conn, source, stop, events).await;
                    }
                }
                Err(_) => tell(&events, Input::Refused { conn }).await,
            }
        });
    }

    /// A connection that this node asked for stands; says whether the node still wants it.
    pub(super) fn connected(&mut self, conn: ConnId, sink: WriteHalf<E::Stream>) -> bool {
        let Some(outgoing) = self.open.get_mut(&conn) else { return false };
        outgoing.way = Way::Direct(sink);
        outgoing.flush(&self.env);
        true
    }

    /// Takes over a connection that a peer opened.
    pub(super) fn adopt(&mut self, conn: ConnId, stream: E::Stream) {
        let (source, sink) = split(stream);
        let stop = self.register(conn, Way::Direct(sink));
        self.env.spawn(attend(self.env.clone(), conn, source, stop, self.events.clone()));
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
                && outgoing.flush(&self.env) > MAX_BACKLOG
            {
                clogged.push(conn);
            }
        }
        clogged
    }

    /// Closes a connection once all that was put on it is sent.
    pub(super) fn close(&mut self, conn: ConnId) {
        if let Some(mut outgoing) = self.open.remove(&conn) {
            outgoing.flush(&self.env);
        }
    }

    /// Closes a connection at once; what waits on it is lost.
    pub(super) fn abort(&mut self, conn: ConnId) {
        if let Some(Outgoing { way: Way::Queued(queue), .. }) = self.open.remove(&conn) {
            // A task that is gone needs no telling.
            let _ = queue.abort.send(());
        }
    }

    /// Whether the node may hear of this connection: it did not close it.
    pub(super) fn knows(&self, conn: ConnId) -> bool {
        self.open.contains_key(&conn)
    }

    fn register(&mut self, conn: ConnId, way: Way<E::Stream>) -> oneshot::Receiver<()> {
        let (reading, stop) = oneshot::channel();
        self.open.insert(conn, Outgoing { buffer: Vec::new(), way, _reading: reading });
        stop
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Outgoing<S> {
    /// Puts the buffer on its way; gives the number of bytes that now wait.
    fn flush<E: Env<Stream = S>>(&mut self, env: &E) -> usize {
        if self.buffer.is_empty() {
            return 0;
        }
        match &mut self.way {
            Way::Opening => return self.buffer.len(),
            Way::Direct(sink) => match write_now(sink, &mut self.buffer) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => self.way = Way::Broken,
                Poll::Pending => self.queue_up(env),
            },
            Way::Queued(_) | Way::Broken => {}
        }
        let bytes = std::mem::take(&mut self.buffer);
        match &self.way {
            Way::Queued(queue) => queue.put(bytes),
            _ => {
                // Its memory serves the next step.
                self.buffer = bytes;
                self.buffer.clear();
                0
            }
        }
    }

    /// From now on a task writes what is sent on this connection.
    fn queue_up<E: Env<Stream = S>>(&mut self, env: &E) {
        let (bytes, waiting) = mpsc::unbounded_channel();
        let (abort, aborted) = oneshot::channel();
        let backlog = Rc::new(Cell::new(0));
        let queue = Queue { bytes, backlog: Rc::clone(&backlog), abort };
        if let Way::Direct(sink) = std::mem::replace(&mut self.way, Way::Queued(queue)) {
            env.spawn(write_all(sink, Waiting { bytes: waiting, backlog, abort: aborted }));
        }
    }
}

impl Queue {
    /// Adds bytes, if there are any; gives the number that now wait.
    fn put(&self, bytes: Vec<u8>) -> usize {
        self.backlog.set(self.backlog.get() + bytes.len());
        // A task that is gone has told the shell why, or is about to.
        let _ = self.bytes.send(bytes);
        self.backlog.get()
    }
}

/// Writes as much of the buffer as the stream takes now, and removes it. Ready with whether the stream is sound when all is
/// written and on its way; whoever waits for the rest must poll with a waker of its own.
fn write_now<S: AsyncRead + AsyncWrite + Unpin>(sink: &mut WriteHalf<S>, buffer: &mut Vec<u8>) -> Poll<bool> {
    let mut context = Context::from_waker(Waker::noop());
    let mut written = 0;
    let sound = loop {
        let polled = match &buffer[written..] {
            [] => Pin::new(&mut *sink).poll_flush(&mut context).map_ok(|()| 0),
            rest => Pin::new(&mut *sink).poll_write(&mut context, rest),
        };
        match polled {
            Poll::Ready(Ok(0)) => break Poll::Ready(written == buffer.len()),
            Poll::Ready(Ok(bytes)) => written += bytes,
            Poll::Ready(Err(_)) => break Poll::Ready(false),
            Poll::Pending => break Poll::Pending,
        }
    };
    buffer.drain(..written);
    sound
}

/// Ends when the node has aborted the connection, or closed it and all is sent.
async fn write_all(sink: impl AsyncWrite + Unpin, mut waiting: Waiting) {
    select! {
        biased;
        Ok(()) = &mut waiting.abort => {}
        () = write_queue(sink, &mut waiting.bytes, &waiting.backlog) => {}
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

/// Reads from a connection, until the node closes it or it ends by itself.
async fn attend<E: Env, F: Wire>(
    env: E,
    conn: ConnId,
    source: impl AsyncRead + Unpin,
    mut stop: oneshot::Receiver<()>,
    events: Events<E, F>,
) {
    select! {
        biased;
        _ = &mut stop => {}
        () = read_all(&env, conn, source, &events) => tell(&events, Input::Closed { conn }).await,
    }
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
