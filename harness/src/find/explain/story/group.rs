//! Where the groups stood: what they were told, what they settled and what was refused; and which record held another up.

use std::collections::{BTreeMap, BTreeSet};

use checkers::{Entry, Event, MessageId, Name, Names, Offset, Phase, Scope, TopicPartition};

use super::Hero;
use super::copies::Copies;
use super::words::{list, offsets};

/// What is known of all consumers so far.
#[derive(Default)]
pub(super) struct Group {
    /// The effects that a consumer has asked for and not heard of.
    open: BTreeMap<Name, Vec<MessageId>>,
    /// How often a record lies among what a group was told to settle; told until all of it was, and anew once the group is told
    /// that it stands before it.
    told: BTreeMap<(Name, TopicPartition, MessageId), usize>,
    /// The settlements whose outcome is to be told.
    awaited: BTreeSet<(Name, TopicPartition, Offset)>,
    /// Up to where the last settlement of a group was acknowledged.
    acknowledged: BTreeMap<(Name, TopicPartition), Offset>,
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
        (group, log, settled): (Name, TopicPartition, Offset),
        names: &Names,
        copies: &Copies,
    ) -> String {
        self.told.retain(|(of, other, id), _| {
            let from = |lies: &Vec<Offset>| lies.iter().any(|&offset| offset >= settled);
            (*of, *other) != (group, log) || !from(&copies.offsets(log, *id))
        });
        let acknowledged = self.acknowledged.get(&(group, log)).filter(|upto| **upto > settled);
        let less = acknowledged.map(|upto| format!("settlements up to {upto} were acknowledged before"));
        let lies = heroes.iter().filter(|hero| hero.logs.contains(&log));
        let sides = lies.filter_map(|hero| side(hero, log, settled, names, copies));
        let sides: Vec<String> = less.into_iter().chain(sides).collect();
        let sides = if sides.is_empty() { String::new() } else { format!(": {}", sides.join("; ")) };
        let (group, log) = (names.text(group), names.log(log));
        format!("is told that {group} stands at {settled} of {log}{sides}")
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
        if phase == Phase::Ok {
            self.acknowledged.insert((group, log), upto);
        }
        let key = (consumer, log, upto);
        if phase == Phase::Invoke {
            let covered = heroes.iter().filter_map(|hero| self.covered(hero, group, log, upto, copies));
            let covered: Vec<String> = covered.collect();
            return (!covered.is_empty()).then(|| {
                self.awaited.insert(key);
                format!("settles {} up to {upto}, and {} with that", names.log(log), covered.join(" and "))
            });
        }
        if !self.awaited.remove(&key) {
            return None;
        }
        if phase != Phase::Ok {
            // The next one may be the first that counts.
            self.told.retain(|(of, other, _), _| (*of, *other) != (group, log));
        }
        let log = names.log(log);
        Some(match phase {
            Phase::Ok => format!("hears that {log} is settled up to {upto}"),
            Phase::Fail => format!("is refused: {log} is not settled up to {upto}"),
            // The answer was late, the connection closed, or the answer was that nobody knows.
            _ => format!("learns nothing of whether {log} is settled up to {upto}"),
        })
    }

    /// A record that a settlement takes in, or more of it than was told before.
    fn covered(
        &mut self,
        hero: &Hero,
        group: Name,
        log: TopicPartition,
        upto: Offset,
        copies: &Copies,
    ) -> Option<String> {
        let lies = copies.offsets(log, hero.id?);
        let below = lies.iter().filter(|offset| **offset < upto).count();
        let told = self.told.entry((group, log, hero.id?)).or_default();
        let before = std::mem::replace(told, below.max(*told));
        match (before, lies.get(before..below)) {
            (_, None | Some([])) => None,
            (0, Some(_)) if below == lies.len() => Some(settled_with(hero, "")),
            (_, Some(more)) => Some(settled_with(hero, &format!(" at offset {}", offsets(more)))),
        }
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

/// Where a record lies of which a group is told that it stands there.
fn side(hero: &Hero, log: TopicPartition, settled: Offset, names: &Names, copies: &Copies) -> Option<String> {
    let (id, name) = (hero.id?, &hero.name);
    let (leader, _) = copies.leader(log)?;
    let (with, perhaps) = copies.with(log, id);
    if !with.contains(&leader) {
        return Some(elsewhere(name, leader, &with, &perhaps, names));
    }
    let lies = copies.offsets_at(leader, log, id);
    let (below, from) = lies.split_at(lies.partition_point(|offset| *offset < settled));
    Some(match (below, from) {
        (_, []) => format!("{name} lies below that, and is settled"),
        ([], _) => format!("{name} is to be handed out from there"),
        _ => format!(
            "{name} lies below that at offset {}, and is to be handed out again at offset {}",
            offsets(below),
            offsets(from)
        ),
    })
}

/// Who has a record that is not in the leader's copy.
fn elsewhere(name: &str, leader: Name, with: &[Name], perhaps: &[Name], names: &Names) -> String {
    match (with, perhaps) {
        ([], []) => format!("{name} is not in the log"),
        ([], perhaps) => {
            format!("{name} is in no copy, but perhaps in that of {}, whose power went", list(perhaps, names))
        }
        (with, perhaps) if perhaps.contains(&leader) => {
            format!(
                "{name} is in the copy of {}; {} led last, and its power went",
                list(with, names),
                names.text(leader)
            )
        }
        _ => format!(
            "{name} is not in the copy of {}, which led last, but in that of {}",
            names.text(leader),
            list(with, names)
        ),
    }
}

/// Whether any record of the story was sent to a log.
fn lies(heroes: &[Hero], log: TopicPartition) -> bool {
    heroes.iter().any(|hero| hero.logs.contains(&log))
}

/// A record that is settled, and whether that is too early.
fn settled_with(hero: &Hero, place: &str) -> String {
    let early = if hero.handed { "" } else { ", which nobody was handed yet," };
    format!("{}{place}{early}", hero.name)
}
