//! What one run on this machine consists of: processes, guests, the referee, and the folder that holds it all.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use broker::server::Wire;
use broker::{ClusterConfig, FrameInfo, Micros, NodeId, Observation};
use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep};

use super::cannot;
use super::control::Control;
use super::guest::Guest;
use super::process::{Process, Surroundings};
use crate::engine::{Ended, Engine, EngineError, Flow, Outcome, Plan, SharedReferee};
use crate::seed::{Purpose, Seed};
use crate::sweep::INTERRUPTED;
use crate::trace::Trace;

/// How long a process may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run on this machine.
pub struct Stage<F> {
    processes: RefCell<BTreeMap<NodeId, Process>>,
    guests: BTreeMap<NodeId, Rc<Guest<F>>>,
    addresses: Vec<(NodeId, SocketAddr)>,
    /// Bound and not listening, so that nobody else is given these ports while a host is down.
    _reserved: Vec<TcpSocket>,
    referee: SharedReferee,
    seed: Seed,
    horizon: Micros,
    begun: Instant,
    ended: Cell<Option<Ended>>,
    failure: RefCell<Option<EngineError>>,
    trace: RefCell<Trace>,
    steps: Cell<u64>,
    frames: Cell<u64>,
    panics: RefCell<Vec<(NodeId, String)>>,
    program: PathBuf,
    cluster: PathBuf,
    /// Removed when everything above is gone.
    folder: TempDir,
}

impl<F: Wire + FrameInfo + Debug + 'static> Stage<F> {
    /// Starts the cluster's processes; the run's time begins when all of them listen.
    pub async fn open(
        plan: Plan<F>,
        cluster: &ClusterConfig,
        referee: SharedReferee,
        trace: Trace,
    ) -> Result<Rc<Self>, EngineError> {
        let failed = |error| cannot("set up a run", &error);
        let folder = tempfile::Builder::new().prefix("lab-").tempdir().map_err(failed)?;
        let file = folder.path().join("cluster.json");
        let text =
            serde_json::to_string(cluster).map_err(|error| cannot("write the cluster file", &error))?;
        fs::write(&file, text).map_err(failed)?;
        let (mut processes, mut guests) = (BTreeMap::new(), BTreeMap::new());
        let (mut addresses, mut reserved) = (Vec::new(), Vec::new());
        for host in plan.hosts {
            let socket = reserve().map_err(failed)?;
            let address = socket.local_addr().map_err(failed)?;
            addresses.push((host.id, address));
            reserved.push(socket);
            if cluster.controller == host.id || cluster.brokers.contains(&host.id) {
                processes.insert(host.id, Process::new(host.id, folder.path()).map_err(failed)?);
            } else {
                guests.insert(host.id, Rc::new(Guest::new(host, address)));
            }
        }
        let mut stage = Stage {
            processes: RefCell::new(processes),
            guests,
            addresses,
            // Elsewhere than on Linux the reservation would also keep out whom it is for.
            _reserved: if cfg!(target_os = "linux") { reserved } else { Vec::new() },
            referee,
            seed: Seed(plan.seed),
            horizon: plan.horizon,
            begun: Instant::now(),
            ended: Cell::new(None),
            failure: RefCell::new(None),
            trace: RefCell::new(trace),
            steps: Cell::new(0),
            frames: Cell::new(0),
            panics: RefCell::default(),
            program: program().map_err(failed)?,
            cluster: file,
            folder,
        };
        stage.open_processes().await?;
        stage.begun = Instant::now();
        Ok(Rc::new(stage))
    }

    async fn open_processes(&self) -> Result<(), EngineError> {
        let nodes: Vec<NodeId> = self.processes.borrow().keys().copied().collect();
        nodes.iter().for_each(|&node| self.start(node));
        for node in nodes {
            while TcpStream::connect(self.address(node)).await.is_err() {
                self.check_processes()?;
                if self.begun.elapsed() > PATIENCE {
                    return Err(cannot("reach a process", &format!("{node} does not listen")));
                }
                if INTERRUPTED.stopped() {
                    return Err(EngineError::Interrupted);
                }
                sleep(Duration::from_millis(2)).await;
            }
        }
        Ok(())
    }

    /// Starts every guest that is there from the beginning.
    pub fn start_guests(self: &Rc<Self>) {
        self.guests.values().filter(|guest| guest.autostart()).for_each(|guest| guest.start(self));
    }

    /// Starts whatever is down.
    pub fn restart(self: &Rc<Self>, node: NodeId) {
        match self.guests.get(&node) {
            Some(guest) => guest.start(self),
            None => self.start(node),
        }
    }
}

impl<F> Stage<F> {
    fn start(&self, node: NodeId) {
        let mut processes = self.processes.borrow_mut();
        let Some(process) = processes.get_mut(&node).filter(|process| !process.is_up()) else { return };
        let surroundings = Surroundings {
            program: &self.program,
            cluster: &self.cluster,
            addresses: &self.addresses[..],
            run: self.folder.path(),
        };
        let seed = self.incarnation_seed(node, process.incarnations());
        if let Err(error) = process.start(&surroundings, seed) {
            self.fail(cannot("start a process", &error));
        }
    }

    /// The seed of an incarnation.
    pub fn incarnation_seed(&self, node: NodeId, incarnation: u64) -> u64 {
        self.seed.draw(Purpose::Incarnation, [u64::from(node.0), incarnation + 1])
    }

    /// Acts on the process of this node, if it has one.
    pub fn with_process(&self, node: NodeId, act: impl FnOnce(&mut Process)) {
        self.processes.borrow_mut().get_mut(&node).map(act);
    }

    pub fn guest(&self, node: NodeId) -> Option<&Rc<Guest<F>>> {
        self.guests.get(&node)
    }

    pub fn address(&self, node: NodeId) -> SocketAddr {
        let known = self.addresses.iter().find(|(id, _)| *id == node);
        known.map_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |&(_, address)| address)
    }

    pub fn now(&self) -> Micros {
        Micros::try_from(self.begun.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }

    /// When this moment of the run is.
    pub fn instant(&self, at: Micros) -> Instant {
        self.begun + Duration::from_micros(at)
    }

    pub fn is_over(&self) -> bool {
        self.ended.get().is_some() || self.failure.borrow().is_some()
    }

    fn end(&self, why: Ended) {
        self.ended.set(self.ended.get().or(Some(why)));
    }

    /// Ends the run: this machine cannot go on with it.
    pub fn fail(&self, error: EngineError) {
        self.failure.borrow_mut().get_or_insert(error);
    }
}

impl<F: Wire + FrameInfo + Debug + 'static> Stage<F> {
    /// Does what time has made due.
    pub fn look(self: &Rc<Self>) -> Result<(), EngineError> {
        self.check_processes()?;
        self.catch_up();
        while !self.is_over() && self.referee.borrow().next_wake().is_some_and(|at| at <= self.now()) {
            let flow = self.referee.borrow_mut().wake(&mut Control::new(self));
            self.heed(flow);
        }
        if self.now() >= self.horizon {
            self.end(Ended::Horizon);
        }
        Ok(())
    }

    /// Ends every process, after a last look at what they had to say.
    pub fn close(&self) -> Result<(), EngineError> {
        self.processes.borrow_mut().values_mut().for_each(Process::kill);
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Reports what processes have written since the last time, the oldest first.
    fn catch_up(self: &Rc<Self>) {
        let mut news = Vec::new();
        for process in self.processes.borrow_mut().values_mut() {
            if let Err(error) = process.news(&mut news) {
                self.fail(cannot("read what a process observed", &error));
            }
        }
        news.sort_by_key(|observed| observed.time);
        for observed in news {
            self.report(observed.node, &[observed.observation]);
        }
    }

    /// A guest saw this. With `Break` its incarnation is over.
    pub fn observed(
        self: &Rc<Self>,
        guest: &Guest<F>,
        incarnation: u64,
        observations: &[Observation],
    ) -> ControlFlow<()> {
        if !observations.is_empty() {
            self.catch_up();
            self.report(guest.node(), observations);
        }
        if self.is_over() || !guest.runs(incarnation) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn report(self: &Rc<Self>, node: NodeId, observations: &[Observation]) {
        if !self.is_over() {
            let flow = self.referee.borrow_mut().observed(node, observations, &mut Control::new(self));
            self.heed(flow);
        }
    }

    fn heed(&self, flow: Flow) {
        if flow == Flow::Stop {
            self.end(Ended::Stopped);
        }
    }

    /// A process that ends by itself without a word in its observations was never part of the plan.
    fn check_processes(&self) -> Result<(), EngineError> {
        for (node, process) in self.processes.borrow_mut().iter_mut() {
            let obituary = process.obituary().map_err(|error| cannot("look after a process", &error))?;
            if let Some(obituary) = obituary.filter(|obituary| !obituary.contains("the node halted")) {
                let what = format!("the process of {node} ended by itself: {obituary}");
                return Err(EngineError::Failed { engine: Engine::Tokio, what });
            }
        }
        Ok(())
    }

    /// A guest is about to take a step.
    pub fn step(&self, guest: &Guest<F>, now: Micros, input: &broker::Input<F>) {
        self.trace.borrow_mut().step(now, guest.node(), guest.name(), input);
        self.steps.set(self.steps.get() + 1);
        self.frames.set(self.frames.get() + u64::from(matches!(input, broker::Input::Frame { .. })));
    }

    pub fn panicked(&self, node: NodeId, message: String) {
        self.panics.borrow_mut().push((node, message));
    }

    /// What the run came to; takes the trace out of the stage.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            ended: self.ended.get().unwrap_or(Ended::Horizon),
            steps: self.steps.get(),
            frames: self.frames.get(),
            elapsed: self.now(),
            trace: self.trace.take(),
            panics: self.panics.take(),
        }
    }
}

/// A port on loopback that nobody else will be given.
fn reserve() -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(socket)
}

/// The program that has the verb `broker`: this one, unless `LAB_BIN` names another, as a test must that is no lab itself.
fn program() -> std::io::Result<PathBuf> {
    env::var_os("LAB_BIN").map_or_else(env::current_exe, |named| Ok(PathBuf::from(named)))
}
