//! What happened to everybody.

use checkers::{Entry, Event, Names};

/// A whole sentence.
pub(super) fn told(entry: &Entry, names: &Names) -> Option<String> {
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
        Event::Began if entry.time > 0 => Some(format!("{who} begins")),
        Event::Halted { reason } => Some(format!("{who} stops itself: {reason}")),
        Event::Healed => Some("(everything is healed)".to_owned()),
        _ => None,
    }
}
