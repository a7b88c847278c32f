//! The one loop that drives any node: it feeds `step` from one queue and one timer, and performs what comes out.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::io;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;

use thiserror::Error;
use tokio::select;
use tokio::sync::mpsc;

use super::codec::Wire;
use super::connections::{Connections, Event, Events};
use super::env::Env;
use crate::{Action, ConnId, FileId, Input, Node, Observation, Outputs};

/// So many events wait for the node before its peers are slowed down.
const QUEUE: usize = 1024;

/// Why an incarnation ended by itself.
#[derive(Debug)]
pub enum Stopped {
    /// [`Env::observe`] said so.
    Ended,
    /// The node exited in good order.
    Exited,
    /// The node halted itself; [`Observation::Halted`] was observed.
    Halted {
        /// Why, for people.
        reason: String,
    },
}

/// Why an incarnation could not begin.
#[derive(Debug, Error)]
pub enum RunError {
    /// The host cannot listen.
    #[error("cannot listen: {0}")]
    Listen(#[source] io::Error),
    /// The stored files cannot be read.
    #[error("cannot read the stored files: {0}")]
    Stored(#[source] io::Error),
}

/// Runs one incarnation of `node`, from its start to its end. Dropping the future ends it at any point; what was sent before
/// still leaves.
///
/// # Errors
///
/// [`RunError`]; the node was not started.
pub async fn run<E, N>(env: E, node: N, seed: u64) -> Result<Stopped, RunError>
where
    E: Env,
    N: Node,
    N::Frame: Wire + 'static,
{
    let listener = env.listen().await.map_err(RunError::Listen)?;
    let files = env.stored().map_err(RunError::Stored)?;
    let mut shell = Shell::new(env, node);
    shell.accept(listener);
    let mut input = Input::Started { files, seed };
    loop {
        if let ControlFlow::Break(stopped) = shell.step(input).await {
            return Ok(stopped);
        }
        input = shell.next().await;
    }
}

/// Why the rest of a step's actions is not performed.
enum Cut {
    Halted { reason: String },
    Exited,
    DiskFailed { file: FileId },
}

struct Shell<E: Env, N: Node> {
    env: E,
    node: N,
    out: Outputs<N::Frame>,
    connections: Connections<E, N::Frame>,
    events: Events<E, N::Frame>,
    queue: mpsc::Receiver<Event<E::Stream, N::Frame>>,
    /// What performing the last step's actions gave rise to at once; goes before the queue.
    at_once: VecDeque<Input<N::Frame>>,
    timer: Option<Pin<Box<dyn Future<Output = ()>>>>,
    /// Whether the node has heard that it should stop.
    stopping: bool,
}

impl<E, N> Shell<E, N>
where
    E: Env,
    N: Node,
    N::Frame: Wire + 'static,
{
    fn new(env: E, node: N) -> Self {
        let (events, queue) = mpsc::channel(QUEUE);
        let mut out = Outputs::new();
        out.listens = env.listens();
        Shell {
            connections: Connections::new(env.clone(), events.clone()),
            env,
            node,
            out,
            events,
            queue,
            at_once: VecDeque::new(),
            timer: None,
            stopping: false,
        }
    }

    /// Accepts connections for as long as the shell lives.
    fn accept(&self, mut listener: E::Listener) {
        let (env, events) = (self.env.clone(), self.events.clone());
        self.env.spawn(async move {
            loop {
                let accepted = select! {
                    biased;
                    () = events.closed() => return,
                    accepted = env.accept(&mut listener) => accepted,
                };
                // A connection that broke before it was accepted is nobody's loss.
                if let Ok(stream) = accepted
                    && events.send(Event::Accepted(stream)).await.is_err()
                {
                    return;
                }
            }
        });
    }

    /// The next input the node should hear of.
    async fn next(&mut self) -> Input<N::Frame> {
        loop {
            if let Some(input) = self.at_once.pop_front() {
                return input;
            }
            let event = select! {
                biased;
                () = self.env.stop(), if !self.stopping => {
                    self.stopping = true;
                    return Input::Stop;
                }
                load = self.env.load() => return Input::Load(load),
                () = fired(&mut self.timer) => return Input::Timer,
                Some(event) = self.queue.recv() => event,
            };
            if let Some(input) = self.admit(event) {
                return input;
            }
        }
    }

    /// What an event means to the node; nothing when it is about a connection the node has closed.
    fn admit(&mut self, event: Event<E::Stream, N::Frame>) -> Option<Input<N::Frame>> {
        match event {
            Event::Accepted(stream) => {
                let conn = self.out.next_conn();
                self.connections.adopt(conn, stream);
                Some(Input::Opened { conn })
            }
            Event::Connected(conn, sink) => {
                self.connections.connected(conn, sink).then_some(Input::Opened { conn })
            }
            Event::Input(input) => match input {
                Input::Opened { conn } | Input::Frame { conn, .. } => {
                    self.connections.knows(conn).then_some(input)
                }
                Input::Closed { conn } | Input::Refused { conn } => {
                    let known = self.connections.knows(conn);
                    self.connections.close(conn);
                    known.then_some(input)
                }
                _ => Some(input),
            },
        }
    }

    async fn step(&mut self, input: Input<N::Frame>) -> ControlFlow<Stopped> {
        self.env.work().await;
        self.env.gate().await;
        self.out.clear();
        self.node.step(self.env.now(), input, &mut self.out);
        self.observe_halt();
        if self.env.observe(&self.out.observations).is_break() {
            return ControlFlow::Break(Stopped::Ended);
        }
        // The observations may have had this node paused.
        self.env.gate().await;
        self.perform()
    }

    /// A node that halts is seen to halt.
    fn observe_halt(&mut self) {
        let halts = self.out.actions.iter().find_map(|action| match action {
            Action::Halt { reason } => Some(reason.clone()),
            _ => None,
        });
        if let Some(reason) = halts {
            self.out.observe(Observation::Halted { reason });
        }
    }

    fn perform(&mut self) -> ControlFlow<Stopped> {
        let mut actions = mem::take(&mut self.out.actions);
        let performed = actions.drain(..).try_for_each(|action| self.perform_one(action));
        self.out.actions = actions;
        for conn in self.connections.flush() {
            self.lose(conn);
        }
        match performed {
            ControlFlow::Break(Cut::Halted { reason }) => ControlFlow::Break(Stopped::Halted { reason }),
            ControlFlow::Break(Cut::DiskFailed { file }) => {
                self.at_once.push_front(Input::DiskFailed { file });
                ControlFlow::Continue(())
            }
            ControlFlow::Break(Cut::Exited) => ControlFlow::Break(Stopped::Exited),
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
        }
    }

    fn perform_one(&mut self, action: Action<N::Frame>) -> ControlFlow<Cut> {
        match action {
            Action::Connect { conn, peer } => self.connections.connect(conn, peer),
            Action::Close { conn } => self.connections.close(conn),
            Action::Send { conn, frame } => {
                if self.connections.send(conn, &frame).is_err() {
                    self.lose(conn);
                }
            }
            Action::Append { file, bytes } => return checked(file, &self.env.append(file, &bytes)),
            Action::Truncate { file, length } => return checked(file, &self.env.truncate(file, length)),
            Action::Sync { file, token } => self.sync(file, token),
            Action::Arm { at } => self.timer = Some(Box::pin(self.env.sleep_until(at))),
            Action::Halt { reason } => return ControlFlow::Break(Cut::Halted { reason }),
            Action::Exit => return ControlFlow::Break(Cut::Exited),
        }
        ControlFlow::Continue(())
    }

    /// Gives up a connection that cannot be sent to.
    fn lose(&mut self, conn: ConnId) {
        self.connections.abort(conn);
        self.at_once.push_back(Input::Closed { conn });
    }

    fn sync(&self, file: FileId, token: u64) {
        let (events, syncing) = (self.events.clone(), self.env.sync(file));
        self.env.spawn(async move {
            let input = match syncing.await {
                Ok(()) => Input::Synced { file, token },
                Err(_) => Input::DiskFailed { file },
            };
            // A shell that is gone needs no answer.
            let _ = events.send(Event::Input(input)).await;
        });
    }
}

/// A write that failed is where a step ends: an acknowledgement behind it would be of what is not there.
fn checked(file: FileId, done: &io::Result<()>) -> ControlFlow<Cut> {
    if done.is_err() { ControlFlow::Break(Cut::DiskFailed { file }) } else { ControlFlow::Continue(()) }
}

/// Waits for the timer and disarms it; for ever when none is armed.
async fn fired(timer: &mut Option<Pin<Box<dyn Future<Output = ()>>>>) {
    match timer {
        Some(armed) => armed.await,
        None => pending().await,
    }
    *timer = None;
}
