//! What faults took and gave back, as far as anybody's waiting depends on it.

use super::{Fault, Unavailable};
use crate::{Course, Name, Reach};

impl Unavailable {
    pub(super) fn left_to_core(&mut self, rest: Fault) {
        let now = self.now;
        self.watches().for_each(|watch| watch.left_to_core(now));
        for place in 0..self.logs.len() {
            self.take_of_log(place);
            self.logs[place].open.retain(|(sender, _)| !rest.touches(*sender));
            self.look_at_log(place);
        }
        (0..self.groups.len()).for_each(|group| self.take_reads(group));
        self.faults.push(rest);
    }

    pub(super) fn struck(&mut self, fault: Fault) {
        if fault.kind == self.all_but_core {
            return self.left_to_core(fault);
        }
        let now = self.now;
        self.watches().for_each(|watch| watch.disturbed(now));
        let of_cluster = self.cluster.is_struck(fault.reach.as_ref());
        let taken = fault.reach.as_ref().and_then(|reach| self.cluster.taken(fault.kind, reach));
        for (place, senders) in self.logs.iter_mut().enumerate().filter(|_| of_cluster) {
            let lost = taken.and_then(|taken| self.cluster.lost(now, place, taken));
            senders.watches().for_each(|watch| watch.struck(self.now, lost));
        }
        for group in &mut self.groups {
            let touched = group.is_touched(&fault);
            for read in group.reads.iter_mut().filter(|_| of_cluster || touched) {
                let lost = taken.filter(|_| !touched);
                let lost =
                    lost.and_then(|taken| self.cluster.lost_by_reader(now, read.place, &group.others, taken));
                read.watch.struck(now, lost);
            }
        }
        for place in 0..self.logs.len() {
            self.take_of_log(place);
            self.logs[place].open.retain(|(sender, _)| !fault.touches(*sender));
            self.look_at_log(place);
        }
        (0..self.groups.len()).for_each(|group| self.take_reads(group));
        if fault.is_over_at_once() {
            self.healed(fault);
        } else {
            self.faults.push(fault);
        }
    }

    pub(super) fn healed(&mut self, fault: Fault) {
        let of_cluster = self.cluster.is_struck(fault.reach.as_ref()) || fault.kind == self.all_but_core;
        for senders in self.logs.iter_mut().filter(|_| of_cluster) {
            senders.watches().for_each(|watch| watch.healed(self.now));
        }
        for group in self.groups.iter_mut().filter(|group| of_cluster || group.is_touched(&fault)) {
            group.reads.iter_mut().for_each(|read| read.watch.healed(self.now));
        }
        let clients = fault.reach.iter().flat_map(Reach::touched).filter(|&node| !self.cluster.has(node));
        self.touched.extend(clients.map(|client| (client, self.now)));
    }

    /// The first of the faults that are meant is over, if there is one.
    pub(super) fn heal(&mut self, meant: impl Fn(&Fault) -> bool) -> bool {
        let fault = self.faults.iter().position(meant);
        fault.map(|fault| self.faults.remove(fault)).map(|fault| self.healed(fault)).is_some()
    }

    /// A node that stopped itself is down until everything is healed, and for how long nobody knows when it stops after that.
    pub(super) fn halted(&mut self, node: Name) {
        let reach = Some(Reach { nodes: vec![node], links: Vec::new(), course: Course::Steady });
        self.struck(Fault { kind: self.halt, target: node, reach });
    }
}
