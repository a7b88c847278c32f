//! What happened to everybody.

use checkers::{Entry, Event, Name, Names, Time};

use crate::find::explain::lives;

/// The faults that are over when their process lives anew.
#[derive(Default)]
pub(super) struct World {
    standing: Vec<Standing>,
}

struct Standing {
    fault: Name,
    target: Name,
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
            Event::Fault { fault, target, .. } => self.struck(fault, target, entry.time, names),
            Event::Began | Event::Recover { .. } => self.over(entry.process, entry.time, |_| true),
            Event::Halted { .. } => {
                self.over(entry.process, entry.time, |standing| names.text(standing.fault) == "pause");
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

    fn struck(&mut self, fault: Name, target: Name, time: Time, names: &Names) {
        let text = names.text(fault);
        match text {
            "restart" => self.over(target, time, |_| true),
            text if lives::ends_a_pause(text) => {
                self.over(target, time, |standing| names.text(standing.fault) == "pause");
            }
            _ => {}
        }
        if lives::ends_with_a_life(text) {
            self.standing.push(Standing { fault, target, over: None });
        }
    }

    fn undone(&mut self, fault: Name, target: Name, time: Time, names: &Names) {
        let stands = |standing: &Standing| (standing.fault, standing.target) == (fault, target);
        if let Some(at) = self.standing.iter().position(stands) {
            self.standing.remove(at);
        }
        match names.text(fault) {
            // It goes on for all that paused it.
            "pause" => self.over(target, time, |standing| names.text(standing.fault) == "pause"),
            text if lives::is_undone_by_a_start(text) => self.over(target, time, |_| true),
            _ => {}
        }
    }

    fn over(&mut self, target: Name, time: Time, which: impl Fn(&Standing) -> bool) {
        let standing = self.standing.iter_mut().filter(|standing| standing.target == target);
        for standing in standing.filter(|standing| which(standing)) {
            standing.over.get_or_insert(time);
        }
    }
}
