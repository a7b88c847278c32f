//! Kinds of observations: what a schedule can wait for, by name, and what a run has seen, as a set.

use super::Mark;
use super::table::{KINDS, told};

/// A kind of observation, or a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKind(u8);

/// Some kinds of observations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventSet(u128);

/// How often something comes to pass in a run, before everything is healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// With every record, or every few, whatever the policies.
    Often,
    /// With every record under some policies, and never under others.
    ByPolicy,
    /// A few times, or only when something goes wrong.
    Seldom,
    /// Never: it belongs to the audit at the end of a run.
    AtTheEnd,
}

// A set has a bit for each kind.
const _: () = assert!(KINDS + Mark::ALL.len() <= u128::BITS as usize);

impl EventKind {
    /// The kind at this place of the table.
    pub(super) const fn at(place: u8) -> Self {
        EventKind(place)
    }

    /// Every kind, in the order people should read them.
    pub fn all() -> impl Iterator<Item = EventKind> {
        (0..KINDS + Mark::ALL.len()).map(|number| EventKind(number as u8))
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    /// Its name in schedules.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.told().0
    }

    /// How often it comes to pass in a run.
    #[must_use]
    pub fn frequency(self) -> Frequency {
        self.told().1
    }

    /// What it stands for, in a sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.told().2
    }

    fn told(self) -> (&'static str, Frequency, &'static str) {
        told(usize::from(self.0)).unwrap_or_else(|| {
            let mark = Mark::ALL[usize::from(self.0) - KINDS];
            (mark.name(), mark.frequency(), mark.about())
        })
    }
}

impl From<Mark> for EventKind {
    fn from(mark: Mark) -> Self {
        EventKind((KINDS + mark as usize) as u8)
    }
}

impl EventSet {
    /// Every kind.
    pub const ALL: EventSet = EventSet(u128::MAX);

    /// Puts a kind in.
    pub fn insert(&mut self, kind: EventKind) {
        self.0 |= 1 << kind.0;
    }

    /// The set with another kind in it.
    #[must_use]
    pub fn with(mut self, kind: EventKind) -> Self {
        self.insert(kind);
        self
    }

    /// Whether a kind is in it.
    #[must_use]
    pub fn contains(self, kind: EventKind) -> bool {
        self.0 >> kind.0 & 1 == 1
    }
}

impl FromIterator<EventKind> for EventSet {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(EventSet::default(), EventSet::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Observation;
    use crate::observation::table::one_of_each;

    /// The name that its form in files gives it: its own, and its phase unless that is the beginning.
    fn name_in_files(observation: &Observation) -> String {
        let json = serde_json::to_value(observation).unwrap();
        let name = json.as_str().map(str::to_owned);
        let name = name.unwrap_or_else(|| json.as_object().unwrap().keys().next().unwrap().clone());
        match json[&name]["phase"].as_str() {
            None | Some("invoke") => name,
            Some(phase) => format!("{name}-{phase}"),
        }
    }

    #[test]
    fn every_observation_has_the_name_of_its_kind() {
        let all = one_of_each();
        assert_eq!(all.len(), KINDS);
        for observation in &all {
            assert_eq!(observation.kind().name(), name_in_files(observation));
        }
        let marks = Mark::ALL.iter().map(|&mark| (EventKind::from(mark).name(), mark.name()));
        assert!(marks.into_iter().all(|(kind, mark)| kind == mark));
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let kinds = || EventKind::all().step_by(3);
        let set: EventSet = kinds().collect();
        assert!(EventKind::all().all(|kind| set.contains(kind) == kinds().any(|one| one == kind)));
    }
}
