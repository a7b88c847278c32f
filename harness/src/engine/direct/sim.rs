//! The simulated world: hosts, links and the events between them, and the verbs by which faults act on it.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use broker::{Action, ConnId, FrameInfo, Input, Micros, NodeId, Now, Observation, Outputs};

use super::event::{Cargo, Event, Events, HostIndex, Parcel};
use super::host::{HostState, Power};
use super::network::{Conn, Conns, Directed, End, EndState};
use crate::costs::Costs;
use crate::engine::{Ended, Outcome, Plan};
use crate::seed::{Purpose, Seed};
use crate::trace::{Sent, Trace};
use crate::workload::panic_message;
use crate::world::{Link, Streams, World};

/// How long a connect may stay unanswered before it counts as refused, in microseconds.
const CONNECT_TIMEOUT: Micros = 1_000_000;

/// The world of one run.
pub struct Sim<F> {
    now: Micros,
    seed: Seed,
    costs: Costs,
    hosts: Vec<HostState<F>>,
    /// Directed links, by sender and receiver.
    links: Vec<Directed<F>>,
    conns: Conns,
    events: Events<F>,
    out: Outputs<F>,
    trace: Trace,
    steps: u64,
    frames: u64,
    panics: Vec<(NodeId, String)>,
}

/// A step that was taken and whose actions are still to be performed.
#[derive(Clone, Copy, Debug)]
pub struct Stepped {
    /// The node.
    pub node: NodeId,
    host: HostIndex,
    incarnation: u64,
}

impl<F: FrameInfo + Debug + 'static> Sim<F> {
    /// The world as the plan wants it, at time 0.
    pub fn new(plan: Plan<F>, trace: Trace) -> Self {
        let count = plan.hosts.len();
        let autostart: Vec<bool> = plan.hosts.iter().map(|host| host.autostart).collect();
        let mut sim = Sim {
            now: 0,
            seed: Seed(plan.seed),
            costs: plan.costs,
            hosts: plan.hosts.into_iter().map(HostState::new).collect(),
            links: (0..count * count).map(|_| Directed::new()).collect(),
            conns: Conns::default(),
            events: Events::new(),
            out: Outputs::new(),
            trace,
            steps: 0,
            frames: 0,
            panics: Vec::new(),
        };
        (0..count).filter(|&host| autostart[host]).for_each(|host| sim.begin(host));
        sim
    }

    pub fn next_event_at(&self) -> Option<Micros> {
        self.events.next_at()
    }

    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Time passes without an event; a referee that wants to be woken at once for ever uses up the budget, too.
    pub fn advance_to(&mut self, at: Micros) {
        self.now = at;
        self.steps += 1;
    }

    pub fn outcome(self, ended: Ended) -> Outcome {
        Outcome {
            ended,
            steps: self.steps,
            frames: self.frames,
            elapsed: self.now,
            trace: self.trace,
            panics: self.panics,
        }
    }

    pub fn take_observations(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.out.observations)
    }

    /// Gives the emptied list back, so that its memory serves the next step.
    pub fn give_back(&mut self, mut observations: Vec<Observation>) {
        observations.clear();
        self.out.observations = observations;
    }

    /// Takes the next event; returns the step it led to, if any.
    pub fn take_event(&mut self) -> Option<Stepped> {
        let (at, event) = self.events.pop()?;
        self.now = at;
        match event {
            Event::Start { host, incarnation } => self.start(host, incarnation),
            Event::Arrive(parcel) => self.arrive(parcel),
            Event::GiveUp { conn, host, incarnation } => {
                let opening =
                    self.conns.get(conn).is_some_and(|conn| conn.ends[0].state == EndState::Opening);
                opening.then(|| self.end_opening(conn, host, incarnation)).flatten()
            }
            Event::Synced { host, incarnation, file, token, point } => {
                // The disk finishes what it was asked for even when the process that asked is gone, unless its power is.
                if self.hosts[host].incarnation == incarnation && self.hosts[host].power == Power::On {
                    self.hosts[host].disk.finish_sync(point);
                }
                self.give(host, incarnation, Input::Synced { file, token })
            }
            Event::Timer { host, incarnation, armed } => {
                let current = self.hosts[host].armed == armed;
                current.then(|| self.give(host, incarnation, Input::Timer)).flatten()
            }
            Event::Ready { host, incarnation } => self.next_from_inbox(host, incarnation),
        }
    }

    fn begin(&mut self, host: HostIndex) {
        let state = &mut self.hosts[host];
        state.incarnation += 1;
        let incarnation = state.incarnation;
        let tie = self.tie(0, host as u64, incarnation);
        self.events.push(self.now, tie, Event::Start { host, incarnation });
    }

    fn start(&mut self, host: HostIndex, incarnation: u64) -> Option<Stepped> {
        let state = &mut self.hosts[host];
        if state.incarnation != incarnation || state.node.is_some() || state.power == Power::Off {
            return None;
        }
        state.node = Some((state.factory)());
        let seed = self.seed.draw(Purpose::Incarnation, [u64::from(state.id.0), incarnation]);
        let files = state.disk.stored();
        self.step(host, Input::Started { files, seed })
    }

    /// Hands an input to a node, now or when it can take it.
    fn give(&mut self, host: HostIndex, incarnation: u64, input: Input<F>) -> Option<Stepped> {
        let state = &mut self.hosts[host];
        if !state.lives(incarnation) {
            return None;
        }
        if state.paused || state.busy_until > self.now || !state.inbox.is_empty() {
            state.inbox.push_back(input);
            if !state.paused && state.inbox.len() == 1 {
                self.ready_at_end_of_work(host);
            }
            return None;
        }
        self.step(host, input)
    }

    fn ready_at_end_of_work(&mut self, host: HostIndex) {
        let state = &mut self.hosts[host];
        let (at, incarnation, count) = (state.busy_until.max(self.now), state.incarnation, state.count());
        let tie = self.tie(1, host as u64, count);
        self.events.push(at, tie, Event::Ready { host, incarnation });
    }

    fn next_from_inbox(&mut self, host: HostIndex, incarnation: u64) -> Option<Stepped> {
        let state = &mut self.hosts[host];
        if !state.lives(incarnation) || state.paused {
            return None;
        }
        let input = state.inbox.pop_front()?;
        let stepped = self.step(host, input);
        if !self.hosts[host].inbox.is_empty() {
            self.ready_at_end_of_work(host);
        }
        stepped
    }

    fn step(&mut self, host: HostIndex, input: Input<F>) -> Option<Stepped> {
        let state = &mut self.hosts[host];
        self.steps += 1;
        self.trace.step(self.now, state.id, &state.name, &input);
        if let Input::Frame { frame, .. } = &input {
            self.frames += 1;
            state.busy_until = self.now + self.costs.service(frame.size());
        }
        let now = Now { mono: self.now, wall: self.now };
        let node = state.node.as_mut()?;
        let out = &mut self.out;
        let stepped = Stepped { node: state.id, host, incarnation: state.incarnation };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| node.step(now, input, out))) {
            let message = panic_message(&*panic);
            self.out.actions.clear();
            self.out.halt(format!("panic: {message}"));
            self.panics.push((stepped.node, message));
        }
        Some(stepped)
    }

    /// Performs what a step asked for, unless a fault has struck its host since. Returns why the node stopped itself, if it
    /// did.
    pub fn perform(&mut self, stepped: Stepped) -> Option<String> {
        let mut actions = std::mem::take(&mut self.out.actions);
        let mut halted = None;
        for action in actions.drain(..) {
            if !self.hosts[stepped.host].lives(stepped.incarnation) {
                continue;
            }
            if let Action::Halt { reason } = action {
                self.go_down(stepped.host, true);
                halted = Some(reason);
            } else {
                self.act(stepped, action);
            }
        }
        self.out.actions = actions;
        halted
    }

    /// What a paused host asked for in the step in which it was paused is still done: a process is stopped between two
    /// system calls, not in the middle of a step.
    fn act(&mut self, by: Stepped, action: Action<F>) {
        let host = by.host;
        match action {
            Action::Connect { conn, peer } => self.connect(by, conn, peer),
            Action::Close { conn } => self.close(by, conn),
            Action::Send { conn, frame } => self.send(by, conn, frame),
            Action::Append { file, bytes } => self.hosts[host].disk.append(file, bytes),
            Action::Truncate { file, length } => self.hosts[host].disk.truncate(file, length),
            Action::Sync { file, token } => {
                let state = &mut self.hosts[host];
                let point = state.disk.begin_sync(file);
                let count = state.count();
                let tie = self.tie(2, host as u64, count);
                let event = Event::Synced { host, incarnation: by.incarnation, file, token, point };
                self.events.push(self.now + self.costs.sync, tie, event);
            }
            Action::Arm { at } => {
                let state = &mut self.hosts[host];
                state.armed += 1;
                let armed = state.armed;
                let tie = self.tie(3, host as u64, armed);
                let event = Event::Timer { host, incarnation: by.incarnation, armed };
                self.events.push(at.max(self.now), tie, event);
            }
            Action::Halt { .. } => {}
        }
    }

    fn connect(&mut self, by: Stepped, conn: ConnId, peer: NodeId) {
        let opener = End { host: by.host, incarnation: by.incarnation, state: EndState::Opening };
        let Some(acceptor) = self.index(peer) else {
            let event = Event::GiveUp { conn, host: by.host, incarnation: by.incarnation };
            self.conns.insert(conn, Conn { ends: [opener, opener], last_arrival: [0; 2], dead: [false; 2] });
            return self.events.push(self.now + CONNECT_TIMEOUT, 0, event);
        };
        let acceptor = End { host: acceptor, incarnation: 0, state: EndState::Opening };
        self.conns.insert(conn, Conn { ends: [opener, acceptor], last_arrival: [0; 2], dead: [false; 2] });
        self.dispatch(Parcel { conn, from_end: 0, cargo: Cargo::Syn }, 64);
    }

    fn close(&mut self, by: Stepped, conn: ConnId) {
        let Some(end) = self.conns.get(conn).and_then(|c| c.end_of(by.host, by.incarnation)) else {
            return;
        };
        self.close_end(conn, end);
        self.dispatch(Parcel { conn, from_end: end, cargo: Cargo::Close }, 64);
    }

    fn close_end(&mut self, conn: ConnId, end: usize) {
        if let Some(conn) = self.conns.get(conn) {
            conn.ends[end].state = EndState::Closed;
        }
    }

    fn send(&mut self, by: Stepped, conn: ConnId, frame: F) {
        let Some(end) = self.conns.get(conn).and_then(|c| c.end_of(by.host, by.incarnation)) else {
            return;
        };
        let Some(open) = self.conns.get(conn).map(|c| c.ends) else {
            return;
        };
        if open[end].state != EndState::Open {
            return;
        }
        let link = self.link(open[end].host, open[1 - end].host);
        if self.links[link].lose > 0 {
            self.links[link].lose -= 1;
            return self.reset(conn);
        }
        let size = frame.size();
        self.dispatch(Parcel { conn, from_end: end, cargo: Cargo::Frame(frame) }, size);
    }

    /// Both ends learn, each after the time of a frame, that the connection is gone.
    fn reset(&mut self, conn: ConnId) {
        for end in 0..2 {
            self.dispatch(Parcel { conn, from_end: end, cargo: Cargo::Close }, 64);
        }
    }

    /// Sends something on its way: behind everything sent on this connection before it.
    fn dispatch(&mut self, parcel: Parcel<F>, size: usize) {
        let (from_end, wire) = (parcel.from_end, self.costs.wire(size));
        let Some(conn) = self.conns.get(parcel.conn) else {
            return;
        };
        if conn.dead[from_end] {
            return;
        }
        let (from, to) = (conn.ends[from_end].host, conn.ends[1 - from_end].host);
        if matches!(parcel.cargo, Cargo::Frame(_)) {
            let (from, to) = (self.hosts[from].id, self.hosts[to].id);
            self.trace.note_sent(Sent { time: self.now, from, to, bytes: size });
        }
        let link = self.link(from, to);
        self.links[link].sent += 1;
        let number = self.links[link].sent;
        let keys = [u64::from(self.hosts[from].id.0), u64::from(self.hosts[to].id.0), number];
        let jitter = self.seed.below(self.costs.jitter + 1, Purpose::Latency, keys);
        let Some(conn) = self.conns.get(parcel.conn) else {
            return;
        };
        let arrival = (self.now + self.costs.latency + jitter + wire).max(conn.last_arrival[from_end] + 1);
        conn.last_arrival[from_end] = arrival;
        let tie = self.tie(4, link as u64, number);
        self.events.push(arrival, tie, Event::Arrive(parcel));
    }

    fn arrive(&mut self, parcel: Parcel<F>) -> Option<Stepped> {
        let conn = self.conns.get(parcel.conn)?;
        let [sender, receiver] = [conn.ends[parcel.from_end], conn.ends[1 - parcel.from_end]];
        let link = self.link(sender.host, receiver.host);
        match self.links[link].state() {
            Some(Streams::Hold) => {
                self.links[link].held.push_back(parcel);
                return None;
            }
            Some(Streams::Hang) => return self.vanish(parcel),
            Some(Streams::Reset) if matches!(parcel.cargo, Cargo::Syn) => {
                self.dispatch_back(&parcel, Cargo::Refused);
                return None;
            }
            // An open connection was reset when the cut began; a refusal or a reset itself gets through.
            Some(Streams::Reset) | None => {}
        }
        self.deliver(parcel, receiver)
    }

    /// Lost on the way: this direction of the connection is dead from now on, and nobody is told.
    fn vanish(&mut self, parcel: Parcel<F>) -> Option<Stepped> {
        let conn = self.conns.get(parcel.conn)?;
        conn.dead[parcel.from_end] = true;
        if matches!(parcel.cargo, Cargo::Syn | Cargo::Accepted | Cargo::Refused) {
            let opener = conn.ends[0];
            let event =
                Event::GiveUp { conn: parcel.conn, host: opener.host, incarnation: opener.incarnation };
            let tie = self.tie(5, parcel.conn.0, 0);
            self.events.push(self.now + CONNECT_TIMEOUT, tie, event);
        }
        None
    }

    fn deliver(&mut self, parcel: Parcel<F>, receiver: End) -> Option<Stepped> {
        let Parcel { conn, from_end, ref cargo } = parcel;
        let (host, incarnation) = (receiver.host, receiver.incarnation);
        match cargo {
            Cargo::Syn => return self.accept(parcel, host),
            Cargo::Accepted if self.hosts[host].lives(incarnation) => {
                self.conns.get(conn)?.ends[0].state = EndState::Open;
                return self.give(host, incarnation, Input::Opened { conn });
            }
            Cargo::Refused => return self.end_opening(conn, host, incarnation),
            _ => {}
        }
        if !self.hosts[host].lives(incarnation) {
            // A machine that was restarted knows nothing of the connection and says so; a dark one says nothing.
            if self.hosts[host].power == Power::On && !matches!(cargo, Cargo::Close) {
                self.dispatch_back(&parcel, Cargo::Close);
            }
            return None;
        }
        let state = self.conns.get(conn)?.ends[1 - from_end].state;
        match parcel.cargo {
            Cargo::Frame(frame) if state == EndState::Open => {
                self.give(host, incarnation, Input::Frame { conn, frame })
            }
            Cargo::Close if state == EndState::Open => {
                self.close_end(conn, 1 - from_end);
                self.give(host, incarnation, Input::Closed { conn })
            }
            Cargo::Close if state == EndState::Opening => self.end_opening(conn, host, incarnation),
            _ => None,
        }
    }

    fn accept(&mut self, parcel: Parcel<F>, host: HostIndex) -> Option<Stepped> {
        let (up, incarnation) = (self.hosts[host].node.is_some(), self.hosts[host].incarnation);
        match (up, self.hosts[host].power) {
            (false, Power::Off) => return self.vanish(parcel),
            (false, Power::On) => {
                self.dispatch_back(&parcel, Cargo::Refused);
                return None;
            }
            (true, _) => {}
        }
        let conn = parcel.conn;
        let acceptor = &mut self.conns.get(conn)?.ends[1];
        (acceptor.incarnation, acceptor.state) = (incarnation, EndState::Open);
        // The kernel accepts, even for a process that is paused.
        self.dispatch_back(&parcel, Cargo::Accepted);
        self.give(host, incarnation, Input::Opened { conn })
    }

    fn end_opening(&mut self, conn: ConnId, host: HostIndex, incarnation: u64) -> Option<Stepped> {
        self.close_end(conn, 0);
        self.give(host, incarnation, Input::Refused { conn })
    }

    fn dispatch_back(&mut self, parcel: &Parcel<F>, cargo: Cargo<F>) {
        self.dispatch(Parcel { conn: parcel.conn, from_end: 1 - parcel.from_end, cargo }, 64);
    }

    /// Ends an incarnation; its peers hear of it when the machine is still there to tell them.
    fn go_down(&mut self, host: HostIndex, tell_peers: bool) {
        let incarnation = self.hosts[host].incarnation;
        self.hosts[host].go_down();
        let ends = self.conns.iter().filter_map(|(id, conn)| {
            let end = conn.end_of(host, incarnation)?;
            (conn.ends[end].state != EndState::Closed).then_some((id, end))
        });
        for (conn, end) in ends.collect::<Vec<_>>() {
            self.close_end(conn, end);
            if tell_peers {
                self.dispatch(Parcel { conn, from_end: end, cargo: Cargo::Close }, 64);
            }
        }
    }

    fn tie(&self, kind: u64, subject: u64, number: u64) -> u64 {
        self.seed.draw(Purpose::TieBreak, [kind << 32 | subject, number])
    }

    fn index(&self, node: NodeId) -> Option<HostIndex> {
        self.hosts.binary_search_by_key(&node, |host| host.id).ok()
    }

    fn link(&self, from: HostIndex, to: HostIndex) -> usize {
        from * self.hosts.len() + to
    }

    fn link_of(&self, link: Link) -> Option<(usize, HostIndex, HostIndex)> {
        let (from, to) = (self.index(link.from)?, self.index(link.to)?);
        Some((self.link(from, to), from, to))
    }
}

impl<F: FrameInfo + Debug + 'static> World for Sim<F> {
    fn now(&self) -> Micros {
        self.now
    }

    fn crash(&mut self, node: NodeId) {
        if let Some(host) = self.index(node).filter(|&host| self.hosts[host].node.is_some()) {
            self.go_down(host, true);
        }
    }

    fn power_loss(&mut self, node: NodeId, key: u64) {
        let Some(host) = self.index(node) else { return };
        if self.hosts[host].power == Power::Off {
            return;
        }
        self.go_down(host, false);
        let (seed, state) = (self.seed, &mut self.hosts[host]);
        state.power = Power::Off;
        let id = u64::from(state.id.0);
        state.disk.power_loss(|file| seed.draw(Purpose::Torn, [id, u64::from(file.0), key]));
    }

    fn restart(&mut self, node: NodeId) {
        let Some(host) = self.index(node) else { return };
        self.hosts[host].power = Power::On;
        if self.hosts[host].node.is_none() {
            self.begin(host);
        }
    }

    fn pause(&mut self, node: NodeId) {
        if let Some(host) = self.index(node) {
            self.hosts[host].paused = self.hosts[host].node.is_some();
        }
    }

    fn resume(&mut self, node: NodeId) {
        let Some(host) = self.index(node).filter(|&host| self.hosts[host].paused) else {
            return;
        };
        self.hosts[host].paused = false;
        if !self.hosts[host].inbox.is_empty() {
            self.ready_at_end_of_work(host);
        }
    }

    fn cut(&mut self, link: Link, streams: Streams) {
        let Some((index, from, to)) = self.link_of(link) else {
            return;
        };
        self.links[index].cut(streams);
        if streams == Streams::Reset {
            let between = |conn: &Conn| {
                let hosts = [conn.ends[0].host, conn.ends[1].host];
                (hosts == [from, to] || hosts == [to, from])
                    && conn.ends.iter().all(|end| end.state == EndState::Open)
            };
            let open: Vec<ConnId> =
                self.conns.iter().filter(|(_, conn)| between(conn)).map(|(id, _)| id).collect();
            open.into_iter().for_each(|conn| self.reset(conn));
        }
    }

    fn mend(&mut self, link: Link) {
        let Some((index, ..)) = self.link_of(link) else {
            return;
        };
        self.links[index].mend();
        if self.links[index].state().is_none() {
            // All at once, as a burst, in the order of their arrival and before whatever else arrives now: the small ties
            // keep every connection in order.
            let held = std::mem::take(&mut self.links[index].held);
            for (parcel, place) in held.into_iter().zip(0..) {
                self.events.push(self.now, place, Event::Arrive(parcel));
            }
        }
    }

    fn lose_frame(&mut self, link: Link) {
        if let Some((index, ..)) = self.link_of(link) {
            self.links[index].lose += 1;
        }
    }
}
