//! The story of one record, or of several that an anomaly rests on: whatever happened to them and to the logs they lay in, where their
//! group stood, and the faults between, in sentences and in the order of time.

mod copies;
mod copy;
mod group;
mod last;
mod leads;
mod log;
mod logs;
mod record;
mod reigns;
mod words;
mod world;

use std::collections::BTreeSet;

use checkers::{Entry, Event, MessageId, Name, Names, Time, TopicPartition};

use copies::Copies;
use group::Group;
use last::LastCopy;
use leads::Leads;
use logs::Logs;
use world::World;

/// The story of some records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What happened, and when in microseconds of the run.
    pub lines: Vec<(Time, String)>,
    /// Of the first record, if no broker has it in the end: who had the last copy, and by when it was gone.
    pub last_copy: Option<(String, Time)>,
    /// Of the first record, if no leader has it in the end: who has it all the same.
    pub left_behind: Vec<String>,
}

/// Tells the story of some records from a run's history, and of some logs by themselves: those in which the settlements lie, or of which
/// something was found that is about no record.
#[must_use]
pub fn tell(records: &[&str], logs: &[&str], names: &Names, entries: &[Entry]) -> Story {
    let heroes = records.iter().map(|name| Hero { name: (*name).to_owned(), ..Hero::default() });
    let mut teller = Teller {
        names,
        heroes: heroes.collect(),
        copies: Copies::new(entries),
        group: Group::default(),
        logs: Logs::new(logs, records.is_empty()),
        leads: Leads::default(),
        world: World::default(),
        lines: Vec::new(),
        last_copy: LastCopy::default(),
    };
    entries.iter().for_each(|entry| teller.hear(entry));
    let last_copy = teller.last_copy.told();
    let last_copy = last_copy.map(|(holder, time)| (names.text(holder).to_owned(), time));
    let left_behind = teller.left_behind().into_iter().map(|holder| names.text(holder).to_owned()).collect();
    Story { lines: teller.lines, last_copy, left_behind }
}

/// A record that the story is about.
#[derive(Default)]
struct Hero {
    name: String,
    id: Option<MessageId>,
    /// The logs that it was sent to, or was ever seen in.
    logs: Vec<TopicPartition>,
    /// Those in which it ever lay.
    lay_in: Vec<TopicPartition>,
    /// Whether any broker ever appended it.
    appended: bool,
    /// Whether it was told that it is safe.
    safe: bool,
    /// Whether anybody was ever handed it.
    handed: bool,
    /// The consumers that were handed it and have not asked for its effect yet.
    waiting: Vec<Name>,
}

struct Teller<'a> {
    names: &'a Names,
    heroes: Vec<Hero>,
    copies: Copies,
    group: Group,
    logs: Logs,
    leads: Leads,
    world: World,
    lines: Vec<(Time, String)>,
    last_copy: LastCopy,
}

impl Teller<'_> {
    fn hear(&mut self, entry: &Entry) {
        self.heroes.iter_mut().for_each(|hero| hero.meet(entry, self.names));
        if let Event::Send { log, .. } = entry.event
            && self.concerns(entry)
        {
            self.recall(log);
        }
        let mut lines = self.told(entry);
        if lines.is_empty() {
            lines.extend(self.world.told(entry, self.names));
        }
        lines.dedup();
        self.lines.extend(lines.into_iter().map(|line| (entry.time, line)));
        self.follow(entry);
    }

    /// Whether the entry is about a record of the story.
    fn concerns(&self, entry: &Entry) -> bool {
        entry.event.message().is_some_and(|id| self.heroes.iter().any(|hero| hero.id == Some(id)))
    }

    /// What somebody did that concerns the records.
    fn told(&mut self, entry: &Entry) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for hero in &mut self.heroes {
            let of_it = record::told(hero, entry, self.names, &self.copies, &self.group);
            told.extend(of_it.or_else(|| log::told(hero, entry, self.names, &self.copies)));
        }
        told.extend(self.group.told(&self.heroes, entry, self.names, &self.copies));
        if told.is_empty() {
            told.extend(self.logs.told(entry, self.names, &self.copies));
        }
        let who = self.names.text(entry.process);
        told.into_iter().map(|what| format!("{who} {what}")).collect()
    }

    /// Who has the first record in the end, where no leader of a log in which it lay has it.
    fn left_behind(&self) -> BTreeSet<Name> {
        let mut holders = BTreeSet::new();
        for hero in self.heroes.iter().take(1) {
            let Some(id) = hero.id else { continue };
            for &log in &hero.lay_in {
                let (with, _) = self.copies.with(log, id);
                if self.copies.leader(log).is_some_and(|(leader, _)| with.contains(&leader)) {
                    return BTreeSet::new();
                }
                holders.extend(with);
            }
        }
        holders
    }

    /// Who came to lead a log before anybody knew that a record would be sent there.
    fn recall(&mut self, log: TopicPartition) {
        let Some((time, line)) = self.leads.recall(log) else { return };
        let at = self.lines.partition_point(|(other, _)| *other <= time);
        self.lines.insert(at, (time, line));
    }

    fn follow(&mut self, entry: &Entry) {
        let lost_at = match entry.event {
            // Whatever is not found was lost when the power went.
            Event::Recover { log, .. } => self.copies.dark(entry.process, log).unwrap_or(entry.time),
            _ => entry.time,
        };
        let told = self.heroes.iter().flat_map(|hero| &hero.logs);
        self.leads.follow(entry, told, self.names, &self.copies);
        self.logs.follow(entry);
        self.world.follow(entry, self.names);
        self.copies.follow(entry, self.names);
        let first = self.heroes.first().and_then(|hero| hero.id).filter(|_| moves_records(&entry.event));
        if let Some(id) = first {
            self.last_copy.see(self.copies.holders(id), lost_at);
        }
    }
}

/// Whether somebody can have more or less of a log after it.
fn moves_records(event: &Event) -> bool {
    let moved = matches!(event, Event::Append { .. } | Event::Replicated { .. });
    moved || matches!(event, Event::Truncate { .. } | Event::Recover { .. } | Event::Fault { .. })
}

impl Hero {
    /// Learns its number and its logs; a consumer that begins anew has forgotten what it was handed.
    fn meet(&mut self, entry: &Entry, names: &Names) {
        if entry.event == Event::Began {
            self.waiting.retain(|&process| process != entry.process);
        }
        let id = entry.event.message().filter(|&id| self.id == Some(id) || names.message(id) == self.name);
        if id.is_none() {
            return;
        }
        self.id = id;
        let log = match entry.event {
            Event::Send { log, .. } | Event::Append { log, .. } | Event::Poll { log, .. } => log,
            _ => return,
        };
        if !self.logs.contains(&log) {
            self.logs.push(log);
        }
        if matches!(entry.event, Event::Append { .. }) && !self.lay_in(log) {
            self.lay_in.push(log);
        }
    }

    /// Whether any broker ever had it in a log.
    fn lay_in(&self, log: TopicPartition) -> bool {
        self.lay_in.contains(&log)
    }
}

#[cfg(test)]
mod tests;
