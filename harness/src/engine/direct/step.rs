//! Steps: an input reaches a node when its host can take it, and what the node wants is done.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use broker::{Action, FileId, FrameInfo, Input};

use super::event::{Event, HostIndex};
use super::network::EndState;
use super::sim::{Sim, Stepped};
use crate::chaos::harm::Harm;
use crate::engine::panic_message;
use crate::engine::stopping::After;
use crate::sabotage::sabotage;

impl<F: FrameInfo + Debug + 'static> Sim<F> {
    /// Hands an input to a node, now or when it can take it.
    pub(super) fn give(&mut self, host: HostIndex, incarnation: u64, input: Input<F>) -> Option<Stepped> {
        let state = &mut self.hosts[host];
        if !state.lives(incarnation) {
            return None;
        }
        if state.paused || state.busy_until > self.now || !state.inbox.is_empty() {
            if state.paused {
                state.toll.count(Harm::Postponed);
            }
            // A failed write is what the system call answered: nothing that waits comes before it.
            match input {
                Input::DiskFailed { .. } => state.inbox.push_front(input),
                _ => state.inbox.push_back(input),
            }
            if !state.paused && state.inbox.len() == 1 {
                self.ready_at_end_of_work(host);
            }
            return None;
        }
        self.step(host, input)
    }

    pub(super) fn ready_at_end_of_work(&mut self, host: HostIndex) {
        let state = &mut self.hosts[host];
        let (at, incarnation, count) = (state.busy_until.max(self.now), state.incarnation, state.count());
        let tie = self.tie(1, host as u64, count);
        self.events.push(at, tie, Event::Ready { host, incarnation });
    }

    pub(super) fn next_from_inbox(&mut self, host: HostIndex, incarnation: u64) -> Option<Stepped> {
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

    pub(super) fn step(&mut self, host: HostIndex, input: Input<F>) -> Option<Stepped> {
        let state = &mut self.hosts[host];
        self.steps += 1;
        self.last = Some(state.id);
        self.trace.step(self.now, state.id, &state.name, &input);
        if let Input::Frame { frame, .. } = &input {
            self.frames += 1;
            state.busy_until = self.now + self.costs.service(frame.size());
        }
        let asked = matches!(input, Input::Load(_));
        if state.slow > 0 {
            state.toll.count(Harm::Slowed);
            state.busy_until = state.busy_until.max(self.now) + state.slow;
        }
        let now = state.clock.at(self.now);
        if now.wall != now.mono {
            state.toll.count(Harm::WrongWall);
        }
        let node = state.node.as_mut()?;
        let out = &mut self.out;
        let stepped = Stepped { node: state.id, host, incarnation: state.incarnation };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| node.step(now, input, out))) {
            let message = panic_message(&*panic);
            self.out.actions.clear();
            self.out.halt(format!("panic: {message}"));
            self.panics.push((stepped.node, message));
        }
        if asked && !self.out.observations.is_empty() {
            self.hosts[host].toll.count(Harm::Asked);
        }
        Some(stepped)
    }

    /// Performs what a step asked for, unless a fault has struck its host since; nothing behind an append that fails. What a paused
    /// host asked for in the step in which it was paused is still done: a process is stopped between two system calls, not in the
    /// middle of a step. Returns why the node stopped itself, if it did.
    pub fn perform(&mut self, by: Stepped) -> Option<String> {
        let mut actions = std::mem::take(&mut self.out.actions);
        let mut halted = None;
        for action in actions.drain(..) {
            let state = &mut self.hosts[by.host];
            if !state.lives(by.incarnation) {
                break;
            }
            match action {
                Action::Send { conn, frame } => self.send(by, conn, frame),
                Action::Append { file, bytes } => {
                    if state.disk.append(file, bytes).is_err() {
                        self.disk_failed(by, file);
                        break;
                    }
                }
                Action::Arm { at } => {
                    state.alarm = Some(at);
                    self.set_alarm(by.host);
                }
                Action::Sync { file, token } => self.begin_sync(by, file, token),
                Action::Truncate { file, length } => state.disk.truncate(file, length),
                Action::Connect { conn, peer } => self.connect(by, conn, peer),
                Action::Close { conn } => self.close(by, conn),
                Action::Exit => self.end(by.host),
                Action::Halt { reason } => {
                    self.end(by.host);
                    halted = Some(reason);
                }
            }
        }
        self.out.actions = actions;
        halted
    }

    fn begin_sync(&mut self, by: Stepped, file: FileId, token: u64) {
        let Stepped { host, incarnation, .. } = by;
        let state = &mut self.hosts[host];
        let point = state.disk.begin_sync(file);
        let (takes, count) = (self.costs.sync + state.disk.slow(), state.count());
        let tie = self.tie(2, host as u64, count);
        self.events.push(self.now + takes, tie, Event::Synced { host, incarnation, file, token, point });
    }

    /// Has the host's timer fire when its own clock says so.
    pub(super) fn set_alarm(&mut self, host: HostIndex) {
        let state = &mut self.hosts[host];
        let Some(alarm) = state.alarm else { return };
        state.armed += 1;
        if state.clock.strays(alarm) {
            state.toll.count(Harm::StrayTimer);
        }
        let (at, armed) = (state.clock.when(alarm).max(self.now), state.armed);
        let tie = self.tie(3, host as u64, armed);
        self.events.arm(host, at, tie);
    }

    /// The node hears of it before anything else can happen to it: its tie comes before all that are drawn.
    fn disk_failed(&mut self, by: Stepped, file: FileId) {
        let Stepped { host, incarnation, .. } = by;
        self.events.push(self.now, host as u64, Event::DiskFailed { host, incarnation, file });
    }

    /// Ends an incarnation that ends itself, or whose grace is over; it begins anew where somebody has asked for that.
    pub(super) fn end(&mut self, host: HostIndex) {
        let after = self.hosts[host].stopping;
        if after.is_some() {
            self.hosts[host].toll.count(Harm::Stopped);
        }
        self.go_down(host, true);
        if after == Some(After::StartAgain) {
            self.begin(host);
        }
    }

    /// Ends an incarnation; its peers hear of it when the machine is still there to tell them.
    pub(super) fn go_down(&mut self, host: HostIndex, tell_peers: bool) {
        let incarnation = self.hosts[host].incarnation;
        self.hosts[host].go_down();
        self.events.disarm(host);
        let ends = self.conns.iter().filter_map(|(id, conn)| {
            let end = conn.end_of(host, incarnation)?;
            (conn.ends[end].state != EndState::Closed).then_some((id, end))
        });
        for (conn, end) in ends.collect::<Vec<_>>() {
            self.close_end(conn, end);
            if tell_peers && !sabotage!(CrashTellsNobody) {
                self.hang_up(conn, end);
            }
        }
    }
}
