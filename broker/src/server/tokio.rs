//! The real world: sockets, files and clocks of this machine.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{spawn_blocking, spawn_local};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::env::Env;
use super::files::Files;
use super::observer::Observer;
use super::reader::ReadError;
use crate::{ConnId, FileId, Micros, NodeId, Now, Observation, StoredFile};

/// A peer that does not answer for so long is refused.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait after a failed accept: most fail for want of a file descriptor, and would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The surroundings of a real process.
#[derive(Clone)]
pub(super) struct Machine(Rc<Inner>);

struct Inner {
    node: NodeId,
    listen: SocketAddr,
    peers: BTreeMap<NodeId, SocketAddr>,
    started: Instant,
    files: RefCell<Files>,
    observer: RefCell<Option<Observer>>,
    /// Why observations can no longer be written.
    failure: RefCell<Option<io::Error>>,
    stopping: Cell<bool>,
    asked_to_stop: Notify,
}

impl Machine {
    pub(super) fn new(
        node: NodeId,
        listen: SocketAddr,
        peers: BTreeMap<NodeId, SocketAddr>,
        files: Files,
        observer: Option<Observer>,
    ) -> Self {
        Machine(Rc::new(Inner {
            node,
            listen,
            peers,
            started: Instant::now(),
            files: RefCell::new(files),
            observer: RefCell::new(observer),
            failure: RefCell::new(None),
            stopping: Cell::new(false),
            asked_to_stop: Notify::new(),
        }))
    }

    /// Asks the node to stop in good order.
    pub(super) fn ask_to_stop(&self) {
        self.0.stopping.set(true);
        self.0.asked_to_stop.notify_one();
    }

    /// Why observations could not be written, if that is what ended the incarnation.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.0.failure.borrow_mut().take()
    }

    pub(super) fn sync_all(&self) -> io::Result<()> {
        self.0.files.borrow().sync_all()
    }
}

impl Env for Machine {
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn now(&self) -> Now {
        Now { mono: micros(self.0.started.elapsed()), wall: wall() }
    }

    fn sleep_until(&self, at: Micros) -> impl Future<Output = ()> + 'static {
        sleep_until(self.0.started + Duration::from_micros(at))
    }

    async fn stop(&self) {
        while !self.0.stopping.get() {
            self.0.asked_to_stop.notified().await;
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        spawn_local(task);
    }

    async fn listen(&self) -> io::Result<TcpListener> {
        TcpListener::bind(self.0.listen).await
    }

    async fn accept(&self, listener: &mut TcpListener) -> io::Result<TcpStream> {
        match listener.accept().await {
            Ok((stream, _)) => stream.set_nodelay(true).map(|()| stream),
            Err(error) => {
                sleep(ACCEPT_PAUSE).await;
                Err(error)
            }
        }
    }

    fn connect(&self, peer: NodeId) -> impl Future<Output = io::Result<TcpStream>> + 'static {
        let address = self.0.peers.get(&peer).copied();
        async move {
            let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
            let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await??;
            stream.set_nodelay(true)?;
            Ok(stream)
        }
    }

    fn stored(&self) -> io::Result<Vec<StoredFile>> {
        self.0.files.borrow().stored()
    }

    fn append(&self, file: FileId, bytes: &Bytes) -> io::Result<()> {
        self.0.files.borrow_mut().append(file, bytes)
    }

    fn truncate(&self, file: FileId, length: u64) -> io::Result<()> {
        self.0.files.borrow_mut().truncate(file, length)
    }

    fn sync(&self, file: FileId) -> impl Future<Output = io::Result<()>> + 'static {
        let open = self.0.files.borrow_mut().get(file);
        async move {
            let open = open?;
            spawn_blocking(move || open.sync_data()).await?
        }
    }

    fn observe(&self, observations: &[Observation]) -> ControlFlow<()> {
        let mut observer = self.0.observer.borrow_mut();
        let Some(observer) = observer.as_mut() else {
            return ControlFlow::Continue(());
        };
        if observations.is_empty() {
            return ControlFlow::Continue(());
        }
        match observer.write(self.0.node, wall(), observations) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                *self.0.failure.borrow_mut() = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn complain(&self, conn: ConnId, error: &ReadError) {
        eprintln!("{}: connection {} is closed: {error}", self.0.node, conn.0);
    }
}

fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}

/// Wall time since the Unix epoch; 0 before it.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the one place where a real process reads the wall clock"
)]
fn wall() -> Micros {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::SystemTime::UNIX_EPOCH).map_or(0, micros)
}
