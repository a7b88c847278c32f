//! Every kind of line there is, as readers, writers and the manual see it.

use super::codec::Codec;
use super::shape::FieldRow;
use super::single::Acks;
use crate::history::every_event;
use crate::{
    Disposition, DropReason, Members, MessageId, Name, Offset, Reach, Scope, Stamp, Time, TopicPartition,
};
use crate::{Event, EventKind, Phase};

/// A kind of line.
pub(super) struct LineRow {
    /// The event that it tells.
    pub(super) kind: EventKind,
    /// What stands under `f`.
    pub(super) f: &'static str,
    /// What may stand under `type`.
    pub(super) types: &'static [Phase],
    about: &'static str,
    fields: fn() -> Vec<FieldRow>,
}

impl LineRow {
    /// What it says, for people.
    pub(super) fn about(&self) -> &'static str {
        self.about.trim()
    }

    /// What its value holds.
    pub(super) fn fields(&self) -> Vec<FieldRow> {
        (self.fields)()
    }
}

/// The row of what stands under `f`.
pub(super) fn named(f: &str) -> Option<&'static LineRow> {
    ROWS.iter().find(|row| row.f == f)
}

/// An operation of a client: it begins, and ends or not.
const OPERATION: &[Phase] = &[Phase::Invoke, Phase::Ok, Phase::Fail, Phase::Info];
/// A delivery has happened when it is told.
const DELIVERY: &[Phase] = &[Phase::Ok];
/// What somebody saw.
const SEEN: &[Phase] = &[Phase::Info];

/// How a field stands in files: in its type's own way, or in the one that its row names.
macro_rules! codec {
    ($type:ty) => {
        $type
    };
    ($type:ty as $codec:ident) => {
        $codec
    };
}
pub(super) use codec;

macro_rules! lines {
    ($($(#[doc = $about:literal])+ $event:ident $f:literal $types:ident $by:literal $({
        $($phase:ident;)?
        $($(#[doc = $told:literal])+ $field:ident: $type:ty $(as $codec:ident)?,)*
    })?)*) => {
        /// Every row.
        pub(super) const ROWS: &[LineRow] = &[$(LineRow {
            kind: EventKind::$event,
            f: $f,
            types: $types,
            about: concat!($($about),+),
            fields: || {
                let rows: &[Vec<FieldRow>] = &[
                    $($(<codec!($type $(as $codec)?) as Codec<$type>>::rows(stringify!($field), concat!($($told),+)),)*)?
                ];
                rows.iter().flatten().copied().collect()
            },
        },)*];

        /// What stands under `f` in a line.
        pub const OPERATIONS: &[&str] = &[$($f,)*];

        /// The row of an event.
        pub(super) fn of(kind: EventKind) -> &'static LineRow {
            &ROWS[kind as usize]
        }

        /// What stands under `type` in an event's line.
        pub(super) fn type_of(event: &Event) -> Phase {
            match event {$(
                Event::$event { $($($phase,)? ..)? } => [$($(*$phase,)?)? $types[0]][0],
            )*}
        }
    };
}

every_event!(lines);
