//! A stream that suffers what its network cannot make it suffer.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::late::Late;
use super::links::{End, Links};
use super::network::Network;
use crate::chaos::harm::{Harm, Place};
use crate::chaos::world::Streams;

/// One end of a connection over the network's own stream.
pub struct FaultyStream<N: Network> {
    inner: N::Stream,
    late: Late<N>,
    end: Rc<End>,
    links: Rc<Links>,
}

impl<N: Network> FaultyStream<N> {
    pub fn new(inner: N::Stream, end: Rc<End>, links: Rc<Links>) -> Self {
        FaultyStream { inner, late: Late::default(), end, links }
    }

    /// Whether the peer's end of the connection stays unheard of: its host has no power, or the link is held.
    fn end_is_unheard(&self) -> bool {
        self.end.dark.get() || self.links.state(self.end.inbound()) == Some(Streams::Hold)
    }
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

impl<N: Network> AsyncRead for FaultyStream<N> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.reset.get() {
            return Poll::Ready(Err(reset()));
        }
        self.end.wake_reader_later(context);
        if self.end.inbound_dropped.get() || self.end.stalled.get() {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let longer = self.links.longer(self.end.inbound());
        let this = &mut *self;
        let read = this.late.poll_read(&mut this.inner, longer, context, buffer);
        let ended = match &read {
            Poll::Pending => false,
            Poll::Ready(Ok(())) => buffer.filled().len() == before,
            Poll::Ready(Err(_)) => true,
        };
        if ended && self.end_is_unheard() {
            return Poll::Pending;
        }
        match &read {
            Poll::Ready(Ok(())) if !ended => self.links.note_arrived(&self.end, N::now()),
            _ if ended => self.links.note_ended(&self.end),
            _ => {}
        }
        read
    }
}

impl<N: Network> AsyncWrite for FaultyStream<N> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.end.reset.get() {
            return Poll::Ready(Err(reset()));
        }
        // One write begins with the next frame, and may hold more: the reset would lose them too.
        if self.links.loses(self.end.outbound()) {
            self.links.tolls.count(Place::Link(self.end.outbound()), Harm::LostFrame);
            self.end.reset();
            return Poll::Ready(Err(reset()));
        }
        self.end.wake_writer_later(context);
        self.links.note_sent(&self.end);
        if self.links.waits(self.end.outbound()) {
            return Poll::Pending;
        }
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.end.reset.get() {
            return Poll::Ready(Err(reset()));
        }
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
