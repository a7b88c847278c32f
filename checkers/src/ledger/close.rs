//! The end of the taking of notes: sorts what was noted, and counts what lies in the final logs.

use super::{Copies, Ledger, Place, Standing, Suspects};
use crate::Names;

/// Topics of a broker's own records begin with this, as in Kafka; no business fact lies in them.
const INTERNAL: &str = "__";

impl Ledger {
    /// Ends the taking of notes: sorts the logs and counts what lies in them.
    pub fn close(&mut self, names: &Names) {
        for open in std::mem::take(&mut self.open_settles) {
            let position = self.position(open.group, open.log);
            position.doubt(&open.what, open.how);
        }
        self.groups.iter_mut().for_each(|group| group.dead.sort_unstable());
        self.count_copies(names);
        self.assign_lanes();
        self.suspect();
    }

    fn count_copies(&mut self, names: &Names) {
        for standing in &mut self.standings {
            standing.copies = Copies::default();
        }
        for (log, number) in self.logs.iter_mut().zip(0..) {
            if names.text(log.id.topic).starts_with(INTERNAL) {
                log.records.clear();
            }
            log.close();
            for record in &log.records {
                let place = Place { log: number, offset: record.offset };
                let stamped_by = record.stamp.map(|stamp| stamp.producer);
                self.standings[record.slot as usize].copies.add(place, stamped_by);
            }
        }
    }

    /// Numbers the pairs of producer and key, so that order is judged with one array and no map.
    fn assign_lanes(&mut self) {
        // What is sorted is kept close together: a message is far larger than what its lane depends on.
        let intended = (0..).zip(&self.standings);
        let mut order: Vec<(u32, u32, u64, u32)> = intended
            .filter_map(|(slot, standing)| {
                let intent = standing.intent?;
                Some((intent.producer, intent.process.0, intent.key, slot))
            })
            .collect();
        order.sort_unstable();
        self.lanes = 0;
        let mut last = None;
        for (producer, process, key, slot) in order {
            let lane = (producer, process, key);
            if last.is_some_and(|last| last != lane) {
                self.lanes += 1;
            }
            last = Some(lane);
            self.standings[slot as usize].lane = self.lanes;
        }
        self.lanes += 1;
    }

    /// Looks at every message once, and notes those that a property may have to ask about.
    fn suspect(&mut self) {
        self.suspects.clear();
        for (slot, standing) in (0..).zip(&self.standings) {
            self.suspects.note(slot, standing);
        }
        if self.open_sends > 0 {
            let hanging = (0..).zip(&self.messages).filter(|(_, message)| message.open_send.is_some());
            self.suspects.hanging.extend(hanging.map(|(slot, _)| slot));
        }
    }
}

impl Suspects {
    fn clear(&mut self) {
        let Suspects { absent, repeated, unintended, hanging } = self;
        [absent, repeated, unintended, hanging].into_iter().for_each(Vec::clear);
    }

    fn note(&mut self, slot: u32, standing: &Standing) {
        match standing.copies.count {
            0 => self.absent.push(slot),
            1 => {}
            _ => self.repeated.push(slot),
        }
        if standing.intent.is_none() {
            self.unintended.push(slot);
        }
    }
}
