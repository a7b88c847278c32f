//! The story of one record, or of several that an anomaly rests on: whatever happened to them and to the logs they lay in, where their
//! group stood, and the faults between, in sentences and in the order of time.

mod copies;
mod group;
mod log;
mod record;
mod world;

use checkers::{Entry, Event, MessageId, Name, Names, Time, TopicPartition};

use copies::Copies;
use group::Group;

/// The story of some records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What happened, and when in microseconds of the run.
    pub lines: Vec<(Time, String)>,
    /// Of the first record, if no broker has it in the end: who had the last copy, and when it was seen that it is gone.
    pub last_copy: Option<(String, Time)>,
}

/// Tells the story of some records from a run's history.
#[must_use]
pub fn tell(records: &[&str], names: &Names, entries: &[Entry]) -> Story {
    let heroes = records.iter().map(|name| Hero { name: (*name).to_owned(), ..Hero::default() });
    let mut teller = Teller {
        names,
        heroes: heroes.collect(),
        copies: Copies::default(),
        group: Group::default(),
        lines: Vec::new(),
        last_copy: None,
    };
    entries.iter().for_each(|entry| teller.hear(entry));
    Story { lines: teller.lines, last_copy: teller.last_copy }
}

/// A record that the story is about.
#[derive(Default)]
struct Hero {
    name: String,
    id: Option<MessageId>,
    /// The logs that it was sent to, or was ever seen in.
    logs: Vec<TopicPartition>,
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
    lines: Vec<(Time, String)>,
    last_copy: Option<(String, Time)>,
}

impl Teller<'_> {
    fn hear(&mut self, entry: &Entry) {
        let who = self.names.text(entry.process);
        self.heroes.iter_mut().for_each(|hero| hero.meet(entry, self.names));
        let mut lines: Vec<String> = Vec::new();
        for hero in &mut self.heroes {
            let told = record::told(hero, entry, self.names, &self.copies, &self.group);
            let told = told.or_else(|| log::told(hero, entry, self.names, &self.copies));
            lines.extend(told.map(|what| format!("{who} {what}")));
        }
        let group = self.group.told(&self.heroes, entry, self.names, &self.copies);
        lines.extend(group.map(|what| format!("{who} {what}")));
        if lines.is_empty() {
            lines.extend(world::told(entry, self.names));
        }
        lines.dedup();
        self.lines.extend(lines.into_iter().map(|line| (entry.time, line)));
        self.follow(entry);
    }

    fn follow(&mut self, entry: &Entry) {
        let first = self.heroes.first().and_then(|hero| hero.id);
        let before = first.is_some_and(|id| self.copies.anywhere(id));
        self.copies.follow(entry, self.names);
        let after = first.is_some_and(|id| self.copies.anywhere(id));
        match (before, after) {
            (true, false) => self.last_copy = Some((self.names.text(entry.process).to_owned(), entry.time)),
            (false, true) => self.last_copy = None,
            _ => {}
        }
    }
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
    }
}

#[cfg(test)]
mod tests;
