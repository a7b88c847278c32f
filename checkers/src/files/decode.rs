//! From the words of a line to a typed event.

use std::borrow::Cow;

use serde::Deserialize;

use super::error::Problem;
use super::{lines, shape};
use crate::{Event, Members, Name, Names, Phase, Reach, TopicPartition};

/// What is wrong with a value: the whole, or a place in its JSON.
pub(super) enum Wrong {
    Line(Problem),
    Value(serde_json::Error),
}

impl From<serde_json::Error> for Wrong {
    fn from(error: serde_json::Error) -> Self {
        Wrong::Value(error)
    }
}

/// Reads the value of a line whose `f` and `type` are known. A table: one row per event, which the formatter would tear apart.
#[rustfmt::skip]
pub(super) fn decode(f: &str, phase: Phase, value: &str, names: &mut Names) -> Result<Event, Wrong> {
    check_type(f, phase)?;
    macro_rules! take {
        ($shape:ident { $($field:ident),* } => $event:ident { $($content:tt)* }) => {{
            let shape::$shape { $($field),* } = object(value)?;
            Event::$event { $($content)* }
        }};
    }
    Ok(match f {
        "send" =>
            take!(Send { topic, partition, offset, id, acks } => Send { phase, log: log(&topic, partition, names), offset, id: names.identify(&id), awaits_ack: acks != Some(0) }),
        "poll" =>
            take!(Poll { group, topic, partition, offset, id } => Poll { group: names.intern(&group), log: log(&topic, partition, names), offset, id: names.identify(&id) }),
        "settle" =>
            take!(Settle { group, topic, partition, upto, generation } => Settle { phase, group: names.intern(&group), log: log(&topic, partition, names), upto, generation }),
        "effect" =>
            take!(Effect { sink, id } => Effect { phase, sink: names.intern(&sink), id: names.identify(&id) }),
        "intent" =>
            take!(Intent { id, key } => Intent { id: names.identify(&id), key }),
        "answered" =>
            take!(Id { id } => Answered { id: names.identify(&id) }),
        "append" =>
            take!(Append { topic, partition, offset, epoch, id } => Append { log: log(&topic, partition, names), offset, epoch, id: names.identify(&id) }),
        "watermark" =>
            take!(Watermark { topic, partition, offset } => Watermark { log: log(&topic, partition, names), offset }),
        "committed" =>
            take!(Committed { topic, partition, epoch, watermark, hash } => Committed { log: log(&topic, partition, names), epoch, watermark, hash }),
        "lead" =>
            take!(Lead { topic, partition, epoch } => Lead { log: log(&topic, partition, names), epoch }),
        "truncate" =>
            take!(Truncate { topic, partition, from, to } => Truncate { log: log(&topic, partition, names), from, to }),
        "recover" =>
            take!(Recover { topic, partition, end, dropped_bytes } => Recover { log: log(&topic, partition, names), end, dropped_bytes }),
        "apply" =>
            take!(Id { id } => Apply { id: names.identify(&id) }),
        "grant" =>
            take!(Hold { group, topic, partition, generation } => Grant { group: names.intern(&group), log: log(&topic, partition, names), generation }),
        "revoke" =>
            take!(Hold { group, topic, partition, generation } => Revoke { group: names.intern(&group), log: log(&topic, partition, names), generation }),
        "position" =>
            take!(Position { group, topic, partition, settled } => Position { group: names.intern(&group), log: log(&topic, partition, names), settled }),
        "drop" =>
            take!(Drop { id, reason } => Drop { id: names.identify(&id), reason }),
        "dead-letter" =>
            take!(DeadLetter { group, id } => DeadLetter { group: names.intern(&group), id: names.identify(&id) }),
        "logged" =>
            take!(Logged { topic, partition, offset, id, stamp } => Logged { log: log(&topic, partition, names), offset, id: names.identify(&id), stamp: stamp.map(Into::into) }),
        "digest" =>
            take!(Digest { topic, partition, watermark, hash } => Digest { log: log(&topic, partition, names), watermark, hash }),
        "audited" =>
            take!(Nothing {} => Audited {}),
        "fault" =>
            take!(Fault { fault, target, healed, reach } => Fault { fault: names.intern(&fault), target: names.intern(&target), healed, reach: reach.map(|reach| Box::new(reached(&reach, names))) }),
        "began" =>
            take!(Nothing {} => Began {}),
        "healed" =>
            take!(Nothing {} => Healed {}),
        "halted" =>
            take!(Halted { reason } => Halted { reason: reason.into_owned() }),
        "laggard" =>
            take!(Laggard { topic, partition, follower, lag } => Laggard { log: log(&topic, partition, names), follower: names.intern(&follower), lag }),
        "replicated" =>
            take!(Replicated { topic, partition, end } => Replicated { log: log(&topic, partition, names), end }),
        "members" =>
            take!(Members { topic, partition, in_sync, eligible } => Members { log: log(&topic, partition, names), members: Box::new(Members { in_sync: named(&in_sync, names), eligible: named(&eligible, names) }) }),
        "registered" =>
            take!(Registered { broker } => Registered { broker: names.intern(&broker) }),
        "hung-up" =>
            take!(HungUp { topic, partition, id, by } => HungUp { log: log(&topic, partition, names), id: names.identify(&id), by: names.intern(&by) }),
        _ => return Err(unknown(f)),
    })
}

fn named(all: &[Cow<'_, str>], names: &mut Names) -> Vec<Name> {
    all.iter().map(|name| names.intern(name)).collect()
}

fn reached(reach: &shape::Reach<'_>, names: &mut Names) -> Reach {
    let nodes = named(&reach.nodes, names);
    let links = reach.links.iter().map(|(from, to)| (names.intern(from), names.intern(to))).collect();
    Reach { nodes, links, course: reach.course }
}

fn unknown(f: &str) -> Wrong {
    Wrong::Line(Problem::UnknownOperation(f.to_owned()))
}

/// An observation is always `info`, a delivery always `ok`.
fn check_type(f: &str, phase: Phase) -> Result<(), Wrong> {
    let row = lines::named(f).ok_or_else(|| unknown(f))?;
    let found = match phase {
        Phase::Invoke => "invoke",
        Phase::Ok => "ok",
        Phase::Fail => "fail",
        Phase::Info => "info",
    };
    let fits = row.types.contains(&phase);
    if fits { Ok(()) } else { Err(Wrong::Line(Problem::WrongType { f: row.f, found })) }
}

/// Reads an object. A struct would also be read from an array of its fields, but that is not the format.
pub(super) fn object<'a, V: Deserialize<'a>>(text: &'a str) -> Result<V, Wrong> {
    if text.trim_ascii_start().starts_with('{') {
        Ok(serde_json::from_str(text)?)
    } else {
        Err(Wrong::Line(Problem::NotAnObject))
    }
}

fn log(topic: &str, partition: u32, names: &mut Names) -> TopicPartition {
    TopicPartition { topic: names.intern(topic), partition }
}
