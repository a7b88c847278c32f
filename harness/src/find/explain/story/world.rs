//! What happened to everybody.

use checkers::{Entry, Event, Name, Names, Reach, Time};

use crate::find::explain::lives;

/// The faults that are over when their process lives anew.
#[derive(Default)]
pub(super) struct World {
    standing: Vec<Standing>,
}

struct Standing {
    fault: Name,
    target: Name,
    /// The hosts that its target in words stands for.
    hosts: Vec<Name>,
    /// When another fault, or a start, put an end to it.
    over: Option<Time>,
}

impl World {
    /// A whole sentence.
    pub(super) fn told(&mut self, entry: &Entry, names: &Names) -> Option<String> {
        let who = names.text(entry.process);
        match &entry.event {
            Event::Fault { fault, target, healed: true, .. } => {
                let told = self.is_over_now(*fault, *target, entry.time);
                told.then(|| format!("({} of {} is over)", names.text(*fault), names.text(*target)))
            }
            Event::Fault { fault, target, .. } => {
                Some(format!("*** {} of {}", names.text(*fault), names.text(*target)))
            }
            Event::Began if entry.time > 0 => Some(format!("{who} begins")),
            Event::Halted { reason } => Some(format!("{who} stops itself: {reason}")),
            Event::Healed => Some("(everything is healed)".to_owned()),
            _ => None,
        }
    }

    /// Follows an entry; to be called when it has been told.
    pub(super) fn follow(&mut self, entry: &Entry, names: &Names) {
        match entry.event {
            Event::Fault { fault, target, healed: true, .. } => self.undone(fault, target, entry.time, names),
            Event::Fault { fault, target, ref reach, .. } => {
                self.struck(fault, target, reach.as_deref(), entry.time, names);
            }
            Event::Began | Event::Recover { .. } => self.over(&[entry.process], entry.time, |_| true),
            Event::Halted { .. } => {
                self.over(&[entry.process], entry.time, |standing| names.text(standing.fault) == "pause");
            }
            _ => {}
        }
    }

    /// Whether a fault that is undone was not over before.
    fn is_over_now(&self, fault: Name, target: Name, time: Time) -> bool {
        let stands = |standing: &&Standing| (standing.fault, standing.target) == (fault, target);
        let over = self.standing.iter().find(stands).and_then(|standing| standing.over);
        over.is_none_or(|over| over >= time)
    }

    fn struck(&mut self, fault: Name, target: Name, reach: Option<&Reach>, time: Time, names: &Names) {
        let (text, hosts) = (names.text(fault), lives::hosts(target, reach));
        match text {
            "restart" => self.over(&hosts, time, |_| true),
            text if lives::ends_a_pause(text) => {
                self.over(&hosts, time, |standing| names.text(standing.fault) == "pause");
            }
            _ => {}
        }
        if lives::ends_with_a_life(text) {
            self.standing.push(Standing { fault, target, hosts, over: None });
        }
    }

    fn undone(&mut self, fault: Name, target: Name, time: Time, names: &Names) {
        let stands = |standing: &Standing| (standing.fault, standing.target) == (fault, target);
        let at = self.standing.iter().position(stands);
        let hosts = at.map_or_else(|| vec![target], |at| self.standing.remove(at).hosts);
        match names.text(fault) {
            // It goes on for all that paused it.
            "pause" => self.over(&hosts, time, |standing| names.text(standing.fault) == "pause"),
            text if lives::is_undone_by_a_start(text) => self.over(&hosts, time, |_| true),
            _ => {}
        }
    }

    /// What struck no other hosts than these ends.
    fn over(&mut self, hosts: &[Name], time: Time, which: impl Fn(&Standing) -> bool) {
        let within = |standing: &&mut Standing| standing.hosts.iter().all(|host| hosts.contains(host));
        let standing = self.standing.iter_mut().filter(within);
        for standing in standing.filter(|standing| which(standing)) {
            standing.over.get_or_insert(time);
        }
    }
}
