//! Bytes that have arrived and are not to be seen yet, because their link is slow: neither network can slow one link alone
//! and speed it up again.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use broker::Micros;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, ReadBuf};

use super::network::Network;

/// How much is taken from the network at once.
const PIECE: usize = 16 << 10;

/// What waits between a network and whoever reads from it.
pub struct Late<N: Network> {
    /// When each piece may be seen, and the piece; an empty one is the end.
    waiting: VecDeque<(Micros, io::Result<Bytes>)>,
    ended: bool,
    sleep: Option<Pin<Box<dyn Future<Output = ()>>>>,
    network: PhantomData<fn() -> N>,
}

impl<N: Network> Default for Late<N> {
    fn default() -> Self {
        Late { waiting: VecDeque::new(), ended: false, sleep: None, network: PhantomData }
    }
}

impl<N: Network> Late<N> {
    /// Reads what may be seen; whatever arrives now, the end too, may be seen so many microseconds later.
    pub fn poll_read(
        &mut self,
        inner: &mut N::Stream,
        longer: Micros,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if longer == 0 && self.waiting.is_empty() && !self.ended {
            return Pin::new(inner).poll_read(context, buffer);
        }
        self.take_in(inner, longer, context);
        loop {
            let Some(&(due, _)) = self.waiting.front() else {
                return if self.ended { Poll::Ready(Ok(())) } else { Poll::Pending };
            };
            let now = N::now();
            if due <= now {
                self.sleep = None;
                return Poll::Ready(self.give(buffer));
            }
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(N::sleep(due - now)));
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
    }

    /// Takes all that has arrived.
    fn take_in(&mut self, inner: &mut N::Stream, longer: Micros, context: &mut Context<'_>) {
        let mut piece = [0; PIECE];
        while !self.ended {
            let mut read = ReadBuf::new(&mut piece);
            let Poll::Ready(polled) = Pin::new(&mut *inner).poll_read(context, &mut read) else { return };
            let piece = polled.map(|()| Bytes::copy_from_slice(read.filled()));
            self.ended = piece.as_ref().map_or(true, Bytes::is_empty);
            // What came before is not overtaken when the link is fast again.
            let last = self.waiting.back().map_or(0, |(due, _)| *due);
            self.waiting.push_back((last.max(N::now() + longer), piece));
        }
    }

    fn give(&mut self, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
        let Some((due, piece)) = self.waiting.pop_front() else { return Ok(()) };
        let mut piece = piece?;
        let fits = piece.len().min(buffer.remaining());
        buffer.put_slice(&piece[..fits]);
        piece.advance(fits);
        if !piece.is_empty() {
            self.waiting.push_front((due, Ok(piece)));
        }
        Ok(())
    }
}
