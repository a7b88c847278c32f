//! The same frames without the shell: bare tasks that write and read as many bytes at the same times on the same hosts. What
//! a simulated network costs by itself, for `lab bench`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use broker::{Micros, NodeId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::network::{Network, PORT, address_of};
use crate::trace::Sent;

/// How long to wait before a host is tried again that does not listen yet, in microseconds.
const AGAIN: Micros = 1_000;

/// What all hosts of a raw run share.
pub struct Raw {
    /// The hosts, in ascending order.
    pub hosts: Vec<NodeId>,
    /// All frames, in the order of time.
    pub sent: Rc<[Sent]>,
    /// Bytes that arrived.
    pub received: Cell<u64>,
}

impl Raw {
    fn place(&self, node: NodeId) -> usize {
        self.hosts.binary_search(&node).unwrap_or_default()
    }
}

/// One host: listens, reads whatever comes, and writes its own frames when their times have come.
pub async fn host<N: Network>(raw: Rc<Raw>, node: NodeId) -> io::Result<()> {
    let mut listener = N::listen().await?;
    let reading = Rc::clone(&raw);
    N::spawn(async move {
        while let Ok((stream, _)) = N::accept(&mut listener).await {
            N::spawn(read::<N>(stream, Rc::clone(&reading)));
        }
    });
    let mut streams = BTreeMap::new();
    let longest = raw.sent.iter().map(|sent| sent.bytes).max().unwrap_or_default();
    let zeroes = vec![0; longest];
    for sent in raw.sent.iter().filter(|sent| sent.from == node) {
        N::sleep(sent.time.saturating_sub(N::now())).await;
        let place = raw.place(sent.to);
        let stream = match streams.entry(place) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(none) => none.insert(connect::<N>(place).await),
        };
        stream.write_all(&zeroes[..sent.bytes]).await?;
        stream.flush().await?;
    }
    pending().await
}

async fn connect<N: Network>(place: usize) -> N::Stream {
    loop {
        match N::connect(SocketAddr::new(address_of(place), PORT)).await {
            Ok(stream) => return stream,
            Err(_) => N::sleep(AGAIN).await,
        }
    }
}

async fn read<N: Network>(mut stream: N::Stream, raw: Rc<Raw>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
        raw.received.set(raw.received.get() + bytes as u64);
    }
}
