//! The shapes of objects in a line: one strict struct each, the same for reading and writing, and for telling people what they
//! hold. A struct and the table of its fields are made by one macro, so that no field stands in one of them alone.

mod word;

use std::borrow::Cow;

pub(super) use word::Word;

use crate::Course;

/// A row of the table of fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldRow {
    field: &'static str,
    serde: &'static str,
    about: &'static str,
    /// What stands there, in a word or two.
    pub(super) word: &'static str,
    may_lack: bool,
    /// The fields of the object that stands there.
    pub(super) within: &'static [FieldRow],
}

impl FieldRow {
    /// A field of an event's value.
    pub(super) const fn of_value<T: Word>(field: &'static str, about: &'static str) -> Self {
        FieldRow::new::<T>(field, "", about)
    }

    /// What the macro found in a struct.
    pub(super) const fn new<T: Word>(field: &'static str, serde: &'static str, about: &'static str) -> Self {
        FieldRow { field, serde, about, word: T::WORD, may_lack: T::MAY_LACK, within: T::WITHIN }
    }

    /// Its name in files.
    pub(super) fn name(&self) -> String {
        let renamed = self.serde.split_once("rename = \"").and_then(|(_, rest)| rest.split_once('"'));
        renamed.map_or_else(|| self.field.replace('_', "-"), |(name, _)| name.to_owned())
    }

    /// What it says, for people.
    pub(super) fn about(&self) -> &'static str {
        self.about.trim()
    }

    /// Whether it may be left out.
    pub(super) fn may_lack(&self) -> bool {
        self.may_lack || self.serde.contains("default")
    }
}

/// Something that stands in a line as an object.
pub(super) trait Shape {
    /// Its fields, in the order in which they are written.
    const FIELDS: &'static [FieldRow];
}

/// Makes structs whose fields are all told about: one without a sentence is refused.
macro_rules! shapes {
    ($($(#[doc = $doc:literal])+ $name:ident $(<$life:lifetime>)? {
        $($(#[doc = $about:literal])+ $(#[serde $serde:tt])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub(in crate::files) struct $name $(<$life>)? {
            $($(#[doc = $about])+ $(#[serde $serde])* pub(in crate::files) $field: $type,)*
        }

        impl $(<$life>)? $crate::files::shape::Shape for $name $(<$life>)? {
            const FIELDS: &'static [$crate::files::shape::FieldRow] = &[$(
                $crate::files::shape::FieldRow::new::<$type>(
                    stringify!($field),
                    concat!($(stringify!($serde)),*),
                    concat!($($about),+),
                ),
            )*];
        }
    )*};
}
pub(super) use shapes;

shapes! {
    /// How far a fault reached. A history recorded before this was told has none.
    Reach<'a> {
        /// The processes whose host, disk, clock or load it changed.
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<Cow<'a, str>>,
        /// The links that it cut or disturbed, each from one process to another.
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        links: Vec<(Cow<'a, str>, Cow<'a, str>)>,
        /// What it does until it heals: nothing more, the same, or something else again and again.
        course: Course,
    }

    /// Where a batch stands in an idempotent producer's sequence.
    Stamp {
        /// The producer id.
        producer: u64,
        /// Its epoch.
        epoch: u16,
        /// The sequence number of the first record.
        sequence: u32,
    }
}
