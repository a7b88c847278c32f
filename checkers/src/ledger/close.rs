//! The end of the taking of notes: sorts what was noted, and counts what lies in the final logs.

use super::{Copies, Ledger, Message, Place};
use crate::Names;

/// Topics of a broker's own records begin with this, as in Kafka; no business fact lies in them.
const INTERNAL: &str = "__";

impl Ledger {
    /// Ends the taking of notes: sorts the logs and counts what lies in them.
    pub fn close(&mut self, names: &Names) {
        for open in std::mem::take(&mut self.open_settles) {
            let position = self.position(open.group, open.log);
            position.perhaps = position.perhaps.max(open.upto);
        }
        self.groups.iter_mut().for_each(|group| group.dead.sort_unstable());
        self.count_copies(names);
        self.assign_lanes();
    }

    fn count_copies(&mut self, names: &Names) {
        for message in &mut self.messages {
            message.copies = Copies::default();
        }
        for (log, number) in self.logs.iter_mut().zip(0..) {
            if names.text(log.id.topic).starts_with(INTERNAL) {
                log.records.clear();
            }
            log.close();
            for record in &log.records {
                let place = Place { log: number, offset: record.offset };
                let stamped_by = record.stamp.map(|stamp| stamp.producer);
                self.messages[record.slot as usize].copies.add(place, stamped_by);
            }
        }
    }

    /// Numbers the pairs of producer and key, so that order is judged with one array and no map.
    fn assign_lanes(&mut self) {
        let lane_of = |message: &Message| {
            let intent = message.intent?;
            Some((message.id.producer, intent.process, intent.key))
        };
        let mut order: Vec<u32> = (0..).take(self.messages.len()).collect();
        order.sort_unstable_by_key(|&slot| lane_of(&self.messages[slot as usize]));
        let mut last = None;
        self.lanes = 0;
        for slot in order {
            let message = &mut self.messages[slot as usize];
            let Some(lane) = lane_of(message) else { continue };
            if last.is_some_and(|last| last != lane) {
                self.lanes += 1;
            }
            last = Some(lane);
            message.lane = self.lanes;
        }
        self.lanes += 1;
    }
}
