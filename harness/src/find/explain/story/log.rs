//! What happened to a log of the record, as far as it may concern the record.

use checkers::{Entry, Event, Names, Offset, TopicPartition};

use super::Hero;
use super::copies::Copies;

/// A sentence without its subject, where the entry concerns the record's log.
pub(super) fn told(hero: &mut Hero, entry: &Entry, names: &Names, copies: &Copies) -> Option<String> {
    let id = hero.id?;
    let held = |log| copies.offset_at(entry.process, log, id);
    let name = &hero.name;
    match entry.event {
        Event::Append { log, offset, epoch, .. } => replaced(hero, (log, offset), epoch, names, copies),
        Event::Watermark { log, offset } if !hero.safe && copies.offset(log, id)? < offset => {
            hero.safe = true;
            let log = names.log(log);
            Some(format!(
                "knows that every in-sync replica has {name}: the high watermark of {log} is {offset}"
            ))
        }
        Event::Members { log, ref members } if hero.logs.contains(&log) => {
            let list = members.in_sync.iter().map(|&broker| names.text(broker)).collect::<Vec<_>>();
            let list = if list.is_empty() { "nobody".to_owned() } else { list.join(", ") };
            Some(format!("decides who is in sync with {}: {list}", names.log(log)))
        }
        Event::Lead { log, epoch } if hero.logs.contains(&log) => {
            let without = copies.anywhere(id) && held(log).is_none();
            let without = if without { format!(", without {name}") } else { String::new() };
            Some(format!("leads {} from now on, epoch {epoch}{without}", names.log(log)))
        }
        Event::Truncate { log, from, to } if held(log)? >= to => {
            Some(format!("cuts {name} off: {} ends at {to} now, it ended at {from}", names.log(log)))
        }
        Event::Recover { log, end, dropped_bytes } => {
            let without = if held(log)? < end { String::new() } else { format!(" without {name}") };
            let dropped = match dropped_bytes {
                0 => String::new(),
                1 => " and a damaged byte".to_owned(),
                bytes => format!(" and {bytes} damaged bytes"),
            };
            Some(format!("comes up{without}: finds {} up to {end}{dropped}", names.log(log)))
        }
        _ => None,
    }
}

/// Another record in the log at the offset at which this one lay, of which no broker that leads has it any more.
fn replaced(
    hero: &Hero,
    (log, offset): (TopicPartition, Offset),
    epoch: u32,
    names: &Names,
    copies: &Copies,
) -> Option<String> {
    let lay_there =
        hero.id.is_some() && copies.ever(log, offset) == hero.id && copies.at(log, offset).is_none();
    let leads = copies.leader(log).is_some_and(|(_, known)| known == epoch);
    (lay_there && leads).then(|| {
        format!(
            "appends another record as leader of epoch {epoch} where {} lay, at offset {offset} of {}",
            hero.name,
            names.log(log)
        )
    })
}
