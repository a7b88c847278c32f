//! What one run on this machine consists of: processes, guests, the referee, and the folder that holds it all.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use broker::server::Wire;
use broker::{FrameInfo, Micros, NodeId, Observation};
use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::time::Instant;

use super::cannot;
use super::control::Control;
use super::guest::Guest;
use super::process::{Process, Surroundings};
use crate::chaos::harm::{Harm, Place, Toll};
use crate::engine::stopping::After;
use crate::engine::{Ended, Engine, EngineError, Flow, Outcome, SharedReferee};
use crate::seed::{Purpose, Seed};
use crate::trace::Trace;

/// All files are read so often at the most until none has anything new; processes that write without end would be read without end.
const READINGS: usize = 64;

/// A run on this machine.
pub struct Stage<F> {
    pub(super) processes: RefCell<BTreeMap<NodeId, Process>>,
    pub(super) guests: BTreeMap<NodeId, Rc<Guest<F>>>,
    pub(super) addresses: Vec<(NodeId, SocketAddr)>,
    /// Bound and not listening, so that nobody else is given these ports while a host is down.
    pub(super) _reserved: Vec<TcpSocket>,
    pub(super) referee: SharedReferee,
    pub(super) seed: Seed,
    pub(super) horizon: Micros,
    pub(super) begun: Instant,
    pub(super) ended: Cell<Option<Ended>>,
    pub(super) failure: RefCell<Option<EngineError>>,
    pub(super) trace: RefCell<Trace>,
    pub(super) steps: Cell<u64>,
    pub(super) frames: Cell<u64>,
    pub(super) panics: RefCell<Vec<(NodeId, String)>>,
    /// What faults did to hosts.
    pub(super) tolls: RefCell<BTreeMap<NodeId, Toll>>,
    pub(super) program: PathBuf,
    pub(super) cluster: PathBuf,
    /// Removed when everything above is gone.
    pub(super) folder: TempDir,
}

impl<F: Wire + FrameInfo + Debug + 'static> Stage<F> {
    /// Starts every guest that is there from the beginning.
    pub fn start_guests(self: &Rc<Self>) {
        self.guests.values().filter(|guest| guest.autostart()).for_each(|guest| guest.start(self));
    }

    /// Starts whatever is down, and whatever is stopping when it has stopped.
    pub fn restart(self: &Rc<Self>, node: NodeId) {
        match self.guests.get(&node) {
            Some(guest) => guest.start(self),
            None => self.start(node),
        }
    }

    /// Looks after whatever was asked to stop.
    fn look_after_stops(self: &Rc<Self>) -> Result<(), EngineError> {
        let now = self.now();
        self.guests.values().for_each(|guest| guest.end_grace(now, self));
        let mut again = Vec::new();
        for (&node, process) in self.processes.borrow_mut().iter_mut() {
            let stopped = process.stopped(now).map_err(|error| cannot("look after a process", &error))?;
            if stopped.is_some() {
                self.count(node, Harm::Stopped);
            }
            again.extend(stopped.filter(|after| *after == After::StartAgain).map(|_| node));
        }
        again.into_iter().for_each(|node| self.start(node));
        Ok(())
    }
}

impl<F> Stage<F> {
    pub(super) fn start(&self, node: NodeId) {
        let mut processes = self.processes.borrow_mut();
        let Some(process) = processes.get_mut(&node) else { return };
        if process.start_again() || process.is_up() {
            return;
        }
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

    /// Acts on the process of this node, if it has one; says whether that did something.
    pub fn with_process(&self, node: NodeId, act: impl FnOnce(&mut Process) -> bool) -> bool {
        self.processes.borrow_mut().get_mut(&node).is_some_and(act)
    }

    /// A fault did this to a host.
    pub fn count(&self, node: NodeId, harm: Harm) {
        self.tolls.borrow_mut().entry(node).or_default().count(harm);
    }

    /// What faults did to a host; loopback cannot be cut.
    pub fn toll(&self, place: Place) -> Toll {
        match place {
            Place::Host(node) => self.tolls.borrow().get(&node).copied().unwrap_or_default(),
            Place::Link(_) => Toll::default(),
        }
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
        self.look_after_stops()?;
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
        self.processes.borrow_mut().values_mut().for_each(|process| {
            process.kill();
        });
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Reports what processes have written since the last time, the oldest first.
    ///
    /// Files are read one after the other: a follower's is read, the follower writes that it has a record and asks for more, its
    /// leader writes that the record is safe, and then the leader's file is read. So all are read again until none has anything new.
    /// Every cause was written before its effect was, so it is there by then.
    fn catch_up(self: &Rc<Self>) {
        let mut news = Vec::new();
        for _ in 0..READINGS {
            let before = news.len();
            for process in self.processes.borrow_mut().values_mut() {
                if let Err(error) = process.news(&mut news) {
                    self.fail(cannot("read what a process observed", &error));
                }
            }
            if news.len() == before {
                break;
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
    pub(super) fn check_processes(&self) -> Result<(), EngineError> {
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
