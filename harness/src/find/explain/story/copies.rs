//! What every broker has of every log, as far as the history tells: so a story says of a record only what is true at that moment.

use std::collections::BTreeMap;

use checkers::{Entry, Event, MessageId, Name, Names, Offset, TopicPartition};

/// The copies of all logs.
#[derive(Default)]
pub(super) struct Copies {
    held: BTreeMap<(Name, TopicPartition), BTreeMap<Offset, MessageId>>,
    /// Who leads a log, and in which epoch.
    leaders: BTreeMap<TopicPartition, (Name, u32)>,
    /// Who ever led a log, and in which epoch last.
    led: BTreeMap<(TopicPartition, Name), u32>,
    /// What was appended last at an offset, by whoever led then.
    appended: BTreeMap<(TopicPartition, Offset), MessageId>,
}

impl Copies {
    /// Where a record lies in a log: in the copy of whoever leads it.
    pub(super) fn offset(&self, log: TopicPartition, id: MessageId) -> Option<Offset> {
        let (leader, _) = self.leaders.get(&log)?;
        self.offset_at(*leader, log, id)
    }

    /// Where a record lies in a broker's copy of a log.
    pub(super) fn offset_at(&self, broker: Name, log: TopicPartition, id: MessageId) -> Option<Offset> {
        let copy = self.held.get(&(broker, log))?;
        copy.iter().find(|(_, held)| **held == id).map(|(offset, _)| *offset)
    }

    /// What lies at an offset of a log.
    pub(super) fn at(&self, log: TopicPartition, offset: Offset) -> Option<MessageId> {
        let (leader, _) = self.leaders.get(&log)?;
        self.held.get(&(*leader, log))?.get(&offset).copied()
    }

    /// What was appended last at an offset of a log, though it may lie there no longer.
    pub(super) fn ever(&self, log: TopicPartition, offset: Offset) -> Option<MessageId> {
        self.appended.get(&(log, offset)).copied()
    }

    /// Who leads a log, and in which epoch.
    pub(super) fn leader(&self, log: TopicPartition) -> Option<(Name, u32)> {
        self.leaders.get(&log).copied()
    }

    /// Whether any broker has a record.
    pub(super) fn anywhere(&self, id: MessageId) -> bool {
        self.held.values().any(|copy| copy.values().any(|held| *held == id))
    }

    /// Follows an entry; to be called when it has been told.
    pub(super) fn follow(&mut self, entry: &Entry, names: &Names) {
        let broker = entry.process;
        match entry.event {
            Event::Fault { fault, target, healed: false, .. } if names.text(fault) == "disk-loss" => {
                self.held.retain(|(of, _), _| *of != target);
            }
            Event::Append { log, offset, id, epoch } => {
                if self.leader(log).is_none_or(|(_, known)| known <= epoch) {
                    self.appended.insert((log, offset), id);
                }
                self.held.entry((broker, log)).or_default().insert(offset, id);
            }
            Event::Lead { log, epoch } => self.leads(broker, log, epoch),
            Event::Replicated { log, end } => self.copy(broker, log, end),
            Event::Truncate { log, to, .. } => self.cut(broker, log, to),
            Event::Recover { log, end, .. } => self.cut(broker, log, end),
            _ => {}
        }
    }

    fn leads(&mut self, broker: Name, log: TopicPartition, epoch: u32) {
        self.led.insert((log, broker), epoch);
        if self.leader(log).is_none_or(|(_, known)| known < epoch) {
            self.leaders.insert(log, (broker, epoch));
        }
    }

    /// A follower takes over what its leader has. It may follow one that was deposed and does not know it yet: so from the newest leader
    /// that has as much as it took over.
    fn copy(&mut self, follower: Name, log: TopicPartition, end: Offset) {
        let reaches = |broker: Name| {
            let copy = self.held.get(&(broker, log))?;
            copy.last_key_value().is_some_and(|(last, _)| *last + 1 >= end).then(|| copy.clone())
        };
        let led = self.led.iter().filter(|((of, broker), _)| *of == log && *broker != follower);
        let mut led: Vec<(u32, Name)> = led.map(|((_, broker), epoch)| (*epoch, *broker)).collect();
        led.sort_unstable();
        let Some(theirs) = led.into_iter().rev().find_map(|(_, broker)| reaches(broker)) else { return };
        let mine = self.held.entry((follower, log)).or_default();
        let from = mine.last_key_value().map_or(0, |(last, _)| last + 1);
        if from < end {
            mine.extend(theirs.range(from..end).map(|(offset, id)| (*offset, *id)));
        }
    }

    fn cut(&mut self, broker: Name, log: TopicPartition, end: Offset) {
        self.held.entry((broker, log)).or_default().retain(|offset, _| *offset < end);
    }
}
