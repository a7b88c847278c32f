//! What every broker has of every log, as far as the history tells: so a story says of a record only what is true at that moment.

use std::collections::{BTreeMap, BTreeSet};

use checkers::{Entry, Event, Members, MessageId, Name, Names, Offset, Time, TopicPartition};

use super::copy::Copy;
use super::reigns::Reigns;
use crate::find::explain::lives;

/// The copies of all logs.
#[derive(Default)]
pub(super) struct Copies {
    held: BTreeMap<(Name, TopicPartition), Copy>,
    /// Who leads a log, and in which epoch.
    leaders: BTreeMap<TopicPartition, (Name, u32)>,
    /// Who ever led a log, and in which epoch last.
    led: BTreeMap<(TopicPartition, Name), u32>,
    /// Whom they follow.
    reigns: Reigns,
    /// Who may be elected, as it was decided last.
    members: BTreeMap<TopicPartition, Members>,
    /// What was appended last at an offset, by whoever led then.
    appended: BTreeMap<(TopicPartition, Offset), MessageId>,
}

impl Copies {
    /// Nobody has anything yet.
    pub(super) fn new(entries: &[Entry]) -> Self {
        Copies { reigns: Reigns::new(entries), ..Copies::default() }
    }

    /// Where a record lies in a log: in the copy of whoever leads it. Where that has lost it, in those of others, but where another
    /// record lies now.
    pub(super) fn offsets(&self, log: TopicPartition, id: MessageId) -> Vec<Offset> {
        let Some((leader, _)) = self.leader(log) else { return Vec::new() };
        let own = self.offsets_at(leader, log, id);
        if !own.is_empty() {
            return own;
        }
        let others = self.of(log).flat_map(|(_, copy)| copy.offsets(id));
        let lies: BTreeSet<Offset> = others.filter(|&offset| self.at(log, offset).is_none()).collect();
        lies.into_iter().collect()
    }

    /// Where a record lies in a broker's copy of a log.
    pub(super) fn offsets_at(&self, broker: Name, log: TopicPartition, id: MessageId) -> Vec<Offset> {
        self.held.get(&(broker, log)).map(|copy| copy.offsets(id)).unwrap_or_default()
    }

    /// Where a record will lie in a broker's copy that is found to end there.
    pub(super) fn found(&self, broker: Name, log: TopicPartition, end: Offset, id: MessageId) -> Vec<Offset> {
        let mut copy = self.held.get(&(broker, log)).cloned().unwrap_or_default();
        copy.recover(end);
        copy.offsets(id)
    }

    /// What lies at an offset of a log.
    pub(super) fn at(&self, log: TopicPartition, offset: Offset) -> Option<MessageId> {
        let (leader, _) = self.leader(log)?;
        self.held.get(&(leader, log))?.at(offset)
    }

    /// What was appended last at an offset of a log, though it may lie there no longer.
    pub(super) fn ever(&self, log: TopicPartition, offset: Offset) -> Option<MessageId> {
        self.appended.get(&(log, offset)).copied()
    }

    /// Who leads a log, and in which epoch.
    pub(super) fn leader(&self, log: TopicPartition) -> Option<(Name, u32)> {
        self.leaders.get(&log).copied()
    }

    /// Who leads a log by now, where an epoch is over.
    pub(super) fn since(&self, log: TopicPartition, epoch: u32) -> Option<(Name, u32)> {
        self.leader(log).filter(|(_, newer)| *newer > epoch)
    }

    /// Who may be elected, as it was decided last.
    pub(super) fn members(&self, log: TopicPartition) -> Option<&Members> {
        self.members.get(&log)
    }

    /// Who has a record.
    pub(super) fn holders(&self, id: MessageId) -> BTreeSet<Name> {
        let held = self.held.iter().filter(|(_, copy)| !copy.offsets(id).is_empty());
        held.map(|((broker, _), _)| *broker).collect()
    }

    /// Who has a record in a log, and who might have it, as its power went.
    pub(super) fn with(&self, log: TopicPartition, id: MessageId) -> (Vec<Name>, Vec<Name>) {
        let with = self.of(log).filter(|(_, copy)| !copy.offsets(id).is_empty());
        let (sure, dark): (Vec<_>, Vec<_>) = with.partition(|(_, copy)| copy.dark.is_none());
        let names = |with: Vec<(Name, &Copy)>| with.into_iter().map(|(broker, _)| broker).collect();
        (names(sure), names(dark))
    }

    /// Since when nobody knows what a broker has of a log.
    pub(super) fn dark(&self, broker: Name, log: TopicPartition) -> Option<Time> {
        self.held.get(&(broker, log))?.dark
    }

    fn of(&self, log: TopicPartition) -> impl Iterator<Item = (Name, &Copy)> {
        let of = self.held.iter().filter(move |((_, other), _)| *other == log);
        of.map(|((broker, _), copy)| (*broker, copy))
    }

    /// Follows an entry; to be called when it has been told.
    pub(super) fn follow(&mut self, entry: &Entry, names: &Names) {
        let broker = entry.process;
        self.reigns.follow(entry);
        match entry.event {
            Event::Fault { fault, target, healed: false, ref reach } => {
                let (fault, hosts) = (names.text(fault), lives::hosts(target, reach.as_deref()));
                self.struck(fault, &hosts, entry.time);
            }
            Event::Append { log, offset, id, epoch } => {
                if self.since(log, epoch).is_none() {
                    self.appended.insert((log, offset), id);
                }
                self.copy(broker, log).append(offset, id);
            }
            Event::Lead { log, epoch } => self.leads(broker, log, epoch),
            Event::Members { log, ref members } => {
                self.members.insert(log, Members::clone(members));
            }
            Event::Replicated { log, end } => self.take_over(broker, log, end),
            Event::Truncate { log, to, .. } => self.copy(broker, log).cut(to),
            Event::Recover { log, end, .. } => self.copy(broker, log).recover(end),
            _ => {}
        }
    }

    /// A lost disk has nothing; of one whose power went nobody knows what it has until it is read.
    fn struck(&mut self, fault: &str, hosts: &[Name], time: Time) {
        for (_, copy) in self.held.iter_mut().filter(|((broker, _), _)| hosts.contains(broker)) {
            match fault {
                "disk-loss" => *copy = Copy::default(),
                fault if lives::takes_unsynced(fault) => copy.dark = copy.dark.or(Some(time)),
                _ => {}
            }
        }
    }

    fn copy(&mut self, broker: Name, log: TopicPartition) -> &mut Copy {
        self.held.entry((broker, log)).or_default()
    }

    fn leads(&mut self, broker: Name, log: TopicPartition, epoch: u32) {
        self.led.insert((log, broker), epoch);
        if self.leader(log).is_none_or(|(_, known)| known < epoch) {
            self.leaders.insert(log, (broker, epoch));
        }
    }

    /// A follower takes over what its leader has. It may follow one that was deposed and does not know it yet: so from the newest leader
    /// that it can have followed then and that has as much as it took over.
    fn take_over(&mut self, follower: Name, log: TopicPartition, end: Offset) {
        let led = self.led.iter().filter(|((of, broker), _)| *of == log && *broker != follower);
        let mut led: Vec<(u32, Name)> = led.map(|((_, broker), epoch)| (*epoch, *broker)).collect();
        let reigns = self.reigns.of((follower, log));
        led.sort_unstable_by_key(|(epoch, _)| (reigns.contains(epoch), *epoch));
        let copies = led.into_iter().rev().filter_map(|(_, broker)| self.held.get(&(broker, log)));
        let Some(theirs) = copies.into_iter().find(|copy| copy.end() >= end).cloned() else { return };
        self.copy(follower, log).take_over(&theirs, end);
    }
}
