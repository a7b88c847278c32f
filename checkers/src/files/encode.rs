//! From a typed event to the words of a line: the inverse of `decode`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::codec::Codec;
use super::lines::codec;
use super::single::Acks;
use crate::history::every_event;
use crate::{
    Disposition, DropReason, Members, MessageId, Name, Offset, Reach, Scope, Stamp, Time, TopicPartition,
};
use crate::{Event, Names};

/// The value of an event's line.
pub(super) struct Value<'a> {
    pub(super) event: &'a Event,
    pub(super) names: &'a Names,
}

macro_rules! serialize {
    ($($(#[doc = $about:literal])+ $event:ident $f:literal $types:ident $by:literal $({
        $($phase:ident;)?
        $($(#[doc = $told:literal])+ $field:ident: $type:ty $(as $codec:ident)?,)*
    })?)*) => {
        impl Serialize for Value<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                match self.event {$(
                    Event::$event { $($($field,)* ..)? } => {
                        $($(<codec!($type $(as $codec)?) as Codec<$type>>::write($field, stringify!($field), self.names, &mut map)?;)*)?
                    }
                )*}
                map.end()
            }
        }
    };
}

every_event!(serialize);
