//! From the words of a line to a typed event.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::codec::{Codec, Text};
use super::error::Problem;
use super::lines::{self, codec};
use super::single::Acks;
use crate::history::every_event;
use crate::{
    Disposition, DropReason, Members, MessageId, Name, Offset, Reach, Scope, Stamp, Time, TopicPartition,
};
use crate::{Event, EventKind, Names, Phase};

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

/// What the value of a line is read with.
struct Around<'n> {
    phase: Phase,
    names: &'n mut Names,
}

macro_rules! read {
    ($($(#[doc = $about:literal])+ $event:ident $f:literal $types:ident $by:literal $({
        $($phase:ident;)?
        $($(#[doc = $told:literal])+ $field:ident: $type:ty $(as $codec:ident)?,)*
    })?)*) => {
        /// Reads the value of a line whose `f` and `type` are known.
        pub(super) fn decode(f: &str, phase: Phase, value: &str, names: &mut Names) -> Result<Event, Wrong> {
            check_type(f, phase)?;
            match f {
                $($f => {
                    struct Fields<'n>(Around<'n>);

                    impl<'de> Visitor<'de> for Fields<'_> {
                        type Value = Event;

                        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                            f.write_str("an object")
                        }

                        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
                            // An observation has no phase of its own, and some have no names.
                            let Fields(Around { phase: _phase, names: _names }) = self;
                            $($(let mut $field = <codec!($type $(as $codec)?) as Codec<$type>>::Slot::default();)*)?
                            while let Some(Text(key)) = map.next_key()? {
                                $($(if <codec!($type $(as $codec)?) as Codec<$type>>::read(&mut $field, stringify!($field), &key, &mut map)? {
                                    continue;
                                })*)?
                                return Err(unknown_field(&key, EventKind::$event));
                            }
                            Ok(Event::$event { $(
                                $($phase: _phase,)?
                                $($field: <codec!($type $(as $codec)?) as Codec<$type>>::done($field, stringify!($field), _names)?,)*
                            )? })
                        }
                    }

                    fields(value, Fields(Around { phase, names }))
                })*
                _ => Err(unknown(f)),
            }
        }
    };
}

every_event!(read);

/// Reads an object field by field.
fn fields<'de, V: Visitor<'de, Value = Event>>(text: &'de str, visitor: V) -> Result<Event, Wrong> {
    require_object(text)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let event = json.deserialize_map(visitor)?;
    json.end()?;
    Ok(event)
}

fn unknown_field<E: Error>(key: &str, of: EventKind) -> E {
    let names: Vec<String> = lines::of(of).fields().iter().map(|row| format!("`{}`", row.name())).collect();
    E::custom(match names.as_slice() {
        [] => format!("unknown field `{key}`, there are no fields"),
        [one] => format!("unknown field `{key}`, expected {one}"),
        [one, other] => format!("unknown field `{key}`, expected {one} or {other}"),
        names => format!("unknown field `{key}`, expected one of {}", names.join(", ")),
    })
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
    require_object(text)?;
    Ok(serde_json::from_str(text)?)
}

fn require_object(text: &str) -> Result<(), Wrong> {
    let is_object = text.trim_ascii_start().starts_with('{');
    if is_object { Ok(()) } else { Err(Wrong::Line(Problem::NotAnObject)) }
}
