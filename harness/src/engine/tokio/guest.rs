//! A host that runs in the lab's own process: a client or a sink, on real sockets, with no files.

use std::cell::Cell;
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use broker::server::{Env, Stopped, Wire, run};
use broker::{FileId, FrameInfo, Input, Load, Micros, NodeId, Now, Observation, StoredFile};
use bytes::Bytes;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::{sleep, sleep_until, timeout};

use super::cannot;
use super::stage::Stage;
use crate::chaos::harm::Harm;
use crate::engine::Host;
use crate::engine::loads::Loads;
use crate::engine::stopping::{After, Stopping};
use crate::engine::watched::{Watch, Watched};

/// As on the simulators: a connection that is not answered for so long is refused.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How often a guest tries to listen while its former incarnation still does.
const LISTEN_AGAIN: Duration = Duration::from_millis(1);

/// One guest, over all its incarnations.
pub struct Guest<F> {
    host: Host<F>,
    address: SocketAddr,
    up: Cell<bool>,
    paused: Cell<bool>,
    incarnation: Cell<u64>,
    changed: Notify,
    /// How much longer it takes for everything, in microseconds.
    pub slow: Cell<Micros>,
    pub loads: Loads,
    stopping: Stopping,
}

impl<F> Guest<F> {
    pub fn new(host: Host<F>, address: SocketAddr) -> Self {
        Guest {
            host,
            address,
            up: Cell::new(false),
            paused: Cell::new(false),
            incarnation: Cell::new(0),
            changed: Notify::new(),
            slow: Cell::new(0),
            loads: Loads::default(),
            stopping: Stopping::default(),
        }
    }

    pub fn node(&self) -> NodeId {
        self.host.id
    }

    pub fn name(&self) -> &str {
        &self.host.name
    }

    pub fn autostart(&self) -> bool {
        self.host.autostart
    }

    /// Whether this incarnation is the present one, and up.
    pub fn runs(&self, incarnation: u64) -> bool {
        self.up.get() && self.incarnation.get() == incarnation
    }

    /// Ends its incarnation; says whether there was one.
    pub fn crash(&self) -> bool {
        let ended = self.up.replace(false);
        self.paused.set(false);
        self.loads.clear();
        self.stopping.end();
        self.changed.notify_waiters();
        ended
    }

    /// Asks it to stop in good order, if it is up.
    pub fn stop(&self, now: Micros) {
        if self.up.get() {
            self.stopping.ask(now);
        }
    }

    pub fn pause(&self, paused: bool) {
        self.paused.set(paused && self.up.get());
        self.changed.notify_waiters();
    }

    /// Ends when this incarnation is over.
    async fn ended(&self, incarnation: u64) {
        while self.runs(incarnation) {
            self.changed.notified().await;
        }
    }
}

impl<F: Wire + FrameInfo + Debug + 'static> Guest<F> {
    /// Starts it, if it is down; if it is stopping, when it has stopped.
    pub fn start(self: &Rc<Self>, stage: &Rc<Stage<F>>) {
        if self.stopping.start_again() || self.up.replace(true) {
            return;
        }
        self.incarnation.set(self.incarnation.get() + 1);
        spawn_local(incarnation(Rc::clone(self), Rc::clone(stage), self.incarnation.get()));
    }

    /// Kills it if its grace is over by now.
    pub fn end_grace(self: &Rc<Self>, now: Micros, stage: &Rc<Stage<F>>) {
        if self.stopping.due().is_some_and(|due| due <= now) {
            self.end(stage);
        }
    }

    /// It ends itself, or its grace is over; it begins anew where somebody has asked for that.
    fn end(self: &Rc<Self>, stage: &Rc<Stage<F>>) {
        if self.stopping.due().is_some() {
            stage.count(self.node(), Harm::Stopped);
        }
        let after = self.stopping.end();
        self.crash();
        if after == After::StartAgain {
            self.start(stage);
        }
    }
}

async fn incarnation<F>(guest: Rc<Guest<F>>, stage: Rc<Stage<F>>, incarnation: u64)
where
    F: Wire + FrameInfo + Debug + 'static,
{
    let lodging = Lodging { stage: Rc::clone(&stage), guest: Rc::clone(&guest), incarnation };
    let node = Watched::new((guest.host.factory)(), lodging.clone());
    let seed = stage.incarnation_seed(guest.node(), incarnation - 1);
    select! {
        biased;
        () = guest.ended(incarnation) => {}
        stopped = run(lodging, node, seed) => match stopped {
            Ok(Stopped::Halted { .. } | Stopped::Exited) if guest.runs(incarnation) => guest.end(&stage),
            Ok(_) => {}
            Err(error) => stage.fail(cannot("start a client", &error)),
        }
    }
}

/// The surroundings of one incarnation of a guest.
struct Lodging<F> {
    stage: Rc<Stage<F>>,
    guest: Rc<Guest<F>>,
    incarnation: u64,
}

impl<F> Clone for Lodging<F> {
    fn clone(&self) -> Self {
        Lodging { stage: Rc::clone(&self.stage), guest: Rc::clone(&self.guest), ..*self }
    }
}

impl<F: Wire + FrameInfo + Debug + 'static> Watch<F> for Lodging<F> {
    fn step(&self, now: Now, input: &Input<F>) {
        self.stage.step(&self.guest, now.mono, input);
    }

    fn heeded(&self) {
        self.stage.count(self.guest.node(), Harm::Asked);
    }

    fn panicked(&self, message: String) {
        self.stage.panicked(self.guest.node(), message);
    }
}

impl<F: Wire + FrameInfo + Debug + 'static> Env for Lodging<F> {
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn now(&self) -> Now {
        let now = self.stage.now();
        Now { mono: now, wall: now }
    }

    fn sleep_until(&self, at: Micros) -> impl Future<Output = ()> + 'static {
        sleep_until(self.stage.instant(at))
    }

    async fn gate(&self) {
        if self.guest.paused.get() {
            self.stage.count(self.guest.node(), Harm::Postponed);
        }
        while self.guest.paused.get() {
            self.guest.changed.notified().await;
        }
    }

    async fn work(&self) {
        if self.guest.slow.get() > 0 {
            self.stage.count(self.guest.node(), Harm::Slowed);
            sleep(Duration::from_micros(self.guest.slow.get())).await;
        }
    }

    fn load(&self) -> impl Future<Output = Load> {
        self.guest.loads.next()
    }

    fn stop(&self) -> impl Future<Output = ()> {
        self.guest.stopping.asked()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        spawn_local(task);
    }

    async fn listen(&self) -> io::Result<TcpListener> {
        loop {
            match TcpListener::bind(self.guest.address).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && self.incarnation > 1 => {
                    sleep(LISTEN_AGAIN).await;
                }
                listening => return listening,
            }
        }
    }

    async fn accept(&self, listener: &mut TcpListener) -> io::Result<TcpStream> {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true).map(|()| stream)
    }

    fn connect(&self, peer: NodeId) -> impl Future<Output = io::Result<TcpStream>> + 'static {
        let address = self.stage.address(peer);
        async move {
            let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await??;
            stream.set_nodelay(true).map(|()| stream)
        }
    }

    fn stored(&self) -> io::Result<Vec<StoredFile>> {
        Ok(Vec::new())
    }

    fn append(&self, _: FileId, _: &Bytes) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn truncate(&self, _: FileId, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync(&self, _: FileId) -> impl Future<Output = io::Result<()>> + 'static {
        std::future::ready(Err(io::ErrorKind::Unsupported.into()))
    }

    fn observe(&self, observations: &[Observation]) -> ControlFlow<()> {
        self.stage.observed(&self.guest, self.incarnation, observations)
    }
}
