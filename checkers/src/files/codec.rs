//! How the fields of events stand in the value of a line: mostly as one field of files, a log as two.

use std::borrow::Cow;

use serde::de::{Error, MapAccess};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::shape::{FieldRow, Word};
use super::single::Single;
use crate::{Members, Name, Names, Offset, Scope, TopicPartition};

/// A way of writing a field that is a `T` in memory; mostly the type's own.
pub(super) trait Codec<T = Self> {
    /// What was read of it so far.
    type Slot<'de>: Default;

    /// The fields of files that it takes.
    fn rows(field: &'static str, about: &'static str) -> Vec<FieldRow>;

    /// Reads what stands under `key`, if that is one of its fields.
    fn read<'de, A: MapAccess<'de>>(
        slot: &mut Self::Slot<'de>,
        field: &str,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error>;

    /// The field, when all was read.
    fn done<E: Error>(slot: Self::Slot<'_>, field: &str, names: &mut Names) -> Result<T, E>;

    /// Writes it.
    fn write<M: SerializeMap>(value: &T, field: &str, names: &Names, map: &mut M) -> Result<(), M::Error>;
}

/// A text, borrowed from its line where it has no escapes.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Word for Text<'_> {
    const WORD: &'static str = "text";
}

/// A field's name in files.
pub(super) fn in_files(field: &str) -> Cow<'_, str> {
    if field.contains('_') { field.replace('_', "-").into() } else { field.into() }
}

fn is(field: &str, key: &str) -> bool {
    field.len() == key.len() && field.bytes().zip(key.bytes()).all(|(a, b)| a == b || (a, b) == (b'_', b'-'))
}

/// Reads a field into its place, once, if the key is its name.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    field: &str,
    key: &str,
    map: &mut A,
) -> Result<bool, A::Error> {
    if !is(field, key) {
        return Ok(false);
    }
    if slot.is_some() {
        return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
    }
    *slot = Some(map.next_value()?);
    Ok(true)
}

fn required<T, E: Error>(slot: Option<T>, field: &str) -> Result<T, E> {
    slot.ok_or_else(|| E::custom(format_args!("missing field `{}`", in_files(field))))
}

impl<T: PartialEq, S: Single<T>> Codec<T> for S {
    type Slot<'de> = Option<S::Shape<'de>>;

    fn rows(field: &'static str, about: &'static str) -> Vec<FieldRow> {
        vec![FieldRow::of_value::<S::Shape<'_>>(S::NAME.unwrap_or(field), about)]
    }

    fn read<'de, A: MapAccess<'de>>(
        slot: &mut Self::Slot<'de>,
        field: &str,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        once(slot, S::NAME.unwrap_or(field), key, map)
    }

    fn done<E: Error>(slot: Self::Slot<'_>, field: &str, names: &mut Names) -> Result<T, E> {
        match (slot, S::absent()) {
            (None, Some(absent)) => Ok(absent),
            (slot, _) => required(slot, S::NAME.unwrap_or(field)).map(|shape| S::value(shape, names)),
        }
    }

    fn write<M: SerializeMap>(value: &T, field: &str, names: &Names, map: &mut M) -> Result<(), M::Error> {
        if S::absent().as_ref() == Some(value) {
            return Ok(());
        }
        map.serialize_entry(&in_files(S::NAME.unwrap_or(field)), &S::shape(value, names))
    }
}

/// A log is told as its topic and its partition.
impl Codec for TopicPartition {
    type Slot<'de> = (Option<Text<'de>>, Option<u32>);

    fn rows(_: &'static str, _: &'static str) -> Vec<FieldRow> {
        vec![
            FieldRow::of_value::<Text<'_>>("topic", "The topic."),
            FieldRow::of_value::<u32>("partition", "The partition, from 0."),
        ]
    }

    fn read<'de, A: MapAccess<'de>>(
        (topic, partition): &mut Self::Slot<'de>,
        _: &str,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        Ok(once(topic, "topic", key, map)? || once(partition, "partition", key, map)?)
    }

    fn done<E: Error>((topic, partition): Self::Slot<'_>, _: &str, names: &mut Names) -> Result<Self, E> {
        let topic = names.intern(&required(topic, "topic")?.0);
        Ok(TopicPartition { topic, partition: required(partition, "partition")? })
    }

    fn write<M: SerializeMap>(value: &Self, _: &str, names: &Names, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("topic", names.text(value.topic))?;
        map.serialize_entry("partition", &value.partition)
    }
}

/// Which records are settled is told in one of three fields.
impl Codec for Scope {
    type Slot<'de> = (Option<Offset>, Option<Offset>, Option<Vec<Offset>>);

    fn rows(_: &'static str, _: &'static str) -> Vec<FieldRow> {
        vec![
            FieldRow::of_value::<Option<Offset>>(
                "upto",
                "Where all below an offset are settled: the first that is not.",
            ),
            FieldRow::of_value::<Option<Offset>>(
                "offset",
                "Where one record alone is settled: where it lies.",
            ),
            FieldRow::of_value::<Option<Vec<Offset>>>("offsets", "Where several are: where they lie."),
        ]
    }

    fn read<'de, A: MapAccess<'de>>(
        (upto, one, many): &mut Self::Slot<'de>,
        _: &str,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        Ok(once(upto, "upto", key, map)?
            || once(one, "offset", key, map)?
            || once(many, "offsets", key, map)?)
    }

    fn done<E: Error>(slot: Self::Slot<'_>, _: &str, _: &mut Names) -> Result<Self, E> {
        match slot {
            (Some(upto), None, None) => Ok(Scope::UpTo(upto)),
            (None, Some(one), None) => Ok(Scope::One(one)),
            (None, None, Some(many)) => Ok(Scope::Many(many.into())),
            (None, None, None) => Err(E::custom("missing field `upto`, `offset` or `offsets`")),
            _ => Err(E::custom("more than one of `upto`, `offset` and `offsets`")),
        }
    }

    fn write<M: SerializeMap>(value: &Self, _: &str, _: &Names, map: &mut M) -> Result<(), M::Error> {
        match value {
            Scope::UpTo(upto) => map.serialize_entry("upto", upto),
            Scope::One(offset) => map.serialize_entry("offset", offset),
            Scope::Many(offsets) => map.serialize_entry("offsets", offsets),
        }
    }
}

/// Members are told as two lists.
impl Codec for Box<Members> {
    type Slot<'de> = [Option<Vec<Text<'de>>>; 2];

    fn rows(_: &'static str, _: &'static str) -> Vec<FieldRow> {
        let who_left = "Who left that set while too few were in sync, and still holds all that was acknowledged to `acks=all`.";
        vec![
            FieldRow::of_value::<Vec<Text<'_>>>("in_sync", "The in-sync set."),
            FieldRow::of_value::<Vec<Text<'_>>>("eligible", who_left),
        ]
    }

    fn read<'de, A: MapAccess<'de>>(
        [in_sync, eligible]: &mut Self::Slot<'de>,
        _: &str,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        Ok(once(in_sync, "in_sync", key, map)? || once(eligible, "eligible", key, map)?)
    }

    fn done<E: Error>([in_sync, eligible]: Self::Slot<'_>, _: &str, names: &mut Names) -> Result<Self, E> {
        let mut named = |all: Vec<Text<'_>>| all.iter().map(|name| names.intern(&name.0)).collect();
        let in_sync = named(required(in_sync, "in_sync")?);
        Ok(Box::new(Members { in_sync, eligible: named(required(eligible, "eligible")?) }))
    }

    fn write<M: SerializeMap>(value: &Self, _: &str, names: &Names, map: &mut M) -> Result<(), M::Error> {
        let texts = |all: &[Name]| all.iter().map(|&name| names.text(name)).collect::<Vec<_>>();
        map.serialize_entry("in-sync", &texts(&value.in_sync))?;
        map.serialize_entry("eligible", &texts(&value.eligible))
    }
}
