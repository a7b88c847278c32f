//! What happened to a log that the record lies in, as far as it may concern the record.

use checkers::{Entry, Event, Names, Offset, TopicPartition};

use super::Hero;

/// A sentence without its subject, where the entry concerns the record's place.
pub(super) fn told(hero: &mut Hero, entry: &Entry, names: &Names) -> Option<String> {
    let name = hero.name.clone();
    match entry.event {
        Event::Append { log, offset, epoch, .. } => replaced(hero, (log, offset), epoch, names),
        Event::Watermark { log, offset } => {
            let lies = hero.first(log, false)?;
            let log = names.log(log);
            (lies + 1 == offset).then(|| {
                format!(
                    "knows that every in-sync replica has {name}: the high watermark of {log} is {offset}"
                )
            })
        }
        Event::Lead { log, epoch } => {
            hero.first(log, true)?;
            Some(format!("leads {} from now on, epoch {epoch}", names.log(log)))
        }
        Event::Truncate { log, from, to } if (to..from).contains(&hero.first(log, true)?) => {
            Some(format!("cuts {name} off: {} ends at {to} now, it ended at {from}", names.log(log)))
        }
        Event::Recover { log, end, dropped_bytes } => {
            let there = if hero.first(log, true)? < end { "comes up" } else { "comes up without" };
            let it = if hero.first(log, true)? < end { String::new() } else { format!(" {name}") };
            let dropped = match dropped_bytes {
                0 => String::new(),
                bytes => format!(" and {bytes} damaged bytes"),
            };
            Some(format!("{there}{it}: finds {} up to {end}{dropped}", names.log(log)))
        }
        _ => None,
    }
}

/// Another record where this one lay.
fn replaced(hero: &mut Hero, place: (TopicPartition, Offset), epoch: u32, names: &Names) -> Option<String> {
    if !hero.at.contains(&place) || hero.taken.contains(&place) {
        return None;
    }
    hero.taken.push(place);
    let (log, name) = (names.log(place.0), &hero.name);
    Some(format!(
        "appends another record as leader of epoch {epoch} in the place of {name}, at offset {} of {log}",
        place.1
    ))
}
