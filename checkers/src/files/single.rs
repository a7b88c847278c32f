//! The fields of events that are one field of files each.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::codec::Text;
use super::shape::{self, Word};
use crate::{Disposition, DropReason, MessageId, Name, Names, Offset, Reach, Stamp};

/// A way of writing a field that is a `T` in memory as one field.
pub(super) trait Single<T = Self> {
    /// What stands in files.
    type Shape<'a>: Serialize + Deserialize<'a> + Word;

    /// Its name in files, where it is not the field's.
    const NAME: Option<&'static str> = None;

    /// What it is where nothing stands in files, if nothing may.
    fn absent() -> Option<T> {
        None
    }

    fn shape<'a>(value: &'a T, names: &'a Names) -> Self::Shape<'a>;

    fn value(shape: Self::Shape<'_>, names: &mut Names) -> T;
}

/// What serde reads and writes by itself.
macro_rules! plain {
    ($($type:ty)*) => {$(
        impl Single for $type {
            type Shape<'a> = $type;

            fn shape<'a>(value: &'a $type, _: &'a Names) -> $type {
                *value
            }

            fn value(shape: $type, _: &mut Names) -> $type {
                shape
            }
        }
    )*};
}

plain!(u32 u64 bool DropReason);

impl Single for String {
    type Shape<'a> = Text<'a>;

    fn shape<'a>(value: &'a String, _: &'a Names) -> Text<'a> {
        Text(Cow::Borrowed(value))
    }

    fn value(shape: Text<'_>, _: &mut Names) -> String {
        shape.0.into_owned()
    }
}

impl Single for Name {
    type Shape<'a> = Text<'a>;

    fn shape<'a>(value: &'a Name, names: &'a Names) -> Text<'a> {
        Text(Cow::Borrowed(names.text(*value)))
    }

    fn value(shape: Text<'_>, names: &mut Names) -> Name {
        names.intern(&shape.0)
    }
}

impl Single for Vec<Name> {
    type Shape<'a> = Vec<Text<'a>>;

    fn shape<'a>(value: &'a Vec<Name>, names: &'a Names) -> Vec<Text<'a>> {
        value.iter().map(|name| Name::shape(name, names)).collect()
    }

    fn value(shape: Vec<Text<'_>>, names: &mut Names) -> Vec<Name> {
        shape.into_iter().map(|name| Name::value(name, names)).collect()
    }
}

impl Single for MessageId {
    type Shape<'a> = Text<'a>;

    fn shape<'a>(value: &'a MessageId, names: &'a Names) -> Text<'a> {
        Text(Cow::Owned(names.message(*value)))
    }

    fn value(shape: Text<'_>, names: &mut Names) -> MessageId {
        names.identify(&shape.0)
    }
}

impl Single for Option<Offset> {
    type Shape<'a> = Option<Offset>;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn shape<'a>(value: &'a Self, _: &'a Names) -> Self {
        *value
    }

    fn value(shape: Self, _: &mut Names) -> Self {
        shape
    }
}

impl Single for Disposition {
    type Shape<'a> = Option<Disposition>;

    fn absent() -> Option<Self> {
        Some(Disposition::Done)
    }

    fn shape<'a>(value: &'a Self, _: &'a Names) -> Option<Disposition> {
        Some(*value)
    }

    fn value(shape: Option<Disposition>, _: &mut Names) -> Self {
        shape.unwrap_or(Disposition::Done)
    }
}

impl Single for Option<Stamp> {
    type Shape<'a> = Option<shape::Stamp>;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn shape<'a>(value: &'a Self, _: &'a Names) -> Option<shape::Stamp> {
        value.map(|Stamp { producer, epoch, sequence }| shape::Stamp { producer, epoch, sequence })
    }

    fn value(shape: Option<shape::Stamp>, _: &mut Names) -> Self {
        shape.map(|shape::Stamp { producer, epoch, sequence }| Stamp { producer, epoch, sequence })
    }
}

impl Single for Option<Box<Reach>> {
    type Shape<'a> = Option<shape::Reach<'a>>;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn shape<'a>(value: &'a Self, names: &'a Names) -> Option<shape::Reach<'a>> {
        let text = |name: Name| Cow::Borrowed(names.text(name));
        value.as_deref().map(|reach| shape::Reach {
            nodes: reach.nodes.iter().map(|&node| text(node)).collect(),
            links: reach.links.iter().map(|&(from, to)| (text(from), text(to))).collect(),
            course: reach.course,
        })
    }

    fn value(shape: Option<shape::Reach<'_>>, names: &mut Names) -> Self {
        shape.map(|reach| {
            let nodes = reach.nodes.iter().map(|node| names.intern(node)).collect();
            let links = reach.links.iter().map(|(from, to)| (names.intern(from), names.intern(to))).collect();
            Box::new(Reach { nodes, links, course: reach.course })
        })
    }
}

/// Whether an acknowledgement is awaited, as Kafka's producers say it: with a number, of which 0 is none.
pub(super) struct Acks;

impl Single<bool> for Acks {
    type Shape<'a> = Option<i32>;

    const NAME: Option<&'static str> = Some("acks");

    fn absent() -> Option<bool> {
        Some(true)
    }

    fn shape<'a>(awaited: &'a bool, _: &'a Names) -> Option<i32> {
        (!awaited).then_some(0)
    }

    fn value(acks: Option<i32>, _: &mut Names) -> bool {
        acks != Some(0)
    }
}
