//! A stream that suffers what its network cannot make it suffer.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::links::{End, Links};
use crate::world::Streams;

/// One end of a connection over the network's own stream.
pub struct FaultyStream<S> {
    inner: S,
    end: Rc<End>,
    links: Rc<Links>,
}

impl<S> FaultyStream<S> {
    pub fn new(inner: S, end: Rc<End>, links: Rc<Links>) -> Self {
        FaultyStream { inner, end, links }
    }

    /// Whether the peer's end of the connection stays unheard of: its host has no power, or the link is held.
    fn end_is_unheard(&self) -> bool {
        self.end.dark.get() || self.links.state(self.end.inbound()) == Some(Streams::Hold)
    }
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

impl<S: AsyncRead + Unpin> AsyncRead for FaultyStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.reset.get() {
            return Poll::Ready(Err(reset()));
        }
        self.end.wake_reader_later(context);
        if self.end.deaf.get() {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        let ended = match &read {
            Poll::Pending => false,
            Poll::Ready(Ok(())) => buffer.filled().len() == before,
            Poll::Ready(Err(_)) => true,
        };
        if ended && self.end_is_unheard() {
            return Poll::Pending;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FaultyStream<S> {
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
            self.end.reset();
            return Poll::Ready(Err(reset()));
        }
        self.end.wake_writer_later(context);
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
