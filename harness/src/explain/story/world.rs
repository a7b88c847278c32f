//! What happened to everybody.

use checkers::{Entry, Event, Names};

use super::Hero;

/// A whole sentence.
pub(super) fn told(heroes: &[Hero], entry: &Entry, names: &Names) -> Option<String> {
    let who = names.text(entry.process);
    match &entry.event {
        Event::Fault { fault, target, healed, .. } => {
            let (fault, target) = (names.text(*fault), names.text(*target));
            Some(if *healed {
                format!("({fault} of {target} is over)")
            } else {
                format!("*** {fault} of {target}")
            })
        }
        Event::Began if heroes.iter().any(|hero| hero.last_holder == Some(entry.process)) => {
            Some(format!("{who} begins anew"))
        }
        Event::Halted { reason } => Some(format!("{who} stops itself: {reason}")),
        Event::Healed => Some("(everything is healed)".to_owned()),
        _ => None,
    }
}
