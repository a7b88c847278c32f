//! The story of one record, or of several that an anomaly rests on: whatever happened to them and to the logs they lay in, where their
//! group stood, and the faults between, in sentences and in the order of time.

mod group;
mod log;
mod record;
mod world;

use checkers::{Entry, Event, MessageId, Name, Names, Offset, Time, TopicPartition};

use group::Group;

/// The story of some records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What happened, and when in microseconds of the run.
    pub lines: Vec<(Time, String)>,
    /// Who held the first record last: the one that it was last said to have reached.
    pub last_holder: Option<String>,
}

/// Tells the story of some records from a run's history.
#[must_use]
pub fn tell(records: &[&str], names: &Names, entries: &[Entry]) -> Story {
    let heroes = records.iter().map(|name| Hero { name: (*name).to_owned(), ..Hero::default() });
    let mut teller = Teller { names, heroes: heroes.collect(), group: Group::default(), lines: Vec::new() };
    entries.iter().for_each(|entry| teller.hear(entry));
    let last_holder = teller.heroes.first().and_then(|hero| hero.last_holder);
    Story { lines: teller.lines, last_holder: last_holder.map(|name| names.text(name).to_owned()) }
}

/// A record that the story is about.
#[derive(Default)]
struct Hero {
    name: String,
    /// Where it was said to lie.
    at: Vec<(TopicPartition, Offset)>,
    /// Where a later leader put another record in its place.
    taken: Vec<(TopicPartition, Offset)>,
    last_holder: Option<Name>,
    /// The consumers that were handed it and have not asked for its effect yet.
    waiting: Vec<Name>,
}

struct Teller<'a> {
    names: &'a Names,
    heroes: Vec<Hero>,
    group: Group,
    lines: Vec<(Time, String)>,
}

impl Teller<'_> {
    fn hear(&mut self, entry: &Entry) {
        let who = self.names.text(entry.process);
        if entry.event == Event::Began {
            self.heroes.iter_mut().for_each(|hero| hero.waiting.retain(|&process| process != entry.process));
        }
        let mut lines: Vec<String> = Vec::new();
        for hero in &mut self.heroes {
            let told = record::told(hero, entry, self.names, &self.group);
            let told = told.or_else(|| log::told(hero, entry, self.names));
            lines.extend(told.map(|what| format!("{who} {what}")));
        }
        lines.extend(self.group.told(&self.heroes, entry, self.names).map(|what| format!("{who} {what}")));
        if lines.is_empty() {
            lines.extend(world::told(&self.heroes, entry, self.names));
        }
        self.lines.extend(lines.into_iter().map(|line| (entry.time, line)));
    }
}

impl Hero {
    fn is(&self, id: MessageId, names: &Names) -> bool {
        names.message(id) == self.name
    }

    fn lies(&mut self, log: TopicPartition, offset: Offset, names: &Names) -> String {
        if !self.at.contains(&(log, offset)) {
            self.at.push((log, offset));
        }
        format!("offset {offset} of {}", names.log(log))
    }

    /// The first offset of a log at which the record lies; also where another record has its place, if `taken`.
    fn first(&self, log: TopicPartition, taken: bool) -> Option<Offset> {
        let places = self.at.iter().filter(|place| place.0 == log && (taken || !self.taken.contains(place)));
        places.map(|(_, offset)| *offset).min()
    }
}

#[cfg(test)]
mod tests;
