//! What stands in the examples of the manual, by type and by the name of the field.

use crate::history::every_event;
use crate::{
    Course, Disposition, DropReason, Event, EventKind, Members, MessageId, Name, Names, Offset, Phase, Reach,
    Scope, Stamp,
};
use crate::{Time, TopicPartition};

/// A value for an example.
trait Sample {
    /// The value of a field of this name, in a line of this type.
    fn sample(field: &str, phase: Phase, names: &mut Names) -> Self;
}

/// Numbers; of any other field 1.
const NUMBERS: &[(&str, u32)] = &[
    ("offset", 41),
    ("to", 41),
    ("upto", 42),
    ("settled", 42),
    ("watermark", 42),
    ("end", 42),
    ("from", 43),
    ("hash", 99),
    ("dropped_bytes", 120),
    ("lag", 500_000),
    ("key", 7),
];

/// Names; of any other field a broker's.
const NAMES: &[(&str, &str)] = &[
    ("group", "billing"),
    ("sink", "ledger"),
    ("fault", "partition"),
    ("target", "broker-1 and broker-2"),
    ("by", "broker-1"),
];

/// What a table says of a field.
fn of<T: Copy>(table: &[(&str, T)], field: &str, other: T) -> T {
    table.iter().find(|(name, _)| *name == field).map_or(other, |&(_, sample)| sample)
}

macro_rules! number {
    ($($type:ty)*) => {$(
        impl Sample for $type {
            fn sample(field: &str, _: Phase, _: &mut Names) -> Self {
                of(NUMBERS, field, 1).into()
            }
        }
    )*};
}

number!(u32 u64);

impl Sample for bool {
    fn sample(field: &str, _: Phase, _: &mut Names) -> Self {
        field == "awaits_ack"
    }
}

impl Sample for String {
    fn sample(_: &str, _: Phase, _: &mut Names) -> Self {
        "panic: index out of range".to_owned()
    }
}

impl Sample for DropReason {
    fn sample(_: &str, _: Phase, _: &mut Names) -> Self {
        DropReason::Expired
    }
}

impl Sample for Name {
    fn sample(field: &str, _: Phase, names: &mut Names) -> Self {
        names.intern(of(NAMES, field, "broker-2"))
    }
}

impl Sample for Vec<Name> {
    fn sample(_: &str, _: Phase, names: &mut Names) -> Self {
        ["broker-1", "broker-2", "broker-3"].map(|name| names.intern(name)).to_vec()
    }
}

impl Sample for TopicPartition {
    fn sample(_: &str, _: Phase, names: &mut Names) -> Self {
        TopicPartition { topic: names.intern("payments"), partition: 0 }
    }
}

impl Sample for MessageId {
    fn sample(_: &str, _: Phase, _: &mut Names) -> Self {
        MessageId { producer: 1, number: 17 }
    }
}

impl Sample for Option<Offset> {
    /// Nobody knows it before the end.
    fn sample(field: &str, phase: Phase, names: &mut Names) -> Self {
        (phase != Phase::Invoke).then(|| Offset::sample(field, phase, names))
    }
}

impl Sample for Scope {
    fn sample(_: &str, _: Phase, _: &mut Names) -> Self {
        Scope::UpTo(42)
    }
}

impl Sample for Disposition {
    fn sample(_: &str, _: Phase, _: &mut Names) -> Self {
        Disposition::Done
    }
}

impl Sample for Option<Stamp> {
    fn sample(_: &str, _: Phase, _: &mut Names) -> Self {
        Some(Stamp { producer: 7, epoch: 0, sequence: 17 })
    }
}

impl Sample for Box<Members> {
    fn sample(_: &str, _: Phase, names: &mut Names) -> Self {
        let mut one = |name| vec![names.intern(name)];
        Box::new(Members { in_sync: one("broker-1"), eligible: one("broker-2") })
    }
}

impl Sample for Option<Box<Reach>> {
    fn sample(_: &str, _: Phase, names: &mut Names) -> Self {
        let [one, other] = ["broker-1", "broker-2"].map(|name| names.intern(name));
        Some(Box::new(Reach { nodes: vec![one], links: vec![(one, other)], course: Course::Steady }))
    }
}

macro_rules! samples {
    ($($(#[doc = $about:literal])+ $event:ident $f:literal $types:ident $by:literal $({
        $($phase:ident;)?
        $($(#[doc = $told:literal])+ $field:ident: $type:ty $(as $codec:ident)?,)*
    })?)*) => {
        /// An event of this kind, in a line of this type; and who says it.
        pub(super) fn sample(kind: EventKind, of: Phase, names: &mut Names) -> (Event, &'static str) {
            match kind {$(
                EventKind::$event => (
                    Event::$event { $(
                        $($phase: of,)?
                        $($field: <$type>::sample(stringify!($field), of, names),)*
                    )? },
                    $by,
                ),
            )*}
        }
    };
}

every_event!(samples);
