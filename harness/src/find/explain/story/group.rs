//! Where the groups stood: what they were told, what they settled and what was refused; and which record held another up.

use std::collections::{BTreeMap, BTreeSet};

use checkers::{Entry, Event, MessageId, Name, Names, Offset, Phase, Scope, TopicPartition};

use super::Hero;
use super::copies::Copies;

/// What is known of all consumers so far.
#[derive(Default)]
pub(super) struct Group {
    /// The effects that a consumer has asked for and not heard of.
    open: BTreeMap<Name, Vec<MessageId>>,
    /// The groups of which it was told that they settle a record; told once, until they are told that they stand before it.
    told: BTreeSet<(Name, TopicPartition)>,
    /// The settlements whose outcome is to be told.
    awaited: BTreeSet<(Name, TopicPartition)>,
    /// Who was said to work on something else first, told once for each record.
    held_up: BTreeSet<(Name, String)>,
}

impl Group {
    /// What a consumer has under way beside this record, in words.
    pub(super) fn busy_with(&self, consumer: Name, id: MessageId, names: &Names) -> Option<String> {
        let others = self.open.get(&consumer)?.iter().filter(|&&other| other != id);
        let others: Vec<String> = others.map(|&other| names.message(other)).collect();
        (!others.is_empty()).then(|| format!("the effect of {}", others.join(" and ")))
    }

    /// A sentence without its subject, where the entry says where a group stands before or behind a record of the story.
    pub(super) fn told(
        &mut self,
        heroes: &[Hero],
        entry: &Entry,
        names: &Names,
        copies: &Copies,
    ) -> Option<String> {
        let line = match entry.event {
            Event::Grant { group, log, generation } if lies(heroes, log) => Some(format!(
                "is given {} for {}, generation {generation}",
                names.log(log),
                names.text(group)
            )),
            Event::Revoke { group, log, .. } if lies(heroes, log) => {
                Some(format!("gives up {} of {}", names.log(log), names.text(group)))
            }
            Event::Position { group, log, settled } if lies(heroes, log) => {
                let group = names.text(group);
                Some(self.position(heroes, (group, log, settled), names, copies))
            }
            Event::Settle { phase, group, log, what: Scope::UpTo(upto), .. } => {
                self.settlement(heroes, entry.process, (phase, group, log, upto), names, copies)
            }
            Event::Effect { phase: Phase::Invoke, id, .. } => self.another(heroes, entry.process, id, names),
            _ => None,
        };
        self.follow(entry);
        line
    }

    fn position(
        &mut self,
        heroes: &[Hero],
        (group, log, settled): (&str, TopicPartition, Offset),
        names: &Names,
        copies: &Copies,
    ) -> String {
        let mut sides = Vec::new();
        for hero in heroes.iter().filter(|hero| hero.logs.contains(&log)) {
            let name = &hero.name;
            sides.push(match hero.id.and_then(|id| copies.offset(log, id)) {
                Some(offset) if offset < settled => format!("{name} lies below that, and is settled"),
                Some(_) => {
                    self.told.retain(|(_, other)| *other != log);
                    format!("{name} is to be handed out from there")
                }
                None if copies.leader(log).is_none() => continue,
                None => format!("{name} is not in the log"),
            });
        }
        let sides = if sides.is_empty() { String::new() } else { format!(": {}", sides.join("; ")) };
        format!("is told that {group} stands at {settled} of {}{sides}", names.log(log))
    }

    /// The first settlement that takes a record in, and what became of it.
    fn settlement(
        &mut self,
        heroes: &[Hero],
        consumer: Name,
        (phase, group, log, upto): (Phase, Name, TopicPartition, Offset),
        names: &Names,
        copies: &Copies,
    ) -> Option<String> {
        let lies = |hero: &&Hero| hero.id.and_then(|id| copies.offset(log, id));
        let covered = heroes.iter().filter(|hero| lies(hero).is_some_and(|offset| offset < upto));
        let covered: Vec<String> = covered.map(settled_with).collect();
        let (told, key) = ((group, log), (consumer, log));
        if phase == Phase::Invoke {
            let first = !covered.is_empty() && self.told.insert(told);
            return first.then(|| {
                self.awaited.insert(key);
                format!("settles {} up to {upto}, and {} with that", names.log(log), covered.join(" and "))
            });
        }
        if !self.awaited.remove(&key) {
            return None;
        }
        let log = names.log(log);
        Some(match phase {
            Phase::Ok => format!("hears that {log} is settled up to {upto}"),
            Phase::Fail => {
                self.told.remove(&told);
                format!("is refused: {log} is not settled up to {upto}")
            }
            _ => format!("hears nothing; whether {log} is settled up to {upto} is unknown"),
        })
    }

    /// A consumer that was handed a record of the story asks for the effect of another first.
    fn another(&mut self, heroes: &[Hero], consumer: Name, id: MessageId, names: &Names) -> Option<String> {
        let waiting = heroes.iter().find(|hero| hero.waiting.contains(&consumer))?;
        if heroes.iter().any(|hero| hero.id == Some(id)) {
            return None;
        }
        let first = self.held_up.insert((consumer, waiting.name.clone()));
        let (other, waiting) = (names.message(id), &waiting.name);
        first.then(|| format!("asks for the effect of {other} before it has asked for that of {waiting}"))
    }

    fn follow(&mut self, entry: &Entry) {
        if entry.event == Event::Began {
            self.open.remove(&entry.process);
        }
        let Event::Effect { phase, id, .. } = entry.event else { return };
        let open = self.open.entry(entry.process).or_default();
        match phase {
            Phase::Invoke => open.push(id),
            _ => open.retain(|&other| other != id),
        }
    }
}

/// Whether any record of the story was sent to a log.
fn lies(heroes: &[Hero], log: TopicPartition) -> bool {
    heroes.iter().any(|hero| hero.logs.contains(&log))
}

/// A record that is settled, and whether that is too early.
fn settled_with(hero: &Hero) -> String {
    let early = if hero.handed { "" } else { ", which nobody was handed yet," };
    format!("{}{early}", hero.name)
}
