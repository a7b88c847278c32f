//! The surroundings of a node on a simulated network.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, ready};

use broker::server::Env;
use broker::{EventSet, FileId, Load, Micros, NodeId, Now, Observation, StoredFile};
use bytes::Bytes;
use tokio::select;

use super::network::{Network, PORT, address_of};
use super::place::{Place, Power};
use super::stage::Stage;
use super::stream::FaultyStream;
use crate::chaos::harm::{Harm, Place as Where};
use crate::chaos::link::Link;
use crate::chaos::world::Streams;
use crate::engine::clock::Clock;

/// A connection that is not answered for so long is refused, in microseconds.
const CONNECT_TIMEOUT: Micros = 1_000_000;

type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// One incarnation of one host on the network `N`.
pub struct SocketEnv<N, F> {
    stage: Rc<Stage<F>>,
    place: Rc<Place<F>>,
    incarnation: u64,
    network: PhantomData<N>,
}

impl<N, F> SocketEnv<N, F> {
    pub fn new(stage: Rc<Stage<F>>, place: Rc<Place<F>>) -> Self {
        let incarnation = place.incarnation();
        SocketEnv { stage, place, incarnation, network: PhantomData }
    }
}

impl<N, F> Clone for SocketEnv<N, F> {
    fn clone(&self) -> Self {
        SocketEnv { stage: Rc::clone(&self.stage), place: Rc::clone(&self.place), ..*self }
    }
}

impl<N: Network, F: 'static> SocketEnv<N, F> {
    /// Opens a connection, for as long as it takes while the link is held.
    async fn open(&self, peer: NodeId) -> io::Result<FaultyStream<N>> {
        loop {
            self.find_way(peer).await?;
            let link = Link { from: self.place.node(), to: peer };
            let longer = self.stage.links.longer(link) + self.stage.links.longer(link.reversed());
            if longer > 0 {
                N::sleep(longer).await;
            }
            match self.dial(peer).await {
                Ok(stream) => return Ok(self.wrap(stream, peer)),
                Err(_) if self.stage.links.between(self.place.node(), peer).is_any() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until the link to `peer` is whole, and finds out whether anybody answers there.
    async fn find_way(&self, peer: NodeId) -> io::Result<()> {
        loop {
            let cut = self.stage.links.between(self.place.node(), peer);
            self.stage.links.note_no_way(self.place.node(), peer);
            if cut.has(Streams::Reset) {
                return self.refused().await;
            } else if cut.has(Streams::Hang) {
                return timed_out::<N, _>().await;
            } else if cut.has(Streams::Hold) {
                self.stage.links.changed().await;
            } else {
                return match self.stage.power(peer) {
                    Power::Up => Ok(()),
                    Power::Down => self.refused().await,
                    Power::Dark => timed_out::<N, _>().await,
                };
            }
        }
    }

    async fn dial(&self, peer: NodeId) -> io::Result<N::Stream> {
        let place = self.stage.place(peer).ok_or(io::ErrorKind::AddrNotAvailable)?;
        let to = SocketAddr::new(address_of(place.number), PORT);
        select! {
            biased;
            connected = N::connect(to) => connected,
            refused = timed_out::<N, _>() => refused,
        }
    }

    fn wrap(&self, stream: N::Stream, peer: NodeId) -> FaultyStream<N> {
        let end = self.stage.links.attach(self.place.node(), peer);
        FaultyStream::new(stream, end, Rc::clone(&self.stage.links))
    }

    /// The answer that nobody is there, after the way there and back.
    async fn refused<T>(&self) -> io::Result<T> {
        N::sleep(2 * self.stage.costs.latency).await;
        Err(io::ErrorKind::ConnectionRefused.into())
    }
}

async fn timed_out<N: Network, T>() -> io::Result<T> {
    N::sleep(CONNECT_TIMEOUT).await;
    Err(io::ErrorKind::TimedOut.into())
}

impl<N: Network, F: 'static> Env for SocketEnv<N, F> {
    type Stream = FaultyStream<N>;
    type Listener = N::Listener;

    fn now(&self) -> Now {
        self.place.clock().at(N::now())
    }

    /// The node's clock may change while it sleeps.
    fn sleep_until(&self, at: Micros) -> impl Future<Output = ()> + 'static {
        let (stage, place) = (Rc::clone(&self.stage), Rc::clone(&self.place));
        // By which clock it sleeps, and the sleep.
        let mut sleeping: Option<(Clock, Sleep)> = None;
        poll_fn(move |context| {
            loop {
                let (now, clock) = (N::now(), place.clock());
                let due = clock.when(at);
                if due <= now && sleeping.is_none() {
                    return Poll::Ready(());
                }
                place.wake_sleeper_later(context);
                let (_, sleep) = match &mut sleeping {
                    Some(slept) if slept.0 == clock => slept,
                    _ => {
                        stage.note_timer(&place, at);
                        sleeping.insert((clock, Box::pin(N::sleep(due.saturating_sub(now)))))
                    }
                };
                ready!(sleep.as_mut().poll(context));
                sleeping = None;
            }
        })
    }

    async fn gate(&self) {
        while self.stage.is_over() || self.place.is_paused() || !self.place.runs(self.incarnation) {
            self.stage.links.changed().await;
        }
    }

    async fn work(&self) {
        let slow = self.place.slow.get();
        if slow > 0 {
            self.stage.links.tolls.count(Where::Host(self.place.node()), Harm::Slowed);
            N::sleep(slow).await;
        }
    }

    fn load(&self) -> impl Future<Output = Load> {
        self.place.loads.next()
    }

    fn stop(&self) -> impl Future<Output = ()> {
        self.place.stopping.asked()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        N::spawn(task);
    }

    fn listen(&self) -> impl Future<Output = io::Result<N::Listener>> {
        N::listen()
    }

    async fn accept(&self, listener: &mut N::Listener) -> io::Result<Self::Stream> {
        let (stream, from) = N::accept(listener).await?;
        let peer = self.stage.place_at(from.ip());
        let peer = peer.ok_or(io::ErrorKind::AddrNotAvailable)?.node();
        Ok(self.wrap(stream, peer))
    }

    fn connect(&self, peer: NodeId) -> impl Future<Output = io::Result<Self::Stream>> + 'static {
        let env = self.clone();
        async move { env.open(peer).await }
    }

    fn stored(&self) -> io::Result<Vec<StoredFile>> {
        Ok(self.place.disk.borrow_mut().read())
    }

    fn append(&self, file: FileId, bytes: &Bytes) -> io::Result<()> {
        self.place.disk.borrow_mut().append(file, bytes.clone())
    }

    fn truncate(&self, file: FileId, length: u64) -> io::Result<()> {
        self.place.disk.borrow_mut().truncate(file, length);
        Ok(())
    }

    fn sync(&self, file: FileId) -> impl Future<Output = io::Result<()>> + 'static {
        let env = self.clone();
        // What the sync vouches for is what the file holds now, not what is appended while the disk is at it.
        let point = env.place.disk.borrow_mut().begin_sync(file);
        let takes = env.stage.costs.sync + env.place.disk.borrow().slow();
        async move {
            N::sleep(takes).await;
            // What an incarnation left under way when it ended never finishes.
            if !env.place.runs(env.incarnation) {
                pending::<()>().await;
            }
            env.place.disk.borrow_mut().finish_sync(point)
        }
    }

    fn listens(&self) -> EventSet {
        self.stage.listens()
    }

    fn observe(&self, observations: &[Observation]) -> ControlFlow<()> {
        self.stage.observed(&self.place, self.incarnation, N::now(), observations)
    }
}
