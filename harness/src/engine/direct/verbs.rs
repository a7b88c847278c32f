//! What faults do to the simulated world.

use std::fmt::Debug;

use broker::{ConnId, FrameInfo, Micros, NodeId};

use super::event::{Event, HostIndex};
use super::host::Power;
use super::network::{Conn, EndState};
use super::sim::Sim;
use crate::seed::Purpose;
use crate::world::{Link, Streams, World};

impl<F: FrameInfo + Debug + 'static> Sim<F> {
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
        self.links[index].cut = Some(streams);
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
        self.links[index].cut = None;
        // All at once, as a burst, in the order of their arrival and before whatever else arrives now: the small ties keep
        // every connection in order, and apart from what another link lets go at the same time.
        let held = std::mem::take(&mut self.links[index].held);
        for (parcel, place) in held.into_iter().zip(0..) {
            self.events.push(self.now, (index as u64) << 32 | place, Event::Arrive(parcel));
        }
    }

    fn lose_frame(&mut self, link: Link) {
        if let Some((index, ..)) = self.link_of(link) {
            self.links[index].lose += 1;
        }
    }
}
