//! What happened to the record itself.

use checkers::{DropReason, Entry, Event, Names, Phase};

use super::Hero;
use super::group::Group;

/// A sentence without its subject, where the entry is about the record.
pub(super) fn told(hero: &mut Hero, entry: &Entry, names: &Names, group: &Group) -> Option<String> {
    let id = entry.event.message().filter(|&id| hero.is(id, names))?;
    let name = hero.name.clone();
    let what = match entry.event {
        Event::Intent { .. } => format!("wants to send {name}"),
        Event::Send { .. } => sent(hero, entry, names)?,
        Event::HungUp { by, .. } => {
            format!("loses its connection to {} before it hears of {name}", names.text(by))
        }
        Event::Answered { .. } => format!("tells its user: {name} is done"),
        Event::Append { log, offset, epoch, .. } => {
            let again = if hero.at.is_empty() { "" } else { " again" };
            hero.last_holder = Some(entry.process);
            format!("appends {name}{again} as leader of epoch {epoch} at {}", hero.lies(log, offset, names))
        }
        Event::Poll { group: of, log, offset, .. } => {
            hero.last_holder = Some(entry.process);
            hero.waiting.push(entry.process);
            let of = names.text(of);
            let behind = group.busy_with(entry.process, id, names);
            let behind = behind.map(|other| format!("; it waits there behind {other}")).unwrap_or_default();
            format!("is handed {name} for {of}, from {}{behind}", hero.lies(log, offset, names))
        }
        Event::Effect { phase, sink, .. } => {
            hero.waiting.retain(|&process| process != entry.process);
            effect(&name, phase, names.text(sink))
        }
        Event::Apply { .. } => format!("lets {name} take effect"),
        Event::Drop { reason, .. } => format!("gives {name} up: {}", because(reason)),
        Event::DeadLetter { .. } => format!("sets {name} aside as a dead letter"),
        Event::Logged { log, offset, .. } => {
            format!("finds {name} in the end, at {}", hero.lies(log, offset, names))
        }
        _ => return None,
    };
    Some(what)
}

fn sent(hero: &mut Hero, entry: &Entry, names: &Names) -> Option<String> {
    let Event::Send { phase, log, offset, awaits_ack, .. } = entry.event else { return None };
    if phase == Phase::Invoke {
        hero.last_holder = Some(entry.process);
    }
    let name = hero.name.clone();
    Some(match (phase, offset) {
        (Phase::Invoke, _) => format!("begins to send {name} to {}", names.log(log)),
        (Phase::Ok, Some(offset)) => format!("hears that {name} lies at {}", hero.lies(log, offset, names)),
        (Phase::Ok, None) if awaits_ack => format!("hears that {name} is stored"),
        (Phase::Ok, None) => format!("takes {name} for sent: nobody was asked for an answer"),
        (Phase::Fail, _) => format!("is refused: {name} was not stored"),
        (Phase::Info, _) => format!("gives {name} up; whether it was stored is unknown"),
    })
}

fn effect(name: &str, phase: Phase, sink: &str) -> String {
    match phase {
        Phase::Invoke => format!("asks {sink} for the effect of {name}"),
        Phase::Ok => format!("hears from {sink} that {name} took effect"),
        Phase::Fail => format!("is refused by {sink}: {name} took no effect"),
        Phase::Info => format!("hears nothing from {sink} about {name}"),
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
