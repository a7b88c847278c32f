//! What happened to the record itself.

use checkers::{DropReason, Entry, Event, Names, Phase};

use super::Hero;
use super::copies::Copies;
use super::group::Group;

/// A sentence without its subject, where the entry is about the record.
pub(super) fn told(
    hero: &mut Hero,
    entry: &Entry,
    names: &Names,
    copies: &Copies,
    group: &Group,
) -> Option<String> {
    let id = entry.event.message().filter(|&id| hero.id == Some(id))?;
    let name = hero.name.clone();
    let what = match entry.event {
        Event::Intent { .. } => format!("wants to send {name}"),
        Event::Send { .. } => sent(&name, entry, names, copies)?,
        Event::HungUp { by, .. } => {
            format!("loses its connection to {} before it hears of {name}", names.text(by))
        }
        Event::Answered { .. } => format!("tells its user: {name} is done"),
        Event::Append { .. } => {
            let again = std::mem::replace(&mut hero.appended, true);
            appended(&name, again, entry, names, copies)?
        }
        Event::Poll { group: of, log, offset, .. } => {
            hero.waiting.push(entry.process);
            hero.handed = true;
            let of = names.text(of);
            let busy = group.busy_with(entry.process, id, names);
            let busy = busy.map(|other| format!(", while {other} is under way there")).unwrap_or_default();
            format!("is handed {name} for {of}, from offset {offset} of {}{busy}", names.log(log))
        }
        Event::Effect { phase, sink, .. } => {
            hero.waiting.retain(|&process| process != entry.process);
            effect(&name, phase, names.text(sink))
        }
        Event::Apply { .. } => format!("lets {name} take effect"),
        Event::Drop { reason, .. } => format!("gives {name} up: {}", because(reason)),
        Event::DeadLetter { .. } => format!("sets {name} aside as a dead letter"),
        Event::Logged { log, offset, .. } => {
            format!("finds {name} in the end, at offset {offset} of {}", names.log(log))
        }
        _ => return None,
    };
    Some(what)
}

fn sent(name: &str, entry: &Entry, names: &Names, copies: &Copies) -> Option<String> {
    let Event::Send { phase, log, offset, awaits_ack, .. } = entry.event else { return None };
    let text = names.log(log);
    Some(match (phase, offset) {
        (Phase::Invoke, _) => {
            let led = copies
                .leader(log)
                .map(|(leader, epoch)| format!(", which {} leads in epoch {epoch}", names.text(leader)));
            format!("begins to send {name} to {text}{}", led.unwrap_or_default())
        }
        (Phase::Ok, Some(offset)) => format!("hears that {name} lies at offset {offset} of {text}"),
        (Phase::Ok, None) if awaits_ack => format!("hears that {name} is stored"),
        (Phase::Ok, None) => format!("takes {name} for sent: nobody was asked for an answer"),
        (Phase::Fail, _) => format!("is refused: {name} was not stored"),
        (Phase::Info, _) => format!("gives {name} up; whether it was stored is unknown"),
    })
}

fn appended(name: &str, again: bool, entry: &Entry, names: &Names, copies: &Copies) -> Option<String> {
    let Event::Append { log, offset, epoch, .. } = entry.event else { return None };
    let again = if again { " again" } else { "" };
    let place = format!("offset {offset} of {}", names.log(log));
    Some(match copies.since(log, epoch) {
        Some((leader, newer)) => format!(
            "appends {name}{again} as leader of epoch {epoch} at {place} in its own copy; {} leads since, in epoch {newer}",
            names.text(leader)
        ),
        None => format!("appends {name}{again} as leader of epoch {epoch} at {place}"),
    })
}

fn effect(name: &str, phase: Phase, sink: &str) -> String {
    match phase {
        Phase::Invoke => format!("asks {sink} for the effect of {name}"),
        Phase::Ok => format!("hears from {sink} that {name} took effect"),
        Phase::Fail => format!("is refused by {sink}: {name} took no effect"),
        // The answer was late, the connection closed, or the answer was that nobody knows.
        Phase::Info => format!("learns nothing from {sink} of whether {name} took effect"),
    }
}

fn because(reason: DropReason) -> &'static str {
    match reason {
        DropReason::DeliveryTimeout => "its delivery timeout ran out",
        DropReason::Refused => "it was refused for good",
        DropReason::Expired => "it outlived its time to live",
        DropReason::Overflow => "the queue was full",
    }
}
