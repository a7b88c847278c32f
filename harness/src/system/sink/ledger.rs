//! What a sink has applied.

use broker::MessageId;

use crate::system::frame::Way;

/// How often each record was applied; dense by producer and number.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    applied: Vec<Vec<u32>>,
}

impl Ledger {
    /// Applies a record, unless the way forbids it because it was applied before; says whether anything changed.
    pub fn apply(&mut self, id: MessageId, way: Way) -> bool {
        let times = self.entry(id);
        let applies = way == Way::Plain || *times == 0;
        *times += u32::from(applies);
        applies
    }

    /// How often a record was applied.
    #[must_use]
    pub fn times(&self, id: MessageId) -> u32 {
        let of_producer = self.applied.get(id.producer as usize);
        of_producer.and_then(|times| times.get(id.number as usize)).copied().unwrap_or_default()
    }

    fn entry(&mut self, id: MessageId) -> &mut u32 {
        let (producer, number) = (id.producer as usize, id.number as usize);
        if self.applied.len() <= producer {
            self.applied.resize_with(producer + 1, Vec::new);
        }
        let of_producer = &mut self.applied[producer];
        if of_producer.len() <= number {
            of_producer.resize(number + 1, 0);
        }
        &mut of_producer[number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MessageId = MessageId { producer: 2, number: 7 };

    #[test]
    fn a_plain_effect_happens_as_often_as_it_is_asked_for() {
        let mut ledger = Ledger::default();
        assert!(ledger.apply(ID, Way::Plain));
        assert!(ledger.apply(ID, Way::Plain));
    }

    #[test]
    fn an_inbox_applies_a_record_once_and_its_neighbour_too() {
        let mut ledger = Ledger::default();
        assert!(ledger.apply(ID, Way::Inbox));
        assert!(!ledger.apply(ID, Way::Inbox));
        assert!(ledger.apply(MessageId { number: 8, ..ID }, Way::Inbox));
    }
}
