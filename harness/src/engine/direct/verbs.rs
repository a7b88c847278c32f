//! What faults do to the simulated world.

use std::fmt::Debug;

use broker::{ConnId, FrameInfo, Load, Micros, NodeId, STOP_GRACE};

use super::event::{Event, HostIndex};
use super::host::Power;
use super::sim::Sim;
use crate::chaos::harm::{Harm, Place, Toll};
use crate::chaos::link::Link;
use crate::chaos::world::{ClockChange, DiskChange, Streams, World, WorldAction};
use crate::engine::stopping::After;
use crate::sabotage::sabotage;
use crate::seed::Purpose;

impl<F: FrameInfo + Debug + 'static> Sim<F> {
    fn link_of(&self, link: Link) -> Option<(usize, HostIndex, HostIndex)> {
        let (from, to) = (self.index(link.from)?, self.index(link.to)?);
        Some((self.link(from, to), from, to))
    }

    /// What was held on a link arrives: all at once, as a burst, in the order of its arrival and before whatever else arrives
    /// now. The small ties keep every connection in order, and apart from what another link lets go at the same time.
    fn let_go(&mut self, index: usize) {
        let held = std::mem::take(&mut self.links[index].held);
        for (parcel, place) in held.into_iter().zip(0..) {
            self.events.push(self.now, (index as u64) << 32 | place, Event::Arrive(parcel));
        }
    }
}

impl<F: FrameInfo + Debug + 'static> World for Sim<F> {
    fn now(&self) -> Micros {
        self.now
    }

    fn toll(&self, place: Place) -> Toll {
        match place {
            Place::Host(node) => self.index(node).map_or_else(Toll::default, |host| {
                let host = &self.hosts[host];
                host.toll.with(host.disk.toll())
            }),
            Place::Link(link) => {
                self.link_of(link).map_or_else(Toll::default, |(index, ..)| self.tolls[index])
            }
        }
    }

    fn durable_as_told(&self, node: NodeId) -> bool {
        self.index(node).is_none_or(|host| self.hosts[host].disk.durable_as_told())
    }

    fn act(&mut self, action: WorldAction) {
        match action {
            WorldAction::Crash(node) => self.crash(node),
            WorldAction::PowerLoss(node, key) => self.power_loss(node, key),
            WorldAction::Stop(node) => self.stop(node),
            WorldAction::Restart(node) => self.restart(node),
            WorldAction::Pause(node) => self.pause(node),
            WorldAction::Resume(node) => self.resume(node),
            WorldAction::Cut(link, streams) => self.cut(link, streams),
            WorldAction::Mend(link) => self.mend(link),
            WorldAction::LoseFrame(link) => self.lose_frame(link),
            WorldAction::HalfOpen(link) => self.half_open(link),
            WorldAction::Stall(link, stalled) => self.stall(link, stalled),
            WorldAction::Delay(link, longer) => self.delay(link, longer),
            WorldAction::Slow(node, longer) => self.slow(node, longer),
            WorldAction::Clock(node, change) => self.clock(node, change),
            WorldAction::Disk(node, change) => self.disk(node, change),
            WorldAction::Load(node, load) => self.load(node, load),
        }
    }
}

impl<F: FrameInfo + Debug + 'static> Sim<F> {
    fn crash(&mut self, node: NodeId) {
        if let Some(host) = self.index(node).filter(|&host| self.hosts[host].node.is_some()) {
            self.hosts[host].toll.count(Harm::Killed);
            self.go_down(host, true);
        }
    }

    fn power_loss(&mut self, node: NodeId, key: u64) {
        let Some(host) = self.index(node) else { return };
        if self.hosts[host].power == Power::Off {
            return;
        }
        if self.hosts[host].node.is_some() {
            self.hosts[host].toll.count(Harm::Killed);
        }
        self.go_down(host, false);
        let (seed, state) = (self.seed, &mut self.hosts[host]);
        state.power = Power::Off;
        let id = u64::from(state.id.0);
        state.disk.power_loss(|file| seed.draw(Purpose::Torn, [id, u64::from(file.0), key]));
    }

    fn stop(&mut self, node: NodeId) {
        let Some(host) = self.index(node) else { return };
        let state = &mut self.hosts[host];
        if state.node.is_none() || state.stopping.is_some() {
            return;
        }
        state.stopping = Some(After::StayDown);
        let (incarnation, count) = (state.incarnation, state.count());
        let (asked, over) = (self.tie(6, host as u64, count), self.tie(7, host as u64, count));
        self.events.push(self.now, asked, Event::Stop { host, incarnation });
        self.events.push(self.now + STOP_GRACE, over, Event::GraceOver { host, incarnation });
    }

    fn restart(&mut self, node: NodeId) {
        let Some(host) = self.index(node) else { return };
        let state = &mut self.hosts[host];
        state.power = Power::On;
        match state.stopping {
            Some(_) => state.stopping = Some(After::StartAgain),
            None if state.node.is_none() => self.begin(host),
            None => {}
        }
    }

    fn pause(&mut self, node: NodeId) {
        if let Some(host) = self.index(node) {
            self.hosts[host].paused = self.hosts[host].node.is_some() && !sabotage!(PausePausesNothing);
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
        if sabotage!(PartitionCutsNothing) {
            return;
        }
        self.links[index].cut = Some(streams);
        if streams == Streams::Reset {
            let open: Vec<ConnId> = self
                .conns
                .iter()
                .filter(|(_, conn)| conn.stands_between(from, to))
                .map(|(id, _)| id)
                .collect();
            self.tolls[index].count_many(Harm::Reset, open.len() as u64);
            open.into_iter().for_each(|conn| self.reset(conn));
        }
    }

    fn mend(&mut self, link: Link) {
        let Some((index, ..)) = self.link_of(link) else {
            return;
        };
        self.links[index].cut = None;
        self.let_go(index);
    }

    fn lose_frame(&mut self, link: Link) {
        if let Some((index, ..)) = self.link_of(link) {
            self.links[index].lose += 1;
        }
    }

    fn half_open(&mut self, link: Link) {
        let Some((_, from, to)) = self.link_of(link) else { return };
        for conn in self.conns.iter_mut().filter(|conn| conn.stands_between(from, to)) {
            (conn.dead, conn.forgotten) = ([true; 2], true);
        }
    }

    fn stall(&mut self, link: Link, stalled: bool) {
        let Some((index, from, to)) = self.link_of(link) else { return };
        for conn in self.conns.iter_mut().filter(|conn| conn.is_between(from, to)) {
            let sending = usize::from(conn.ends[0].host != from);
            conn.stalled[sending] = stalled && conn.stands_between(from, to);
        }
        if !stalled && self.links[index].cut.is_none() {
            self.let_go(index);
        }
    }

    fn delay(&mut self, link: Link, longer: Micros) {
        if let Some((index, ..)) = self.link_of(link) {
            self.links[index].longer = longer;
        }
    }

    fn slow(&mut self, node: NodeId, longer: Micros) {
        if let Some(host) = self.index(node) {
            self.hosts[host].slow = longer;
        }
    }

    fn clock(&mut self, node: NodeId, change: ClockChange) {
        if let Some(host) = self.index(node) {
            self.hosts[host].clock.change(self.now, change);
            self.set_alarm(host);
        }
    }

    fn disk(&mut self, node: NodeId, change: DiskChange) {
        if let Some(host) = self.index(node) {
            self.hosts[host].disk.change(change);
        }
    }

    fn load(&mut self, node: NodeId, load: Load) {
        if let Some(host) = self.index(node) {
            let state = &mut self.hosts[host];
            let (incarnation, count) = (state.incarnation, state.count());
            let tie = self.tie(4, host as u64, count);
            self.events.push(self.now, tie, Event::Load { host, incarnation, load });
        }
    }
}
