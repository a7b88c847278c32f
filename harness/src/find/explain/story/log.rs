//! What happened to a log of the record, as far as it may concern the record.

use checkers::{Entry, Event, Members, Names, Offset, TopicPartition};

use super::Hero;
use super::copies::Copies;
use super::words::{list, offsets, recovered};

/// A sentence without its subject, where the entry concerns the record's log.
pub(super) fn told(hero: &mut Hero, entry: &Entry, names: &Names, copies: &Copies) -> Option<String> {
    let id = hero.id?;
    let name = &hero.name;
    match entry.event {
        Event::Append { log, offset, epoch, .. } => replaced(hero, (log, offset), epoch, names, copies),
        Event::Watermark { log, offset } if !hero.safe => {
            let (leader, _) = copies.leader(log)?;
            let lies = copies.offsets_at(entry.process, log, id);
            // A deposed leader knows nothing of who is in sync by now.
            hero.safe = leader == entry.process && *lies.first()? < offset;
            let log = names.log(log);
            hero.safe.then(|| {
                format!(
                    "knows that every in-sync replica has {name}: the high watermark of {log} is {offset}"
                )
            })
        }
        Event::Members { log, ref members } if hero.logs.contains(&log) => {
            decided(log, members, names, copies)
        }
        Event::Lead { log, epoch } if hero.logs.contains(&log) => {
            let lacks = hero.lay_in(log) && copies.offsets_at(entry.process, log, id).is_empty();
            let without = if lacks { format!(", without {name}") } else { String::new() };
            Some(led(log, epoch, &without, names, copies))
        }
        Event::Truncate { log, from, to } => {
            let lost = cut_off(hero, &copies.offsets_at(entry.process, log, id), to)?;
            Some(format!("cuts {lost} off: {} ends at {to} now, it ended at {from}", names.log(log)))
        }
        Event::Recover { log, end, dropped_bytes } if hero.lay_in(log) => {
            let before = copies.offsets_at(entry.process, log, id);
            let with = still_there(name, &before, &copies.found(entry.process, log, end, id));
            Some(format!("comes up{with}: {}", recovered(log, end, dropped_bytes, names)))
        }
        _ => None,
    }
}

/// Who is in sync, where that is news, and who else may be elected.
pub(super) fn decided(
    log: TopicPartition,
    members: &Members,
    names: &Names,
    copies: &Copies,
) -> Option<String> {
    // A controller that reads its log after a start decides nothing anew.
    if copies.members(log) == Some(members) {
        return None;
    }
    let others = match members.eligible.as_slice() {
        [] => String::new(),
        eligible => format!("; {} may be elected as well", list(eligible, names)),
    };
    Some(format!("decides who is in sync with {}: {}{others}", names.log(log), list(&members.in_sync, names)))
}

/// That a broker leads, and without what; or that it would, and hears of it when another one leads.
pub(super) fn led(log: TopicPartition, epoch: u32, without: &str, names: &Names, copies: &Copies) -> String {
    let text = names.log(log);
    match copies.since(log, epoch) {
        Some((leader, newer)) => format!(
            "takes itself for the leader of {text} in epoch {epoch}{without}; {} leads since, in epoch {newer}",
            names.text(leader)
        ),
        None => format!("leads {text} from now on, epoch {epoch}{without}"),
    }
}

/// Which of the copies of a record a cut takes, in words; nothing where it takes none.
fn cut_off(hero: &Hero, lies: &[Offset], to: Offset) -> Option<String> {
    let (kept, lost) = lies.split_at(lies.partition_point(|offset| *offset < to));
    let name = &hero.name;
    match (kept, lost) {
        (_, []) => None,
        ([], _) => Some(name.clone()),
        _ => Some(format!("{name} at offset {}", offsets(lost))),
    }
}

/// What a broker still has of a record when it has read its disk.
fn still_there(name: &str, before: &[Offset], after: &[Offset]) -> String {
    match (before.len(), after) {
        (_, []) => format!(" without {name}"),
        (before, after) if after.len() > before => format!(" with {name} again"),
        (before, [only]) if before > 1 => format!(" with {name} at offset {only} alone"),
        _ => String::new(),
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
