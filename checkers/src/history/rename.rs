//! The same entry with other numbers for its names.

use super::{Entry, Event, MessageId, Name};

impl Entry {
    /// Gives every name the number that stands at its own number.
    pub(crate) fn rename(&mut self, numbers: &[u32]) {
        let name = |name: &mut Name| {
            if let Some(&number) = numbers.get(name.0 as usize) {
                *name = Name(number);
            }
        };
        let message = |id: &mut MessageId| {
            if id.producer == MessageId::FOREIGN {
                let mut text = Name(id.number);
                name(&mut text);
                id.number = text.0;
            }
        };
        name(&mut self.process);
        match &mut self.event {
            Event::Send { id, log, .. } | Event::Append { id, log, .. } | Event::Logged { id, log, .. } => {
                message(id);
                name(&mut log.topic);
            }
            Event::HungUp { log, id, by: group } | Event::Poll { group, log, id, .. } => {
                message(id);
                name(group);
                name(&mut log.topic);
            }
            Event::Settle { group, log, .. }
            | Event::Grant { group, log, .. }
            | Event::Position { group, log, .. }
            | Event::Revoke { group, log, .. } => {
                name(group);
                name(&mut log.topic);
            }
            Event::Effect { sink: of, id, .. } | Event::DeadLetter { group: of, id } => {
                message(id);
                name(of);
            }
            Event::Intent { id, .. }
            | Event::Answered { id }
            | Event::Apply { id }
            | Event::Drop { id, .. } => {
                message(id);
            }
            Event::Laggard { log, follower, .. } => {
                name(follower);
                name(&mut log.topic);
            }
            Event::Members { log, members } => {
                members.in_sync.iter_mut().chain(&mut members.eligible).for_each(&name);
                name(&mut log.topic);
            }
            Event::Registered { broker } => name(broker),
            Event::Watermark { log, .. }
            | Event::Replicated { log, .. }
            | Event::Committed { log, .. }
            | Event::Lead { log, .. }
            | Event::Truncate { log, .. }
            | Event::Recover { log, .. }
            | Event::Digest { log, .. } => name(&mut log.topic),
            Event::Fault { fault, target, reach, .. } => {
                name(fault);
                name(target);
                if let Some(reach) = reach {
                    reach.nodes.iter_mut().for_each(&name);
                    reach.links.iter_mut().flat_map(|(from, to)| [from, to]).for_each(&name);
                }
            }
            Event::Audited | Event::Began | Event::Healed | Event::Halted { .. } => {}
        }
    }
}
